// not-counted-csv.ts: the annex of calls that do not count (D-10): refused, failed, never released; of whom, when and why, without subjects.
import { civilDateOf } from '../../calendar.ts'
import { problems } from '../../problems.ts'
import { csvValue } from '../../querylog/export/csv.ts'
import type { NotCountedCall } from '../ports.ts'
import { noUnit, recordName } from './audit-form.ts'
import type { RosterDays } from './roster-days.ts'
import { dayAndTime, modeWords } from './wording.ts'

/** `115H1_379110000E_未計入紀錄.csv`
 *  @param begin of every name */
export const notCountedName = (begin: string): string => `${begin}${notCountedEnd}`

const notCountedEnd = '_未計入紀錄.csv'
export const isNotCounted = (name: string): boolean => name.endsWith(notCountedEnd)

/** A call with what its codes mean. */
export interface NotCountedRow extends NotCountedCall {
  readonly log: string
  /** Of the API and its operation, in the words of the rules that decided it; empty where neither was known. */
  readonly title: string
}

const codes: ReadonlyMap<string, { readonly titleZh: string }> = new Map(Object.entries(problems))
const modes: ReadonlyMap<string, string> = new Map(Object.entries(modeWords))

/** What became of it. */
function ended({ notReleased, permitted }: NotCountedCall): string {
  if (notReleased) return '未放行'
  return permitted ? '失敗' : '拒絕'
}

function reasonOf({ code, notReleased }: NotCountedCall): string {
  if (notReleased) return '已記錄，未及提供'
  return codes.get(code)?.titleZh ?? code
}

const columns: readonly (readonly [heading: string, value: (row: NotCountedRow, days: RosterDays) => string])[] = [
  ['紀錄識別碼', ({ index, log }) => recordName({ index, log })],
  ['紀錄簿', ({ log }) => log],
  ['紀錄序號', ({ index }) => String(index)],
  ['日期', ({ at }) => dayAndTime(new Date(at).toISOString())[0]],
  ['時間', ({ at }) => dayAndTime(new Date(at).toISOString())[1]],
  ['帳號', ({ account }) => account],
  ['姓名', ({ account, at }, days) => days.on(account, civilDateOf(at))?.name ?? ''],
  ['單位', ({ account, at }, days) => days.on(account, civilDateOf(at))?.unit ?? noUnit],
  ['提供方式', ({ mode }) => modes.get(mode) ?? ''],
  ['API', ({ title }) => title],
  ['結果', ended],
  ['理由碼', ({ code, notReleased }) => (notReleased ? '' : code)],
  ['理由', reasonOf],
]

const line = (cells: readonly string[]): string => `${cells.map(csvValue).join(',')}\r\n`

/** BOM, CRLF, formulas escaped: as the other tables. */
export const notCountedHead = (): string => `\ufeff${line(columns.map(([heading]) => heading))}`

export const notCountedLines = (rows: readonly NotCountedRow[], days: RosterDays): string =>
  rows.map((row) => line(columns.map(([, value]) => value(row, days)))).join('')
