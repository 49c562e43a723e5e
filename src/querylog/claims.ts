// claims.ts: how a writer that lives claims its slot again: so often a minute, and no oftener.
import type { Clock } from './clock.ts'
import { type ClaimedSlot, type LogWriterStore, StoreError } from './ports.ts'

const claimsAMinute = 3

/** Each claim fences off whoever wrote before: it counts once the database heard it, also where reading behind it fails. */
export class Claims implements Pick<LogWriterStore, 'claim'> {
  readonly #store: Pick<LogWriterStore, 'claim'>
  readonly #clock: Pick<Clock, 'monotonic'>
  #heard: readonly number[] = []

  constructor(store: Pick<LogWriterStore, 'claim'>, clock: Pick<Clock, 'monotonic'>) {
    this.#store = store
    this.#clock = clock
  }

  get mayClaim(): boolean {
    const now = this.#clock.monotonic()
    return this.#heard.filter((at) => now - at < 60_000).length < claimsAMinute
  }

  async claim(...of: Parameters<LogWriterStore['claim']>): Promise<ClaimedSlot> {
    try {
      const claimed = await this.#store.claim(...of)
      this.#count()
      return claimed
    } catch (error) {
      if (error instanceof StoreError && error.code === 'ambiguous') this.#count()
      throw error
    }
  }

  /** Further back than the last few none is asked for. */
  #count(): void {
    this.#heard = [...this.#heard, this.#clock.monotonic()].slice(-claimsAMinute)
  }
}
