// folder.ts: an export of logs, read without network: one sub-folder for each slot, in the layout of C2SP tlog-tiles.
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import { opendir, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { parseBundle } from './bundle.ts'
import { readDecimal } from './decimal.ts'
import { readEntry } from './entry.ts'
import { filesIn } from './files-in.ts'
import type { Report } from './finding.ts'
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

const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** What a function gives; undefined where its file is missing. */
function ifThere<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}

/** A file's bytes. Read in line: handing each small file to another thread would cost more than reading it. */
const readIfThere = (path: string): Buffer | undefined => ifThere(() => readFileSync(path))

/** Most bundles fit; it grows for those that do not. */
const firstPlace = 512 * 1024

/** Reads files one after the other into the same place: memory that is new for each of them costs more than what is read into it. */
class FilesInPlace {
  #place = Buffer.allocUnsafeSlow(firstPlace)

  /** A file's bytes, until the next is read; undefined where there is none. */
  read(path: string): Buffer | undefined {
    const file = ifThere(() => openSync(path, 'r'))
    if (file === undefined) return undefined
    try {
      for (let length = 0; ; ) {
        const read = readSync(file, this.#place, length, this.#place.length - length, null)
        if (read === 0) return this.#place.subarray(0, length)
        length += read
        if (length === this.#place.length) this.#place = Buffer.concat([this.#place], length * 2)
      }
    } finally {
      closeSync(file)
    }
  }
}

/** What stands in every entry that says something of another log, of rules, of a draw or of a round. Found sooner without the quote before it, which stands
 *  everywhere. */
const stating = ['head":', 'heads":', 'kind":"export"', 'kind":"policy"', 'kind":"report"', 'kind":"retire"', 'kind":"sample"']
const releasingNothing = ['outcome":"not-released"']

class FolderLog implements StoredLog {
  readonly slot: string
  readonly log: string
  readonly size: number
  readonly #folder: string
  /** The newest checkpoint. */
  readonly #note: string | undefined
  #rests: Promise<Float64Array> | undefined

  private constructor(folder: string, slot: string, note: string | undefined, log: string, size: number) {
    this.#folder = folder
    this.slot = slot
    this.#note = note
    this.log = log
    this.size = size
  }

  /** Which log it is, and how long, its checkpoint says. Where that cannot be read, its opening and its files say so. */
  static async open(folder: string, slot: string): Promise<FolderLog> {
    const note = readIfThere(join(folder, 'checkpoint'))?.toString('utf8')
    const head = note === undefined ? undefined : headOf(note)
    if (head !== undefined) return new FolderLog(folder, slot, note, head.origin, head.size)
    const size = await sizeOfFiles(folder)
    const first = await new FolderLog(folder, slot, note, '', size).entry(0)
    const opening = first && readEntry(first, () => undefined)?.content
    return new FolderLog(folder, slot, note, opening?.kind === 'opening' ? opening.log : '', size)
  }

  async *entries(report: Report): AsyncIterable<readonly StoredEntry[]> {
    const files = new FilesInPlace()
    for (let first = 0; first < this.size; first += full) {
      const width = Math.min(full, this.size - first)
      const name = tilePath({ level: 'entries', index: first / full, width })
      const bundle = files.read(join(this.#folder, name))
      if (bundle !== undefined) yield parseBundle(bundle, first, width, name, report)
      else {
        yield await this.#hashesOnly(first, width, await this.#restOf(first, width))
        yield await this.#rest(first, width, report)
      }
    }
    if (this.#note === undefined) report(this.size, { code: 'checkpoint-missing', found: 'no file checkpoint', expected: 'a signed note' })
    for await (const path of filesIn(this.#folder))
      if (!this.#belongs(path)) report(this.size, { code: 'file-unexpected', found: path, expected: `only files of ${this.size} entries` })
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

  /** From which entry on the rest of a bundle is there; its end where nothing is. */
  async #restOf(first: number, width: number): Promise<number> {
    this.#rests ??= numbersIn(join(this.#folder, 'rest'))
    return (await this.#rests).find((from) => from > first && from < first + width) ?? first + width
  }

  async #rest(first: number, width: number, report: Report): Promise<StoredEntry[]> {
    const [from, end] = [await this.#restOf(first, width), first + width]
    const bytes = from === end ? undefined : readIfThere(join(this.#folder, 'rest', String(from)))
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
    let newest = this.#note
    for (const size of await numbersIn(join(this.#folder, 'checkpoints'))) {
      if (newest !== undefined && size > this.size) {
        yield { size: this.size, note: newest }
        newest = undefined
      }
      const note = readIfThere(join(this.#folder, 'checkpoints', String(size)))?.toString('utf8')
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
    const files = new FilesInPlace()
    for (let first = 0; first < this.size; first += full) {
      const width = Math.min(full, this.size - first)
      const bundle = files.read(join(this.#folder, tilePath({ level: 'entries', index: first / full, width })))
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
    return readIfThere(join(this.#folder, tilePath({ level, index, width })))
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
  let sizes = new Float64Array(1024)
  let count = 0
  for await (const name of namesIn(folder)) {
    const size = readDecimal(name)
    if (size === undefined) continue
    if (count === sizes.length) {
      const grown = new Float64Array(count * 2)
      grown.set(sizes)
      sizes = grown
    }
    sizes[count++] = size
  }
  return sizes.subarray(0, count).sort()
}

async function* namesIn(folder: string): AsyncGenerator<string> {
  try {
    for await (const { name } of await opendir(folder)) yield name
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}
