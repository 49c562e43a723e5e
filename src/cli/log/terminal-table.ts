// terminal-table.ts: rows in columns, of Chinese and of English text: wide characters take two places.
import { shown } from '../../verifier/finding.ts'
import { widthOf } from '../terminal-text.ts'

/** Lines of a table: headings in Chinese above those in English, cells of records with what could act on a terminal escaped.
 *  @param paint a line of a row, by its number from 0 */
export function tableText(
  headings: readonly (readonly [zh: string, en: string])[],
  rows: readonly (readonly string[])[],
  paint: (line: string, row: number) => string = (line) => line,
): string {
  const lines = [headings.map(([zh]) => zh), headings.map(([, en]) => en), ...rows.map((row) => row.map(shown))]
  const widths = headings.map((_, nth) => Math.max(...lines.map((line) => widthOf(line[nth] ?? ''))))
  return lines
    .map((line, at) => {
      const text = line
        .map((cell, nth) => cell + ' '.repeat((widths[nth] ?? 0) - widthOf(cell)))
        .join('  ')
        .trimEnd()
      return `${at < 2 ? text : paint(text, at - 2)}\n`
    })
    .join('')
}
