// tenure.ts: days around the first and the last day of users on the roster: what is queried then deserves a look.
import { addDays, type CivilDate } from '../../calendar.ts'
import type { RosterRow } from '../../policy/snapshot.ts'
import { daysOf, type MonthName } from '../period.ts'
import type { Thresholds } from './thresholds.ts'

export type TenureKind =
  /** The first days on the roster. */
  | 'joined'
  /** The last days on the roster. */
  | 'leaving'
  /** Days behind the last one, until the account comes back. */
  | 'left'

/** Days of a month that lie around a first or last day, both included. */
export interface TenureWindow {
  readonly account: string
  readonly kind: TenureKind
  /** The first or last day on the roster. */
  readonly day: CivilDate
  readonly from: CivilDate
  readonly until: CivilDate
}

type Row = Pick<RosterRow, 'account' | 'from' | 'until'>

/** Windows that touch the month, in no order. Rows that follow each other without a gap (another unit, another title) are one stay.
 *  @param roster rows by account, as a snapshot holds them */
export function tenureWindows(
  month: MonthName,
  roster: ReadonlyMap<string, readonly Row[]>,
  { days_after_joining, days_before_leaving }: Thresholds,
): readonly TenureWindow[] {
  const { first, last } = daysOf({ from: month, until: month })
  const windows: TenureWindow[] = []
  const add = (window: TenureWindow): void => {
    const [from, until] = [window.from < first ? first : window.from, window.until > last ? last : window.until]
    if (from <= until) windows.push({ ...window, from, until })
  }
  for (const rows of roster.values()) {
    const stays = staysOf(rows)
    for (const [nth, { account, from, until }] of stays.entries()) {
      add({ account, kind: 'joined', day: from, from, until: earlier(addDays(from, days_after_joining - 1), until) })
      if (until === undefined) continue
      add({ account, kind: 'leaving', day: until, from: later(addDays(until, 1 - days_before_leaving), from), until })
      const next = stays[nth + 1]
      add({ account, kind: 'left', day: until, from: addDays(until, 1), until: next === undefined ? last : addDays(next.from, -1) })
    }
  }
  return windows
}

const earlier = (one: CivilDate, other: CivilDate | undefined): CivilDate => (other !== undefined && other < one ? other : one)
const later = (one: CivilDate, other: CivilDate): CivilDate => (other > one ? other : one)

function staysOf(rows: readonly Row[]): readonly Row[] {
  const stays: Row[] = []
  for (const row of rows.toSorted((one, other) => (one.from < other.from ? -1 : 1))) {
    const last = stays.at(-1)
    if (last?.until === undefined || addDays(last.until, 1) < row.from) stays.push(row)
    else stays[stays.length - 1] = { account: last.account, from: last.from, ...(row.until !== undefined && { until: row.until }) }
  }
  return stays
}
