// rest-days.ts: the official calendar of a year, as downloaded: 西元日期, 星期, 是否放假 (0|2), 備註.
import { parse } from 'csv-parse/sync'
import { type CivilDate, readCivilDate } from '../calendar.ts'
import type { Finding } from './finding.ts'

/** A file that cannot be read makes its year unknown, and says so; it never makes a folder invalid. */
export function readRestDays(
  file: string,
  bytes: Buffer,
): { readonly year: number; readonly days: ReadonlySet<CivilDate> | undefined; readonly findings: readonly Finding[] } {
  const year = Number(/(\d{4})\.csv$/.exec(file)?.[1])
  const unreadable = (line: number, message: string, messageZh: string) => ({
    year,
    days: undefined,
    findings: [{ severity: 'warning' as const, file, line, column: 1, pointer: '', code: 'calendar', message, messageZh }],
  })
  const days = new Set<CivilDate>()
  let rows: string[][]
  try {
    // Older downloads are Big5: of those only the ASCII columns count.
    rows = parse(bytes.toString('latin1').replace(/^\u00ef\u00bb\u00bf/, ''), { relax_column_count: true, skip_empty_lines: true })
  } catch (error) {
    return unreadable(1, `not a CSV: ${error instanceof Error ? error.message.split('\n')[0] : ''}`, '不是 CSV，該年度視為未知')
  }
  for (const [index, [date = '', , rest = '']] of rows.slice(1).entries()) {
    const day = readCivilDate(`${date.slice(0, 4)}-${date.slice(4, 6)}-${date.slice(6, 8)}`)
    if (day === undefined || !day.startsWith(String(year)) || (rest !== '0' && rest !== '2'))
      return unreadable(index + 2, 'expected 20260101 and 0 or 2', '須為該年日期，是否放假須為 0 或 2')
    if (rest === '2') days.add(day)
  }
  return rows.length > 365 ? { year, days, findings: [] } : unreadable(1, 'expected every day of the year', '須包含全年每一日')
}
