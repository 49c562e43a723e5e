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
  /** When, ms since 1970 UTC; where it took none, since when it is asked. */
  readonly at: number
  /** Of which size; 0 where it took none. */
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
/** Since when the places have taken no copy, ms since 1970 UTC: since the last that one of them took, or where none ever did, since the
 *  first was asked. */
export function lastTaken(places: Iterable<LastCopy>): number {
  const all = [...places]
  const taken = all.filter(({ size }) => size > 0)
  return taken.length > 0 ? Math.max(...taken.map(({ at }) => at)) : Math.min(...all.map(({ at }) => at))
}

/** A place that holds the newest checkpoint is shown again that it still takes one. */
const shownAgain = 10 * 60_000

/** Copies of one log's checkpoints. What fails never stops the log by itself. */
export class Copies {
  readonly #options: CopiesOptions
  readonly #last: Map<string, LastCopy>
  readonly #failing = new Set<string>()
  #stale = false
  #running: Promise<void> | undefined

  private constructor(options: CopiesOptions, last: Map<string, LastCopy>) {
    this.#options = options
    this.#last = last
  }

  /** A place that is new is asked from now on, also by those who come after a restart. */
  static async open(options: CopiesOptions): Promise<Copies> {
    const last = await readCopies(options.stateFile)
    // Nobody knows since when the places of a file that cannot be read were asked: until one takes a copy, that is too long.
    const asked = last === undefined ? 0 : options.now()
    const copies = new Copies(options, last ?? new Map())
    for (const { name } of options.places) if (!copies.#last.has(name)) copies.#last.set(name, { at: asked, size: 0 })
    if (options.places.length > 0) copies.#keep()
    return copies
  }

  /** What each place took last; absent where it never took any. */
  get last(): readonly { readonly place: string; readonly last: LastCopy | undefined }[] {
    return this.#options.places.map(({ name }) => {
      const last = this.#last.get(name)
      return { place: name, last: last !== undefined && last.size > 0 ? last : undefined }
    })
  }

  /** There are places, and for four hours none of them took a copy. */
  get stale(): boolean {
    const { now, places } = this.#options
    return places.length > 0 && now() - lastTaken(places.flatMap(({ name }) => this.#last.get(name) ?? [])) > staleAfter
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

/** What each place took last, as a gateway kept it; nothing where it never did.
 *  @returns undefined where what it kept cannot be read */
export async function readCopies(stateFile: string): Promise<Map<string, LastCopy> | undefined> {
  try {
    return new Map(Object.entries(JSON.parse(await readFile(stateFile, 'utf8'))))
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? new Map() : undefined
  }
}
