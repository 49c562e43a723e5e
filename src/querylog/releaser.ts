// releaser.ts: what is committed is signed, its mark made durable, and only then released.
import type { LogState, Placed } from './batch.ts'
import { checkpointText } from './checkpoint.ts'
import type { MarkFile } from './mark.ts'
import { numbersDigest } from './numbers.ts'
import { NotRecorded } from './refusal.ts'

/** What an entry became, once nothing can take it back. */
export interface Recorded extends Placed {
  /** The signed checkpoint of its batch, base64. */
  readonly checkpoint: string
}

/** Entries that are committed, and somebody who waits for their release. */
export interface Committed {
  readonly placed: readonly Placed[]
  readonly resolve: (recorded: readonly Recorded[]) => void
  readonly reject: (error: Error) => void
}

/** Signs by the keys of a slot; a key by itself is one for a slot that has no other. */
export interface CheckpointSigner {
  /** Of the opening: by it the slot is known, whichever key signs now. */
  readonly verifierKey: string
  /** The note, with a signature line of each of these keys, in their order.
   *  @throws LogRefusal keys-unreadable where it has not all of them */
  sign(text: string, keys: readonly string[]): string
  /** Verifier key of the newest key, which takes over at the next turn of the month where it is not `now`. */
  next?(): Promise<string>
}

interface Signed {
  readonly state: LogState
  readonly note: string
  readonly entries: readonly Committed[]
}

/** Signs each committed head and writes marks one after the other; one that covers several batches is written once. */
export class Releaser {
  readonly #mark: MarkFile
  readonly #signer: CheckpointSigner
  readonly #waiting: Signed[] = []
  #writing: Promise<void> | undefined
  #pending = 0
  readonly #failed: (error: unknown) => void

  /** @param failed told when a mark cannot be made durable: nothing may be released after that */
  constructor(mark: MarkFile, signer: CheckpointSigner, failed: (error: unknown) => void) {
    this.#failed = failed
    this.#mark = mark
    this.#signer = signer
  }

  /** Resolves when everything that was handed in is released, or failed. */
  async idle(): Promise<void> {
    await this.#writing
  }

  get busy(): boolean {
    return this.#writing !== undefined
  }

  /** Entries beyond the mark: committed, and neither released nor failed. */
  get pending(): number {
    return this.#pending
  }

  /** Signs the head and queues its mark. */
  release(state: LogState, entries: readonly Committed[]): void {
    const note = this.#signer.sign(checkpointText(state.log, state.tree), state.keys)
    this.#waiting.push({ state, note, entries })
    this.#pending += countOf(entries)
    this.#writing ??= this.#writeAll()
  }

  async #writeAll(): Promise<void> {
    for (let batches = this.#waiting.splice(0); batches.length > 0; batches = this.#waiting.splice(0)) {
      const last = batches.at(-1)
      if (last === undefined) break
      try {
        const { agencies, epoch, tree } = last.state
        await this.#mark.write({ epoch, head: tree, checkpoint: last.note, numbers: numbersDigest(agencies) })
      } catch (error) {
        this.#failed(error)
        for (const { entries } of [...batches, ...this.#waiting.splice(0)]) {
          for (const { reject } of entries) reject(new NotRecorded('query-log-unavailable', { cause: error }))
        }
        this.#pending = 0
        break
      }
      for (const { note, entries } of batches) {
        const checkpoint = Buffer.from(note).toString('base64')
        this.#pending -= countOf(entries)
        for (const { placed, resolve } of entries) resolve(placed.map(({ index, leaf }) => ({ index, leaf, checkpoint })))
      }
    }
    // In the same step as the last look at what waits, or what is handed in in between would wait for ever.
    this.#writing = undefined
  }
}

const countOf = (entries: readonly Committed[]): number => entries.reduce((sum, { placed }) => sum + placed.length, 0)
