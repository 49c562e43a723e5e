// not-counted.ts: the calls of a round's period that do not count (D-10), read from the database for the annex of its form.
import { titlesOf } from '../../audit/form/catalogue-titles.ts'
import { notCountedHead, notCountedLines } from '../../audit/form/not-counted-csv.ts'
import { RosterDays } from '../../audit/form/roster-days.ts'
import { frozenRoster } from '../../audit/frozen-roster.ts'
import { daysOf, monthsOf } from '../../audit/period.ts'
import type { DatedSpan, NotCounted, NotCountedCount, Only } from '../../audit/ports.ts'
import { addDays, startOfDay } from '../../calendar.ts'
import type { CommandPlace } from '../command-place.ts'
import { documentOf, drawingOf, requireSearched } from './frozen-population.ts'
import type { RoundDraw } from './round-draw.ts'
import { RulesOfRecords } from './rules-of-records.ts'

/** Of each log that was frozen. */
export type NotCountedOfLogs = ReadonlyMap<string, NotCountedCount>

/** @throws UsageError while search has not read what was frozen; what the store throws */
export async function countNotCounted(place: CommandPlace, store: NotCounted, of: RoundDraw): Promise<NotCountedOfLogs> {
  await requireSearched(place.store, of.freeze)
  const only = await onlyOf(place, of)
  const counts = new Map<string, NotCountedCount>()
  for (const { log, span } of spansOf(of)) {
    const [known, more] = [counts.get(log), await store.countNotCounted(span, only)]
    const { count, first, last } = known ?? { count: 0, first: more.first, last: -1 }
    counts.set(log, { count: count + more.count, first: Math.min(first, more.first), last: Math.max(last, more.last) })
  }
  return counts
}

/** The annex, in parts: an agency may have been refused a hundred thousand times. Closes what it opens, also when it is left.
 *  @throws what the store throws */
export async function* notCountedTable(place: CommandPlace, of: RoundDraw): AsyncGenerator<string> {
  const store = place.store.openCounted()
  try {
    const only = await onlyOf(place, of)
    const days = new RosterDays(frozenRoster(await documentOf(place.store.reader, of.freeze.roster)))
    const rules = new RulesOfRecords(place)
    yield notCountedHead()
    for (const { log, span } of spansOf(of))
      for await (const calls of store.notCounted(span, only)) {
        const rows = []
        for (const call of calls) {
          const title = call.api === '' ? '' : titlesOf(await rules.of(call.policy), call).operation
          rows.push({ ...call, log, title })
        }
        yield notCountedLines(rows, days)
      }
  } finally {
    await store.close()
  }
}

/** Of an unannounced audit of one person or subject: theirs alone. */
async function onlyOf({ store }: CommandPlace, { freeze }: RoundDraw): Promise<Only> {
  return (await drawingOf(store.reader, freeze, { items: 0, persons: 0 }, undefined)).only
}

/** Log by log, month by month. */
function* spansOf({ draw, freeze }: RoundDraw): Generator<{ readonly log: string; readonly span: DatedSpan }> {
  for (const { log, size, slot } of freeze.logs)
    for (const month of monthsOf(draw)) {
      const { first, last } = daysOf({ from: month, until: month })
      const skipped = draw.skipped.filter((each) => each.log === log && each.month === month).map(({ index }) => index)
      const [since, before] = [startOfDay(first), startOfDay(addDays(last, 1))]
      yield { log, span: { slot, agency: draw.agency, below: size, since, before, skipped } }
    }
}
