// terminal-text.ts: text as a terminal shows it: whether in colour, and how many columns it takes.
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]
export type Paint = (style: Style, text: string) => string

/** Whether a report that goes there is painted: to a terminal, and not where somebody asked for no colour. */
export const isColoured = ({ isTTY }: { readonly isTTY?: boolean }): boolean => isTTY === true && process.env.NO_COLOR === undefined

/** Paints, or leaves text as it is. Where it goes was judged before: by `isColoured`. */
export const painter = (coloured: boolean): Paint =>
  coloured ? (style, text) => styleText(style, text, { validateStream: false }) : (_, text) => text

/** Columns that a text takes in a terminal: East Asian wide characters two (UAX #11), combining ones none. */
export function widthOf(text: string): number {
  let width = 0
  for (const character of text) {
    if (/\p{M}|\p{Cf}/u.test(character)) continue
    width +=
      /[\u1100-\u115f\u2e80-\u303e\u3041-\ua4cf\ua960-\ua97c\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff00-\uff60\uffe0-\uffe6\u{1f300}-\u{1faff}\u{20000}-\u{3fffd}]/u.test(
        character,
      )
        ? 2
        : 1
  }
  return width
}
