// state.ts: where a filter stands in an answer. All of its memory: nesting, one bounded buffer, counters.
import { cells, counters, frames, held, memory, places } from './kernel/kernel.ts'
import * as layout from './kernel/layout.ts'
import type { Plan } from './plan.ts'

export { CAME, deepest, IS_OBJECT, LAST, LINES, longestNumber, NODE } from './kernel/layout.ts'

// What becomes of the string that is being read.
export const SKIPPED = 0
export const RELEASED = 1
export const SKIPPED_KEY = 2
export const MATCHED_KEY = 3

/** The filter whose state stands in the kernel's memory. */
let present: FilterState | undefined

/** The numbers stand in the kernel's memory, for one filter at a time: `enter` before any other use. */
export class FilterState {
  readonly plan: Plan
  /** By node, what is released: `plan.kinds`, or fewer where fewer fields are asked. */
  kinds: Uint8Array
  /** Numbers of a frame; the first frame stands for what is outside the root. */
  readonly frameLength: number
  readonly frames = frames
  /** The number, or the unescaped key, that is being read. */
  readonly held = held
  /** Bytes of the answer before the piece at hand. */
  base = 0
  /** What stood in the kernel's memory, while another filter is there; and whether that still matters. */
  #saved: Uint8Array | undefined
  #running = false

  constructor(plan: Plan) {
    this.plan = plan
    this.kinds = plan.kinds
    this.frameLength = layout.CAME + plan.words
  }

  /** Back to the beginning of an answer.
   *  @param lines whether it is NDJSON: the root is an array, which is open already */
  begin(kinds: Uint8Array, lines: boolean): void {
    if (present !== undefined && present !== this) present.#leave()
    present = this
    this.kinds = kinds
    this.#running = true
    this.#place()
    this.base = 0
    this.step = layout.VALUE
    this.target = this.plan.root
    this.depth = 0
    this.frame = 0
    frames[layout.NODE] = 0
    frames[layout.IS_OBJECT] = 0
    cells[layout.SPACE] = 0x0a
    if (lines) this.#openLines()
    this.commaWaits = 0
    this.rows = 0
    this.withheld = 0
    counters[layout.UNDECLARED] = 0
    places.fill(0, 0, this.plan.places.length)
    this.misshapen = 0
    this.suppressed = 0
  }

  #openLines(): void {
    this.depth = 1
    this.frame = this.frameLength
    frames[this.frame + layout.NODE] = this.plan.root
    frames[this.frame + layout.IS_OBJECT] = layout.LINES
    this.target = this.plan.items[this.plan.root] ?? 0
    cells[layout.SPACE] = 0x20
  }

  /** Whether the answer is NDJSON. */
  get lines(): boolean {
    return cells[layout.SPACE] === 0x20
  }

  /** Brings the state into the kernel's memory. */
  enter(): void {
    if (present === this) return
    if (present !== undefined) present.#leave()
    present = this
    if (this.#saved !== undefined) memory.set(this.#saved, layout.STATE)
    this.#place()
  }

  /** The answer is over, and nothing is asked about it any more: its state need not be kept. Only `begin` may follow. */
  forget(): void {
    this.#running = false
    this.#saved = undefined
  }

  #leave(): void {
    if (!this.#running) return
    const length = layout.FRAMES - layout.STATE + (this.frame + this.frameLength) * 4
    if (this.#saved?.length !== length) this.#saved = new Uint8Array(length)
    this.#saved.set(memory.subarray(layout.STATE, layout.STATE + length))
  }

  #place(): void {
    const { plan, kinds } = this
    cells[layout.PLAN_AT] = plan.table.at()
    cells[layout.KINDS_AT] = kinds === plan.kinds ? plan.table.kindsAt() : layout.KINDS
    if (kinds !== plan.kinds) memory.set(kinds, layout.KINDS)
    cells[layout.FRAME_LENGTH] = this.frameLength
    cells[layout.ROW_NODE] = plan.rowNode
  }

  /** What is expected next, or the state of the token that a piece ended in (tokens.ts). */
  get step(): number {
    return cells[layout.STEP] ?? 0
  }
  set step(value: number) {
    cells[layout.STEP] = value
  }

  /** Node of the value that is expected or being read. */
  get target(): number {
    return cells[layout.TARGET] ?? 0
  }
  set target(value: number) {
    cells[layout.TARGET] = value
  }

  /** Open containers, at most `deepest`. */
  get depth(): number {
    return cells[layout.DEPTH] ?? 0
  }
  set depth(value: number) {
    cells[layout.DEPTH] = value
  }

  /** Where the frame of the innermost begins. */
  get frame(): number {
    return cells[layout.FRAME] ?? 0
  }
  set frame(value: number) {
    cells[layout.FRAME] = value
  }

  /** Where the next byte of output goes; a comma written after a value waits, to be struck out if the container ends. */
  get out(): number {
    return cells[layout.OUT] ?? 0
  }
  set out(value: number) {
    cells[layout.OUT] = value
  }

  /** What becomes of the string that is being read. */
  get role(): number {
    return cells[layout.ROLE] ?? 0
  }
  set role(value: number) {
    cells[layout.ROLE] = value
  }

  /** Code units of an escape, read so far. */
  get code(): number {
    return cells[layout.CODE] ?? 0
  }
  set code(value: number) {
    cells[layout.CODE] = value
  }

  /** Bytes in `held`; one more than it has where a key is too long to match. */
  get heldLength(): number {
    return cells[layout.HELD_LENGTH] ?? 0
  }
  set heldLength(value: number) {
    cells[layout.HELD_LENGTH] = value
  }

  /** Whether a comma waits from the last piece: 0 or 1. */
  get commaWaits(): number {
    return cells[layout.COMMA_WAITS] ?? 0
  }
  set commaWaits(value: number) {
    cells[layout.COMMA_WAITS] = value
  }

  get rows(): number {
    return counters[layout.ROWS] ?? 0
  }
  set rows(value: number) {
    counters[layout.ROWS] = value
  }

  get withheld(): number {
    return counters[layout.WITHHELD_MEMBERS] ?? 0
  }
  set withheld(value: number) {
    counters[layout.WITHHELD_MEMBERS] = value
  }

  get undeclared(): number {
    return counters[layout.UNDECLARED] ?? 0
  }
  /** Counts a member of an object that declares none of its name. */
  countUndeclared(object: number): void {
    counters[layout.UNDECLARED] = this.undeclared + 1
    const place = this.plan.placeOf[object] ?? 0
    places[place] = (places[place] ?? 0) + 1
  }

  /** By the path of the object, where there are any. */
  undeclaredAt(): ReadonlyMap<string, number> {
    return new Map(this.plan.places.map((path, place) => [path, places[place] ?? 0] as const).filter(([, count]) => count > 0))
  }

  get suppressed(): number {
    return counters[layout.SUPPRESSED] ?? 0
  }
  set suppressed(value: number) {
    counters[layout.SUPPRESSED] = value
  }

  get misshapen(): number {
    return counters[layout.MISSHAPEN] ?? 0
  }
  set misshapen(value: number) {
    counters[layout.MISSHAPEN] = value
  }
}
