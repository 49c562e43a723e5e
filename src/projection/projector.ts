// projector.ts: the field filter of one grant and operation: only granted leaves pass.
import { stepCarefully } from './careful.ts'
import { input, output, stride } from './kernel/kernel.ts'
import { longestName, longestNumber, longestPiece } from './kernel/layout.ts'
import { AnswerMalformed } from './malformed.ts'
import type { Shape } from './paths.ts'
import { compilePlan, kindsAsked, type Plan, WITHHELD } from './plan.ts'
import { FilterState } from './state.ts'
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

/** Compiled once for a grant and an operation, when the snapshot is built. Keeps no part of an answer.
 *
 *  Non-interference: two well-formed answers that agree on the fields, on the containers on the way to them and on the order of
 *  both give the same body and rows, whatever else they hold and however it is spelled. What is not agreed upon leaves no trace:
 *  white space and the spelling of keys are ours, a withheld member has no key, a withheld element no place. The order among
 *  released members is the upstream's, and so a fact about released data only; it lets an answer of any size stream.
 *
 *  Well-formed: RFC 8259 in what is released and in what is skipped, no lone surrogates, UTF-8 without a byte order mark, at most
 *  64 levels, numbers of at most 1,024 bytes, a root as declared, and no key twice on the way to a field. */
export interface Projector {
  /** Granted leaves that the shape declares, in the catalogue's order. */
  readonly fields: readonly string[]
  /** Filters an answer that is there as a whole.
   *  @param asked some of `fields`: the answer, refusals included, is then exactly that of a projector of these alone. So it
   *  depends on nothing but what is asked: a key that is granted, not asked, and comes twice is skipped like any other.
   *  @throws AnswerMalformed where nothing may be released
   *  @throws RangeError for an empty list, or a field that is not among `fields` */
  project(body: Uint8Array, asked?: readonly string[]): Projected
  /** Begins an answer that comes in pieces. */
  begin(asked?: readonly string[]): JsonProjection
}

export interface ProjectorOptions {
  readonly rows?: string
  /** True: by careful.ts alone, the filter's definition, against which tests hold the kernel. */
  readonly bytewise?: boolean
}

/** @param granted field paths of the grant; those that this shape does not declare as leaves are passed over
 *  @param options.rows path of the array whose elements are rows; absent → the root, where it is an array
 *  @throws RangeError where nothing of the shape is granted, or `rows` is no array; FieldPathError for an unreadable path */
export function compileProjector(shape: Shape, granted: readonly string[], options: ProjectorOptions = {}): Projector {
  const plan = compilePlan(shape, granted, options.rows)
  const fast = options.bytewise === true ? nowhere : stride
  const whole = new JsonFilter(plan, fast)
  const kindsOf = (asked: readonly string[] | undefined): Uint8Array => (asked === undefined ? plan.kinds : kindsAsked(plan, asked))
  return {
    fields: plan.fields,
    project(body, asked) {
      whole.begin(kindsOf(asked))
      try {
        const released = whole.push(body)
        return { body: released, ...whole.end() }
      } finally {
        whole.forget()
      }
    },
    begin(asked) {
      const filter = new JsonFilter(plan, fast)
      filter.begin(kindsOf(asked))
      return filter
    },
  }
}

function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length)
  copy.set(bytes)
  return copy
}

/** The way that leaves every byte to careful.ts. */
const nowhere = (from: number): number => from

class JsonFilter implements JsonProjection {
  readonly #state: FilterState
  readonly #utf8 = new Utf8Check()
  readonly #stride: typeof stride
  /** False while a piece is filtered, and so for ever after one was refused. */
  #sound = false

  constructor(plan: Plan, fast: typeof stride) {
    this.#state = new FilterState(plan)
    this.#stride = fast
  }

  begin(kinds: Uint8Array): void {
    this.#state.begin(kinds)
    this.#utf8.begin()
    this.#sound = true
  }

  push(piece: Uint8Array): Buffer {
    if (!this.#sound) throw new Error('this answer was refused: it takes no further piece')
    this.#sound = false
    this.#utf8.push(piece)
    this.#state.enter()
    const released = piece.length <= longestPiece ? copyOf(this.#filter(piece)) : this.#filterLong(piece)
    this.#sound = true
    return released
  }

  end(): Totals {
    if (!this.#sound) throw new Error('this answer was refused: it has no end')
    this.#utf8.end()
    const state = this.#state
    state.enter()
    if (state.step !== DONE) throw new AnswerMalformed('unexpected-end', state.base)
    const { withheld, undeclared, misshapen } = state
    const counts = state.kinds[state.plan.rowNode] !== WITHHELD
    return { rows: counts ? state.rows : 1, beyond: { withheld, undeclared, misshapen } }
  }

  forget(): void {
    this.#state.forget()
  }

  #filterLong(piece: Uint8Array): Buffer {
    const room = Buffer.allocUnsafeSlow(piece.length + longestName + longestNumber) // pages that are not written cost nothing
    let length = 0
    for (let at = 0; at < piece.length; at += longestPiece) {
      const released = this.#filter(piece.subarray(at, at + longestPiece))
      room.set(released, length)
      length += released.length
    }
    const released = room.subarray(0, length)
    return length < room.length / 2 ? Buffer.from(released) : released
  }

  /** @returns what is released of the piece, a view of the output */
  #filter(piece: Uint8Array): Uint8Array {
    const state = this.#state
    const end = piece.length
    input.set(piece)
    input[end] = 0
    output[0] = state.commaWaits === 1 ? 0x2c : 0
    state.out = 1
    for (let i = 0; i < end; ) {
      i = this.#stride(i, end)
      if (i < end) i = stepCarefully(state, i, end)
    }
    state.base += end
    const from = state.commaWaits === 1 ? 0 : 1
    state.commaWaits = output[state.out - 1] === 0x2c ? 1 : 0
    const to = state.out - state.commaWaits
    return output.subarray(from, to)
  }
}
