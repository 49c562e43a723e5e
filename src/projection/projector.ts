// projector.ts: the field filter of one grant and operation: only granted leaves pass.
import { stepCarefully } from './careful.ts'
import { AnswerMalformed } from './malformed.ts'
import type { Shape } from './paths.ts'
import { compilePlan, kindsAsked, type Plan, WITHHELD } from './plan.ts'
import { input, longestPiece, output } from './slab.ts'
import { FilterState } from './state.ts'
import { stride } from './stride.ts'
import { DONE } from './tokens.ts'
import { Utf8Check } from './utf8.ts'

/** What the upstream sent beyond what was released. A function of withheld data: for the sealed part of a record only. */
export interface Beyond {
  /** Members of released objects that the catalogue declares and that are not granted, or not asked; a container counts once. */
  readonly withheld: number
  /** Members of released objects that the catalogue does not declare. */
  readonly undeclared: number
  /** Values of granted places whose JSON type is not the declared one. */
  readonly misshapen: number
}

export interface Totals {
  /** Released elements of the array that counts as rows; 1 where no such array stands on the way to a released leaf. */
  readonly rows: number
  readonly beyond: Beyond
}

export interface Projected extends Totals {
  /** Compact JSON: the released members in the upstream's order, names as the policy spells them, values as they were sent. */
  readonly body: Buffer
}

/** One answer that comes in pieces. Memory does not grow with it. */
export interface JsonProjection {
  /** What this piece releases, a buffer of its own, perhaps empty.
   *  @throws AnswerMalformed as soon as the answer cannot be whole; what was pushed out before must then be cut off */
  push(piece: Uint8Array): Buffer
  /** @throws AnswerMalformed where the answer ended too early */
  end(): Totals
}

/** Compiled once for a grant and an operation, when the snapshot is built. Keeps no part of an answer. */
export interface Projector {
  /** Granted leaves that the shape declares, in the catalogue's order. */
  readonly fields: readonly string[]
  /** Filters an answer that is there as a whole.
   *  @param asked of `fields`; the answer is then exactly that under a grant of these alone
   *  @throws AnswerMalformed where nothing may be released
   *  @throws RangeError for an empty list, or a field that is not among `fields` */
  project(body: Uint8Array, asked?: readonly string[]): Projected
  /** Begins an answer that comes in pieces. */
  begin(asked?: readonly string[]): JsonProjection
}

/** @param granted field paths of the grant; those that this shape does not declare as leaves are passed over
 *  @param options.rows path of the array whose elements are rows; absent → the root, where it is an array
 *  @throws RangeError where nothing of the shape is granted, or `rows` is no array; FieldPathError for an unreadable path */
export function compileProjector(shape: Shape, granted: readonly string[], options: { readonly rows?: string } = {}): Projector {
  const plan = compilePlan(shape, granted, options.rows)
  const whole = new JsonFilter(plan)
  const kindsOf = (asked: readonly string[] | undefined): readonly number[] => (asked === undefined ? plan.kinds : kindsAsked(plan, asked))
  return {
    fields: plan.fields,
    project(body, asked) {
      whole.begin(kindsOf(asked))
      const released = whole.push(body)
      return { body: released, ...whole.end() }
    },
    begin(asked) {
      const filter = new JsonFilter(plan)
      filter.begin(kindsOf(asked))
      return filter
    },
  }
}

class JsonFilter implements JsonProjection {
  readonly #state: FilterState
  readonly #utf8 = new Utf8Check()

  constructor(plan: Plan) {
    this.#state = new FilterState(plan)
  }

  begin(kinds: readonly number[]): void {
    this.#state.begin(kinds)
    this.#utf8.begin()
  }

  push(piece: Uint8Array): Buffer {
    this.#utf8.push(piece)
    if (piece.length <= longestPiece) return this.#filter(piece)
    const released: Buffer[] = []
    for (let at = 0; at < piece.length; at += longestPiece) released.push(this.#filter(piece.subarray(at, at + longestPiece)))
    return Buffer.concat(released)
  }

  end(): Totals {
    this.#utf8.end()
    const state = this.#state
    if (state.step !== DONE) throw new AnswerMalformed('unexpected-end', state.base)
    const { withheld, undeclared, misshapen } = state
    const counts = state.kinds[state.plan.rowNode] !== WITHHELD
    return { rows: counts ? state.rows : 1, beyond: { withheld, undeclared, misshapen } }
  }

  #filter(piece: Uint8Array): Buffer {
    const state = this.#state
    const end = piece.length
    input.set(piece)
    input[end] = 0
    output[0] = state.commaWaits ? 0x2c : 0
    state.out = 1
    for (let i = 0; i < end; ) {
      i = stride(state, i)
      if (i < end) i = stepCarefully(state, i, end)
    }
    state.base += end
    const from = state.commaWaits ? 0 : 1
    state.commaWaits = output[state.out - 1] === 0x2c
    const to = state.out - (state.commaWaits ? 1 : 0)
    const released = Buffer.allocUnsafe(to - from)
    released.set(output.subarray(from, to))
    return released
  }
}
