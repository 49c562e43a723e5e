// months.ts: which running numbers an agency was given in which month of a log, as its `month` entries say.
import type { JsonObject } from '../json-value.ts'
import type { Numbers } from './description.ts'
import { type ArchivedEntry, countAt, objectsAt, textAt } from './entry.ts'
import type { ArchiveFinding } from './finding.ts'

/** A month's numbers: above `after`, up to `to`. */
export interface MonthSpan {
  /** `2026-11` */
  readonly month: string
  readonly after: Numbers
  /** Absent of a month that no entry has ended yet: nothing shows where it ends. */
  readonly to: Numbers | undefined
}

export interface Period {
  /** Months, both included. */
  readonly from: string
  readonly until: string
}

type TellFault = (fault: Pick<ArchiveFinding, 'code' | 'found' | 'expected'>) => void

/** @param months the `month` entries of a log that are archived, in order: all that end a month of the period or begin one, and those at which the key changed
 *  @param opened month of the log's opening
 *  @returns one span for each month of the period that the log had entries in, in order; what contradicts itself is told */
export function monthSpans(
  months: readonly ArchivedEntry[],
  opened: string,
  agency: string,
  period: Period,
  tell: TellFault,
): readonly MonthSpan[] {
  const spans: MonthSpan[] = []
  let open = opened
  let before: Numbers | undefined = opened >= period.from ? { records: 0, counted: 0 } : undefined
  for (const { members } of months) {
    const [ended, begins] = [textAt(members, 'ended') ?? '', textAt(members, 'begins') ?? '']
    if (ended > period.until || begins < period.from) continue // it is here for a change of key
    // What came before the first month of the period is left out: only that the entry leads into the period can be asked of it.
    const follows = before === undefined ? ended >= open && ended < period.from && begins >= period.from : ended === open
    if (!follows) {
      const expected = before === undefined ? `an entry that ends a month before ${period.from}` : `one that ends ${open}`
      tell({ code: 'month-numbers', found: `a month entry that ends ${ended} and begins ${begins}`, expected })
    }
    const { after, to } = numbersOf(members, agency, before)
    if (before !== undefined && !areSame(after, before))
      tell({ code: 'month-numbers', found: `${ended}: behind ${words(after)}`, expected: `behind ${words(before)}` })
    if (ended >= period.from && ended <= period.until) spans.push({ month: ended, after, to })
    before = to
    open = begins
  }
  if (before !== undefined && open >= period.from && open <= period.until) spans.push({ month: open, after: before, to: undefined })
  return spans
}

/** A month entry names every agency that has a number in its log. */
function numbersOf(members: JsonObject, agency: string, before: Numbers = { records: 0, counted: 0 }): { after: Numbers; to: Numbers } {
  const stated = objectsAt(members, 'agencies').find((each) => textAt(each, 'agency') === agency)
  if (stated === undefined) return { after: before, to: before }
  const count = (name: string): number => countAt(stated, name) ?? 0
  const to = { records: count('records_to'), counted: count('counted_to') }
  return { after: { records: to.records - count('records'), counted: to.counted - count('counted') }, to }
}

export const areSame = (one: Numbers, other: Numbers): boolean => one.records === other.records && one.counted === other.counted

export const words = ({ records, counted }: Numbers): string => `records ${records}, counted ${counted}`
