// form-csv.ts: the drawn records of a form as a table for spreadsheets, beside the workbooks: BOM, CRLF, formulas escaped.
import { csvValue } from '../../querylog/export/csv.ts'
import { type AnswerField, answerFields } from '../answers/answer.ts'
import { type AuditForm, type FormRow, recordName, sortedRows, unitOf } from './audit-form.ts'
import { claimedNote, dayAndTime, drawnBy, modeWords, serviceOf, subjectText } from './wording.ts'

const columns: readonly (readonly [heading: string, value: (row: FormRow) => string])[] = [
  ['紀錄識別碼', ({ id }) => recordName(id)],
  ['紀錄簿', ({ id }) => id.log],
  ['紀錄序號', ({ id }) => String(id.index)],
  ['列', ({ id }) => (id.row === undefined ? '' : String(id.row))],
  ['查詢日期', ({ at }) => dayAndTime(at)[0]],
  ['查詢時間', ({ at }) => dayAndTime(at)[1]],
  ['查詢人員', ({ user }) => user?.name ?? ''],
  ['單位', unitOf],
  ['職稱', ({ user }) => user?.title ?? ''],
  ['帳號', ({ account }) => account],
  ['使用者註記', ({ claimed }) => (claimed ? claimedNote : '')],
  ['在職狀態', serviceOf],
  ['提供方式', ({ mode }) => modeWords[mode]],
  ['API', ({ operation }) => operation],
  ['資料項目', ({ fields }) => fields.join('、')],
  ['查詢目的', ({ purpose }) => purpose],
  ['查詢事由', ({ reason }) => reason ?? ''],
  ['案號／文號', (row) => row.case ?? ''],
  ['查詢對象', ({ subject }) => subjectText(subject)],
  ['來源IP', ({ address }) => address],
  ['回傳筆數', ({ rows }) => String(rows ?? 0)],
  ['抽樣原因', (row) => drawnBy(row.drawnBy)],
  // To be filled in, by whom a table suits better than the workbooks.
  ...answerFields.各筆.map((field): [string, () => string] => [field, () => '']),
]

/** What of the table an import needs: its headings, which of them names the record, and which are filled in; the others are locked. Days and
 *  times a spreadsheet writes in ways of its own; titles are as the rules of the day say them, where these can be made again. */
export const csvLayout = {
  headings: columns.map(([heading]) => heading),
  key: '紀錄識別碼',
  days: ['查詢日期'],
  times: ['查詢時間'],
  subjects: ['查詢對象'],
  titles: ['API', '資料項目', '查詢目的'],
  answers: answerFields.各筆 as readonly AnswerField[],
} as const

/** The cells of one record, by column. */
export const csvCells = (row: FormRow): readonly string[] => columns.map(([, value]) => value(row))

/** The table, sorted as the workbooks are. */
export function formCsv({ rows }: AuditForm): string {
  const lines = [csvLayout.headings, ...sortedRows(rows).map(csvCells)]
  return `\ufeff${lines.map((cells) => `${cells.map(csvValue).join(',')}\r\n`).join('')}`
}
