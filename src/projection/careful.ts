// careful.ts: the filter, one byte at a time: its definition, and the way through everything that is not ordinary.
import { isInteger } from './integer.ts'
import { AnswerMalformed, type AnswerProblem } from './malformed.ts'
import { ARRAY, BOOLEAN, INTEGER, NUMBER, OBJECT, propertyOf, STRING, WITHHELD } from './plan.ts'
import { input, output } from './slab.ts'
import { deepest, type FilterState, longestNumber, MATCHED_KEY, RELEASED, SKIPPED, SKIPPED_KEY } from './state.ts'
import {
  AFTER,
  COLON,
  DIGITS,
  DONE,
  ENDED,
  ENDS,
  ESCAPE,
  FALSE,
  FIRST_ELEMENT,
  FIRST_KEY,
  IN_TOKEN,
  KEY,
  L4,
  MINUS,
  NULL,
  PLAIN,
  problemIn,
  REFUSED,
  TRUE,
  transitions,
  VALUE,
  ZERO,
} from './tokens.ts'

/** Takes bytes of the piece from `at` until a token is complete, or the piece ends.
 *  @returns where it stopped: after `at`, and where `state.step` is in no token unless the piece ended
 *  @throws AnswerMalformed at the first byte that has no place there */
export function stepCarefully(state: FilterState, at: number, end: number): number {
  let i = at
  while (i < end) {
    if (state.step < IN_TOKEN) i = structure(state, i)
    else if (state.step < MINUS) i = withinString(state, i, end)
    else if (state.step < TRUE) i = withinNumber(state, i, end)
    else i = withinLiteral(state, i)
    if (state.step < IN_TOKEN) break
  }
  return i
}

/** One byte between tokens. */
function structure(state: FilterState, i: number): number {
  const byte = input[i] ?? 0
  if (byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09) return i + 1
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
      return byte === 0x2c ? next(state, i) : close(state, i)
    default:
      throw malformed(state, i, 'trailing-bytes')
  }
}

/** The first byte of a value. */
function value(state: FilterState, i: number, byte: number): number {
  const kind = state.kinds[state.target] ?? WITHHELD
  if (state.depth === 0 && byte !== (kind === OBJECT ? 0x7b : 0x5b)) {
    if (byte === 0xef && state.base + i === 0) throw malformed(state, i, 'byte-order-mark')
    throw malformed(state, i, /["{[tfn0-9-]/.test(String.fromCharCode(byte)) ? 'root-shape' : 'unexpected-byte')
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

function open(state: FilterState, i: number, releases: boolean, object: boolean): number {
  if (state.depth === deepest) throw malformed(state, i, 'nesting-too-deep')
  if (releases) {
    writePrefix(state)
    write(state, object ? 0x7b : 0x5b)
    countRow(state)
  } else if (state.kinds[state.target] !== WITHHELD) state.misshapen++
  const node = releases ? state.target : 0
  const depth = ++state.depth
  state.frameNode[depth] = node
  state.frameObject[depth] = object ? 1 : 0
  state.frameLast[depth] = 0
  if (object) state.seen.fill(0, depth * state.plan.words, (depth + 1) * state.plan.words)
  state.target = object ? 0 : (state.plan.items[node] ?? 0)
  state.step = object ? FIRST_KEY : FIRST_ELEMENT
  return i + 1
}

/** A comma between members or elements. */
function next(state: FilterState, i: number): number {
  const object = state.frameObject[state.depth] === 1
  state.step = object ? KEY : VALUE
  if (!object) state.target = state.plan.items[state.frameNode[state.depth] ?? 0] ?? 0
  return i + 1
}

function close(state: FilterState, i: number): number {
  const closing = state.frameObject[state.depth] === 1 ? 0x7d : 0x5d
  if (input[i] !== closing) throw malformed(state, i, 'unexpected-byte')
  if (state.frameNode[state.depth] !== 0) {
    if (output[state.out - 1] === 0x2c) state.out--
    write(state, closing)
    write(state, 0x2c)
  }
  state.depth--
  state.step = state.depth === 0 ? DONE : AFTER
  return i + 1
}

function key(state: FilterState, i: number, byte: number): number {
  if (byte !== 0x22) throw malformed(state, i, 'unexpected-byte')
  state.role = state.frameNode[state.depth] === 0 ? SKIPPED_KEY : MATCHED_KEY
  state.heldLength = 0
  state.target = 0
  state.step = PLAIN
  return i + 1
}

function withinString(state: FilterState, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = input[i] ?? 0
    const before = state.step
    const after = transitions[(before << 8) | byte] ?? REFUSED
    if (after === REFUSED) throw malformed(state, i, problemIn(before, byte))
    if (state.role === RELEASED) write(state, byte)
    if (after === ENDS) {
      endString(state, i)
      return i + 1
    }
    if (state.role === MATCHED_KEY) holdMeaning(state, before, after, byte)
    state.step = after
  }
  return end
}

function endString(state: FilterState, i: number): void {
  if (state.role === RELEASED) {
    write(state, 0x2c)
    countRow(state)
  }
  if (state.role === MATCHED_KEY) matchKey(state, i)
  state.step = state.role === SKIPPED_KEY || state.role === MATCHED_KEY ? COLON : AFTER
}

/** Which property the key at hand is: counted, and refused where a property to be released comes again. */
function matchKey(state: FilterState, i: number): void {
  const { plan, depth } = state
  const node = propertyOf(plan, state.frameNode[depth] ?? 0, state.held, 0, state.heldLength)
  state.target = node
  if (node === 0) state.undeclared++
  else {
    state.frameLast[depth] = node
    if (state.kinds[node] === WITHHELD) state.withheld++
    else {
      const word = depth * plan.words + (plan.word[node] ?? 0)
      const bit = plan.bit[node] ?? 0
      const seen = state.seen[word] ?? 0
      if ((seen & bit) !== 0) throw malformed(state, i, 'repeated-member')
      state.seen[word] = seen | bit
    }
  }
}

/** Holds what a byte of a key stands for. */
function holdMeaning(state: FilterState, before: number, after: number, byte: number): void {
  if (after === PLAIN) {
    if (before === PLAIN) hold(state, byte)
    else if (before === ESCAPE) hold(state, '\b\f\n\r\t'.charCodeAt('bfnrt'.indexOf(String.fromCharCode(byte))) || byte)
    else {
      const code = state.code * 16 + Number.parseInt(String.fromCharCode(byte), 16)
      const text = before === L4 ? String.fromCharCode(code >>> 16, code & 0xffff) : String.fromCharCode(code)
      for (const unit of Buffer.from(text)) hold(state, unit)
    }
  } else if (after === ESCAPE) {
    if (before === PLAIN) state.code = 0
  } else if (before !== ESCAPE && byte !== 0x5c && byte !== 0x75) {
    state.code = state.code * 16 + Number.parseInt(String.fromCharCode(byte), 16)
  }
}

function hold(state: FilterState, byte: number): void {
  if (state.heldLength < state.held.length) state.held[state.heldLength] = byte
  state.heldLength++
}

function withinNumber(state: FilterState, at: number, end: number): number {
  for (let i = at; i < end; i++) {
    const byte = input[i] ?? 0
    const after = transitions[(state.step << 8) | byte] ?? REFUSED
    if (after === REFUSED) throw malformed(state, i, problemIn(state.step, byte))
    if (after === ENDED) {
      endNumber(state)
      return i
    }
    if (state.heldLength === longestNumber) throw malformed(state, i, 'number-too-long')
    state.held[state.heldLength++] = byte
    state.step = after
  }
  return end
}

function endNumber(state: FilterState): void {
  const kind = state.kinds[state.target] ?? WITHHELD
  if (kind === NUMBER || (kind === INTEGER && isInteger(state.held, state.heldLength))) {
    writePrefix(state)
    for (let k = 0; k < state.heldLength; k++) write(state, state.held[k] ?? 0)
    write(state, 0x2c)
    countRow(state)
  } else if (kind !== WITHHELD) state.misshapen++
  state.step = AFTER
}

function withinLiteral(state: FilterState, i: number): number {
  const byte = input[i] ?? 0
  const after = transitions[(state.step << 8) | byte] ?? REFUSED
  if (after === REFUSED) throw malformed(state, i, problemIn(state.step, byte))
  if (after !== ENDS) {
    state.step = after
    return i + 1
  }
  const kind = state.kinds[state.target] ?? WITHHELD
  const word = state.step >= NULL ? 'null' : state.step >= FALSE ? 'false' : 'true'
  if (kind === BOOLEAN || (word === 'null' && kind !== WITHHELD)) {
    writePrefix(state)
    for (let k = 0; k < word.length; k++) write(state, word.charCodeAt(k))
    write(state, 0x2c)
    countRow(state)
  } else if (kind !== WITHHELD) state.misshapen++
  state.step = AFTER
  return i + 1
}

function countRow(state: FilterState): void {
  if (state.target === state.plan.rowNode) state.rows++
}

/** `"name":` of the property at hand; of elements nothing. */
function writePrefix(state: FilterState): void {
  const { prefixes, prefixFrom, prefixLength } = state.plan
  const from = prefixFrom[state.target] ?? 0
  const length = prefixLength[state.target] ?? 0
  for (let k = 0; k < length; k++) write(state, (prefixes[from + (k >> 2)] ?? 0) >>> ((k & 3) * 8))
}

function write(state: FilterState, byte: number): void {
  output[state.out++] = byte
}

function malformed(state: FilterState, i: number, problem: AnswerProblem): AnswerMalformed {
  return new AnswerMalformed(problem, state.base + i)
}
