// csv-rows.ts: rows of a CSV file (RFC 4180) as they come, however large it is.
import { textOf } from '../octets.ts'
import { type ArchiveFile, linesOf } from './place.ts'

const quote = 0x22

/** Rows of a file in UTF-8 that may begin with a byte order mark; undefined for one that cannot be read.
 *  A line feed within quotes belongs to its value. */
export async function* csvRows(file: ArchiveFile): AsyncGenerator<readonly string[] | undefined> {
  let open: Uint8Array[] = []
  let quotes = 0
  let first = true
  for await (const line of linesOf(file)) {
    for (const byte of line) if (byte === quote) quotes += 1
    open.push(line.slice())
    if (quotes % 2 === 1) continue
    yield rowOf(open, first)
    open = []
    quotes = 0
    first = false
  }
  if (open.length > 0) yield undefined
}

function rowOf(lines: readonly Uint8Array[], first: boolean): readonly string[] | undefined {
  const texts = lines.map(textOf)
  if (texts.some((each) => each === undefined)) return undefined
  const text = texts.join('\n').replace(/\r$/, '')
  return valuesOf(first ? text.replace(/^\ufeff/, '') : text)
}

/** A value in quotes, or without; what stands behind it. */
const value = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|$)/y

function valuesOf(row: string): readonly string[] | undefined {
  const values: string[] = []
  value.lastIndex = 0
  for (;;) {
    const found = value.exec(row)
    if (found === null) return undefined
    values.push(found[1]?.replaceAll('""', '"') ?? found[2] ?? '')
    if (found[3] === '') return values
  }
}
