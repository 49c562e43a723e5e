// scalars.ts: strings, keys, numbers and literals, one byte at a time: each is read, then released or withheld.
import { isInteger } from './integer.ts'
import { input } from './kernel/kernel.ts'
import { BIT, BOOLEAN, INTEGER, NUMBER, propertyOf, recordLength, WITHHELD, WORD } from './plan.ts'
import { countRow, malformed, openNode, write, writePrefix, writeRun, writeSeparator } from './release.ts'
import { CAME, type FilterState, LAST, longestNumber, MATCHED_KEY, RELEASED, SKIPPED_KEY } from './state.ts'
import { AFTER, COLON, ENDED, ENDS, ESCAPE, FALSE, L4, NULL, PLAIN, problemIn, REFUSED, transitions } from './tokens.ts'

/** Where runs of the piece at hand end that need no looking at: at most where the piece does. */
export interface Runs {
  /** Of bytes with which a string simply goes on. */
  endOfPlain(from: number): number
  /** Of white space. */
  behindSpace(from: number): number
}

/** Bytes of a string or key, up to its closing quote or the end of the piece.
 *  @returns where it stopped */
export function withinString(state: FilterState, at: number, end: number, runs?: Runs): number {
  // What a key means is held byte by byte: it matters up to its longest only.
  const leaps = runs !== undefined && state.role !== MATCHED_KEY
  for (let i = at; i < end; i++) {
    // Where escapes stand close together, asking costs more than it saves.
    if (leaps && state.step === PLAIN && input[i] !== 0x5c && input[i + 1] !== 0x5c) {
      const stop = runs.endOfPlain(i)
      if (state.role === RELEASED) writeRun(state, i, stop)
      i = stop
      if (i === end) break
    }
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
    writeSeparator(state)
    countRow(state)
  }
  if (state.role === MATCHED_KEY) matchKey(state, i)
  state.step = state.role === SKIPPED_KEY || state.role === MATCHED_KEY ? COLON : AFTER
}

/** Which property the key at hand is: counted, and refused where a property to be released comes again. */
function matchKey(state: FilterState, i: number): void {
  const { plan, frames, frame } = state
  const node = propertyOf(plan, openNode(state), state.held, 0, state.heldLength)
  state.target = node
  if (node === 0) state.countUndeclared(openNode(state))
  else {
    frames[frame + LAST] = node
    if (state.kinds[node] === WITHHELD) state.withheld++
    else {
      const place = frame + CAME + (plan.records[node * recordLength + WORD] ?? 0)
      const bit = plan.records[node * recordLength + BIT] ?? 0
      const came = frames[place] ?? 0
      if ((came & bit) !== 0) throw malformed(state, i, 'repeated-member')
      frames[place] = came | bit
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
  if (state.heldLength <= state.held.length) state.heldLength++
}

/** Bytes of a number, up to the byte behind it or the end of the piece.
 *  @returns where it stopped */
export function withinNumber(state: FilterState, at: number, end: number): number {
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
    writeSeparator(state)
    countRow(state)
  } else if (kind !== WITHHELD) state.misshapen++
  state.step = AFTER
}

/** One byte of true, false or null. */
export function withinLiteral(state: FilterState, i: number): number {
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
    writeSeparator(state)
    countRow(state)
  } else if (kind !== WITHHELD) state.misshapen++
  state.step = AFTER
  return i + 1
}
