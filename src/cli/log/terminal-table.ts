// terminal-table.ts: rows in columns, of Chinese and of English text: wide characters take two places.
import { shown } from '../../verifier/finding.ts'

/** East Asian wide and full-width characters, as terminals show them (Unicode UAX #11). */
const wide =
  /[\u1100-\u115f\u2e80-\u303e\u3041-\u33ff\u3400-\u4dbf\u4e00-\u9fff\ua000-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6]/u

export function widthOf(text: string): number {
  let width = 0
  for (const character of text) width += wide.test(character) || (character.codePointAt(0) ?? 0) > 0x1ffff ? 2 : 1
  return width
}

/** Lines of a table: headings in Chinese above those in English, cells of records with what could act on a terminal escaped. */
export function tableText(headings: readonly (readonly [zh: string, en: string])[], rows: readonly (readonly string[])[]): string {
  const lines = [headings.map(([zh]) => zh), headings.map(([, en]) => en), ...rows.map((row) => row.map(shown))]
  const widths = headings.map((_, nth) => Math.max(...lines.map((line) => widthOf(line[nth] ?? ''))))
  return lines
    .map(
      (line) =>
        `${line
          .map((cell, nth) => cell + ' '.repeat((widths[nth] ?? 0) - widthOf(cell)))
          .join('  ')
          .trimEnd()}\n`,
    )
    .join('')
}
