// claims.ts: how a writer that lives claims its slot again, where it does not know what became of its batch.
import type { LogState, Together } from './batch.ts'
import type { Clock } from './clock.ts'
import type { Condition } from './condition.ts'
import type { EntryId } from './entry.ts'
import { type ClaimedSlot, type Head, type LogWriterStore, StoreError } from './ports.ts'
import { type Claiming, type Recovered, recover } from './recovery.ts'
import { asRefusal, LogRefusal } from './refusal.ts'

export interface ClaimsOptions extends Claiming {
  readonly store: Pick<LogWriterStore, 'claim' | 'probe'>
  readonly clock: Pick<Clock, 'monotonic' | 'sleep' | 'wall'>
}

const claimsAMinute = 3

/** Each claim fences off whoever wrote before: it counts once the database heard it, also where reading behind it fails. */
export class Claims implements Pick<LogWriterStore, 'claim'> {
  readonly #options: ClaimsOptions
  #heard: readonly number[] = []
  /** Entries that are tried again, of batches that were sent and not heard of; and of these, found by a later claim, those that stand. */
  readonly #doubted = new Set<EntryId>()
  readonly #standing = new Set<EntryId>()

  constructor(options: ClaimsOptions) {
    this.#options = options
  }

  /** Entries of a batch that was sent, of which the next claim finds out whether they stand. */
  doubt(sent: readonly { readonly drafts: Together }[]): void {
    for (const { drafts } of sent) if (drafts[0]?.once !== undefined) this.#doubted.add(drafts[0].once)
  }

  /** Whether an entry with `once`, the first of those of its call, stands though its append was rejected. It is told once. */
  stands(id: EntryId): boolean {
    return this.#standing.delete(id)
  }

  /** Claims until the slot is taken: own head found, the writer goes on behind it.
   *  @param why it is away
   *  @param own the head behind the last batch that is known to stand
   *  @returns what the claim found; undefined where the writer is away no more: it was closed
   *  @throws LogRefusal as `recover`; `why` where it is head-moved, and somebody writes */
  async again(condition: Condition, why: unknown, own: LogState): Promise<Recovered | undefined> {
    const moved = why instanceof LogRefusal && why.code === 'head-moved' ? why : undefined
    let asked = false
    for (let pause = 100; condition.isAway; pause = Math.min(1_000, pause * 2)) {
      if (this.#mayClaim) {
        try {
          // Once: behind a claim whose outcome is unknown nothing can be asked but another claim.
          if (moved !== undefined && !asked) await this.#requireOwnHead(moved, own)
          asked = true
          // Closed meanwhile, it would fence off whoever opens the slot next.
          if (!condition.isAway) return undefined
          const recovered = await recover({ ...this.#options, store: this }, own)
          if (!condition.isAway) return undefined
          if (moved !== undefined && !isHead(recovered.state.tree, own.tree)) throw moved
          this.#settle(recovered)
          return recovered
        } catch (error) {
          if (error instanceof LogRefusal) throw error
          condition.stayAway(error)
        }
      }
      await this.#options.clock.sleep(pause)
    }
    return undefined
  }

  async claim(...of: Parameters<LogWriterStore['claim']>): Promise<ClaimedSlot> {
    try {
      const claimed = await this.#options.store.claim(...of)
      this.#count()
      return claimed
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ambiguous') this.#count()
      throw error
    }
  }

  get #mayClaim(): boolean {
    const now = this.#options.clock.monotonic()
    return this.#heard.filter((at) => now - at < 60_000).length < claimsAMinute
  }

  /** Further back than the last few none is asked for. */
  #count(): void {
    this.#heard = [...this.#heard, this.#options.clock.monotonic()].slice(-claimsAMinute)
  }

  /** Where nothing but the epoch moved, a claim of this slot came late: of a process that was killed, or on a connection that was lost. Where
   *  the head moved, too, somebody writes, and is not fenced off.
   *  @throws LogRefusal `moved` · StoreError when the database cannot be asked */
  async #requireOwnHead(moved: LogRefusal, own: LogState): Promise<void> {
    try {
      const { head } = await this.#options.store.probe(own.slot)
      if (isHead(head, own.tree)) return
    } catch (error) {
      if (!(error instanceof StoreError) || error.code !== 'head-moved') throw asRefusal(error, 'other-instance')
    }
    throw moved
  }

  #settle({ beyond }: Recovered): void {
    for (const id of this.#doubted) if (beyond.has(id)) this.#standing.add(id)
    this.#doubted.clear()
  }
}

const isHead = (a: Head, b: Head): boolean => a.size === b.size && a.root.equals(b.root)
