// copies.ts: the newest checkpoint, copied each minute to places outside operations' control: what a rewritten log is held against.
import { renameSync, writeFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'

/** Somewhere that whoever runs the gateway and its database cannot take a checkpoint back from. */
export interface CopyPlace {
  /** Where it is, without secrets: `file:/mnt/ethics/checkpoints`, `https://witness.example/log`, `syslog:logs.example:6514`. */
  readonly name: string
  /** Resolves once the place took the note; bounded in time.
   *  @throws Error */
  put(copy: Copy): Promise<void>
}

export interface Copy {
  readonly log: string
  readonly slot: string
  readonly size: number
  /** The signed note. */
  readonly note: string
}

export type CopyEvent =
  | { readonly event: 'copy-failed'; readonly place: string; readonly error: unknown }
  | { readonly event: 'copy-succeeds-again'; readonly place: string }
  | { readonly event: 'copies-stale' | 'copies-fresh' }

/** What a place took last. */
export interface LastCopy {
  /** When, ms since 1970 UTC. */
  readonly at: number
  /** Of which size. */
  readonly size: number
}

export interface CopiesOptions {
  readonly log: string
  readonly slot: string
  readonly places: readonly CopyPlace[]
  /** The newest checkpoint whose mark is durable; empty for the empty log. */
  readonly newest: () => string
  /** ms since 1970 UTC */
  readonly now: () => number
  /** Where it is kept what each place took: a restart does not make an old copy young. */
  readonly stateFile: string
  readonly report: (event: CopyEvent) => void
}

/** How long every place may have failed. */
export const staleAfter = 4 * 3_600_000
/** A place that holds the newest checkpoint is shown again that it still takes one. */
const shownAgain = 10 * 60_000

/** Copies of one log's checkpoints. What fails never stops the log by itself. */
export class Copies {
  readonly #options: CopiesOptions
  readonly #last: Map<string, LastCopy>
  readonly #failing = new Set<string>()
  readonly #since: number
  #stale = false
  #running: Promise<void> | undefined

  private constructor(options: CopiesOptions, last: Map<string, LastCopy>) {
    this.#options = options
    this.#last = last
    this.#since = options.now()
  }

  static async open(options: CopiesOptions): Promise<Copies> {
    return new Copies(options, await readCopies(options.stateFile))
  }

  /** What each place took last; absent where it never took any. */
  get last(): readonly { readonly place: string; readonly last: LastCopy | undefined }[] {
    return this.#options.places.map(({ name }) => ({ place: name, last: this.#last.get(name) }))
  }

  /** There are places, and for four hours none of them took a copy. */
  get stale(): boolean {
    const { now, places } = this.#options
    const taken = this.last.flatMap(({ last }) => (last === undefined ? [] : [last.at]))
    return places.length > 0 && now() - (taken.length === 0 ? this.#since : Math.max(...taken)) > staleAfter
  }

  /** Hands the newest checkpoint to every place that does not hold it; a run that is under way is waited for, and another one made. */
  async run(): Promise<void> {
    while (this.#running !== undefined) await this.#running
    this.#running = this.#copyAll().finally(() => {
      this.#running = undefined
    })
    await this.#running
  }

  async #copyAll(): Promise<void> {
    const { log, newest, places, slot, report } = this.#options
    const note = newest()
    if (note !== '') {
      const copy = { log, slot, size: Number(note.split('\n')[1]), note }
      await Promise.all(places.map((place) => this.#copyTo(place, copy)))
    }
    if (this.stale === this.#stale) return
    this.#stale = !this.#stale
    report({ event: this.#stale ? 'copies-stale' : 'copies-fresh' })
  }

  async #copyTo(place: CopyPlace, copy: Copy): Promise<void> {
    const { now, report } = this.#options
    const last = this.#last.get(place.name)
    if (last?.size === copy.size && now() - last.at < shownAgain) return
    try {
      await place.put(copy)
      this.#last.set(place.name, { at: now(), size: copy.size })
      this.#keep()
      if (this.#failing.delete(place.name)) report({ event: 'copy-succeeds-again', place: place.name })
    } catch (error) {
      if (!this.#failing.has(place.name)) report({ event: 'copy-failed', place: place.name, error })
      this.#failing.add(place.name)
    }
  }

  #keep(): void {
    const { stateFile } = this.#options
    writeFileSync(`${stateFile}.new`, `${JSON.stringify(Object.fromEntries(this.#last))}\n`, { mode: 0o600 })
    renameSync(`${stateFile}.new`, stateFile)
  }
}

export const copiesFile = 'copies.json'

/** What each place took last, as a gateway kept it; nothing where it never did. */
export async function readCopies(stateFile: string): Promise<Map<string, LastCopy>> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(stateFile, 'utf8'))))
  } catch {
    // Missing or torn, it makes copies look older than they are: that is the safe side.
    return new Map()
  }
}
