// log-on-disc.ts: what a disc holds of one log: exact entries, the tiles that lead from them to the signed checkpoint, and their table.
import { tableCells, tableHead, tableRow } from '../../querylog/export/csv.ts'
import type { StoredEntry } from '../../querylog/ports.ts'
import { type HashTileName, hashesAt, tileWidth } from '../../querylog/tile.ts'
import { leafHash } from '../../querylog/tree.ts'
import type { ArchivedLog } from './archived.ts'
import type { Disc } from './disc.ts'
import { logPath, logTilePath, tablePath } from './layout.ts'

/** LibreOffice and Excel open 1,048,576 rows. */
export const rowsOfTable = 1_000_000

/** The full tiles between a leaf and the right edge of its tree, from below. */
export function tilesAbove(index: number, size: number): HashTileName[] {
  const tiles: HashTileName[] = []
  for (let level = 0, node = index; ; level += 1) {
    const at = Math.floor(node / tileWidth)
    if (at === Math.floor(hashesAt(level, size) / tileWidth)) return tiles
    tiles.push({ level, index: at, width: tileWidth })
    node = at
  }
}

/** The partial tiles at the right edge of a tree: what its root is made of. */
export function edgeTiles(size: number): HashTileName[] {
  const tiles: HashTileName[] = []
  for (let level = 0; hashesAt(level, size) > 0; level += 1) {
    const nodes = hashesAt(level, size)
    if (nodes % tileWidth > 0) tiles.push({ level, index: Math.floor(nodes / tileWidth), width: nodes % tileWidth })
  }
  return tiles
}

/** What is read of one of the agency's entries. */
export interface RecordRead {
  readonly kind: string
  readonly agency_seq: number
  readonly counted_seq?: number
  readonly sealed?: { readonly key: string }
}

/** A table's rows are numbered over all logs of a disc. */
export interface TableRows {
  rows: number
}

export class LogOnDisc {
  readonly log: ArchivedLog
  readonly #disc: Disc
  /** By data key: how many entries here it sealed. */
  readonly sealing = new Map<string, number>()
  records = 0
  #lastTile = -1

  constructor(log: ArchivedLog, disc: Disc) {
    this.log = log
    this.#disc = disc
  }

  /** One of the agency's entries. */
  async record(stored: StoredEntry, { kind, sealed }: RecordRead, table: TableRows): Promise<void> {
    if (sealed !== undefined) this.sealing.set(sealed.key, (this.sealing.get(sealed.key) ?? 0) + 1)
    await this.#line('records', stored)
    await this.#tiles(stored.index)
    if (kind !== 'query') return
    this.records += 1
    await this.#row(stored, table)
  }

  async #line(name: 'frame' | 'records', { index, entry }: StoredEntry): Promise<void> {
    await this.#disc.append(logPath(this.log.slot, `${name}.ndjson`), `${entry}\n`)
    await this.#disc.append(logPath(this.log.slot, `${name}.index.txt`), `${index}\n`)
  }

  async #row({ index, entry }: StoredEntry, table: TableRows): Promise<void> {
    const path = tablePath(Math.floor(table.rows / rowsOfTable) + 1)
    if (table.rows > 0 && table.rows % rowsOfTable === 0) await this.#disc.append(path, tableHead())
    table.rows += 1
    const place = { slot: this.log.slot, index, leaf: leafHash(entry).toString('base64'), outcome: this.log.outcomeOf(index) }
    await this.#disc.append(path, tableRow(tableCells(entry, place, { roc: true })))
  }

  async #tiles(index: number): Promise<void> {
    const tile = Math.floor(index / tileWidth)
    if (tile === this.#lastTile) return
    this.#lastTile = tile
    for (const each of tilesAbove(index, this.log.size)) await this.#tile(each)
  }

  async #tile(name: HashTileName): Promise<void> {
    const path = logTilePath(this.log.slot, name)
    if (!this.#disc.has(path)) await this.#disc.put(path, await this.log.tile(name))
  }

  /** Writes what stands around the records: opening, months, the data keys that sealed something here, and acts of the audit.
   *  @returns by recipient's key: how many entries here it opens */
  async finish(acts: readonly StoredEntry[]): Promise<ReadonlyMap<string, number>> {
    const { log } = this
    const keys = await log.keys(new Set(this.sealing.keys()))
    const frame = [...log.frame, ...acts, ...keys].sort((a, b) => a.index - b.index)
    for (const each of frame) {
      await this.#line('frame', each)
      await this.#tiles(each.index)
    }
    for (const each of edgeTiles(log.size)) await this.#tile(each)
    await this.#disc.put(logPath(log.slot, 'checkpoint'), log.checkpoint)
    return this.#recipients(keys)
  }

  #recipients(keys: readonly StoredEntry[]): ReadonlyMap<string, number> {
    const counts = new Map<string, number>()
    for (const { entry } of keys) {
      const { id, recipients }: { id: string; recipients: readonly string[] } = JSON.parse(entry) // the writer's own entry
      for (const each of recipients) counts.set(each, (counts.get(each) ?? 0) + (this.sealing.get(id) ?? 0))
    }
    return counts
  }
}
