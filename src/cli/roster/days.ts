// days.ts: days as people and spreadsheets write them, in either calendar, never in both in one column.
import { type CivilDate, readCivilDate, readRocDate } from '../../calendar.ts'
import type { Said } from '../../policy/schema/forms.ts'
import type { Cell } from '../spreadsheet/sheet.ts'

export interface Day {
  readonly day: CivilDate
  readonly calendar: 'roc' | 'gregorian'
}

const GREGORIAN = [
  /^(\d{4})([-/.])(\d{1,2})\2(\d{1,2})$/, // 2026-01-31, 2026/1/31
  /^(\d{4})()(\d{2})(\d{2})$/, // 20260131
  /^(?:西元)? ?(\d{4}) ?年 ?()(\d{1,2}) ?月 ?(\d{1,2}) ?日$/, // 2026年1月31日
]

function readGregorian(text: string): CivilDate | undefined {
  for (const form of GREGORIAN) {
    const [, year, , month, day] = form.exec(text) ?? []
    if (year !== undefined && month !== undefined && day !== undefined)
      return readCivilDate(`${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`)
  }
  return undefined
}

/** A year of two digits that says of no calendar which it is of. Of 民國60 and later nobody means the year 2060. */
const TWO_DIGITS = /^([0-5]\d)(?:\d{4}$|[-/.]| ?年)/

/** A cell's day; what is wrong with it, where it is none. */
export function readDay(cell: Cell): Day | Said {
  const text = cell.text.normalize('NFKC').trim()
  const gregorian = readGregorian(text)
  if (gregorian !== undefined && gregorian >= '1912-01-01') return { day: gregorian, calendar: 'gregorian' }
  // A spreadsheet took 115/01/31 for a day of the second century.
  const meant =
    gregorian !== undefined ? readRocDate(`${Number(gregorian.slice(0, 4))}/${gregorian.slice(5, 7)}/${gregorian.slice(8)}`) : undefined
  if (meant !== undefined)
    return {
      zh: `試算表把民國日期當成西元 ${gregorian}，應為 ${meant}；請將此欄設為文字格式`,
      en: `the spreadsheet took an ROC date for ${gregorian}; ${meant} was meant: format the column as text`,
    }
  const [, year] = TWO_DIGITS.exec(text) ?? []
  if (year !== undefined)
    return {
      zh: `「${text}」之年份只有兩位數，無從分辨民國${Number(year)}年或西元20${year}年；請寫為 ${Number(year) + 89}…（民國三位數）或 20${year}…`,
      en: `"${text}" has a year of two digits: nobody can tell 民國${Number(year)} from 20${year}; write all digits, like 1150131 or 2026-01-31`,
    }
  const roc = cell.day === true ? undefined : readRocDate(text)
  if (roc !== undefined) return { day: roc, calendar: 'roc' }
  return {
    zh: `「${text}」不是存在的日期，例如 1150131、115/1/31、2026-01-31`,
    en: `"${text}" is not a day that exists, like 1150131, 115/1/31 or 2026-01-31`,
  }
}

/** Of a column: whether its days are of both calendars. Nobody can tell then what the others of it mean. */
export const mixed = (days: readonly Day[]): boolean => new Set(days.map(({ calendar }) => calendar)).size > 1
