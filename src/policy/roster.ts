// roster.ts: an agency's users and its delegates' (使用者清冊): a CSV as a spreadsheet saves it.
import { parse } from 'csv-parse/sync'
import { readCivilDate } from '../calendar.ts'
import { foldAccount } from '../identifier.ts'
import type { Finding } from './finding.ts'
import type { RosterRow } from './snapshot.ts'

const columns = ['帳號', '人員代號', '姓名', '單位', '職稱', '受託單位', '類別', '啟用日', '最後在職日', '停用原因', '核准文號'] as const
type Column = (typeof columns)[number]
const kinds: Readonly<Record<string, RosterRow['kind']>> = { 人員: 'person', 系統: 'system' }

export interface Roster {
  /** Rows by folded account, in the order of their first days. */
  readonly rows: ReadonlyMap<string, readonly RosterRow[]>
  /** Every row in file order, each column under its name: what the policy digest holds. */
  readonly lines: readonly Readonly<Record<Column, string>>[]
  readonly findings: readonly Finding[]
}

type Report = (line: number, code: string, message: string, messageZh: string) => void

/** @param file relative name, for findings and rules */
export function readRoster(file: string, bytes: Buffer): Roster {
  const findings: Finding[] = []
  const report: Report = (line, code, message, messageZh) =>
    findings.push({ severity: 'error', file, line, column: 1, pointer: `/${line}`, code, message, messageZh })
  const text = decoded(bytes, report)
  const lines = text === undefined ? [] : records(text, report)
  const rows = new Map<string, RosterRow[]>()
  const spellings = new Map<string, string>()
  for (const { line, record } of lines) {
    const row = readRow(file, line, record, report)
    if (row === undefined) continue
    const folded = foldAccount(row.account)
    const spelled = spellings.get(folded) ?? row.account
    if (spelled !== row.account)
      report(line, 'account-spelling', `differs from ${spelled} only in case or width`, `帳號與「${spelled}」只差大小寫或全形半形`)
    spellings.set(folded, spelled)
    rows.set(folded, [...(rows.get(folded) ?? []), row])
  }
  for (const ofAccount of rows.values()) overlaps(ofAccount, report)
  return { rows, lines: lines.map(({ record }) => record), findings }
}

function decoded(bytes: Buffer, report: Report): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes)
  } catch {
    report(1, 'not-utf-8', 'expected UTF-8: save the file as CSV UTF-8', '不是 UTF-8 編碼（可能是 Big5），請另存為「CSV UTF-8」')
    return undefined
  }
}

function records(text: string, report: Report): { line: number; record: Record<Column, string> }[] {
  try {
    const all: { record: Record<string, string>; info: { lines: number } }[] = parse(text, {
      bom: true,
      columns: (header: string[]) => checkedHeader(header, report),
      info: true,
      skip_empty_lines: true,
      record_delimiter: ['\r\n', '\n'],
    })
    return all.map(({ record, info }) => ({ line: info.lines, record: record as Record<Column, string> })) // its header was checked
  } catch (error) {
    report(
      1,
      'csv',
      `not a CSV of one header and equal rows: ${error instanceof Error ? error.message.split('\n')[0] : ''}`,
      'CSV 格式錯誤：欄數不一致或引號未結束',
    )
    return []
  }
}

function checkedHeader(header: string[], report: Report): string[] {
  for (const name of columns) if (!header.includes(name)) report(1, 'missing', `column ${name} is missing`, `缺少欄位「${name}」`)
  for (const name of header)
    if (!columns.some((each) => each === name)) report(1, 'unknown-key', `unknown column ${name}`, `不認得的欄位「${name}」`)
  if (new Set(header).size !== header.length) report(1, 'duplicate-key', 'a column stands twice', '欄位重複')
  return header
}

function readRow(file: string, line: number, record: Record<Column, string>, report: Report): RosterRow | undefined {
  const {
    帳號: account,
    人員代號: person,
    姓名: name,
    單位: unit,
    職稱: title,
    受託單位: delegate,
    類別: kindText,
    啟用日: fromText,
    最後在職日: untilText,
    停用原因: stopReason,
    核准文號: document,
  } = record
  const from = readCivilDate(fromText ?? '')
  const until = untilText === '' ? undefined : readCivilDate(untilText ?? '')
  const kind = kinds[kindText ?? '']
  const before = { from: from === undefined, until: untilText !== '' && until === undefined, kind: kind === undefined }
  if (before.from) report(line, 'civil-date', '啟用日: expected 2026-01-31', '啟用日須為西元日期，例如 2026-01-31')
  if (before.until) report(line, 'civil-date', '最後在職日: expected 2026-01-31, or nothing', '最後在職日須為西元日期，或空白')
  if (before.kind) report(line, 'not-allowed', '類別: expected 人員 or 系統', '類別須為「人員」或「系統」')
  const missing = Object.entries({ 帳號: account, 人員代號: person, 姓名: name, 單位: unit, 職稱: title, 核准文號: document }).filter(
    ([, value]) => (value ?? '').trim() === '',
  )
  for (const [column] of missing) report(line, 'missing', `${column} is empty`, `「${column}」不可空白`)
  if (until !== undefined && from !== undefined && until < from)
    report(line, 'order', '最後在職日 stands before 啟用日', '最後在職日早於啟用日')
  if (from === undefined || kind === undefined || missing.length > 0 || before.until) return undefined
  return {
    account,
    person,
    name,
    unit,
    title,
    ...(delegate !== '' && { delegate }),
    kind,
    from,
    ...(until !== undefined && { until }),
    ...(stopReason !== '' && { stopReason }),
    document,
    rule: `${file}#/${line}`,
  }
}

/** The unit of any day must be known: periods of one account do not overlap. */
function overlaps(rows: RosterRow[], report: Report): void {
  rows.sort((a, b) => (a.from < b.from ? -1 : 1))
  for (const [index, row] of rows.entries()) {
    const before = rows[index - 1]
    if (before === undefined || (before.until !== undefined && before.until < row.from)) continue
    report(Number(row.rule.slice(row.rule.lastIndexOf('/') + 1)), 'overlap', 'two rows of this account overlap', '同一帳號之期間重疊')
  }
}
