// tiles.ts: whole logs in the layout of C2SP tlog-tiles, for tools that others wrote.
import { hashesOf, tilesUnder } from '../proof.ts'
import { type HashTileName, hashesAt, hashesIn, tilePath, tileWidth } from '../tile.ts'
import type { ExportedLog } from './asked.ts'
import type { PartialFolder } from './partial-folder.ts'
import type { ExportStore } from './ports.ts'

/** How far an export of whole logs is: entry bundles before it are in the folder. */
export interface TilesState {
  /** Of the logs that are exported, the how-manieth. */
  readonly log: number
  /** The next bundle of it. */
  readonly next: number
  readonly absent: readonly Absent[]
}

export const tilesBegin: TilesState = { log: 0, next: 0, absent: [] }

/** Bundles that could not be written: some of their entries are not in the database. */
export interface Absent {
  readonly slot: string
  /** Indexes [from, to). */
  readonly from: number
  readonly to: number
  /** How many of them are there, and could not be exported in this layout. */
  readonly there: number
}

export interface TilesOptions {
  /** Chunks of 16 bundles between two points from which an export can be gone on with. */
  readonly step: number
  readonly onProgress: (log: ExportedLog, index: number) => void
}

const bundlesOfChunk = 16
const tilesOfChunk = 256

/** Writes each log up to its checkpoint.
 *  @param save told how far it is; what comes next is written meanwhile
 *  @returns bundles with entries that are not there: of months that were taken out
 *  @throws Error where what is stored does not lead to the signed root */
export async function exportTiles(
  store: ExportStore,
  folder: PartialFolder,
  logs: readonly ExportedLog[],
  state: TilesState,
  save: (state: TilesState) => Promise<void>,
  options: TilesOptions,
): Promise<readonly Absent[]> {
  const absent = [...state.absent]
  for (const [at, log] of logs.entries()) {
    if (at < state.log) continue
    const from = at === state.log ? state.next : 0
    const saveNext = (next: number, found: readonly Absent[]) => save({ log: at, next, absent: [...absent, ...found] })
    absent.push(...(await writeBundles(store, folder, log, from, saveNext, options)))
    await writeHashes(store, folder, log)
    for await (const { size, note } of store.checkpoints(log.slot, log.size)) await folder.put(`${log.slot}/checkpoints/${size}`, note)
    await folder.put(`${log.slot}/checkpoint`, log.checkpoint ?? '')
    await save({ log: at + 1, next: 0, absent })
  }
  return absent
}

async function writeBundles(
  store: ExportStore,
  folder: PartialFolder,
  log: ExportedLog,
  from: number,
  save: (next: number, absent: readonly Absent[]) => Promise<void>,
  { onProgress, step }: TilesOptions,
): Promise<readonly Absent[]> {
  const { size, slot } = log
  const all = Math.ceil(size / tileWidth)
  const absent: Absent[] = []
  const read = (first: number) => {
    const bundles = store.bundles(slot, first, Math.min(all, first + bundlesOfChunk), size)
    bundles.catch(() => undefined) // told where it is awaited
    return bundles
  }
  let [chunks, saved] = [0, Promise.resolve()]
  for (let first = from, next = read(first); first < all; first += bundlesOfChunk) {
    const bundles = new Map((await next).map((each) => [each.index, each]))
    if (first + bundlesOfChunk < all) next = read(first + bundlesOfChunk)
    const names = Array.from({ length: Math.min(bundlesOfChunk, all - first) }, (_, at) => first + at)
    await Promise.all(
      names.map(async (index) => {
        const width = Math.min(tileWidth, size - index * tileWidth)
        const bundle = bundles.get(index)
        const [begin, end] = [index * tileWidth, index * tileWidth + width]
        if (bundle?.count === width) await folder.put(`${slot}/${tilePath({ level: 'entries', index, width })}`, bundle.bytes)
        else if (bundle !== undefined && bundle.from + bundle.count === end) {
          // A month that was taken out ends within it: no tool of others reads the rest, and ours does.
          await folder.put(`${slot}/rest/${bundle.from}`, bundle.bytes)
          absent.push({ slot, from: begin, to: bundle.from, there: 0 })
        } else absent.push({ slot, from: begin, to: end, there: bundle?.count ?? 0 })
      }),
    )
    onProgress(log, Math.min(size, (first + bundlesOfChunk) * tileWidth))
    chunks += 1
    if (chunks % step !== 0) continue
    await saved
    saved = save(Math.min(all, first + bundlesOfChunk), absent)
  }
  await saved
  return absent.sort((a, b) => a.from - b.from)
}

/** Tiles of hashes, as they are stored, and held against the signed root on the way from top to bottom of the right edge. */
async function writeHashes(store: ExportStore, folder: PartialFolder, { log, root, size, slot }: ExportedLog): Promise<void> {
  const name = (tile: HashTileName): string => `${slot}/${tilePath(tile)}`
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const whole = Math.floor(hashesAt(level, size) / tileWidth)
    for (let first = 0; first < whole; first += tilesOfChunk) {
      const tiles = await store.tiles(slot, level, first, Math.min(whole, first + tilesOfChunk))
      if (tiles.length !== Math.min(whole, first + tilesOfChunk) - first)
        throw new Error(`${log}: tiles ${first} to ${Math.min(whole, first + tilesOfChunk)} of level ${level}: ${tiles.length} are stored`)
      await Promise.all(tiles.map(({ index, hashes }) => folder.put(name({ level, index, width: tileWidth }), hashes)))
    }
    const width = hashesAt(level, size) % tileWidth
    if (width > 0) {
      const edge: HashTileName = { level, index: whole, width }
      await folder.put(name(edge), await stored(store, log, slot, edge))
    }
  }
  const under: { name: HashTileName; hashes: ReturnType<typeof hashesIn> }[] = []
  for (const each of tilesUnder([{ from: 0, to: size }], size))
    under.push({ name: each, hashes: hashesIn(await stored(store, log, slot, each)) })
  const [found] = size === 0 ? [] : hashesOf([{ from: 0, to: size }], under)
  if (found !== undefined && found.toString('base64') !== root)
    throw new Error(`${log}: the stored tiles lead to the root ${found.toString('base64')}, and ${root} was signed`)
}

async function stored(store: ExportStore, log: string, slot: string, name: HashTileName): Promise<Buffer> {
  const hashes = await store.tile(slot, name)
  if (hashes === undefined) throw new Error(`${log}: ${tilePath(name)} is not stored, and the checkpoint covers it`)
  return hashes
}
