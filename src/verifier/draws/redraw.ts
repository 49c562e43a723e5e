// redraw.ts: the months of a draw once more, and whether they are those that its entry states.
import { readEntry } from '../entry.ts'
import type { StoredLog, StoredLogs } from '../stored.ts'
import { monthsOf } from './frozen.ts'
import { digestOf, drawMonth, type Item, type Numbers, type Skipped, seedOf } from './month-draw.ts'
import type { NamedRecords } from './named.ts'
import { quotaOf } from './quota.ts'
import { type Draw, type DrawnMonth, type Freeze, type FrozenLog, isFiltered, type Seed } from './sample.ts'
import type { Step } from './seen.ts'
import type { Transfers } from './transfers.ts'

/** A month drawn again. */
export interface Redrawn {
  readonly month: string
  readonly stated: DrawnMonth | undefined
  readonly population: number
  /** What the law asks of as many; undefined of late records, whose quota is what the month lacks. */
  readonly quota: number | undefined
  readonly items: readonly Item[]
  readonly digest: string
  /** Why the month cannot be drawn again here. */
  readonly unable?: string
}

/** What a draw is drawn again from. */
export interface Means {
  readonly freeze: Step<Freeze>
  readonly seed: Step<Seed>
  readonly draw: Step<Draw>
  /** By log. */
  readonly skipped: ReadonlyMap<string, readonly Skipped[]>
  /** Where rows are drawn from, how many each transfer has; undefined where that is not known here. */
  readonly transfers: Transfers | undefined
  /** Where only some records are drawn from, these as the entries give them; undefined where that is not known here. */
  readonly named: NamedRecords | undefined
}

/** By `month` entries, the seed and which numbers do not count: nothing of any record is read, but where only some
 *  are audited, or rows of them. */
export function* redraw({ draw, freeze, named, seed, skipped, transfers }: Means): Generator<Redrawn> {
  const secret = seedOf(freeze.leaf, seed.sample.randomness)
  const { agency, byRow, logs, supplements } = freeze.sample
  const filtered = isFiltered(freeze.sample)
  for (const month of monthsOf(freeze.sample)) {
    const stated = draw.sample.months.find((each) => each.month === month)
    const unable =
      byRow && transfers === undefined
        ? 'rows of transfers are drawn from, and how many each has is not to be had here'
        : filtered && named === undefined
          ? 'only some records are drawn from, and which these are is not to be had here'
          : undefined
    if (unable !== undefined) {
      yield { month, stated, population: 0, quota: undefined, items: [], digest: '', unable }
      continue
    }
    // How many are wanted is known before the draw: as many as stated, which is held against the quota.
    const wanted = stated?.drawn ?? 0
    const own = logs.flatMap((log) => numbersOf(log, month, skipped.get(log.log) ?? [], transfers?.of(log.log)))
    const { items, population } = named?.drawn(month, wanted) ?? drawMonth(secret, agency, own, wanted)
    const quota = supplements === undefined ? quotaOf(population) : undefined
    yield { month, stated, population, quota, items, digest: digestOf(items) }
  }
}

function numbersOf({ log, months }: FrozenLog, month: string, skipped: readonly Skipped[], rows: Numbers['rows'] = new Map()): Numbers[] {
  return months
    .filter((each) => each.month === month && each.counted > 0)
    .map(({ counted, countedTo }) => {
      const from = countedTo - counted + 1
      const isIn = (number: number): boolean => number >= from && number <= countedTo
      return {
        log,
        from,
        to: countedTo,
        skipped: new Set(skipped.map(({ countedSeq }) => countedSeq).filter(isIn)),
        rows,
      }
    })
}

/** Counted numbers that completions below the frozen head call not released, by freeze and by log: from the completions and their queries.
 *  Each log is read once, however many freezes there are of it.
 *  @throws Error where a place cannot be read */
export async function notReleased(
  { logs }: StoredLogs,
  freezes: readonly Step<Freeze>[],
): Promise<ReadonlyMap<Step<Freeze>, ReadonlyMap<string, readonly Skipped[]>>> {
  const found = new Map(freezes.map((freeze) => [freeze, new Map<string, readonly Skipped[]>()]))
  for (const log of new Set(freezes.flatMap(({ sample }) => sample.logs.map((each) => each.log)))) {
    const stored = logs.find((each) => each.log === log)
    const populations = freezes.flatMap((freeze) =>
      freeze.sample.logs
        .filter((each) => each.log === log && each.months.length > 0)
        .map((frozen): Population => ({ freeze, frozen, skipped: [] })),
    )
    if (stored !== undefined && populations.length > 0) await skip(stored, populations)
    for (const { freeze, skipped } of populations) found.get(freeze)?.set(log, skipped)
  }
  return found
}

/** What a freeze froze of one log. */
interface Population {
  readonly freeze: Step<Freeze>
  readonly frozen: FrozenLog
  readonly skipped: Skipped[]
}

async function skip(stored: StoredLog, populations: readonly Population[]): Promise<void> {
  const end = Math.max(...populations.map(({ frozen }) => frozen.size))
  for await (const { bytes, index } of stored.notReleased()) {
    if (index >= end) break
    const completion = bytes && readEntry(bytes, () => undefined)?.content
    if (completion?.kind !== 'completion' || completion.outcome !== 'not-released') continue
    const { agency, of } = completion
    const own = populations.filter(({ freeze, frozen }) => freeze.sample.agency === agency && index < frozen.size)
    const query = own.length === 0 ? undefined : await stored.entry(of.index)
    const content = query && readEntry(query, () => undefined)?.content
    if (content?.kind !== 'query' || content.agency !== agency || content.countedSeq === undefined) continue
    const { countedSeq } = content
    for (const { frozen, skipped } of own)
      if (frozen.months.some(({ counted, countedTo }) => countedSeq <= countedTo && countedSeq > countedTo - counted))
        skipped.push({ countedSeq, index: of.index, completion: index })
  }
}
