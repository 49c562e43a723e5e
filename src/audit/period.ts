// period.ts: the months that a round of the audit covers, as people write them.
import { addDays, type CivilDate, civilDate, readCivilDate } from '../calendar.ts'

/** A calendar month of Asia/Taipei, `2026-11`, as `month` entries write it. */
export type MonthName = string

/** Whole months, both included. */
export interface Period {
  readonly from: MonthName
  readonly until: MonthName
}

/** No round is longer: a year is two of the rounds that 六(一)5 asks for. */
export const mostMonths = 12

/** Every month of a period, in order. */
export function monthsOf({ from, until }: Period): readonly MonthName[] {
  const months: MonthName[] = []
  for (let month = from; month <= until; month = monthAfter(month)) months.push(month)
  return months
}

/** `2026-12` → `2027-01` */
export function monthAfter(month: MonthName): MonthName {
  // 31 days on, the next month has begun and is not over.
  return addDays(civilDate(`${month}-01`), 31).slice(0, 7)
}

/** First and last day of a period. */
export function daysOf({ from, until }: Period): { readonly first: CivilDate; readonly last: CivilDate } {
  return { first: civilDate(`${from}-01`), last: addDays(civilDate(`${monthAfter(until)}-01`), -1) }
}

/** A month as people write it: `2026-03`, `115-03`, `115/3`; undefined for other text. */
export function readMonth(text: string): MonthName | undefined {
  const [, year = '', month = ''] = /^(\d{2,4})[-/.](\d{1,2})$/.exec(text.normalize('NFKC').trim()) ?? []
  const number = year.length === 4 ? Number(year) : Number(year) + 1911
  if (year === '' || Number(year) === 0) return undefined
  return readCivilDate(`${String(number).padStart(4, '0')}-${month.padStart(2, '0')}-01`)?.slice(0, 7)
}

/** A period as people write it: a half-year `115H1`, a month `115-03`, or two months `115-01..115-06`.
 *  @returns undefined for other text, months the wrong way round, and more than `mostMonths` */
export function readPeriod(text: string): Period | undefined {
  const [, year = '', half] = /^(\d{2,4})\s*H([12])$/i.exec(text.normalize('NFKC').trim()) ?? []
  const period = half === undefined ? spanOf(text) : spanOf(half === '1' ? `${year}-01..${year}-06` : `${year}-07..${year}-12`)
  return period !== undefined && period.from <= period.until && monthsOf(period).length <= mostMonths ? period : undefined
}

function spanOf(text: string): Period | undefined {
  const [first = '', last = first] = text.split('..')
  const [from, until] = [readMonth(first), readMonth(last)]
  return from === undefined || until === undefined || text.split('..').length > 2 ? undefined : { from, until }
}
