// filter.ts: the filter of one JSON answer, or of the lines of one NDJSON answer: pieces in, what is approved of them out.
import { stepCarefully } from './careful.ts'
import { behindSpace, endOfPlain, input, output, stride } from './kernel/kernel.ts'
import { longestPiece } from './kernel/layout.ts'
import { AnswerMalformed } from './malformed.ts'
import { BOOLEAN, type Plan, WITHHELD } from './plan.ts'
import type { Runs } from './scalars.ts'
import { FilterState } from './state.ts'
import { nothingBeyond, nowhereUndeclared, type StreamProjector, type UndeclaredAt } from './stream-projector.ts'
import { DONE, VALUE } from './tokens.ts'
import { Utf8Check } from './utf8.ts'

export type FilterForm = 'json' | 'ndjson'

/** The way that leaves every byte to careful.ts. */
const nowhere = (from: number): number => from
const runs: Runs = { behindSpace, endOfPlain }
const none = Buffer.alloc(0)
const lineEnd = Buffer.from('\n')

/** Of answers in which something stands in the place of values, pieces are shorter: of an element `1,` comes `null,`, and what comes of a
 *  piece must fit where what is released stands. */
const longestSuppressed = Math.floor((longestPiece * 2) / 5)

/** Where what is released of a long piece is gathered: one for all, for each is copied out before the next. Room of its own for every
 *  answer would be a megabyte that lies outside V8's heap, and by those V8 counts when to collect everything. */
const room = Buffer.allocUnsafeSlow(1024 * 1024)

function copyOf(bytes: Uint8Array): Buffer {
  const copy = Buffer.allocUnsafe(bytes.length)
  copy.set(bytes)
  return copy
}

/** An answer that was refused takes nothing more. */
const refused = (): Error => new Error('this answer was refused: nothing of it may follow')

export class JsonFilter implements StreamProjector {
  rows = 0
  beyond = nothingBeyond
  readonly #state: FilterState
  readonly #utf8 = new Utf8Check()
  readonly #stride: typeof stride
  readonly #runs: Runs | undefined
  #longest = longestPiece
  /** False while a piece is filtered, and so for ever after one was refused. */
  #sound = false

  /** @param bytewise by careful.ts alone */
  constructor(plan: Plan, bytewise: boolean) {
    this.#state = new FilterState(plan)
    this.#stride = bytewise ? nowhere : stride
    this.#runs = bytewise ? undefined : runs
  }

  begin(kinds: Uint8Array, form: FilterForm): void {
    this.#state.begin(kinds, form === 'ndjson')
    // Of what is granted, nothing else ever stands there.
    this.#longest = kinds !== this.#state.plan.kinds && kinds.some((kind) => kind > BOOLEAN) ? longestSuppressed : longestPiece
    this.#utf8.begin()
    this.rows = 0
    this.beyond = nothingBeyond
    this.#sound = true
  }

  push(piece: Uint8Array): Buffer {
    if (!this.#sound) throw refused()
    this.#sound = false
    this.#utf8.push(piece)
    this.#state.enter()
    const released = piece.length <= this.#longest ? copyOf(this.#filter(piece)) : this.#filterLong(piece)
    this.#account()
    this.#sound = true
    return released
  }

  end(): Buffer {
    if (!this.#sound) throw refused()
    this.#sound = false
    this.#utf8.end()
    const state = this.#state
    state.enter()
    const released = state.lines ? copyOf(this.#filter(lineEnd)) : none
    if (state.lines ? state.depth > 1 || state.step !== VALUE : state.step !== DONE) throw new AnswerMalformed('unexpected-end', state.base)
    this.#account()
    if (state.kinds[state.plan.rowNode] === WITHHELD) this.rows = 1
    return released
  }

  undeclaredAt(): UndeclaredAt {
    this.#state.enter()
    return this.#state.undeclared === 0 ? nowhereUndeclared : this.#state.undeclaredAt()
  }

  forget(): void {
    this.#state.forget()
  }

  #account(): void {
    const { rows, withheld, undeclared, misshapen, suppressed } = this.#state
    this.rows = rows
    this.beyond = { withheld, undeclared, misshapen, suppressed }
  }

  #filterLong(piece: Uint8Array): Buffer {
    const full: Buffer[] = []
    let length = 0
    for (let at = 0; at < piece.length; at += this.#longest) {
      const released = this.#filter(piece.subarray(at, at + this.#longest))
      if (length + released.length > room.length) {
        full.push(copyOf(room.subarray(0, length)))
        length = 0
      }
      room.set(released, length)
      length += released.length
    }
    const last = copyOf(room.subarray(0, length))
    return full.length === 0 ? last : Buffer.concat([...full, last])
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
      if (i < end) i = stepCarefully(state, i, end, this.#runs)
    }
    state.base += end
    const from = state.commaWaits === 1 ? 0 : 1
    state.commaWaits = output[state.out - 1] === 0x2c ? 1 : 0
    const to = state.out - state.commaWaits
    return output.subarray(from, to)
  }
}
