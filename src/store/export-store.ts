// export-store.ts: rows of the query log for an export, as COPY sends them, put together in place.
import pg from 'pg'
import type { Bundle, ExportStore, Lines, Which } from '../querylog/export/ports.ts'
import type { Slot } from '../querylog/ports.ts'
import type { HashTileName } from '../querylog/tile.ts'
import { Chunks, int8, utf8 } from './chunks.ts'
import { eachRow, type Room } from './copy-out.ts'
import { PostgresLogReader } from './reader.ts'
import type { Span } from './retired-hashes.ts'

const rowsOfChunk = 1024
const nothing = Buffer.alloc(0)
const firstRoom = 64 * 1024
const lineFeed = 0x0a

/** Of a checkpoint that several keys signed, which: the first 30 bits of the 32 of each one's id. */
const signersOf = `CASE WHEN checkpoint ~ '\\n— .*\\n— ' THEN regexp_replace(split_part(checkpoint, E'\\n\\n', 2), '(?n)^— \\S+ (.{5}).*$', '\\1', 'g') END`

const everything: Which = { members: [], only: 'all' }
const isQuery = `strpos(e.entry, '"kind":"query"') > 0`
/** What an auditor's table does not show, and most of an entry: RFC 8785 puts `status` behind `sealed`, whose text holds no brace. */
const withoutSealed = `split_part(e.entry, '"sealed":{', 1) || '"status":' || split_part(e.entry, '},"status":', 2)`
/** Of entries those that are asked for, as COPY takes it: values stand in it. A completion has no user and no API, nor have tags of people
 *  in an answer (`subjects`): they go with their query. Both stand in an index of their own, so that each entry is searched for one text
 *  after another until one is missing. */
function rowsOf(slot: Slot, from: number, to: number, { members, only }: Which): string {
  const span = `e.slot = ${pg.escapeLiteral(slot)} AND e.index >= ${from} AND e.index < ${to}`
  const holds = (entry: string): string => members.map((each) => ` AND strpos(${entry}, ${pg.escapeLiteral(each)}) > 0`).join('')
  if (only === 'queries')
    return `SELECT e.index, ${withoutSealed}, e.leaf_hash FROM linkage.log_entry AS e WHERE ${span}${holds('e.entry')} AND ${isQuery} ORDER BY e.index`
  const entries = 'SELECT e.index, e.entry FROM linkage.log_entry AS e'
  if (members.length === 0) return `${entries} WHERE ${span} ORDER BY e.index`
  return `${entries} WHERE ${span}${holds('e.entry')} AND ${isQuery}
    UNION ALL ${entries} WHERE ${span} AND strpos(e.entry, '"kind":"query"') = 0
      AND (e.entry::json) ->> 'kind' IN ('completion', 'subjects') AND EXISTS (SELECT FROM linkage.log_entry AS q
        WHERE q.slot = e.slot AND q.index = ((e.entry::json) -> 'of' ->> 'index')::bigint AND strpos(q.entry, '"kind":"query"') > 0${holds('q.entry')})
    ORDER BY 1`
}

/** Moves an entry to where it belongs among those before it: what stands before it in a row is longer than what is to stand there.
 *  @returns its end */
function moved(bytes: Buffer, to: number, from: number, end: number): number {
  bytes.copyWithin(to, from, end)
  return to + end - from
}

export class PostgresExport implements ExportStore {
  readonly #chunks: Chunks
  /** Where copied rows were put, and others may be. */
  readonly #rooms: Room[] = []
  #largest = firstRoom
  readonly #reader: PostgresLogReader

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#chunks = new Chunks(url)
    this.#reader = new PostgresLogReader(url)
  }

  async firstSince(slot: Slot, since: number, size: number): Promise<number> {
    const day = new Date(since).toISOString()
    let [low, high] = [0, size]
    // Dates never step back within a log. Of a month that was taken out the first entry that is there speaks.
    while (low < high) {
      const middle = Math.floor((low + high) / 2)
      const [row] = await this.#chunks.rows(
        `SELECT int8send(index), convert_to((entry::json) ->> 'at', 'UTF8') FROM linkage.log_entry
          WHERE slot = $1 AND index >= $2 AND index < $3 ORDER BY index LIMIT 1`,
        [slot, middle, high],
      )
      if (row === undefined || utf8(row[1]) >= day) high = middle
      else low = int8(row[0]) + 1
    }
    return low
  }

  async lines(slot: Slot, from: number, to: number, which: Which): Promise<Lines> {
    const bytes = await this.#copied(rowsOf(slot, from, to, which))
    const indexes: number[] = []
    const leaves = Buffer.allocUnsafeSlow(which.only === 'queries' ? 32 * (to - from) : 0)
    let end = 0
    eachRow(bytes, which.only === 'queries' ? 3 : 2, ([index = 0, entry = 0, leaf = 0], [, entryEnd = 0]) => {
      if (leaf > 0) bytes.copy(leaves, 32 * indexes.length, leaf, leaf + 32)
      indexes.push(Number(bytes.readBigInt64BE(index)))
      end = bytes.writeUInt8(lineFeed, moved(bytes, end, entry, entryEnd))
    })
    return { entries: bytes.subarray(0, end), indexes, leaves }
  }

  /** In a room that is used again. */
  async entryBytes(slot: Slot, from: number, to: number): Promise<Iterable<Buffer>> {
    const room = this.#rooms.pop() ?? { bytes: Buffer.allocUnsafeSlow(firstRoom) }
    const bytes = await this.#chunks.copy(
      `SELECT entry FROM linkage.log_entry WHERE slot = ${pg.escapeLiteral(slot)} AND index >= ${from} AND index < ${to} ORDER BY index`,
      room,
    )
    const rooms = this.#rooms
    return (function* () {
      const places: number[] = []
      eachRow(bytes, 1, ([start = 0], [end = 0]) => places.push(start, end))
      for (let at = 0; at < places.length; at += 2) yield bytes.subarray(places[at], places[at + 1])
      rooms.push(room)
    })()
  }

  async bundles(slot: Slot, first: number, to: number, size: number): Promise<readonly Bundle[]> {
    const bytes = await this.#copied(rowsOf(slot, first * 256, Math.min(to * 256, size), everything))
    const bundles = new Map<number, { count: number; from: number; begin: number; end: number }>()
    let end = 0
    eachRow(bytes, 2, ([place = 0, entry = 0], [, entryEnd = 0]) => {
      const from = Number(bytes.readBigInt64BE(place))
      const index = Math.floor(from / 256)
      const bundle = bundles.get(index) ?? { count: 0, from, begin: end, end }
      bundles.set(index, bundle)
      end = moved(bytes, bytes.writeUInt16BE(entryEnd - entry, end), entry, entryEnd)
      bundle.count += 1
      bundle.end = end
    })
    return Array.from(bundles, ([index, { count, from, begin, end }]) => ({ index, count, from, bytes: bytes.subarray(begin, end) }))
  }

  retired(slot: Slot): Promise<readonly Span[]> {
    return this.#reader.retired(slot)
  }

  async tiles(
    slot: Slot,
    level: number,
    first: number,
    to: number,
  ): Promise<readonly { readonly index: number; readonly hashes: Buffer }[]> {
    const rows = await this.#chunks.rows(
      'SELECT int8send(index), hashes FROM linkage.log_tile WHERE slot = $1 AND level = $2 AND index >= $3 AND index < $4 ORDER BY index',
      [slot, level, first, to],
    )
    return rows.map(([index, hashes]) => ({ index: int8(index), hashes: hashes ?? nothing }))
  }

  tile(slot: Slot, name: HashTileName): Promise<Buffer | undefined> {
    return this.#reader.tile(slot, name)
  }

  async *completions(slot: Slot, from: number, to: number): AsyncGenerator<{ readonly of: number; readonly outcome: string }> {
    for (let next = from; ; ) {
      const rows = await this.#chunks.rows(
        `SELECT int8send(index), int8send(((entry::json) -> 'of' ->> 'index')::bigint), convert_to((entry::json) ->> 'outcome', 'UTF8')
          FROM linkage.log_entry WHERE slot = $1 AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'completion'
          AND index >= $2 AND index < $3 ORDER BY index LIMIT ${rowsOfChunk}`,
        [slot, next, to],
      )
      for (const [index, of, outcome] of rows) {
        next = int8(index) + 1
        yield { of: int8(of), outcome: utf8(outcome) }
      }
      if (rows.length < rowsOfChunk) return
    }
  }

  async keyEntry(slot: Slot, id: string): Promise<string | undefined> {
    const [[entry] = []] = await this.#chunks.texts(
      `SELECT entry FROM linkage.log_entry WHERE slot = $1 AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'key'
        AND strpos(entry, $2) > 0`,
      [slot, `"id":${JSON.stringify(id)}`],
    )
    return entry ?? (await this.#keptKeyEntry(id))
  }

  /** One whose month was taken out while entries of the next are sealed under it (retention-store.ts). */
  async #keptKeyEntry(id: string): Promise<string | undefined> {
    const rows = await this.#chunks.rows(
      `SELECT bytes FROM linkage.document WHERE kind = 'key-entry' AND position(convert_to($1, 'UTF8') IN bytes) > 0`,
      [`"id":${JSON.stringify(id)}`],
    )
    return rows.map(([bytes]) => utf8(bytes)).at(0)
  }

  async keyChanges(slot: Slot, size: number): Promise<readonly string[]> {
    const rows = await this.#chunks.rows(
      `SELECT convert_to((entry::json) -> 'key_change' ->> 'to', 'UTF8') FROM linkage.log_entry WHERE slot = $1
        AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'month' AND strpos(entry, '"key_change":') > 0 AND index < $2
        ORDER BY index`,
      [slot, size],
    )
    return rows.map(([to]) => utf8(to))
  }

  async *checkpoints(slot: Slot, below: number): AsyncGenerator<{ readonly size: number; readonly note: string }> {
    for (let after = 0; ; ) {
      const rows = await this.#chunks.rows(
        `SELECT DISTINCT ON (size / 256, ${signersOf}) int8send(size), convert_to(checkpoint, 'UTF8') FROM linkage.log_checkpoint
          WHERE slot = $1 AND size >= $2 AND size < $3 ORDER BY size / 256, ${signersOf}, size DESC`,
        [slot, after, Math.min(below, after + rowsOfChunk * 256)],
      )
      for (const [size, note] of rows) yield { size: int8(size), note: utf8(note) }
      after += rowsOfChunk * 256
      if (after >= below) return
    }
  }

  /** In a room of its own: as large as the largest before. */
  async #copied(query: string): Promise<Buffer> {
    const bytes = await this.#chunks.copy(query, { bytes: Buffer.allocUnsafeSlow(this.#largest) })
    this.#largest = Math.max(this.#largest, bytes.length)
    return bytes
  }

  async close(): Promise<void> {
    await Promise.all([this.#chunks.close(), this.#reader.close()])
  }
}
