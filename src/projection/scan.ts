// scan.ts: where ordinary tokens of the piece at hand end. What is not ordinary is left to careful.ts.
import * as slabs from './slab.ts'
import * as states from './state.ts'

// Constants of this very module: V8 writes them into the code, but asks at every use what an imported one holds (a fifth slower).
const { input } = slabs
const { longestNumber } = states

// Indexes carry `as number`: a zero byte stands behind every piece, no token contains one, and so every scan stops at it.
const bytes = input
const words = new DataView(input.buffer)

const tableOf = (members: string): Uint8Array => {
  const table = new Uint8Array(256)
  for (const byte of Buffer.from(members)) table[byte] = 1
  return table
}
const digit = tableOf('0123456789')
const simpleEscape = tableOf('"\\/bfnrt')
/** What may stand behind a number. */
const delimiter = tableOf(',]} \n\r\t')
/** The value of a hexadecimal digit, and 1; else 0. */
const hexDigit = new Uint8Array(256)
for (const character of '0123456789abcdefABCDEF') hexDigit[character.charCodeAt(0)] = Number.parseInt(character, 16) + 1

/** Of four bytes, those that do not simply go on in a string: quote, backslash, control characters. The lowest bit set is the
 *  highest of the first such byte; bits above it may be wrong. Bytes below 0x20, and 0x22, are those below 0x21 once bit 1 is
 *  turned; bytes from 0x80 on belong to characters of several bytes and are never marked. */
const special = (four: number): number => (((four ^ 0x02020202) - 0x21212121) | ((four ^ 0x5c5c5c5c) - 0x01010101)) & ~four & 0x80808080

/** The first byte from a place inside a string that does not simply go on. */
export const endOfPlain = (from: number): number => {
  let at = from
  let bits = special(words.getInt32(at, true))
  while (bits === 0) {
    at += 4
    bits = special(words.getInt32(at, true))
  }
  return at + ((31 - Math.clz32(bits & -bits)) >> 3)
}

/** The place behind a string's closing quote, from a place inside it; 0 where the string is not ordinary. */
export const endOfString = (from: number): number => {
  let at = endOfPlain(from)
  while (bytes[at] === 0x5c) {
    at = endOfEscape(at)
    if (at === 0) return 0
    at = endOfPlain(at)
  }
  return bytes[at] === 0x22 ? at + 1 : 0
}

/** The place behind an escape, a surrogate pair as one; 0 where it is malformed, or cut by the end of the piece. */
const endOfEscape = (from: number): number => {
  const letter = bytes[from + 1] as number
  if (simpleEscape[letter] === 1) return from + 2
  if (letter !== 0x75) return 0
  const unit = codeUnit(from + 2)
  if (unit < 0xd800 || unit > 0xdfff) return unit < 0 ? 0 : from + 6
  if (unit > 0xdbff || bytes[from + 6] !== 0x5c || bytes[from + 7] !== 0x75) return 0
  const low = codeUnit(from + 8)
  return low >= 0xdc00 && low <= 0xdfff ? from + 12 : 0
}

/** The code unit of four hexadecimal digits; negative where one is missing. */
const codeUnit = (from: number): number => {
  let unit = 0
  for (let at = from; at < from + 4; at++) {
    const value = hexDigit[bytes[at] as number] as number
    if (value === 0) return -1
    unit = (unit << 4) | (value - 1)
  }
  return unit
}

/** The place behind a number without exponent; 0 where it is not ordinary. */
export const endOfNumber = (from: number): number => {
  let at = endOfDigits(from)
  if (at === 0) return 0
  if (bytes[at] === 0x2e) {
    at++
    if (digit[bytes[at] as number] === 0) return 0
    do at++
    while (digit[bytes[at] as number] === 1)
  }
  return delimiter[bytes[at] as number] === 1 && at - from <= longestNumber ? at : 0
}

/** The place behind an integer of digits only; 0 where it is not ordinary. */
export const endOfInteger = (from: number): number => {
  const at = endOfDigits(from)
  if (at === 0) return 0
  return delimiter[bytes[at] as number] === 1 && at - from <= longestNumber ? at : 0
}

/** The place behind a sign and the digits before point and exponent; 0 where no digit comes. */
const endOfDigits = (from: number): number => {
  let at = bytes[from] === 0x2d ? from + 1 : from
  if (bytes[at] === 0x30) return at + 1
  if (digit[bytes[at] as number] === 0) return 0
  do at++
  while (digit[bytes[at] as number] === 1)
  return at
}

/** The place behind true, false or null; 0 where it is none. */
export const endOfLiteral = (from: number): number => {
  const word = words.getInt32(from, true)
  if (word === 0x65757274 || word === 0x6c6c756e) return from + 4
  return word === 0x736c6166 && bytes[from + 4] === 0x65 ? from + 5 : 0
}
