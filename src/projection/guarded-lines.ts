// guarded-lines.ts: NDJSON of which no line of a protected person passes.
import { Pieces } from '../pieces.ts'
import type { JsonFilter } from './filter.ts'
import { AnswerMalformed } from './malformed.ts'
import type { MarkerLines } from './marker.ts'
import { longestRow } from './row-buffer.ts'
import type { Beyond, StreamProjector, UndeclaredAt } from './stream-projector.ts'

/** Two filters over the same lines: one for what is granted, one for the marker alone, wherever in the line it stands. Each writes one
 *  line for each line that is an object; any other has no marker, and so is malformed. What is granted of a line is held until the
 *  line is whole. */
export class GuardedLines implements StreamProjector {
  rows = 0
  readonly #granted: JsonFilter
  readonly #markers: JsonFilter
  readonly #lines: MarkerLines
  /** Of the line at hand: what is granted of it so far, and of its marker. */
  #held = new Pieces()
  readonly #heldMarker = new Pieces()
  #suppressed = 0
  #base = 0
  #sound = true

  /** @param granted what passes, where nobody in the line is protected
   *  @param markers a filter of which only the marker passes */
  constructor(granted: JsonFilter, markers: JsonFilter, lines: MarkerLines) {
    this.#granted = granted
    this.#markers = markers
    this.#lines = lines
  }

  get beyond(): Beyond {
    return { ...this.#granted.beyond, suppressed: this.#suppressed }
  }

  undeclaredAt(): UndeclaredAt {
    return this.#granted.undeclaredAt()
  }

  push(piece: Uint8Array): Buffer {
    const released = this.#judge(() => [this.#granted.push(piece), this.#markers.push(piece)])
    this.#base += piece.length
    return released
  }

  end(): Buffer {
    return this.#judge(() => [this.#granted.end(), this.#markers.end()])
  }

  #judge(filter: () => readonly [Buffer, Buffer]): Buffer {
    if (!this.#sound) throw new Error('this answer is over: nothing of it may follow')
    this.#sound = false
    const [granted, markers] = filter()
    if (this.#markers.beyond.misshapen > 0) throw new AnswerMalformed('marker-missing', this.#base)
    const whole = granted.lastIndexOf(0x0a) + 1
    const released = this.#withoutProtected(granted, whole, this.#verdicts(markers))
    this.#hold(granted.subarray(whole))
    this.#sound = true
    return released
  }

  /** Of each line that became whole, whether somebody in it is protected. */
  #verdicts(markers: Buffer): readonly boolean[] {
    const whole = markers.lastIndexOf(0x0a) + 1
    this.#heldMarker.push(markers.subarray(0, whole))
    const text = whole === 0 ? '' : this.#heldMarker.take().toString()
    this.#heldMarker.push(Buffer.from(markers.subarray(whole)))
    if (this.#heldMarker.length > longestRow) throw new AnswerMalformed('row-too-long', this.#base)
    return text
      .split('\n')
      .slice(0, -1)
      .map((line) => this.#lines.isProtected(line, this.#base))
  }

  /** What is held and the lines up to `whole`, as far as they are nobody's who is protected. */
  #withoutProtected(granted: Buffer, whole: number, verdicts: readonly boolean[]): Buffer {
    const parts: Buffer[] = []
    let [from, to] = [0, 0] // lines that pass, one after another
    for (const [k, isProtected] of verdicts.entries()) {
      const end = granted.indexOf(0x0a, to) + 1
      if (end === 0) throw new Error('two filters of the same lines found different numbers of them')
      if (isProtected) {
        parts.push(granted.subarray(from, to))
        from = end
        this.#suppressed++
      } else this.rows++
      if (k === 0 && !isProtected) parts.push(this.#held.take())
      to = end
    }
    if (to !== whole) throw new Error('two filters of the same lines found different numbers of them')
    if (verdicts.length > 0) this.#held = new Pieces()
    parts.push(granted.subarray(from, to))
    return Buffer.concat(parts)
  }

  #hold(rest: Buffer): void {
    if (rest.length === 0) return
    this.#held.push(Buffer.from(rest))
    if (this.#held.length > longestRow) throw new AnswerMalformed('row-too-long', this.#base)
  }
}
