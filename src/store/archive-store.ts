// archive-store.ts: an agency's entries of a log, and the checkpoint that covers them, as an archive reads them.
import type { ArchiveStore } from '../audit/archive/ports.ts'
import type { Slot, StoredEntry } from '../querylog/ports.ts'
import type { HashTileName } from '../querylog/tile.ts'
import { Chunks, type Column, int8, utf8 } from './chunks.ts'
import { PostgresExport } from './export-store.ts'

const rowsOfChunk = 1024

const entryOf = ([index, entry]: readonly Column[]): StoredEntry => ({ index: int8(index), entry: utf8(entry) })

const rare = `strpos(entry, '"kind":"query"') = 0`
const aboutQueries = `(entry::json) ->> 'kind' IN ('completion', 'subjects')`

/** Stands in an entry of the agency, and in a `month` entry that counts for it. */
const memberOf = (agency: string): string => `"agency":${JSON.stringify(agency)}`

export class PostgresArchive implements ArchiveStore {
  readonly #chunks: Chunks
  readonly #exports: PostgresExport

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#chunks = new Chunks(url)
    this.#exports = new PostgresExport(url)
  }

  async ofAgency(slot: Slot, from: number, to: number, agency: string): Promise<readonly StoredEntry[]> {
    const rows = await this.#chunks.rows(
      `SELECT int8send(index), entry FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3 AND strpos(entry, $4) > 0
        AND (NOT ${rare} OR ${aboutQueries}) ORDER BY index`,
      [slot, from, to, memberOf(agency)],
    )
    return rows.map(entryOf)
  }

  async *aboutAgency(slot: Slot, from: number, to: number, agency: string): AsyncGenerator<StoredEntry> {
    for (let next = from; ; ) {
      const rows = await this.#chunks.rows(
        `SELECT int8send(index), entry FROM linkage.log_entry WHERE slot = $1 AND ${rare} AND ${aboutQueries}
          AND index >= $2 AND index < $3 AND strpos(entry, $4) > 0 ORDER BY index LIMIT ${rowsOfChunk}`,
        [slot, next, to, memberOf(agency)],
      )
      for (const row of rows) {
        const entry = entryOf(row)
        next = entry.index + 1
        yield entry
      }
      if (rows.length < rowsOfChunk) return
    }
  }

  async checkpointFrom(slot: Slot, size: number): Promise<{ readonly size: number; readonly note: string } | undefined> {
    const [row] = await this.#chunks.rows(
      'SELECT int8send(size), checkpoint FROM linkage.log_checkpoint WHERE slot = $1 AND size >= $2 ORDER BY size LIMIT 1',
      [slot, size],
    )
    return row && { size: int8(row[0]), note: utf8(row[1]) }
  }

  async gone(slot: Slot, from: number, to: number): Promise<number> {
    const [row] = await this.#chunks.rows(
      'SELECT int8send(count(*)) FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3',
      [slot, from, to],
    )
    return to - from - int8(row?.[0])
  }

  firstSince(slot: Slot, since: number, size: number): Promise<number> {
    return this.#exports.firstSince(slot, since, size)
  }

  completions(slot: Slot, from: number, to: number): AsyncIterable<{ readonly of: number; readonly outcome: string }> {
    return this.#exports.completions(slot, from, to)
  }

  keyChanges(slot: Slot, size: number): Promise<readonly string[]> {
    return this.#exports.keyChanges(slot, size)
  }

  tile(slot: Slot, name: HashTileName): Promise<Buffer | undefined> {
    return this.#exports.tile(slot, name)
  }

  async close(): Promise<void> {
    await Promise.all([this.#chunks.close(), this.#exports.close()])
  }
}
