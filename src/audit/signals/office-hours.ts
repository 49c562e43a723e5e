// office-hours.ts: when in a month it is office hours, by the official calendar: everything else is off hours.
import { addDays, type CivilDate, startOfDay } from '../../calendar.ts'
import type { Hours } from '../../policy/hours.ts'
import type { RestDays } from '../../policy/snapshot.ts'
import { CalendarUnknown } from '../due-dates.ts'
import { daysOf, type MonthName } from '../period.ts'

/** Milliseconds since 1970 UTC, [from, until). */
export interface Span {
  readonly from: number
  readonly until: number
}

/** Every day of a month, in order. */
export function everyDay(month: MonthName): readonly CivilDate[] {
  const { first, last } = daysOf({ from: month, until: month })
  const days: CivilDate[] = []
  for (let day = first; day <= last; day = addDays(day, 1)) days.push(day)
  return days
}

/** Rest days of a month.
 *  @throws CalendarUnknown where the calendar of its year is not there */
export function restDaysOf(month: MonthName, restDays: RestDays): ReadonlySet<CivilDate> {
  const year = Number(month.slice(0, 4))
  const known = restDays.get(year)
  if (known === undefined) throw new CalendarUnknown(year)
  return new Set(everyDay(month).filter((day) => known.has(day)))
}

/** Office hours of a month, in order, none touching another.
 *  @param rest rest days of the month */
export function officeSpans(month: MonthName, hours: readonly Hours[], rest: ReadonlySet<CivilDate>): readonly Span[] {
  const spans = everyDay(month).flatMap((day) =>
    hours
      .filter(({ days }) => days === 'all' || rest.has(day) === (days === 'restdays'))
      .map(({ from, until }) => ({ from: startOfDay(day) + from * 60_000, until: startOfDay(day) + until * 60_000 })),
  )
  const merged: Span[] = []
  for (const span of spans.sort((one, other) => one.from - other.from)) {
    const last = merged.at(-1)
    if (last === undefined || span.from > last.until) merged.push(span)
    else merged[merged.length - 1] = { from: last.from, until: Math.max(last.until, span.until) }
  }
  return merged
}

/** As PostgreSQL reads a `tstzmultirange`. */
export const multirangeOf = (spans: readonly Span[]): string =>
  `{${spans.map(({ from, until }) => `[${new Date(from).toISOString()},${new Date(until).toISOString()})`).join(',')}}`
