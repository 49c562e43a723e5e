// rest-days.ts: the official calendar of a year, as downloaded: 西元日期, 星期, 是否放假 (0 or 2), 備註.
import { addDays, type CivilDate, civilDate, readCivilDate, weekdayOf } from '../calendar.ts'
import { readCsv } from './csv-table.ts'
import type { Report } from './finding.ts'
import type { RestDays } from './snapshot.ts'

export const calendarColumns = ['西元日期', '星期', '是否放假', '備註']
/** A day, or the first working day after it where it is one of rest.
 *  @returns undefined where the calendar of a year is not there */
export function workingDayFrom(day: CivilDate, restDays: RestDays): CivilDate | undefined {
  const rest = restDays.get(Number(day.slice(0, 4)))
  return rest?.has(day) === true ? workingDayFrom(addDays(day, 1), restDays) : rest && day
}

export const weekdays = '日一二三四五六'

/** Reads a year's calendar: every day of it, in order.
 *  @param name `calendar/<year>.csv`
 *  @returns rest days; undefined where the file is not the calendar of its year; that is reported */
export function readRestDays(name: string, text: string, year: number, report: Report): ReadonlySet<CivilDate> | undefined {
  const table = readCsv(name, text, calendarColumns, report)
  if (table === undefined) return undefined
  const rest = new Set<CivilDate>()
  let expected = civilDate(`${year}-01-01`)
  for (const [index, { cells }] of table.rows.entries()) {
    const [date = '', weekday = '', isRest = ''] = calendarColumns.map((column) => cells[column] ?? '')
    const day = readCivilDate(date.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3'))
    const named = weekdays.charAt(weekdayOf(expected))
    const wrong = day !== expected ? '西元日期' : weekday !== named ? '星期' : isRest !== '0' && isRest !== '2' ? '是否放假' : undefined
    if (wrong !== undefined) {
      const due = `${expected.replaceAll('-', '')},${named},0|2`
      report.add(table, `/${index}/${wrong}`, 'calendar-wrong', { found: cells[wrong], expected: { zh: due, en: due } })
      return undefined
    }
    if (isRest === '2') rest.add(expected)
    expected = addDays(expected, 1)
  }
  if (expected !== `${year + 1}-01-01`) {
    report.add(table, `/${table.rows.length - 1}`, 'calendar-wrong', {
      expected: { zh: `至 ${year}-12-31`, en: `days up to ${year}-12-31` },
    })
    return undefined
  }
  return rest
}
