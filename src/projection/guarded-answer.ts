// guarded-answer.ts: a JSON answer in pieces with a marker of protected persons, which may stand at its end: filtered both ways until then.
import { parseJson } from '../json.ts'
import { Pieces } from '../pieces.ts'
import type { JsonFilter } from './filter.ts'
import { AnswerMalformed } from './malformed.ts'
import { protectedIn } from './marker.ts'
import type { PathStep } from './paths.ts'
import { type Beyond, nothingBeyond, nowhereUndeclared, type StreamProjector, type UndeclaredAt } from './stream-projector.ts'

const none = Buffer.alloc(0)

/** What a filter gives of an answer, kept as long as it is no more than may be. */
class Kept {
  readonly filter: JsonFilter
  readonly #most: number
  #pieces = new Pieces()
  #tooLong = false

  constructor(filter: JsonFilter, most: number) {
    this.filter = filter
    this.#most = most
  }

  get tooLong(): boolean {
    return this.#tooLong
  }

  push(piece: Uint8Array): void {
    this.#keep(this.filter.push(piece))
  }

  end(): void {
    this.#keep(this.filter.end())
  }

  take(): Buffer {
    return this.#pieces.take()
  }

  #keep(released: Buffer): void {
    if (this.#tooLong) return
    this.#pieces.push(released)
    if (this.#pieces.length <= this.#most) return
    this.#tooLong = true
    this.#pieces = new Pieces()
  }
}

/** The filters of one answer, each begun. */
export interface Ways {
  /** What is granted. */
  readonly open: JsonFilter
  /** What is granted, but for what helps to find a person. */
  readonly suppressed: JsonFilter
  /** The marker, and nothing else. */
  readonly markers: JsonFilter
}

/** Nothing comes out before the end. Only what is released is bounded, not what stands around it: that must not show in whether it is. */
export class GuardedAnswer implements StreamProjector {
  readonly #open: Kept
  readonly #suppressed: Kept
  readonly #markers: Kept
  readonly #steps: readonly PathStep[]
  #chosen: Kept | undefined
  #base = 0

  /** @param steps of the marker's path
   *  @param most bytes that may be released; as many of the marker may stand in the answer */
  constructor({ markers, open, suppressed }: Ways, steps: readonly PathStep[], most: number) {
    this.#open = new Kept(open, most)
    this.#suppressed = new Kept(suppressed, most)
    this.#markers = new Kept(markers, most)
    this.#steps = steps
  }

  get rows(): number {
    return this.#chosen?.filter.rows ?? 0
  }

  get beyond(): Beyond {
    return this.#chosen?.filter.beyond ?? nothingBeyond
  }

  undeclaredAt(): UndeclaredAt {
    return this.#chosen?.filter.undeclaredAt() ?? nowhereUndeclared
  }

  push(piece: Uint8Array): Buffer {
    for (const way of [this.#markers, this.#open, this.#suppressed]) way.push(piece)
    this.#base += piece.length
    if (this.#markers.tooLong || (this.#open.tooLong && this.#suppressed.tooLong)) throw new AnswerMalformed('answer-too-long', this.#base)
    return none
  }

  end(): Buffer {
    for (const way of [this.#markers, this.#open, this.#suppressed]) way.end()
    if (this.#markers.filter.beyond.misshapen > 0) throw new AnswerMalformed('marker-missing', this.#base)
    const isProtected = protectedIn(parseJson(this.#markers.take()), this.#steps, this.#base)
    this.#chosen = isProtected ? this.#suppressed : this.#open
    if (this.#chosen.tooLong) throw new AnswerMalformed('answer-too-long', this.#base)
    return this.#chosen.take()
  }
}
