// csv-text.ts: a CSV from anywhere: UTF-8, UTF-16 or cp950, commas or tabs, as a sheet.
import { isUtf8 } from 'node:buffer'
import { CsvError, parse } from 'csv-parse/sync'
import { decodeCp950, unreadable } from './cp950.ts'
import { type Cell, RowsRead, type Sheet, TableRefused } from './sheet.ts'

/** @param known characters for codes of users' own (cp950.ts)
 *  @throws TableRefused */
export function readCsvText(bytes: Buffer, known: ReadonlyMap<string, string>): readonly Sheet[] {
  // One line end of two characters within a cell would be counted as two lines.
  const text = textOf(bytes, known).replaceAll('\r\n', '\n')
  if (text.includes('\0')) throw new TableRefused('不是文字檔，也不是 .ods 或 .xlsx neither a text, nor .ods or .xlsx')
  const [first = ''] = text.split('\n', 1)
  const rows = new RowsRead()
  for (const { record, line } of recordsOf(text, first.includes('\t') && !first.includes(',') ? '\t' : ','))
    rows.add(line, record.map(cellOf))
  return [{ name: '', rows: rows.rows }]
}

function textOf(bytes: Buffer, known: ReadonlyMap<string, string>): string {
  const encoding = bytes[0] === 0xff && bytes[1] === 0xfe ? 'utf-16le' : bytes[0] === 0xfe && bytes[1] === 0xff ? 'utf-16be' : undefined
  if (encoding === undefined) return isUtf8(bytes) ? bytes.toString('utf8').replace(/^\ufeff/, '') : decodeCp950(bytes, known)
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes)
  } catch {
    throw new TableRefused('不是正確的 UTF-16 not well-formed UTF-16')
  }
}

function recordsOf(text: string, delimiter: string): readonly { readonly record: readonly string[]; readonly line: number }[] {
  try {
    const parsed: unknown = parse(text, { delimiter, info: true, relax_column_count: true, skip_empty_lines: true })
    const records = parsed as readonly { record: readonly string[]; info: { lines: number } }[] // what `info` makes of records; its types know only plain ones
    // Counted to where a record ends; a cell may hold line ends.
    return records.map(({ info, record }) => ({
      record,
      line: info.lines - record.reduce((sum, cell) => sum + (cell.match(/\n|\r/g)?.length ?? 0), 0),
    }))
  } catch (error) {
    if (!(error instanceof CsvError)) throw error
    throw new TableRefused(`不是正確的 CSV not well-formed CSV: ${error.message}`)
  }
}

function cellOf(text: string): Cell {
  const codes = [...text.matchAll(unreadable)].map(([, code]) => `0x${code}`)
  if (codes.length === 0) return { text }
  const shown = codes.join('、')
  return {
    text: text.replaceAll(unreadable, '〔$1〕'),
    wrong: {
      zh: `${shown} 為造字或不成字，無法對應；請查明後以 --character ${codes[0]?.slice(2)}=字 指明，或請機關改以 .ods、UTF-8 提供`,
      en: `${codes.join(', ')} is a character of somebody’s own, or none: say which it is with --character, or ask for .ods or UTF-8`,
    },
  }
}
