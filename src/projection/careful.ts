// careful.ts: the filter, one byte at a time: its definition, and the way through everything that is not ordinary.

import { input, output } from './kernel/kernel.ts'
import { ARRAY, BOOLEAN, NULLED, OBJECT, OMITTED, STRING, WITHHELD } from './plan.ts'
import { countRow, malformed, openNode, write, writePrefix, writeSeparator } from './release.ts'
import { type Runs, withinLiteral, withinNumber, withinString } from './scalars.ts'
import { deepest, type FilterState, IS_OBJECT, LAST, LINES, MATCHED_KEY, NODE, RELEASED, SKIPPED, SKIPPED_KEY } from './state.ts'
import {
  AFTER,
  COLON,
  DIGITS,
  DONE,
  FALSE,
  FIRST_ELEMENT,
  FIRST_KEY,
  IN_TOKEN,
  KEY,
  MINUS,
  NULL,
  PLAIN,
  TRUE,
  VALUE,
  ZERO,
} from './tokens.ts'

/** Takes bytes of the piece from `at` until a value or a key is expected, or the piece ends.
 *  @param runs finds the ends of runs that change nothing, in strings and between tokens, which may be as long as the answer; absent:
 *  byte by byte
 *  @returns where it stopped, after `at`
 *  @throws AnswerMalformed at the first byte that has no place there */
export function stepCarefully(state: FilterState, at: number, end: number, runs?: Runs): number {
  let i = at
  while (i < end) {
    if (state.step < IN_TOKEN) {
      i = structure(state, i)
      if (runs !== undefined && state.step < IN_TOKEN && (input[i] ?? 0) <= 0x20) i = runs.behindSpace(i)
    } else if (state.step < MINUS) i = withinString(state, i, end, runs)
    else if (state.step < TRUE) i = withinNumber(state, i, end)
    else i = withinLiteral(state, i)
    if (state.step === VALUE || state.step === KEY) break
  }
  return i
}

/** One byte between tokens. */
function structure(state: FilterState, i: number): number {
  const byte = input[i] ?? 0
  if (byte === 0x20 || byte === 0x0d || byte === 0x09) return i + 1
  if (byte === 0x0a) {
    if (state.lines) endLine(state, i)
    return i + 1
  }
  switch (state.step) {
    case FIRST_ELEMENT:
      return byte === 0x5d ? close(state, i) : value(state, i, byte)
    case VALUE:
      return value(state, i, byte)
    case FIRST_KEY:
      if (byte === 0x7d) return close(state, i)
      return key(state, i, byte)
    case KEY:
      return key(state, i, byte)
    case COLON:
      if (byte !== 0x3a) throw malformed(state, i, 'unexpected-byte')
      state.step = VALUE
      return i + 1
    case AFTER:
      return byte === 0x2c && !atLineEnd(state) ? next(state, i) : close(state, i)
    default:
      throw malformed(state, i, 'trailing-bytes')
  }
}

/** A line of NDJSON holds one value, or nothing but white space. */
function endLine(state: FilterState, i: number): void {
  if (state.depth > 1) throw malformed(state, i, 'unexpected-end')
  if (state.step === AFTER) next(state, i)
}

/** The first byte of a value. */
function value(state: FilterState, i: number, byte: number): number {
  const kind = state.kinds[state.target] ?? WITHHELD
  if (byte === 0xef && state.base + i === 0) throw malformed(state, i, 'byte-order-mark')
  if (state.depth === 0 && byte !== (kind === OBJECT ? 0x7b : 0x5b)) {
    throw malformed(state, i, /["{[tfn0-9-]/.test(String.fromCharCode(byte)) ? 'root-shape' : 'unexpected-byte')
  }
  if (kind > BOOLEAN) {
    suppress(state, kind)
    return value(state, i, byte)
  }
  switch (byte) {
    case 0x7b:
      return open(state, i, kind === OBJECT, true)
    case 0x5b:
      return open(state, i, kind === ARRAY, false)
    case 0x22:
      state.step = PLAIN
      state.role = SKIPPED
      if (kind === STRING) {
        writePrefix(state)
        write(state, byte)
        state.role = RELEASED
      } else if (kind !== WITHHELD) state.misshapen++
      return i + 1
    case 0x74:
      state.step = TRUE
      return i + 1
    case 0x66:
      state.step = FALSE
      return i + 1
    case 0x6e:
      state.step = NULL
      return i + 1
    default:
      if (byte !== 0x2d && (byte < 0x30 || byte > 0x39)) throw malformed(state, i, 'unexpected-byte')
      state.step = byte === 0x2d ? MINUS : byte === 0x30 ? ZERO : DIGITS
      state.held[0] = byte
      state.heldLength = 1
      return i + 1
  }
}

/** Writes what stands in the place of a value, which is then skipped. */
function suppress(state: FilterState, kind: number): void {
  state.suppressed++
  if (kind !== OMITTED) {
    writePrefix(state)
    for (const character of kind === NULLED ? 'null' : '[]') write(state, character.charCodeAt(0))
    writeSeparator(state)
  }
  state.target = 0
}

function open(state: FilterState, i: number, releases: boolean, object: boolean): number {
  if (state.depth === deepest) throw malformed(state, i, 'nesting-too-deep')
  if (releases) {
    writePrefix(state)
    write(state, object ? 0x7b : 0x5b)
    countRow(state)
  } else if (state.kinds[state.target] !== WITHHELD) state.misshapen++
  const node = releases ? state.target : 0
  state.depth++
  state.frame += state.frameLength
  state.frames[state.frame + NODE] = node
  state.frames[state.frame + IS_OBJECT] = object ? 1 : 0
  state.frames.fill(0, state.frame + LAST, state.frame + state.frameLength)
  state.target = object ? 0 : (state.plan.items[node] ?? 0)
  state.step = object ? FIRST_KEY : FIRST_ELEMENT
  return i + 1
}

/** A comma between members or elements. */
function next(state: FilterState, i: number): number {
  const object = state.frames[state.frame + IS_OBJECT] === 1
  state.step = object ? KEY : VALUE
  if (!object) state.target = state.plan.items[openNode(state)] ?? 0
  return i + 1
}

/** Whether only the end of the line may follow. */
function atLineEnd(state: FilterState): boolean {
  return state.frames[state.frame + IS_OBJECT] === LINES
}

function close(state: FilterState, i: number): number {
  const closing = state.frames[state.frame + IS_OBJECT] === 1 ? 0x7d : 0x5d
  if (input[i] !== closing || atLineEnd(state)) throw malformed(state, i, 'unexpected-byte')
  const released = openNode(state) !== 0
  state.depth--
  state.frame -= state.frameLength
  if (released) {
    if (output[state.out - 1] === 0x2c) state.out--
    write(state, closing)
    writeSeparator(state)
  }
  state.step = state.depth === 0 ? DONE : AFTER
  return i + 1
}

function key(state: FilterState, i: number, byte: number): number {
  if (byte !== 0x22) throw malformed(state, i, 'unexpected-byte')
  state.role = openNode(state) === 0 ? SKIPPED_KEY : MATCHED_KEY
  state.heldLength = 0
  state.target = 0
  state.step = PLAIN
  return i + 1
}
