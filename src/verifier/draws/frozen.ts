// frozen.ts: a frozen population held against the month entries of its logs: the same numbers, and no log left out.
import type { Fault } from '../finding.ts'
import { monthAt } from '../taipei.ts'
import type { Freeze, FrozenMonth } from './sample.ts'
import type { SeenDraws, SeenLog, Step } from './seen.ts'

/** The log of the commands holds no queries. */
const commands = 'cli'

/** Months of a period, in order. */
export function monthsOf({ from, until }: Pick<Freeze, 'from' | 'until'>): readonly string[] {
  const months: string[] = []
  for (let at = from; at <= until; ) {
    months.push(at)
    const [year = 0, month = 0] = at.split('-').map(Number)
    at = month === 12 ? `${year + 1}-01` : `${year}-${String(month + 1).padStart(2, '0')}`
  }
  return months
}

const words = (month: string, { counted, countedTo, records }: Pick<FrozenMonth, 'counted' | 'countedTo' | 'records'>): string =>
  `${month}: ${counted} counted (to ${countedTo}), ${records} records`

/** @param before freezes that this one adds late records to */
export function* populationFaults(step: Step<Freeze>, seen: SeenDraws, before: readonly Step<Freeze>[]): Generator<Fault> {
  const { sample } = step
  for (const log of seen.logs.values()) {
    const left = log.slot !== commands && log.opened !== undefined && log.opened < step.ms && monthAt(log.opened) <= sample.until
    if (left && !sample.logs.some((each) => each.log === log.log))
      yield { code: 'sample-population', found: `no log ${log.log}`, expected: 'every log that was opened by then' }
  }
  for (const { log, size } of sample.logs) {
    const there = seen.logs.get(log)
    // That a log is missing is told elsewhere; of one whose months were taken out the turns cannot be read.
    if (there === undefined || seen.partial.has(log)) continue
    for (const month of monthsOf(sample)) yield* monthFaults(step, there, size, month, seen, before)
  }
}

const sumOf = (months: readonly FrozenMonth[], member: 'counted' | 'records'): number => months.reduce((sum, each) => sum + each[member], 0)

/** Whether frozen numbers of a month, which are as many as it has, are each of them. */
function isPartition(months: readonly FrozenMonth[], { counted, countedTo }: Pick<FrozenMonth, 'counted' | 'countedTo'>): boolean {
  let at = countedTo
  for (const each of months.filter((it) => it.counted > 0).toSorted((one, other) => other.countedTo - one.countedTo)) {
    if (each.countedTo !== at) return false
    at -= each.counted
  }
  return at === countedTo - counted
}

function* monthFaults(
  { sample }: Step<Freeze>,
  { log, turns }: SeenLog,
  size: number,
  month: string,
  seen: SeenDraws,
  before: readonly Step<Freeze>[],
): Generator<Fault> {
  const frozenIn = ({ logs }: Freeze): readonly FrozenMonth[] =>
    logs.filter((each) => each.log === log).flatMap(({ months }) => months.filter((each) => each.month === month))
  const own = frozenIn(sample)
  const all = [...before.flatMap((each) => frozenIn(each.sample)), ...own]
  // What came behind the frozen head came late: it is drawn in addition.
  const turn = turns.find(({ ended, index }) => ended === month && index < size)
  const stated = turn?.agencies.find(({ agency }) => agency === sample.agency)
  const frozen = {
    counted: sumOf(all, 'counted'),
    countedTo: own.at(-1)?.countedTo ?? stated?.countedTo ?? 0,
    records: sumOf(all, 'records'),
  }
  if (turn === undefined) {
    // A log that ended before its month turned has no such entry, and never will.
    if (own.length > 0 && !(own.every(({ index }) => index === undefined) && seen.ended.has(log)))
      yield { code: 'sample-population', found: `${log} ${words(month, frozen)}`, expected: 'a month entry that ends this month' }
    return
  }
  const expected = stated ?? { counted: 0, countedTo: 0, records: 0 }
  const late = before.length > 0 && own.length === 0
  if (
    !late &&
    (frozen.counted !== expected.counted ||
      frozen.countedTo !== expected.countedTo ||
      (before.length === 0 && frozen.records !== expected.records))
  )
    yield { code: 'sample-population', found: `${log} ${words(month, frozen)}`, expected: words(month, expected) }
  else if (!late && !isPartition(all, expected))
    yield {
      code: 'sample-population',
      found: `${log} ${month}: numbers twice, and others never`,
      expected: `each of ${expected.counted} once`,
    }
  if (own.some(({ index }) => index !== turn.index))
    yield { code: 'sample-population', found: `${log} ${month}, by entry ${own[0]?.index}`, expected: `by entry ${turn.index}` }
}
