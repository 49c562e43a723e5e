// stored.ts: the roster of the configuration folder as rows, and back: its columns and rows keep their order.
import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { stringify } from 'csv-stringify/sync'
import { rosterColumns } from '../../policy/roster.ts'
import { EditRefused } from '../edited-file.ts'
import type { Cells } from './listing.ts'

export interface Stored {
  readonly columns: readonly string[]
  readonly rows: readonly Cells[]
}

/** @param bytes undefined where the agency has none yet
 *  @throws EditRefused where it is not as the gateway reads it: that is mended first */
export function readStored(name: string, bytes: Buffer | undefined): Stored {
  if (bytes === undefined) return { columns: rosterColumns, rows: [] }
  const mend = (why: string): EditRefused =>
    new EditRefused(`${name}：${why}，請先以 linkage config check 更正 to be mended first: linkage config check`)
  if (!isUtf8(bytes)) throw mend('不是 UTF-8')
  try {
    const [header = [], ...records]: string[][] = parse(bytes, { bom: true, skip_empty_lines: true })
    const columns = header.map((cell) => cell.trim())
    if (rosterColumns.some((column) => !columns.includes(column)) || columns.length !== rosterColumns.length) throw mend('欄位不符')
    const rows = records.map((record) => Object.fromEntries(columns.map((column, at) => [column, record[at] ?? ''])) as Cells) // every column of the roster, by the line above
    return { columns, rows }
  } catch (error) {
    if (error instanceof CsvError) throw mend('不是正確的 CSV')
    throw error
  }
}

/** UTF-8 with a byte order mark and CRLF: what spreadsheets open as it is meant. */
export function writeStored({ columns }: Stored, rows: readonly Cells[]): string {
  return stringify([...rows], { bom: true, header: true, columns: [...columns], record_delimiter: '\r\n' })
}
