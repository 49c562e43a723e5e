// roster.ts: an agency's users and its delegates' (使用者清冊), from rosters/<agency>.csv (R6).
import { type CivilDate, readCivilDate, readRocDate } from '../calendar.ts'
import { foldAccount, foldIdentifier, isNationalId } from '../identifier.ts'
import { type CsvTable, readCsv } from './csv-table.ts'
import type { Detail, Report } from './finding.ts'
import type { FindingCode } from './finding-codes.ts'
import { nearest } from './nearest.ts'
import { forms } from './schema/forms.ts'
import type { RosterRow } from './snapshot.ts'

export const rosterColumns = [
  '帳號',
  '人員代號',
  '姓名',
  '單位',
  '職稱',
  '受託單位',
  '類別',
  '啟用日',
  '最後在職日',
  '停用原因',
  '核准文號',
] as const
export type RosterColumn = (typeof rosterColumns)[number]

const kinds: Readonly<Record<string, RosterRow['kind']>> = { 人員: 'person', 系統: 'system' }
const reasons = ['離職', '職務調動', '留職停薪', '其他']
const needed: readonly RosterColumn[] = ['帳號', '人員代號', '姓名', '單位', '類別', '啟用日', '核准文號']

export interface Roster {
  /** Rows by folded account, in the order of their first days. */
  readonly rows: ReadonlyMap<string, readonly RosterRow[]>
  /** Every row in file order, by column: what the policy digest holds. */
  readonly content: readonly Readonly<Record<string, string>>[]
  readonly table: CsvTable | undefined
}

/** @param name `rosters/<agency>.csv`
 *  @param delegates ids of the agency's delegates; undefined where they are not known */
export function readRoster(name: string, text: string, delegates: readonly string[] | undefined, report: Report): Roster {
  const table = readCsv(name, text, rosterColumns, report)
  if (table === undefined) return { rows: new Map(), content: [], table }
  const rows = new Map<string, RosterRow[]>()
  for (const index of table.rows.keys()) {
    const row = readRow(table, index, delegates, report)
    if (row === undefined) continue
    const account = foldAccount(row.account)
    const others = rows.get(account) ?? []
    checkAgainst(table, index, row, others, report)
    rows.set(account, [...others, row])
  }
  for (const [account, ofAccount] of rows)
    rows.set(
      account,
      ofAccount.toSorted((one, other) => (one.from < other.from ? -1 : 1)),
    )
  return { rows, content: table.rows.map(({ cells }) => cells), table }
}

function readRow(table: CsvTable, index: number, delegates: readonly string[] | undefined, report: Report): RosterRow | undefined {
  const cells = table.rows[index]?.cells ?? {}
  const before = report.errors
  const cell = (column: RosterColumn): string => cells[column] ?? ''
  const refuse = (column: RosterColumn, code: FindingCode, detail: Detail = {}) => report.add(table, `/${index}/${column}`, code, detail)
  for (const column of rosterColumns) {
    const text = cell(column)
    if (text === '') {
      if (needed.includes(column)) refuse(column, 'cell-missing', { expected: { zh: column, en: column } })
    } else if (!forms.line.accepts(text)) refuse(column, 'wrong-form', { expected: forms.line })
  }
  const account = cell('帳號')
  if (isNationalId(foldIdentifier(account))) refuse('帳號', 'account-identifier')
  if ([...account].length > 64 || /\s/u.test(account))
    refuse('帳號', 'wrong-form', {
      found: account,
      expected: { zh: '帳號，64 字以內，沒有空白', en: 'an account of up to 64 characters without spaces' },
    })
  const kind = kinds[cell('類別')]
  if (cell('類別') !== '' && kind === undefined)
    refuse('類別', 'wrong-value', { found: cell('類別'), expected: { zh: '人員、系統', en: '人員, 系統' } })
  const from = readDay(cell('啟用日'), (code, detail) => refuse('啟用日', code, detail))
  const until = readDay(cell('最後在職日'), (code, detail) => refuse('最後在職日', code, detail))
  if (from !== undefined && until !== undefined && until < from)
    refuse('最後在職日', 'dates-reversed', { found: until, expected: { zh: `${from} 或以後`, en: `${from} or later` } })
  checkStop(cell('最後在職日'), cell('停用原因'), refuse)
  const delegate = cell('受託單位')
  if (delegate !== '' && delegates !== undefined && !delegates.includes(delegate))
    refuse('受託單位', 'unknown-name', { found: delegate, nearest: nearest(delegate, delegates) })
  if (report.errors > before || kind === undefined || from === undefined) return undefined
  return {
    account,
    person: cell('人員代號'),
    name: cell('姓名'),
    unit: cell('單位'),
    title: cell('職稱'),
    ...(delegate !== '' && { delegate }),
    kind,
    from,
    ...(until !== undefined && { until }),
    ...(cell('停用原因') !== '' && { stopReason: cell('停用原因') }),
    document: cell('核准文號'),
    rule: `${table.name}#/${index}`,
  }
}

/** Days of the stored roster are ISO 8601; what a spreadsheet made of them is named, and what was meant. */
function readDay(text: string, refuse: (code: FindingCode, detail: Detail) => void): CivilDate | undefined {
  const date = text === '' ? undefined : readCivilDate(text)
  if (text === '' || date !== undefined) return date
  const roc = readRocDate(text)
  refuse(roc === undefined ? 'wrong-date' : 'roc-date', { found: text, expected: forms.date, nearest: forms.date.meant?.(text) })
  return undefined
}

/** R6: a stop has a day and a reason. It acts at once: a reason that is still missing is listed, a day that is missing stops nobody. */
function checkStop(last: string, reason: string, refuse: (column: RosterColumn, code: FindingCode, detail?: Detail) => void): void {
  if (last !== '' && reason === '') refuse('停用原因', 'stop-reason-missing')
  if (last === '' && reason !== '') refuse('最後在職日', 'stop-day-missing', { found: reason })
  if (reason !== '' && !reasons.includes(reason))
    refuse('停用原因', 'wrong-value', { found: reason, expected: { zh: reasons.join('、'), en: reasons.join(', ') } })
}

/** Rule 四(一): an account is one person's; of several rows for one account, one holds on any day. */
function checkAgainst(table: CsvTable, index: number, row: RosterRow, others: readonly RosterRow[], report: Report): void {
  const at = `/${index}/帳號`
  for (const other of others) {
    if (other.account !== row.account)
      report.add(table, at, 'account-twice', { found: row.account, expected: { zh: other.account, en: other.account } })
    else if (other.person !== row.person) report.add(table, `/${index}/人員代號`, 'account-of-two', { found: row.account })
    else if (row.from <= (other.until ?? '9999-12-31') && other.from <= (row.until ?? '9999-12-31'))
      report.add(table, `/${index}/啟用日`, 'account-overlap', { found: row.account })
  }
}
