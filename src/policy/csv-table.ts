// csv-table.ts: a CSV as a spreadsheet saves it: named columns, every cell with its place.
import { CsvError, parse } from 'csv-parse/sync'
import type { Located, Place, Report } from './finding.ts'
import { nearest } from './nearest.ts'

export interface CsvRow {
  readonly cells: Readonly<Record<string, string>>
  /** From 1: the line on which the row begins. */
  readonly line: number
}

/** Pointers are those of an array of rows, each an object by column: `/3/帳號`. */
export class CsvTable implements Located {
  readonly name: string
  readonly rows: readonly CsvRow[]
  readonly #columns: readonly string[]
  readonly #lines: readonly string[]

  constructor(name: string, text: string, columns: readonly string[], rows: readonly CsvRow[]) {
    this.name = name
    this.rows = rows
    this.#columns = columns
    this.#lines = text.split(/\r\n|\n/)
  }

  place(pointer: string): Place {
    const [index, column] = pointer.slice(1).split('/')
    const line = index === '' || index === undefined ? 1 : (this.rows[Number(index)]?.line ?? 1)
    const text = this.#lines[line - 1] ?? ''
    const at = column === undefined ? -1 : this.#columns.indexOf(column)
    const cells = text.split(',')
    // Where cells are quoted, commas say nothing: the line is pointed at.
    if (at < 0 || text.includes('"')) return { line, column: 1, length: Math.max(1, text.length) }
    const before = cells.slice(0, at).reduce((sum, cell) => sum + cell.length + 1, 0)
    return { line, column: before + 1, length: Math.max(1, cells[at]?.length ?? 1) }
  }
}

/** Reads a CSV whose header must be these columns, in any order.
 *  @returns undefined where it cannot be read; that is reported */
export function readCsv(name: string, text: string, columns: readonly string[], report: Report): CsvTable | undefined {
  let records: { record: string[]; info: { lines: number } }[]
  const bare = text.replace(/^\ufeff/, '')
  try {
    const parsed: unknown = parse(bare, { info: true, skip_empty_lines: true })
    records = parsed as typeof records // what `info` makes of records; its types know only plain ones
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    const line = Number(/ at line (\d+)/.exec(error.message)?.[1] ?? error.lines ?? 1)
    report.addAt(name, '', { line, column: 1, length: 1 }, 'csv-wrong', { found: error.code })
    return undefined
  }
  const header = records[0]?.record.map((cell) => cell.trim()) ?? []
  const first: Place = { line: 1, column: 1, length: 1 }
  const missing = columns.filter((column) => !header.includes(column))
  for (const column of missing) report.addAt(name, '', first, 'column-missing', { expected: { zh: column, en: column } })
  for (const [at, column] of header.entries()) {
    const known = columns.includes(column) && header.indexOf(column) === at
    if (!known) report.addAt(name, `/${at}`, first, 'column-unknown', { found: column, nearest: nearest(column, missing) })
  }
  if (missing.length > 0 || header.length !== columns.length) return undefined
  const rows = records.slice(1).map(({ record, info }): CsvRow => {
    // csv-parse counts to where a record ends; a cell may hold line ends.
    const line = info.lines - record.reduce((sum, cell) => sum + (cell.match(/\r\n|\n|\r/g)?.length ?? 0), 0)
    return { line, cells: Object.fromEntries(header.map((column, at) => [column, record[at] ?? ''])) }
  })
  return new CsvTable(name, bare, header, rows)
}
