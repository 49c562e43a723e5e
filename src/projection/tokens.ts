// tokens.ts: the automaton of RFC 8259's strings, numbers and literals, one byte at a time.
import type { AnswerProblem } from './malformed.ts'

// States between tokens: what is expected next.
export { AFTER, COLON, DONE, FIRST_ELEMENT, FIRST_KEY, KEY, VALUE } from './kernel/layout.ts'

/** This state and those above it are inside a token. */
export const IN_TOKEN = 8

// Inside a string: plain, after a backslash, the digits of \uXXXX. The second digit after D tells high from low surrogates;
// after a high one (H) only \u and a low one (L) may follow.
export const PLAIN = 8
export const ESCAPE = 9
const U1 = 10
const U2 = 11
const U3 = 12
export const U4 = 13
const D2 = 14
const H3 = 15
const H4 = 16
const H_BACKSLASH = 17
const H_U = 18
const L1 = 19
const L2 = 20
const L3 = 21
export const L4 = 22

export const MINUS = 23
export const ZERO = 24
export const DIGITS = 25
const POINT = 26
const FRACTION = 27
const E = 28
const E_SIGN = 29
const EXPONENT = 30

export const TRUE = 31 // then 32, 33: what remains is rue, ue, e
export const FALSE = 34 // then 35, 36, 37
export const NULL = 38 // then 39, 40
const stateCount = 41

/** Results beside the states above: the byte has no place here; the token ends with this byte; it ended before this byte. */
export const REFUSED = 0
export const ENDS = 254
export const ENDED = 255

const digits = '0123456789'
const hex = '0123456789abcdefABCDEF'

/** `transitions[state << 8 | byte]`: the next state, or one of the three results. */
export const transitions: Uint8Array = buildTransitions()

/** Why a byte was refused inside a token. */
export function problemIn(state: number, byte: number): AnswerProblem {
  if (state >= MINUS) return state <= EXPONENT ? 'invalid-number' : 'unexpected-byte'
  if (byte < 0x20) return 'control-character'
  if (state === D2 || state >= H_BACKSLASH) return isHex(byte) || state <= H_U ? 'lone-surrogate' : 'invalid-escape'
  return 'invalid-escape'
}

function isHex(byte: number): boolean {
  return /[0-9A-Fa-f]/.test(String.fromCharCode(byte))
}

function buildTransitions(): Uint8Array {
  const table = new Uint8Array(stateCount * 256)
  const on = (state: number, bytes: string | readonly number[], next: number): void => {
    for (const byte of typeof bytes === 'string' ? Buffer.from(bytes) : bytes) table[(state << 8) | byte] = next
  }
  const every = Array.from({ length: 256 }, (_, byte) => byte)
  strings(on, every)
  numbers(on, every)
  for (const [state, rest] of [
    [TRUE, 'rue'],
    [FALSE, 'alse'],
    [NULL, 'ull'],
  ] as const) {
    for (const [k, letter] of [...rest].entries()) on(state + k, letter, k === rest.length - 1 ? ENDS : state + k + 1)
  }
  return table
}

type On = (state: number, bytes: string | readonly number[], next: number) => void
function strings(on: On, every: readonly number[]): void {
  on(
    PLAIN,
    every.filter((byte) => byte >= 0x20),
    PLAIN,
  )
  on(PLAIN, '"', ENDS)
  on(PLAIN, '\\', ESCAPE)
  on(ESCAPE, '"\\/bfnrt', PLAIN)
  on(ESCAPE, 'u', U1)
  on(U1, hex, U2)
  on(U1, 'dD', D2)
  on(U2, hex, U3)
  on(D2, '01234567', U3)
  on(D2, '89abAB', H3)
  on(U3, hex, U4)
  on(U4, hex, PLAIN)
  on(H3, hex, H4)
  on(H4, hex, H_BACKSLASH)
  on(H_BACKSLASH, '\\', H_U)
  on(H_U, 'u', L1)
  on(L1, 'dD', L2)
  on(L2, 'cdefCDEF', L3)
  on(L3, hex, L4)
  on(L4, hex, PLAIN)
}

function numbers(on: On, every: readonly number[]): void {
  on(MINUS, '0', ZERO)
  on(MINUS, '123456789', DIGITS)
  for (const state of [ZERO, DIGITS, FRACTION, EXPONENT]) on(state, every, ENDED)
  on(ZERO, digits, REFUSED)
  on(DIGITS, digits, DIGITS)
  for (const state of [ZERO, DIGITS]) on(state, '.', POINT)
  on(POINT, digits, FRACTION)
  on(FRACTION, digits, FRACTION)
  for (const state of [ZERO, DIGITS, FRACTION]) on(state, 'eE', E)
  on(E, '+-', E_SIGN)
  on(E, digits, EXPONENT)
  on(E_SIGN, digits, EXPONENT)
  on(EXPONENT, digits, EXPONENT)
}
