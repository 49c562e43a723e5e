// calendar.ts: civil time of Asia/Taipei: days, months, periods in months (民法 §119–123), ROC dates.

declare const brand: unique symbol
/** A day, `2026-11-24` (ISO 8601): compared and sorted as text. */
export type CivilDate = string & { readonly [brand]: 'CivilDate' }

/** Taiwan has kept UTC+8 without daylight saving since 1980: a constant, so that no table of time zones can differ. */
const OFFSET = 8 * 3_600_000
const DAY = 86_400_000

const ISO = /^(\d{4})-(\d{2})-(\d{2})$/

/** @returns the day, undefined where the calendar has none such (2026-02-29) or the year is not between 1 and 9999 */
function civil(year: number, month: number, day: number): CivilDate | undefined {
  if (year < 1 || year > 9999 || month < 1 || month > 12 || day < 1 || day > daysOfMonth(year, month)) return undefined
  const digits = (value: number, width: number): string => String(value).padStart(width, '0')
  return `${digits(year, 4)}-${digits(month, 2)}-${digits(day, 2)}` as CivilDate // a real day, by the line above
}

function daysOfMonth(year: number, month: number): number {
  if (month === 2) return year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0) ? 29 : 28
  return month === 4 || month === 6 || month === 9 || month === 11 ? 30 : 31
}

function partsOf(date: CivilDate): readonly [year: number, month: number, day: number] {
  return [Number(date.slice(0, 4)), Number(date.slice(5, 7)), Number(date.slice(8, 10))]
}

/** A day written `YYYY-MM-DD`; undefined for any other text, and for days that do not exist. */
export function readCivilDate(text: string): CivilDate | undefined {
  const [, year, month, day] = ISO.exec(text) ?? []
  return year === undefined ? undefined : civil(Number(year), Number(month), Number(day))
}

/** A day written `YYYY-MM-DD`.
 *  @throws RangeError unless it is one that exists */
export function civilDate(text: string): CivilDate {
  const date = readCivilDate(text)
  if (date === undefined) throw new RangeError('a day: expected one that exists, written YYYY-MM-DD')
  return date
}

let newest: { readonly days: number; readonly date: CivilDate } | undefined

/** The day that was asked for last is remembered: every call asks for today. */
function ofUtcDays(days: number): CivilDate {
  if (newest?.days !== days) newest = { days, date: written(days) }
  return newest.date
}

function written(days: number): CivilDate {
  return new Date(days * DAY).toISOString().slice(0, 10) as CivilDate // ISO 8601 by definition of toISOString
}

const utcDaysOf = (date: CivilDate): number => Date.parse(date) / DAY

/** The day in Taipei at an instant.
 *  @param ms since 1970 UTC */
export function civilDateOf(ms: number): CivilDate {
  return ofUtcDays(Math.floor((ms + OFFSET) / DAY))
}

/** Minutes since midnight in Taipei, 0–1439.
 *  @param ms since 1970 UTC */
export function minuteOfDay(ms: number): number {
  return Math.floor(((((ms + OFFSET) % DAY) + DAY) % DAY) / 60_000)
}

/** The year of Asia/Taipei in which an instant lies, `2026`: keys of a year are told by it. */
export const yearOf = (ms: number): string => civilDateOf(ms).slice(0, 4)

/** First day of the month in Taipei at an instant, `2026-11-01`.
 *  @param ms since 1970 UTC */
export function monthOf(ms: number): CivilDate {
  return `${civilDateOf(ms).slice(0, 8)}01` as CivilDate // every month has a first day
}

/** The instant at which a day begins in Taipei, milliseconds since 1970 UTC. */
export function startOfDay(date: CivilDate): number {
  return utcDaysOf(date) * DAY - OFFSET
}

/** The day so many days later, or, with a negative number, earlier. */
export function addDays(date: CivilDate, days: number): CivilDate {
  return ofUtcDays(utcDaysOf(date) + days)
}

/** How many days later the second is; negative where it is earlier. */
export function daysBetween(from: CivilDate, to: CivilDate): number {
  return utcDaysOf(to) - utcDaysOf(from)
}

/** 0 is Sunday. */
export function weekdayOf(date: CivilDate): number {
  return new Date(date).getUTCDay()
}

/** E(event, months): the last day of a period in months. The day of the event is not counted; the period ends on the day before the
 *  corresponding day, or, where there is none, on the last day of that month.
 *  Law: 民法 §120, §121; 行政程序法 §48 computes alike. Not the same as adding months: 2026-02-28 and one month → 2026-03-31.
 *  @param months an integer ≥ 1 */
export function periodEnd(event: CivilDate, months: number): CivilDate {
  if (!Number.isSafeInteger(months) || months < 1) throw new RangeError(`months of a period: expected an integer ≥ 1, found ${months}`)
  const [year, month, day] = partsOf(addDays(event, 1))
  const ahead = month - 1 + months
  const [endYear, endMonth] = [year + Math.floor(ahead / 12), (ahead % 12) + 1]
  const corresponding = civil(endYear, endMonth, day)
  if (corresponding !== undefined) return addDays(corresponding, -1)
  const last = civil(endYear, endMonth, daysOfMonth(endYear, endMonth))
  if (last === undefined) throw new RangeError('a period that ends beyond the year 9999')
  return last
}

const ROC_FORMS = [
  /^(\d{2,3})(\d{2})(\d{2})$/, // 1150131, 0990131, 990131
  /^(\d{2,3})([/.-])(\d{1,2})\2(\d{1,2})$/, // 115/01/31, 115/1/31, 115.01.31
  /^(?:民國|中華民國)? ?(\d{1,3}) ?年 ?(\d{1,2}) ?月 ?(\d{1,2}) ?日$/, // 民國115年1月31日
]

/** A day as people in Taiwan write it, in half or full width. Three digits of a year, or two: before 民國100年 files have either.
 *  @returns undefined for what is no ROC date: a day that does not exist (114/02/29), the year 0, a Gregorian year */
export function readRocDate(text: string): CivilDate | undefined {
  const narrow = text.normalize('NFKC').trim()
  for (const form of ROC_FORMS) {
    const numbers = form
      .exec(narrow)
      ?.slice(1)
      .filter((part) => /^\d+$/.test(part))
    const [year, month, day] = numbers?.map(Number) ?? []
    if (year === undefined || month === undefined || day === undefined) continue
    return year === 0 ? undefined : civil(year + 1911, month, day)
  }
  return undefined
}

/** `2026-11-24T22:15:00+08:00`: an instant as configurations write it.
 *  @param ms milliseconds since 1970 UTC */
export function showInstant(ms: number): string {
  return `${new Date(ms + OFFSET).toISOString().slice(0, 19)}+08:00`
}

/** `民國115年1月31日`, as letters and forms print it.
 *  @throws RangeError before 1912 */
export function showRocDate(date: CivilDate): string {
  const [year, month, day] = rocPartsOf(date)
  return `民國${year}年${month}月${day}日`
}

/** `115/01/31`, as tables print it.
 *  @throws RangeError before 1912 */
export function showRocDateShort(date: CivilDate): string {
  const [year, month, day] = rocPartsOf(date)
  return `${year}/${String(month).padStart(2, '0')}/${String(day).padStart(2, '0')}`
}

function rocPartsOf(date: CivilDate): readonly [number, number, number] {
  const [year, month, day] = partsOf(date)
  if (year < 1912) throw new RangeError('an ROC date: expected 1912 or later')
  return [year - 1911, month, day]
}

/** Half of a year: what reports are due for (Rule 六(一)6). */
export interface HalfYear {
  /** `115H1` */
  readonly label: string
  readonly from: CivilDate
  readonly until: CivilDate
}

/** The half-year in which a day lies. */
export function halfYearOf(date: CivilDate): HalfYear {
  const [year, month] = partsOf(date)
  const [half, from, until] = month <= 6 ? ['H1', '01-01', '06-30'] : ['H2', '07-01', '12-31']
  return {
    label: `${year - 1911}${half}`,
    from: civilDate(`${date.slice(0, 4)}-${from}`),
    until: civilDate(`${date.slice(0, 4)}-${until}`),
  }
}
