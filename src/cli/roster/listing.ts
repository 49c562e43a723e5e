// listing.ts: a list of users as an agency sends it: rows by column, days in ISO 8601, and everything in it that cannot be taken, by row and column.
import { stringify } from 'csv-stringify/sync'
import { addDays, type CivilDate } from '../../calendar.ts'
import { Report } from '../../policy/finding.ts'
import { type RosterColumn, readRoster, rosterColumns } from '../../policy/roster.ts'
import type { Said } from '../../policy/schema/forms.ts'
import { type Cell, columnName, type Sheet, type SheetRow, TableRefused } from '../spreadsheet/sheet.ts'
import { type Day, mixed, readDay } from './days.ts'

export type Cells = Readonly<Record<RosterColumn, string>>

/** One row of the list. */
export interface Listed {
  /** As the spreadsheet numbers it. */
  readonly row: number
  readonly cells: Cells
}

export interface Problem {
  readonly row: number
  /** `C`; none where the row as a whole is meant. */
  readonly column?: string
  readonly header?: string
  readonly said: Said
}

export interface Listing {
  readonly rows: readonly Listed[]
  /** Columns that the list has: what it does not say is not told anew. */
  readonly columns: ReadonlySet<string>
  readonly problems: readonly Problem[]
  /** Headers of columns that are left out. */
  readonly ignored: readonly string[]
}

export interface ListingOptions {
  readonly sheet?: string
  readonly ignore: readonly string[]
  readonly delegates: readonly string[]
}

/** The first day out, in place of the last day in. */
const FIRST_OUT = '離職生效日'
const needed: readonly RosterColumn[] = ['帳號', '人員代號', '姓名', '單位']
/** Columns for people, of which nothing is taken. */
const harmlessHeaders = new Set(['序號', '項次', '編號', '備註', '附註', 'No', 'No.'])
/** Rows above the header: a title, a date. */
const TITLES = 15

const headerOf = (cell: Cell | undefined): string => (cell?.text ?? '').normalize('NFKC').replace(/\s|\*|[(（].*$/gsu, '')

interface Columns {
  readonly at: ReadonlyMap<string, number>
  readonly row: number
  readonly ignored: readonly string[]
}

/** @throws TableRefused where no sheet has the header, or several have */
export function listingOf(sheets: readonly Sheet[], options: ListingOptions): Listing {
  const problems: Problem[] = []
  const { columns, rows } = headed(sheets, options)
  const read = rows
    .filter(({ number }) => number > columns.row)
    .flatMap((row) => {
      const given = Object.fromEntries([...columns.at].map(([header, at]) => [header, row.cells[at]]))
      const texts = Object.values(given)
      return texts.every((cell) => cell === undefined || cell.text.trim() === '') && texts.every((cell) => cell?.wrong === undefined)
        ? []
        : [{ row: row.number, given }]
    })
  const problem = (row: number, header: string, said: Said): void => {
    const at = columns.at.get(header)
    problems.push({ row, header, said, ...(at !== undefined && { column: columnName(at) }) })
  }
  const calendars = new Map<string, Day[]>()
  const listed = read.map(({ given, row }): Listed => {
    for (const [header, cell] of Object.entries(given)) if (cell?.wrong !== undefined) problem(row, header, cell.wrong)
    const day = (header: string): CivilDate | undefined => {
      const cell = given[header]
      if (cell === undefined || cell.text.trim() === '' || cell.wrong !== undefined) return undefined
      const found = readDay(cell)
      if ('zh' in found) problem(row, header, found)
      else calendars.set(header, [...(calendars.get(header) ?? []), found])
      return 'zh' in found ? undefined : found.day
    }
    return { row, cells: cellsOf(given, day) }
  })
  for (const [header, found] of calendars) {
    if (mixed(found))
      problem(columns.row, header, {
        zh: '同一欄有民國也有西元日期，無從確定；請統一後再匯入',
        en: 'days of both calendars in one column: nobody can tell what the others mean',
      })
  }
  if (problems.length === 0) checkRows(listed, options.delegates, problem, problems)
  checkLost(listed, problem)
  return {
    rows: listed,
    columns: new Set(columns.at.keys()),
    problems: problems.sort((one, other) => one.row - other.row),
    ignored: columns.ignored,
  }
}

function cellsOf(given: Readonly<Record<string, Cell | undefined>>, day: (header: string) => CivilDate | undefined): Cells {
  const text = (column: RosterColumn): string => (given[column]?.text ?? '').trim()
  const firstOut = day(FIRST_OUT)
  const values: Partial<Record<RosterColumn, string>> = {
    類別: text('類別') || '人員',
    啟用日: day('啟用日') ?? '',
    最後在職日: day('最後在職日') ?? (firstOut === undefined ? '' : addDays(firstOut, -1)),
  }
  const all = rosterColumns.map((column) => [column, values[column] ?? text(column)] as const)
  return Object.fromEntries(all) as Cells // every column of the roster, by the line above
}

/** The one sheet with the header of a roster, or the one that is named. */
function headed(
  sheets: readonly Sheet[],
  { ignore, sheet }: ListingOptions,
): { readonly columns: Columns; readonly rows: readonly SheetRow[] } {
  const wanted = sheet === undefined ? sheets : sheets.filter(({ name }) => name === sheet)
  const names = sheets.map(({ name }) => name).join('、')
  if (wanted.length === 0) throw new TableRefused(`沒有工作表 ${sheet}，現有 ${names} there is no such sheet; there are: ${names}`)
  const found = wanted.flatMap((each) => {
    const header = each.rows
      .slice(0, TITLES)
      .find(({ cells }) => ['帳號', '姓名'].every((name) => cells.some((cell) => headerOf(cell) === name)))
    return header === undefined ? [] : [{ sheet: each, header }]
  })
  const [first] = found
  if (first === undefined) throw new TableRefused('找不到標題列（須有「帳號」「姓名」） no header row: expected columns 帳號 and 姓名')
  if (found.length > 1)
    throw new TableRefused(
      `有數張工作表可用，請以 --sheet 指定：${found.map((each) => each.sheet.name).join('、')} several sheets could be meant: say which, --sheet`,
    )
  return { columns: columnsOf(first.header, first.sheet.rows, ignore), rows: first.sheet.rows }
}

/** A column that is called otherwise might be the one that ends somebody: none is left out unless it is said. */
function columnsOf({ cells, number }: SheetRow, rows: readonly SheetRow[], ignore: readonly string[]): Columns {
  const at = new Map<string, number>()
  const [ignored, unknown]: [string[], string[]] = [[], []]
  const width = Math.max(...rows.map((row) => row.cells.length))
  for (let index = 0; index < width; index++) {
    const header = headerOf(cells[index])
    const used = rows.some((row) => row.number > number && (row.cells[index]?.text ?? '').trim() !== '')
    if (header === '' && !used) continue
    const known = (rosterColumns as readonly string[]).includes(header) || header === FIRST_OUT
    if (known && at.has(header)) throw new TableRefused(`欄名「${header}」有兩欄 it stands twice`)
    if (known) at.set(header, index)
    else if (harmlessHeaders.has(header) || ignore.includes(header)) ignored.push(header)
    else unknown.push(header === '' ? `${columnName(index)} 欄（無欄名 no header）` : header)
  }
  const missing = needed.filter((column) => !at.has(column))
  const said = [
    ...(missing.length > 0 ? [`缺少欄位：${missing.join('、')} columns are missing`] : []),
    ...(unknown.length > 0
      ? [
          `不認得的欄位：${unknown.join('、')}。應為 ${[...rosterColumns, FIRST_OUT].join('、')}；確定不採用者以 --ignore-column 指明 columns that are not known: name those to be left out`,
        ]
      : []),
    ...(at.has('最後在職日') && at.has(FIRST_OUT) ? [`最後在職日與${FIRST_OUT}只能有一欄 only one of the two`] : []),
  ]
  if (said.length > 0) throw new TableRefused(said.join('\n'))
  return { at, row: number, ignored }
}

type Note = (row: number, header: string, said: Said) => void

/** Holds every row against the rules of a stored roster, and says where in the list each mistake stands. */
function checkRows(listed: readonly Listed[], delegates: readonly string[], note: Note, problems: Problem[]): void {
  // A first day and a document that the list does not give stand in the roster, or are asked for, later.
  const rows = listed.map(({ cells }) => ({ ...cells, 啟用日: cells.啟用日 || '1912-01-01', 核准文號: cells.核准文號 || '-' }))
  const report = new Report()
  readRoster('list', stringify(rows, { header: true, columns: [...rosterColumns] }), delegates, report)
  for (const { expected, expectedZh, found, message, messageZh, nearest, pointer, severity } of report.findings) {
    if (severity !== 'error') continue
    const [, index = '', column = ''] = pointer.split('/')
    const row = listed[Number(index)]?.row ?? 0
    const detail = (parts: readonly (string | undefined | false)[], by: string): string => parts.filter((part) => part).join(by)
    const said = {
      zh: detail([messageZh, found && `找到 ${found}`, expectedZh && `應為 ${expectedZh}`, nearest && `是否為 ${nearest}？`], '；'),
      en: detail([message, found && `found ${found}`, expected && `expected ${expected}`, nearest && `did you mean ${nearest}?`], '; '),
    }
    if (column === '') problems.push({ row, said })
    else note(row, column, said)
  }
}

/** What an earlier conversion has lost is not taken for a name, nor what a spreadsheet would calculate. */
function checkLost(listed: readonly Listed[], note: Note): void {
  for (const { cells, row } of listed) {
    for (const column of rosterColumns) {
      const lost = cells[column].includes('\ufffd') || (column === '姓名' && /[?？]/.test(cells[column]))
      if (/^[=+\-@＝＋－＠]/.test(cells[column]))
        note(row, column, { zh: '以 = + - @ 開頭，試算表會當成公式', en: 'it begins with = + - @, which spreadsheets take for a formula' })
      if (lost)
        note(row, column, {
          zh: '有字在先前轉檔時已遺失（? 或 �），請向機關查明',
          en: 'a character was lost before (? or �): ask the agency',
        })
    }
  }
}
