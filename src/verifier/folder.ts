// folder.ts: an export of logs, read without network: one sub-folder for each slot, in the layout of C2SP tlog-tiles.
import { opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { FilesInPlace, isMissing, readUpTo } from './bounded-file.ts'
import { parseBundle } from './bundle.ts'
import { readDecimal } from './decimal.ts'
import { readEntry } from './entry.ts'
import { filesIn } from './files-in.ts'
import type { Report } from './finding.ts'
import { firstAtLeast, GrowingNumbers } from './growing-numbers.ts'
import { ifValid } from './invalid.ts'
import { full, isOfTree, isSlot, readTilePath, tilePath } from './layout.ts'
import { readCheckpoint } from './note.ts'
import type { StoredCheckpoint, StoredEntry, StoredLog, StoredLogs } from './stored.ts'

/** The logs of an export folder.
 *  @throws Error where it cannot be read; a folder without a sub-folder of a slot gives no logs */
export async function openFolder(folder: string): Promise<StoredLogs> {
  const names = (await readdir(folder, { withFileTypes: true })).filter((each) => each.isDirectory() && isSlot(each.name))
  const slots = names.map((each) => each.name).sort((a, b) => Number(a) - Number(b) || (a < b ? -1 : 1))
  const logs: FolderLog[] = []
  for (const slot of slots) logs.push(await FolderLog.open(join(folder, slot), slot))
  return { logs, partialTiles: true }
}

/** Entries of a bundle, each behind its length. */
const mostOfBundle = full * (2 + 65_535)
/** Most fit; the place grows for those that do not. */
const firstOfBundle = 512 * 1024
const mostOfTile = full * 32
/** At most a hundred signatures (signed-note.ts). */
const mostOfNote = 64 * 1024
/** Told before more are looked for. */
const faultsAtOnce = 1024

const noteIn = (path: string): string | undefined => readUpTo(path, mostOfNote)?.toString('utf8')

/** What stands in every entry that says something of another log, of rules, of a draw or of a round. Found sooner without the quote before it, which stands
 *  everywhere. */
const stating = ['head":', 'heads":', 'kind":"export"', 'kind":"policy"', 'kind":"report"', 'kind":"retire"', 'kind":"sample"']
const releasingNothing = ['outcome":"not-released"']

interface BundlePlace {
  readonly first: number
  readonly width: number
  /** Of its file. */
  readonly name: string
  /** Until the next is read; undefined where there is none. */
  readonly bundle: Buffer | undefined
}

class FolderLog implements StoredLog {
  readonly slot: string
  readonly log: string
  readonly size: number
  readonly #folder: string
  readonly newest: string | undefined
  #rests: Promise<Float64Array> | undefined
  #starts: Promise<Float64Array> | undefined

  private constructor(folder: string, slot: string, note: string | undefined, log: string, size: number) {
    this.#folder = folder
    this.slot = slot
    this.newest = note
    this.log = log
    this.size = size
  }

  /** Which log it is, and how long, its checkpoint says. Where that cannot be read, its opening and its files say so. */
  static async open(folder: string, slot: string): Promise<FolderLog> {
    const note = noteIn(join(folder, 'checkpoint'))
    const head = note === undefined ? undefined : headOf(note)
    if (head !== undefined) return new FolderLog(folder, slot, note, head.origin, head.size)
    const size = await sizeOfFiles(folder)
    const first = await new FolderLog(folder, slot, note, '', size).entry(0)
    const opening = first && readEntry(first, () => undefined)?.content
    return new FolderLog(folder, slot, note, opening?.kind === 'opening' ? opening.log : '', size)
  }

  async *entries(report: Report): AsyncIterable<readonly StoredEntry[]> {
    for await (const { bundle, first, name, width } of this.#bundles()) {
      if (bundle !== undefined) yield parseBundle(bundle, first, width, name, report)
      else {
        yield await this.#hashesOnly(first, width, await this.#restOf(first, width))
        yield await this.#rest(first, width, report)
      }
    }
    if (this.newest === undefined) report(this.size, { code: 'checkpoint-missing', found: 'no file checkpoint', expected: 'a signed note' })
    let unexpected = 0
    for await (const path of filesIn(this.#folder)) {
      if (this.#belongs(path)) continue
      report(this.size, { code: 'file-unexpected', found: path, expected: `only files of ${this.size} entries` })
      unexpected += 1
      if (unexpected % faultsAtOnce === 0) yield []
    }
  }

  /** Each bundle that a log of this size has, or the place of one that is gone. Where files of entries lack altogether, one place stands for
   *  those up to the next of which there is a file, and one for the end: whoever says that a log is long makes nobody look for each. */
  async *#bundles(): AsyncGenerator<BundlePlace> {
    const files = new FilesInPlace(mostOfBundle, firstOfBundle)
    const last = this.size - 1 - ((this.size - 1) % full)
    for (let first = 0; first < this.size; ) {
      const width = Math.min(full, this.size - first)
      const name = tilePath({ level: 'entries', index: first / full, width })
      const bundle = files.read(join(this.#folder, name))
      yield { bundle, first, name, width }
      first += full
      if (bundle === undefined) first = Math.max(first, Math.min(last, await this.#startFrom(first)))
    }
  }

  /** Where the next bundle begins of which there is a file. */
  async #startFrom(first: number): Promise<number> {
    this.#starts ??= this.#startsOfFiles()
    const starts = await this.#starts
    return starts[firstAtLeast(starts, first)] ?? Number.POSITIVE_INFINITY
  }

  /** Read where a bundle lacks: of a log whose months were taken out tiles of leaf hashes stay. */
  async #startsOfFiles(): Promise<Float64Array> {
    const starts = new GrowingNumbers()
    for await (const path of filesIn(this.#folder)) {
      const tile = readTilePath(path)
      if (tile?.level === 'entries' || tile?.level === 0) starts.add(tile.index * full)
    }
    for (const from of await this.#restsInOrder()) starts.add(from - (from % full))
    return starts.sorted()
  }

  #belongs(path: string): boolean {
    const [, folder, number = ''] = /^(checkpoints|rest)\/(.*)$/.exec(path) ?? []
    if (folder === 'checkpoints') return readDecimal(number) !== undefined
    if (folder === 'rest') return this.#isRest(readDecimal(number))
    const tile = readTilePath(path)
    return tile === undefined ? path === 'checkpoint' : isOfTree(tile, this.size)
  }

  /** Of a bundle whose first entries were taken out: its others stand in `rest`, named by the index of the first of them. */
  #isRest(from: number | undefined): boolean {
    if (from === undefined || from % full === 0 || from >= this.size) return false
    const first = from - (from % full)
    return this.#file('entries', first / full, Math.min(full, this.size - first)) === undefined
  }

  #restsInOrder(): Promise<Float64Array> {
    this.#rests ??= numbersIn(join(this.#folder, 'rest'))
    return this.#rests
  }

  /** From which entry on the rest of a bundle is there; its end where nothing is. */
  async #restOf(first: number, width: number): Promise<number> {
    const rests = await this.#restsInOrder()
    return Math.min(rests[firstAtLeast(rests, first + 1)] ?? Number.POSITIVE_INFINITY, first + width)
  }

  async #rest(first: number, width: number, report: Report): Promise<StoredEntry[]> {
    const [from, end] = [await this.#restOf(first, width), first + width]
    const bytes = from === end ? undefined : readUpTo(join(this.#folder, 'rest', String(from)), mostOfBundle)
    return bytes === undefined ? [] : parseBundle(bytes, from, end - from, `rest/${from}`, report)
  }

  /** Leaf hashes of entries whose bundle is gone, before `end`. */
  async #hashesOnly(first: number, width: number, end: number): Promise<StoredEntry[]> {
    const hashes = await this.tile(0, first / full, width)
    return Array.from({ length: end - first }, (_, at) => ({
      index: first + at,
      bytes: undefined,
      ...(hashes?.length === width * 32 && { leaf: hashes.subarray(at * 32, (at + 1) * 32) }),
    }))
  }

  /** Those of `checkpoints`, and the newest where its size belongs; once where it is among them. */
  async *checkpoints(): AsyncIterable<StoredCheckpoint> {
    let newest = this.newest
    for (const size of await numbersIn(join(this.#folder, 'checkpoints'))) {
      if (newest !== undefined && size > this.size) {
        yield { size: this.size, note: newest }
        newest = undefined
      }
      const note = noteIn(join(this.#folder, 'checkpoints', String(size)))
      if (size === this.size && note === newest) newest = undefined
      if (note !== undefined) yield { size, note }
    }
    if (newest !== undefined) yield { size: this.size, note: newest }
  }

  statements(): AsyncIterable<StoredEntry> {
    return this.#holding(stating)
  }

  notReleased(): AsyncIterable<StoredEntry> {
    return this.#holding(releasingNothing)
  }

  /** Entries of the bundles in which one of these texts stands. */
  async *#holding(texts: readonly string[]): AsyncGenerator<StoredEntry> {
    for await (const { bundle, first, width } of this.#bundles()) {
      if (bundle === undefined) yield* await this.#rest(first, width, () => undefined)
      // Inside a text a quote is escaped: these can only be members.
      else if (texts.some((each) => bundle.includes(each))) yield* parseBundle(bundle, first, width, '', () => undefined)
    }
  }

  async entry(index: number): Promise<Uint8Array | undefined> {
    const first = index - (index % full)
    const width = Math.min(full, this.size - first)
    const bundle = this.#file('entries', first / full, width)
    const entries =
      bundle === undefined ? await this.#rest(first, width, () => undefined) : parseBundle(bundle, first, width, '', () => undefined)
    return entries.find((each) => each.index === index)?.bytes
  }

  async tile(level: number, index: number, width: number): Promise<Buffer | undefined> {
    return this.#file(level, index, width)
  }

  #file(level: number | 'entries', index: number, width: number): Buffer | undefined {
    return readUpTo(join(this.#folder, tilePath({ level, index, width })), level === 'entries' ? mostOfBundle : mostOfTile)
  }
}

const headOf = (note: string): { readonly origin: string; readonly size: number } | undefined =>
  ifValid(() => readCheckpoint(note.slice(0, note.indexOf('\n\n') + 1)))

/** How many entries the bundles of a log hold, as their names say. */
async function sizeOfFiles(folder: string): Promise<number> {
  let size = 0
  for await (const path of filesIn(folder)) {
    const tile = readTilePath(path)
    if (tile?.level === 'entries') size = Math.max(size, tile.index * full + tile.width)
  }
  return size
}

/** Names of the files in `checkpoints` or `rest`, as numbers, in order; others are told of elsewhere. */
async function numbersIn(folder: string): Promise<Float64Array> {
  const numbers = new GrowingNumbers()
  for await (const name of namesIn(folder)) {
    const number = readDecimal(name)
    if (number !== undefined) numbers.add(number)
  }
  return numbers.sorted()
}

async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
