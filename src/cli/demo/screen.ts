// screen.ts: what the demo prints: tables that a person reads, in colour on a terminal.
import { stripVTControlCharacters } from 'node:util'
import { isColoured, painter, widthOf } from '../terminal-text.ts'

export const styled = painter(isColoured(process.stdout))

/** Columns that a text takes, colours aside. */
export const width = (text: string): number => widthOf(stripVTControlCharacters(text))

/** At most so many columns, the rest as an ellipsis. */
export function shortened(text: string, columns: number): string {
  if (width(text) <= columns) return text
  let out = ''
  for (const character of text) {
    if (width(out) + width(character) > columns - 1) break
    out += character
  }
  return `${out}…`
}

const padded = (text: string, columns: number): string => text + ' '.repeat(Math.max(0, columns - width(text)))

/** A table: the first row is its head. */
export function table(rows: readonly (readonly string[])[], indent = '   '): string {
  const columns = rows[0]?.map((_, index) => Math.max(...rows.map((row) => width(row[index] ?? '')))) ?? []
  const line = (row: readonly string[]): string =>
    indent +
    row
      .map((cell, index) => padded(cell, columns[index] ?? 0))
      .join('  ')
      .trimEnd()
  const [head = [], ...body] = rows
  return [styled('dim', line(head)), ...body.map(line)].join('\n')
}

/** Leaves of a JSON value by field path, each with its values as text, elements joined. */
export function leaves(value: unknown, path = '', out = new Map<string, string>()): Map<string, string> {
  if (Array.isArray(value)) {
    for (const element of value) leaves(element, `${path}[]`, out)
  } else if (value !== null && typeof value === 'object') {
    for (const [name, member] of Object.entries(value)) leaves(member, path === '' ? name : `${path}.${name}`, out)
  } else {
    const before = out.get(path)
    out.set(path, before === undefined ? String(value) : `${before}、${String(value)}`)
  }
  return out
}
