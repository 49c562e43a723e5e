// csv-field.ts: one field of CSV: what it stands for, how a name is spelled, and whether its text is of a declared type.
import { isInteger } from './integer.ts'
import { longestNumber } from './kernel/layout.ts'
import type { LeafType } from './paths.ts'
import { DIGITS, ENDED, MINUS, REFUSED, transitions, ZERO } from './tokens.ts'

export type { LeafType } from './paths.ts'

/** What a well-formed field stands for: without its quotes, and of doubled ones one. */
export function unquoted(field: Buffer): Buffer {
  if (field[0] !== 0x22) return field
  const inner = field.subarray(1, -1)
  return inner.includes(0x22) ? Buffer.from(inner.toString('latin1').replaceAll('""', '"'), 'latin1') : inner
}

/** A name as RFC 4180 spells it: in quotes only where it must be. */
export function quoted(name: string): string {
  return /[",\r\n]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

/** Whether a text is a value of a type, spelled as in JSON. A string is any text. */
export function fits(type: LeafType, text: Uint8Array): boolean {
  switch (type) {
    case 'string':
      return true
    case 'boolean':
      return isWord(text, 'true') || isWord(text, 'false')
    case 'number':
      return isNumber(text)
    case 'integer':
      return isNumber(text) && isInteger(text, text.length)
  }
}

function isWord(text: Uint8Array, word: string): boolean {
  if (text.length !== word.length) return false
  for (let k = 0; k < word.length; k++) if (text[k] !== word.charCodeAt(k)) return false
  return true
}

function isNumber(text: Uint8Array): boolean {
  const first = text[0] ?? 0
  if (text.length > longestNumber || (first !== 0x2d && (first < 0x30 || first > 0x39))) return false
  let state = first === 0x2d ? MINUS : first === 0x30 ? ZERO : DIGITS
  for (let k = 1; k < text.length; k++) {
    state = transitions[(state << 8) | (text[k] ?? 0)] ?? REFUSED
    if (state === REFUSED || state === ENDED) return false
  }
  return transitions[(state << 8) | 0x2c] === ENDED
}
