// search.ts: keeps the search columns filled: off the call path, in small chunks, out of the way of calls, and honest about how far it is.
import type { Clock } from './clock.ts'
import type { LogSearchStore, SearchProgress } from './ports.ts'

/** How long an entry may be in the log and not be found, ms. Beyond it filling pauses for nothing, and says that it is behind. */
export const searchBound = 60_000

/** A chunk takes some 25 ms of one connection. */
const chunk = 250
/** At most a quarter of the time of one connection, while nobody waits for the log. */
const rest = 3
const pauses = { idle: 1_000, busy: 1_000, failed: 5_000 } as const
const look = 2_000

export type SearchEvent =
  /** More than the bound behind, or no longer; the slot that waits longest. */
  | { readonly event: 'search-behind' | 'search-caught-up'; readonly slot: string }
  | { readonly event: 'search-failed'; readonly error: unknown }

export interface Behind {
  readonly slot: string
  readonly entries: number
  /** Since when its first entry waits, ms; 0 where none waits. */
  readonly ms: number
}

export interface SearchOptions {
  readonly store: LogSearchStore
  readonly clock: Clock
  /** Whether calls wait for the log: then filling waits, within its bound. */
  readonly busy: () => boolean
  /** Told how far it is, every few seconds. */
  readonly progress: (behind: readonly Behind[]) => void
  readonly report: (event: SearchEvent) => void
}

/** @param now milliseconds since 1970 UTC */
export function behindOf(progress: readonly SearchProgress[], now: number): readonly Behind[] {
  return progress.map(({ slot, size, next, since }) => {
    const entries = Math.max(0, size - next)
    return { slot, entries, ms: entries === 0 || since === undefined ? 0 : Math.max(0, now - since) }
  })
}

/** Fills until it is stopped. Several processes may: each chunk is one's alone. */
export class SearchFill {
  readonly #options: SearchOptions
  #stopped = false
  #behind = false
  #failed = false
  #looked = Number.NEGATIVE_INFINITY
  #wake: () => void = () => undefined
  readonly #running: Promise<void>

  constructor(options: SearchOptions) {
    this.#options = options
    this.#running = this.#run()
  }

  /** Resolves once nothing of it is under way. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#wake()
    await this.#running
  }

  async #run(): Promise<void> {
    while (!this.#stopped) await this.#pause(await this.#step())
  }

  /** One chunk at most.
   *  @returns ms to wait before the next */
  async #step(): Promise<number> {
    const { store, clock, busy } = this.#options
    try {
      await this.#look()
      if (!this.#behind && busy()) return pauses.busy
      const started = clock.monotonic()
      const filled = await store.fill(chunk)
      this.#failed = false
      if (filled < chunk) return pauses.idle
      return this.#behind ? 0 : rest * (clock.monotonic() - started)
    } catch (error) {
      // One word until it works again: the database that is away says so elsewhere, too.
      if (!this.#failed) this.#options.report({ event: 'search-failed', error })
      this.#failed = true
      return pauses.failed
    }
  }

  async #look(): Promise<void> {
    const { store, clock, progress, report } = this.#options
    if (clock.monotonic() - this.#looked < look) return
    this.#looked = clock.monotonic()
    const found = behindOf(await store.progress(), clock.wall())
    progress(found)
    const [last] = [...found].sort((a, b) => b.ms - a.ms)
    if (last === undefined) return
    // Once behind, it goes on until half of the bound is won back: not to and fro at its edge.
    const behind = last.ms > (this.#behind ? searchBound / 2 : searchBound)
    if (behind !== this.#behind) report({ event: behind ? 'search-behind' : 'search-caught-up', slot: last.slot })
    this.#behind = behind
  }

  /** Sleeps, or wakes when it is stopped. */
  async #pause(ms: number): Promise<void> {
    if (this.#stopped) return
    await Promise.race([this.#options.clock.sleep(ms), new Promise<void>((wake) => (this.#wake = wake))])
  }
}
