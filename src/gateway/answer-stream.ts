// answer-stream.ts: an answer on its way from the upstream: filtered as it comes, and handed out in blocks of one size.
import { Pieces } from '../pieces.ts'
import { Refused } from '../problems.ts'
import type { Beyond, StreamProjector, UndeclaredAt } from '../projection/stream-projector.ts'
import { decoded, type Encoding } from '../upstream/encoding.ts'
import type { Rest, UpstreamAnswer } from '../upstream/exchange.ts'

/** Bytes of a block. */
export const blockBytes = 64 * 1024

/** An answer that was found, its bytes as the upstream sent them. */
export interface Found {
  readonly answer: UpstreamAnswer
  readonly encoding: 'identity' | Encoding
  /** Gives back what is held for it as long as it comes. Calling it again changes nothing. */
  readonly over: () => void
}

/** Reads along what the upstream sent, and takes no part in what becomes of it. */
export interface Onlooker {
  push(sent: Uint8Array): void
  end(): void
}

/** What approved bytes come to of a piece depends on what is withheld around them. So nothing is handed out by piece: blocks are as
 *  large as is asked for, and only the end is smaller. */
export class AnswerStream {
  readonly #projector: StreamProjector
  readonly #onlooker: Onlooker | undefined
  readonly #rest: Rest | undefined
  readonly #pieces: AsyncIterator<Buffer, void>
  readonly #over: () => void
  readonly #held = new Pieces()
  #received = 0
  #read = 0
  #ended = false
  #cancelled: Refused | undefined

  constructor({ answer, encoding, over }: Found, projector: StreamProjector, onlooker?: Onlooker) {
    this.#projector = projector
    this.#onlooker = onlooker
    this.#rest = answer.rest
    this.#over = over
    const pieces = this.#counted(answer)
    this.#pieces = encoding === 'identity' ? pieces : decoded(pieces, encoding)
  }

  /** Bytes that came of the upstream. */
  get received(): number {
    return this.#received
  }

  /** Rows of what was filtered so far: once it ended, of all. */
  get rows(): number {
    return this.#projector.rows
  }

  get beyond(): Beyond {
    return this.#projector.beyond
  }

  undeclaredAt(): UndeclaredAt {
    return this.#projector.undeclaredAt()
  }

  /** Whether everything was handed out. */
  get done(): boolean {
    return this.#ended && this.#held.length === 0
  }

  /** From here on it takes the time it takes. */
  unlimited(): void {
    this.#rest?.unlimited()
  }

  /** Reads until more approved bytes are held than asked for, or no more come.
   *  @param within bytes of the answer, unpacked, that may be read for it
   *  @returns whether no more come
   *  @throws Refused, AnswerMalformed: nothing more is to be had */
  async gather(bytes: number, within = Number.POSITIVE_INFINITY): Promise<boolean> {
    try {
      while (!this.#ended && this.#held.length <= bytes) {
        const next = await this.#pieces.next()
        // An end that was made of it is none of the answer's.
        if (this.#cancelled !== undefined) throw this.#cancelled
        this.#ended = next.done === true
        this.#held.push(next.done === true ? this.#projector.end() : this.#projector.push(next.value))
        if (next.done === true) this.#onlooker?.end()
        else this.#onlooker?.push(next.value)
        this.#read += next.value?.length ?? 0
        if (this.#read > within) throw new Refused('upstream-malformed', 'larger than its bound')
      }
    } catch (error) {
      this.cancel(new Refused('upstream-malformed'))
      throw error
    }
    return this.#ended
  }

  /** Approved bytes that wait to be taken. */
  get held(): number {
    return this.#held.length
  }

  /** So many approved bytes of those held, or all where there are fewer. */
  take(bytes: number): Buffer {
    return this.#held.take(bytes)
  }

  /** Lets go of the upstream where it is not done; whoever gathers is thrown the reason. */
  cancel(reason: Refused): void {
    this.#cancelled ??= reason
    this.#rest?.cancel(reason)
    this.#over()
    // What undoes an encoding holds its window, of which V8 knows nothing, until it is told that nobody reads on.
    this.#pieces.return?.().catch(() => undefined)
  }

  async *#counted({ body, rest }: UpstreamAnswer): AsyncGenerator<Buffer, void> {
    this.#received += body.length
    if (body.length > 0) yield body
    if (rest === undefined) return
    for await (const piece of rest) {
      this.#received += piece.length
      yield piece
    }
  }
}
