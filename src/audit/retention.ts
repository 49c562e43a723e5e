// retention.ts: whether a month's records may be taken out: R16's five years for every agency in it, D-6's more, and no hold.
import { type CivilDate, civilDate, periodEnd } from '../calendar.ts'
import { daysOf, type MonthName } from './period.ts'

/** D-6: kept to 31 December of the archive year plus `years`, and so many years more. */
export interface RetentionSetting {
  readonly years: number
  readonly plus_years: number
}

/** An agency that has records in the month. */
export interface AgencyWithRecords {
  readonly agency: string
  /** Whether 六(一)7 obliges it: linked agencies, and whoever is not known any more. Using units burn no discs (R10). */
  readonly archives: boolean
}

/** 已歸檔: an agency's records of whole months were archived. */
export interface Archiving {
  readonly agency: string
  /** First and last month. */
  readonly from: MonthName
  readonly until: MonthName
  readonly day: CivilDate
}

/** 保全: nothing of the agency, or of anybody, is taken out while it lasts. */
export interface Hold {
  readonly agency: string | 'all'
  /** Since when. */
  readonly from: CivilDate
  /** The day on which it was lifted; absent while it lasts. */
  readonly until?: CivilDate
}

/** A round, finding or incident that is not over: what was recorded of it is needed. */
export interface OpenCase {
  readonly number: string
  /** In which something of it was recorded. */
  readonly months: readonly MonthName[]
}

export interface RetentionFacts {
  readonly month: MonthName
  readonly agencies: readonly AgencyWithRecords[]
  readonly archivings: readonly Archiving[]
  readonly holds: readonly Hold[]
  readonly openCases: readonly OpenCase[]
  /** The first earlier month that still holds entries: archivings and holds are recorded behind what they are of. */
  readonly earlier: MonthName | undefined
  readonly today: CivilDate
  readonly setting: RetentionSetting
}

/** Why a month stays. */
export type Kept =
  /** Its time has not come: kept to the end of `until`. It counts from `since`: the month's end, or the last archiving of the agency. */
  | { readonly why: 'kept'; readonly agency: string | undefined; readonly since: CivilDate; readonly until: CivilDate }
  | { readonly why: 'not-archived'; readonly agency: string }
  | { readonly why: 'held'; readonly agency: string | 'all'; readonly since: CivilDate }
  | { readonly why: 'case-open'; readonly number: string }
  | { readonly why: 'earlier-month'; readonly month: MonthName }

/** What keeps a month: nothing where it may be taken out.
 *  Rule 六(一)7, R16: five years from the later of the month's end and the last archiving day of every agency with records in it.
 *  @throws RangeError where `month` is none */
export function whatKeeps(facts: RetentionFacts): readonly Kept[] {
  const { agencies, earlier, holds, month, openCases, today } = facts
  const kept: Kept[] = [...keptByTime(facts)]
  for (const { agency, from, until } of holds) {
    const lasts = until === undefined || today < until
    if (lasts && (agency === 'all' || agencies.some((each) => each.agency === agency))) kept.push({ why: 'held', agency, since: from })
  }
  for (const { months, number } of openCases) if (months.includes(month)) kept.push({ why: 'case-open', number })
  // In order, so that an archiving is never taken out before the records that it is of.
  if (earlier !== undefined) kept.push({ why: 'earlier-month', month: earlier })
  return kept
}

function keptByTime({ agencies, archivings, month, setting, today }: RetentionFacts): readonly Kept[] {
  const { last: end } = daysOf({ from: month, until: month })
  const kept: Kept[] = []
  const keep = (agency: string | undefined, since: CivilDate): void => {
    const until = keptUntil(since, setting)
    if (today <= until) kept.push({ why: 'kept', agency, since, until })
  }
  // Entries that are no agency's, and those of whoever does not archive, are kept as long from the month's end.
  keep(undefined, end)
  for (const { agency, archives } of agencies) {
    const days = archivings.filter((each) => each.agency === agency && each.from <= month && month <= each.until).map(({ day }) => day)
    const last = days.reduce((a, b) => (b > a ? b : a), end)
    if (last > end) keep(agency, last)
    if (days.length === 0 && archives) kept.push({ why: 'not-archived', agency })
  }
  return kept
}

/** The last day of which it is kept. The law's five years are a floor under whatever is set. */
export function keptUntil(since: CivilDate, { plus_years, years }: RetentionSetting): CivilDate {
  const law = periodEnd(since, 60)
  const set = civilDate(`${Number(since.slice(0, 4)) + years + plus_years}-12-31`)
  return set > law ? set : law
}
