// reader.ts: the query log's reading side on PostgreSQL: keyset chunks on connections of its own.
import pg from 'pg'
import type { Hash } from '../canonical.ts'
import {
  type Caller,
  type Head,
  type HistoryStore,
  type LogReaderStore,
  type PublishedStore,
  type Slot,
  type StoredEntry,
  type StoredLog,
  StoreError,
} from '../querylog/ports.ts'
import { type HashTileName, tileWidth } from '../querylog/tile.ts'
import { connectionOf } from './connection.ts'
import { failureOf } from './failure.ts'
import { leafHashesAround, retiredSpans, type Span } from './retired-hashes.ts'

const hashesOfChunk = 8192
/** At most 16 MB of entries in memory, whatever their size. */
const entriesOfChunk = 256
const maxConnections = 3
/** Everything that is read here stands in an index; on a young table, without statistics, the planner would rather read and sort
 *  the whole of it for every chunk. */
const byIndex = '-c enable_seqscan=off -c enable_bitmapscan=off'

/** `LogReaderStore`, `PublishedStore` and `HistoryStore`: no statement lasts longer than a chunk, so that no long snapshot keeps the slot's row from being cleaned up.
 *  Every method rejects with StoreError `unavailable`. */
export class PostgresLogReader implements HistoryStore, LogReaderStore, PublishedStore {
  readonly #pool: pg.Pool

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#pool = new pg.Pool({
      ...connectionOf(url),
      options: byIndex,
      max: maxConnections,
      connectionTimeoutMillis: 5_000,
      query_timeout: 60_000,
    })
    this.#pool.on('error', () => undefined) // an idle connection that was lost; the next statement gets another
  }

  async *leafHashes(slot: Slot, from: number, to: number): AsyncIterable<Buffer> {
    let spans: readonly Span[] | undefined
    for (let at = from; at < to; at += hashesOfChunk) {
      const end = Math.min(to, at + hashesOfChunk)
      const chunk = await this.#rows<{ hashes: Buffer | null }>(
        `SELECT string_agg(leaf_hash, ''::bytea ORDER BY index) AS hashes FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3`,
        [slot, at, end],
      )
      const hashes = chunk[0]?.hashes ?? Buffer.alloc(0)
      if (hashes.length < (end - at) * 32) {
        spans ??= await this.retired(slot)
        yield await leafHashesAround(this.#rows, slot, { from: at, to: end }, spans)
      } else yield hashes
    }
  }

  /** Spans of a log that retire entries say were taken out, in order. */
  retired(slot: Slot): Promise<readonly Span[]> {
    return retiredSpans(this.#rows, slot)
  }

  async *entries(slot: Slot, from: number, to: number): AsyncIterable<StoredEntry> {
    for (let at: number | undefined = from; at !== undefined && at < to; ) {
      const end: number = Math.min(to, at + entriesOfChunk)
      const chunk: readonly EntryRow[] = await this.#rows<EntryRow>(
        'SELECT index, entry FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3 ORDER BY index',
        [slot, at, end],
      )
      yield* chunk.map(entryOf)
      at = chunk.length > 0 ? end : await this.#nextIndex(slot, end)
    }
  }

  /** The first index from `at` on: what lies before was retired, or is missing. */
  async #nextIndex(slot: Slot, at: number): Promise<number | undefined> {
    const [row] = await this.#rows<{ index: string }>(
      'SELECT index FROM linkage.log_entry WHERE slot = $1 AND index >= $2 ORDER BY index LIMIT 1',
      [slot, at],
    )
    return row && Number(row.index)
  }

  async lastOfKind(slot: Slot, kind: string, below = Number.MAX_SAFE_INTEGER): Promise<StoredEntry | undefined> {
    // All kinds but queries are in an index of their own; queries are nearly everything, so the newest is near the end.
    const which = kind === 'query' ? `strpos(entry, '"kind":"query"') > 0` : `strpos(entry, '"kind":"query"') = 0`
    const [row] = await this.#rows<EntryRow>(
      `SELECT index, entry FROM linkage.log_entry
        WHERE slot = $1 AND ${which} AND (entry::json) ->> 'kind' = $2 AND index < $3 ORDER BY index DESC LIMIT 1`,
      [slot, kind, below],
    )
    return row && entryOf(row)
  }

  async *ofKind(slot: Slot, kind: string): AsyncIterable<StoredEntry> {
    for (let at: number | undefined = 0; at !== undefined; ) {
      const chunk: readonly EntryRow[] = await this.#rows<EntryRow>(
        `SELECT index, entry FROM linkage.log_entry WHERE slot = $1 AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = $2
          AND index >= $3 ORDER BY index LIMIT $4`,
        [slot, kind, at, entriesOfChunk],
      )
      yield* chunk.map(entryOf)
      const last: EntryRow | undefined = chunk.at(-1)
      at = last && Number(last.index) + 1
    }
  }

  async callers(since: number, within?: number): Promise<readonly Caller[]> {
    const rows = await this.#rows<{ agency: string; delegate: string | null; address: string }>(
      `SELECT DISTINCT agency, delegate, address FROM linkage.log_search
        WHERE at >= to_timestamp($1::float8 / 1000) AND kind = 'query' AND address IS NOT NULL`,
      [since],
      within,
    )
    return rows.map(({ agency, delegate, address }) => ({ agency, address, ...(delegate !== null && { delegate }) }))
  }

  async find(id: string): Promise<{ readonly slot: Slot; readonly index: number } | undefined> {
    const [row] = await this.#rows<{ slot: string; index: string }>(
      `SELECT slot, index FROM linkage.log_search WHERE id = $1 AND kind = 'query' LIMIT 1`,
      [id],
    )
    return row && { slot: row.slot, index: Number(row.index) }
  }

  async *streamsAndCompletions(slot: Slot, below: number): AsyncIterable<StoredEntry> {
    for (let at: number | undefined = below; at !== undefined; ) {
      const chunk: readonly EntryRow[] = await this.#rows<EntryRow>(streamsAndCompletions, [slot, at, entriesOfChunk])
      yield* chunk.map(entryOf)
      const last: EntryRow | undefined = chunk.at(-1)
      at = last && Number(last.index)
    }
  }

  async heads(): Promise<readonly { readonly slot: Slot; readonly log: string; readonly head: Head }[]> {
    const rows = await this.#rows<{ slot: string; log: string; size: string; root: Hash }>(
      'SELECT slot, log, size, root FROM linkage.slot ORDER BY slot',
      [],
    )
    return rows.map(({ slot, log, size, root }) => ({ slot, log, head: { size: Number(size), root } }))
  }

  async logs(): Promise<readonly StoredLog[]> {
    const rows = await this.#rows<{ slot: string; log: string; verifier_key: string; checkpoint: string | null }>(
      'SELECT slot, log, verifier_key, checkpoint FROM linkage.slot ORDER BY log',
      [],
    )
    return rows.map(({ slot, log, verifier_key: verifierKey, checkpoint }) => ({
      slot,
      log,
      verifierKey,
      ...(checkpoint !== null && { checkpoint }),
    }))
  }

  async tile(slot: Slot, { level, index, width }: HashTileName): Promise<Buffer | undefined> {
    const [whole] = await this.#rows<{ hashes: Buffer }>(
      'SELECT substr(hashes, 1, $4) AS hashes FROM linkage.log_tile WHERE slot = $1 AND level = $2 AND index = $3',
      [slot, level, index, width * 32],
    )
    if (whole !== undefined || width === tileWidth) return whole?.hashes
    const first = index * tileWidth
    if (level === 0) return await this.#edgeOfLeaves(slot, first, width)
    const [part] = await this.#rows<{ hashes: Buffer | null }>(edgeOfLevel, [slot, first, first + width, level - 1])
    return part?.hashes?.length === width * 32 ? part.hashes : undefined
  }

  /** The leaves of a tile that is not whole. */
  async #edgeOfLeaves(slot: Slot, first: number, width: number): Promise<Buffer | undefined> {
    const chunks: Buffer[] = []
    for await (const hashes of this.leafHashes(slot, first, first + width)) chunks.push(hashes)
    const hashes = Buffer.concat(chunks)
    return hashes.length === width * 32 ? hashes : undefined
  }

  async completionOf(slot: Slot, index: number): Promise<number | undefined> {
    const [row] = await this.#rows<{ index: string }>(
      `SELECT index FROM linkage.log_search WHERE slot = $1 AND of_index = $2 AND kind = 'completion' ORDER BY index LIMIT 1`,
      [slot, index],
    )
    return row && Number(row.index)
  }

  async document(digest: string): Promise<Buffer | undefined> {
    if (!/^[0-9a-f]{64}$/.test(digest)) throw new StoreError('rejected', 'document: expected a digest of 64 lower-case hex digits')
    const [row] = await this.#rows<{ bytes: Buffer }>('SELECT bytes FROM linkage.document WHERE digest = $1', [Buffer.from(digest, 'hex')])
    return row?.bytes
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  readonly #rows = async <T extends pg.QueryResultRow>(
    text: string,
    values: readonly unknown[],
    within?: number,
  ): Promise<readonly T[]> => {
    // Client-side, as the pool's own: whoever asks waits no longer, whatever the server does.
    const query = { text, values: [...values], ...(within !== undefined && { query_timeout: within }) }
    try {
      return (await this.#pool.query<T>(query)).rows
    } catch (error) {
      throw failureOf(error, false)
    }
  }
}

/** Each whole tile is stored with its root, one hash of the level above. */
const edgeOfLevel = `SELECT string_agg(root, ''::bytea ORDER BY index) AS hashes FROM linkage.log_tile
  WHERE slot = $1 AND index >= $2 AND index < $3 AND level = $4`

/** Each from an index of its own: neither touches other queries, which are nearly everything. */
export const streamsAndCompletions = `
  SELECT index, entry FROM (
    (SELECT index, entry FROM linkage.log_entry
      WHERE slot = $1 AND index < $2 AND strpos(entry, '"code":"released"') > 0 AND strpos(entry, '"released_hmac":') = 0 ORDER BY index DESC LIMIT $3)
    UNION ALL
    (SELECT index, entry FROM linkage.log_entry
      WHERE slot = $1 AND index < $2 AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'completion'
      ORDER BY index DESC LIMIT $3)
  ) AS newest ORDER BY index DESC LIMIT $3`

interface EntryRow {
  readonly index: string
  readonly entry: string
}

/** int8 comes as text; indexes are below 2^53. */
const entryOf = ({ index, entry }: EntryRow): StoredEntry => ({ index: Number(index), entry })
