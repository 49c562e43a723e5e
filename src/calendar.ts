// calendar.ts: civil time of Asia/Taipei, ROC dates, and periods in months (行政程序法 §48).

declare const brand: unique symbol
/** A day, `2026-11-24` (ISO 8601): compared and sorted as text. */
export type CivilDate = string & { readonly [brand]: 'CivilDate' }

/** Asia/Taipei is UTC+08:00 without daylight saving (since 1980). */
const taipei = 8 * 3_600_000
const dayLength = 86_400_000

const date = (year: number, month: number, day: number): CivilDate =>
  `${String(year).padStart(4, '0')}-${String(month).padStart(2, '0')}-${String(day).padStart(2, '0')}` as CivilDate // of its parts, checked by the callers

const daysOf = (year: number, month: number): number => new Date(Date.UTC(year, month, 0)).getUTCDate()
const isDay = (year: number, month: number, day: number): boolean =>
  year >= 1 && year <= 9999 && month >= 1 && month <= 12 && day >= 1 && day <= daysOf(year, month)

/** Reads an ISO 8601 day. @returns undefined unless it is a day of the calendar */
export function parseCivilDate(text: string): CivilDate | undefined {
  const [, year, month, day] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? []
  return isDay(Number(year), Number(month), Number(day)) ? (text as CivilDate) : undefined // a real day, by the check
}

let last: { readonly day: number; readonly text: CivilDate } | undefined

/** The day in Asia/Taipei of an instant. @param ms milliseconds since 1970 UTC */
export function civilDateOf(ms: number): CivilDate {
  const day = Math.floor((ms + taipei) / dayLength)
  if (last?.day !== day) last = { day, text: new Date(day * dayLength).toISOString().slice(0, 10) as CivilDate } // ISO, by definition
  return last.text
}

/** Minutes since midnight in Asia/Taipei, 0–1439. */
export function minuteOfDay(ms: number): number {
  const since = (ms + taipei) % dayLength
  return Math.floor((since < 0 ? since + dayLength : since) / 60_000)
}

/** The first instant of a day in Asia/Taipei, milliseconds since 1970 UTC. */
export function startOf(day: CivilDate): number {
  return Date.parse(`${day}T00:00:00Z`) - taipei
}

export function addDays(day: CivilDate, days: number): CivilDate {
  return new Date(Date.parse(`${day}T00:00:00Z`) + days * dayLength).toISOString().slice(0, 10) as CivilDate // ISO, by definition
}

/** The last day of a period of months after an event: the day of the event is not counted; the period ends on the day before the
 *  corresponding day, and where there is none on the last day of that month. Rule 行政程序法 §48, 民法 §119–123. */
export function endOfPeriod(event: CivilDate, months: number): CivilDate {
  const first = addDays(event, 1)
  const [year = 0, month = 0, day = 0] = first.split('-').map(Number)
  const ordinal = year * 12 + (month - 1) + months
  const [endYear, endMonth] = [Math.floor(ordinal / 12), (ordinal % 12) + 1]
  if (day > daysOf(endYear, endMonth)) return date(endYear, endMonth, daysOf(endYear, endMonth))
  return addDays(date(endYear, endMonth, day), -1)
}

/** Reads a ROC date as officers type it: `1150131`, `0990131`, `990131`, `115/01/31`, `115.1.31`, `民國115年1月31日`. 民國115年 = 2026.
 *  @returns undefined for a day that is none, the year 0, and years before the Republic */
export function parseRocDate(text: string): CivilDate | undefined {
  const [, year, month, day] =
    /^(\d{2,3})(\d{2})(\d{2})$/.exec(text) ??
    /^(\d{2,3})[/.](\d{1,2})[/.](\d{1,2})$/.exec(text) ??
    /^(?:民國)?(\d{2,3})年(\d{1,2})月(\d{1,2})日$/.exec(text) ??
    []
  const roc = Number(year)
  return roc >= 1 && isDay(roc + 1911, Number(month), Number(day)) ? date(roc + 1911, Number(month), Number(day)) : undefined
}

/** How people read a day: `115/11/24`. */
export function rocDate(day: CivilDate): string {
  const [year = '', month = '', rest = ''] = day.split('-')
  return `${Number(year) - 1911}/${month}/${rest}`
}
