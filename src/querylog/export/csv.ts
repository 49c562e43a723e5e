// csv.ts: query records as a table for spreadsheets: one row a query, Chinese headings, formulas escaped.
import { civilDateOf, minuteOfDay, showRocDateShort } from '../../calendar.ts'

/** Members of a query that stand in the table. */
interface Row {
  readonly [member: string]: unknown
  readonly at: string
  readonly auth?: { readonly type?: string; readonly kid?: string }
  readonly batch?: { readonly at?: number; readonly of?: number }
  readonly subject?: { readonly tag?: string }
}

interface Place {
  readonly slot: string
  readonly index: number
  /** Standard base64. */
  readonly leaf: string
  /** How the query ended, where a completion says so. */
  readonly outcome: string | undefined
}

export interface TableOptions {
  /** Dates of the ROC calendar. */
  readonly roc: boolean
  /** Said of each subject beside its tag. */
  readonly ofTag?: string
}

const outcomes: Readonly<Record<string, string>> = { 'not-released': '未放行', lost: '中斷' }
const modes: Readonly<Record<string, string>> = { api: 'API系統介接', file: '檔案傳輸', online: '線上資料查詢' }
const decisions: Readonly<Record<string, string>> = { permit: '核准', deny: '拒絕' }

const shown = (value: unknown): string => (value === undefined ? '' : String(value))
/** Of the whole answer, which the first record of a batch states: whoever adds up a column takes it once (docs/log-format.md). */
const ofAnswer = ({ batch }: Row, value: unknown): string =>
  value === undefined || batch?.at === undefined || batch.at === 1 ? shown(value) : '同第 1 人'
const listed = (value: unknown): string => (Array.isArray(value) ? value.join(' ') : '')

/** `2026-11-24 09:15:02.123`, or `115/11/24 09:15:02.123`: civil time of Taipei. */
function timeOf(at: string, roc: boolean): string {
  const ms = Date.parse(at)
  const day = civilDateOf(ms)
  const minutes = minuteOfDay(ms)
  const time = `${String(Math.floor(minutes / 60)).padStart(2, '0')}:${String(minutes % 60).padStart(2, '0')}:${at.slice(17, 23)}`
  return `${roc ? showRocDateShort(day) : day} ${time}`
}

/** Words of regulation and screens: one word, one meaning. */
const columns: readonly (readonly [heading: string, value: (row: Row, place: Place, options: TableOptions) => string])[] = [
  ['槽', (_, { slot }) => slot],
  ['紀錄序號', (_, { index }) => String(index)],
  ['查詢日期時間', ({ at }, _, { roc }) => timeOf(at, roc)],
  ['機關', ({ agency }) => shown(agency)],
  ['機關流水號', (row) => shown(row.agency_seq)],
  ['計次號', (row) => shown(row.counted_seq)],
  ['受委託者', ({ delegate }) => shown(delegate)],
  ['使用者帳號', ({ user }) => shown(user)],
  ['使用者經簽章', ({ auth }) => (auth?.type === 'assertion' ? '是' : '否，機關系統所稱')],
  ['提供方式', ({ mode }) => modes[shown(mode)] ?? shown(mode)],
  ['API', ({ api }) => shown(api)],
  ['作業', ({ operation }) => shown(operation)],
  ['使用目的', ({ purpose }) => shown(purpose)],
  ['案號／文號', (row) => shown(row.case)],
  ['查詢事由', ({ reason }) => shown(reason)],
  ['決定', ({ decision }) => decisions[shown(decision)] ?? shown(decision)],
  ['理由碼', ({ code }) => shown(code)],
  ['狀態碼', ({ status }) => shown(status)],
  [
    '是否放行',
    (row, { outcome }) => (outcome === undefined ? (row.fields_released === undefined ? '' : '是') : (outcomes[outcome] ?? outcome)),
  ],
  ['回傳筆數', (row) => ofAnswer(row, row.rows)],
  ['回傳位元組（1 KiB 進位）', (row) => ofAnswer(row, row.bytes)],
  ['放行之資料項目', (row) => listed(row.fields_released)],
  ['要求之資料項目', (row) => listed(row.fields_asked)],
  ['查詢對象標籤', ({ subject }, _, { ofTag = '' }) => (subject?.tag === undefined ? '' : `${subject.tag}${ofTag}`)],
  ['來源IP', ({ address }) => shown(address)],
  ['憑證', ({ credential }) => shown(credential)],
  ['核可', ({ grant }) => shown(grant)],
  ['申請文號', ({ application }) => shown(application)],
  ['紀錄編號', ({ id }) => shown(id)],
  // In words: `3/4` is a date to a spreadsheet.
  ['批次', ({ batch }) => (batch === undefined ? '' : `第 ${shown(batch.at)} 人，共 ${shown(batch.of)} 人`)],
  ['設定雜湊值', ({ policy }) => shown(policy)],
  ['紀錄雜湊值', (_, { leaf }) => leaf],
]

/** What spreadsheets take for the beginning of a formula, in half and full width. */
const formula = /^[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/
const unsafe = /[",\r\n]/

/** A value as it stands in a table (RFC 4180), a formula behind an apostrophe. As csv-stringify writes it (a test holds them against each
 *  other), in a tenth of its time, which was half of the whole export's. */
export function csvValue(value: string): string {
  const text = formula.test(value) ? `'${value}` : value
  return unsafe.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}

/** A table begins with the mark by which spreadsheets know UTF-8, and its headings. */
export const tableHead = (): string => `\ufeff${columns.map(([heading]) => csvValue(heading)).join(',')}\r\n`

/** The headings, and how many columns there are. */
export const tableHeadings: readonly string[] = columns.map(([heading]) => heading)

/** A query as the texts of its cells.
 *  @param entry without what is sealed, or with it */
export function tableCells(entry: string, place: Place, options: TableOptions): string[] {
  const row: Row = JSON.parse(entry)
  return columns.map(([, value]) => value(row, place, options))
}

/** Cells as they stand in a table. */
export const tableRow = (cells: readonly string[]): string => `${cells.map(csvValue).join(',')}\r\n`
