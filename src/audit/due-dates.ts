// due-dates.ts: which half-years are reported and which quarters downloaded by when, and what a rest day makes of a due date (R11c, R15).
import { addDays, type CivilDate, type HalfYear, halfYearOf, weekdayOf } from '../calendar.ts'
import { daysOf, monthAfter } from './period.ts'

/** Half-years that days of a period lie in, in order. */
export function halfYearsBetween(from: CivilDate, until: CivilDate): readonly HalfYear[] {
  const found: HalfYear[] = []
  for (let half = halfYearOf(from); half.from <= until; half = halfYearOf(addDays(half.until, 1))) found.push(half)
  return found
}

/** Rule 六(一)6: 1 January–30 June is due on 31 July, 1 July–31 December on 31 January. */
export const reportDue = ({ until }: HalfYear): CivilDate => lastDayOf(monthAfter(until.slice(0, 7)))

const lastDayOf = (month: string): CivilDate => daysOf({ from: month, until: month }).last

/** D-4 */
export type DownloadRule = 'end-of-following-month' | 'end-of-quarter'

/** A quarter of a calendar year. */
export interface Quarter {
  /** `2026-Q3`. */
  readonly name: string
  readonly from: CivilDate
  readonly until: CivilDate
  /** Rule 六(一)2, D-4. */
  readonly due: CivilDate
}

/** The quarter in which a day lies. */
export function quarterOf(day: CivilDate, rule: DownloadRule): Quarter {
  const nth = Math.floor((Number(day.slice(5, 7)) - 1) / 3)
  const first = `${day.slice(0, 4)}-${String(nth * 3 + 1).padStart(2, '0')}`
  const last = monthAfter(monthAfter(first))
  const { first: from, last: until } = daysOf({ from: first, until: last })
  return { name: `${day.slice(0, 4)}-Q${nth + 1}`, from, until, due: rule === 'end-of-quarter' ? until : lastDayOf(monthAfter(last)) }
}

/** The last quarter that has ended by a day. */
export const lastQuarter = (day: CivilDate, rule: DownloadRule): Quarter => quarterOf(addDays(quarterOf(day, rule).from, -1), rule)

/** The calendar of a year is not there: without it nobody knows which days are rest days. */
export class CalendarUnknown extends Error {
  readonly code = 'settings'
  readonly year: number
  constructor(year: number) {
    super(
      `缺少 ${year} 年（民國 ${year - 1911} 年）之辦公日曆表：請將行政院人事行政總處公布之檔案存為 calendar/${year}.csv。 ` +
        `The calendar of ${year} is missing: save the official file as calendar/${year}.csv.`,
    )
    this.year = year
  }
}

/** A due date, as D-15 shows it: the nominal day and, where that is a rest day, the working days before and after it. */
export interface DueDate {
  readonly nominal: CivilDate
  readonly before?: CivilDate
  readonly after?: CivilDate
}

/** @param restDays by year, from the official calendar
 *  @throws CalendarUnknown */
export function dueDate(nominal: CivilDate, restDays: ReadonlyMap<number, ReadonlySet<CivilDate>>): DueDate {
  if (!isRestDay(nominal, restDays)) return { nominal }
  const step = (by: 1 | -1): CivilDate => {
    let day = nominal
    while (isRestDay(day, restDays)) day = addDays(day, by)
    return day
  }
  return { nominal, before: step(-1), after: step(1) }
}

/** A Saturday on which is worked is no rest day. */
function isRestDay(day: CivilDate, restDays: ReadonlyMap<number, ReadonlySet<CivilDate>>): boolean {
  const year = Number(day.slice(0, 4))
  const rest = restDays.get(year)
  if (rest === undefined) throw new CalendarUnknown(year)
  return rest.has(day)
}

/** How a day stands to a due date: `in-time`; `after-rest-days` where only the working day after a rest day makes it so, which a person
 *  decides (D-15); `late`. */
export type Timeliness = 'in-time' | 'after-rest-days' | 'late'

export const timelinessOf = (day: CivilDate, { nominal, after = nominal }: DueDate): Timeliness =>
  day <= nominal ? 'in-time' : day <= after ? 'after-rest-days' : 'late'

/** 日 for Sunday. */
export const weekdayName = (day: CivilDate): string => '日一二三四五六'.charAt(weekdayOf(day))
