// release.ts: what careful.ts lets pass, written to the output, and how it refuses an answer.

import { input, output } from './kernel/kernel.ts'
import { AnswerMalformed, type AnswerProblem } from './malformed.ts'
import { LENGTH, PREFIX, recordLength } from './plan.ts'
import { type FilterState, IS_OBJECT, LINES, NODE } from './state.ts'

/** Node of the innermost open container, 0 where it is skipped. */
export function openNode(state: FilterState): number {
  return state.frames[state.frame + NODE] ?? 0
}

/** Counts what was just released, where it is a row. */
export function countRow(state: FilterState): void {
  if (state.target === state.plan.rowNode) state.rows++
}

/** `"name":` of the property at hand; of elements nothing. */
export function writePrefix(state: FilterState): void {
  const { records, prefixes } = state.plan
  const from = records[state.target * recordLength + PREFIX] ?? 0
  const to = from + (records[state.target * recordLength + LENGTH] ?? 0)
  for (let k = from; k < to; k++) write(state, prefixes[k] ?? 0)
}

/** One byte of output. */
export function write(state: FilterState, byte: number): void {
  output[state.out++] = byte
}

/** Bytes of the piece, as they are. */
export function writeRun(state: FilterState, from: number, to: number): void {
  output.set(input.subarray(from, to), state.out)
  state.out += to - from
}

/** What stands between values of the innermost open container. */
export function writeSeparator(state: FilterState): void {
  write(state, state.frames[state.frame + IS_OBJECT] === LINES ? 0x0a : 0x2c)
}

/** The error for the byte at a place of the piece. */
export function malformed(state: FilterState, i: number, problem: AnswerProblem): AnswerMalformed {
  return new AnswerMalformed(problem, state.base + i)
}
