// stored-logs.ts: all logs of a database as the verifier reads them: by keyset chunks, the exact bytes, nothing judged.
import pg from 'pg'
import { StoreError } from '../querylog/ports.ts'
import type { Report } from '../verifier/finding.ts'
import type { StoredCheckpoint, StoredEntry, StoredLog, StoredLogs, StoredSearch } from '../verifier/stored.ts'
import { Chunks, type Column, utf8 } from './chunks.ts'
import { eachRow, type Room } from './copy-out.ts'
import { searchRows } from './search-rows.ts'

/** Entries of a chunk: as many as make this many bytes, within bounds. */
const [fewest, most, bytesOfChunk] = [128, 1024, 2 ** 21]
/** The first room for a chunk; it grows with what comes. */
const firstRoom = 64 * 1024
const checkpointsOfChunk = 512
const hashesOfTile = 256
const tilesOfChunk = 64

/** int8send's, at a place of many: a number below 2^53; none where there is none. */
const int8 = (bytes: Column | undefined, at = 0): number =>
  bytes ? bytes.readInt32BE(at) * 2 ** 32 + bytes.readUInt32BE(at + 4) : Number.NaN
const nextTurn = (): Promise<void> => new Promise((turned) => setImmediate(turned))

/** Slots under which entries are stored, and that have no row: one probe of the index for each slot that there is. */
const strays = `WITH RECURSIVE there AS (
    SELECT (SELECT min(e.slot) FROM linkage.log_entry AS e) AS slot
    UNION ALL SELECT (SELECT min(e.slot) FROM linkage.log_entry AS e WHERE e.slot > there.slot) FROM there WHERE there.slot IS NOT NULL
  )
  SELECT t.slot, int8send((SELECT min(e.index) FROM linkage.log_entry AS e WHERE e.slot = t.slot)) FROM there AS t
  WHERE t.slot IS NOT NULL AND NOT EXISTS (SELECT FROM linkage.slot AS s WHERE s.slot = t.slot) ORDER BY length(t.slot), t.slot`

/** With each head the first entry that stands outside of it, how far search says that it is of the slot at this moment, and the first of its rows that stands outside of that. */
const heads = `SELECT s.slot, s.log, int8send(s.size), s.root, s.checkpoint,
    int8send(greatest(s.size, (SELECT max(c.size) FROM linkage.log_checkpoint AS c WHERE c.slot = s.slot))), int8send(search.reach),
    int8send(coalesce((SELECT min(r.index) FROM linkage.log_search AS r WHERE r.slot = s.slot AND r.index < 0),
      (SELECT min(r.index) FROM linkage.log_search AS r WHERE r.slot = s.slot AND r.index >= search.reach))),
    int8send(coalesce((SELECT min(e.index) FROM linkage.log_entry AS e WHERE e.slot = s.slot AND e.index < 0),
      (SELECT min(e.index) FROM linkage.log_entry AS e WHERE e.slot = s.slot AND e.index >= s.size)))
  FROM linkage.slot AS s LEFT JOIN linkage.log_search_cursor AS c ON c.slot = s.slot
    CROSS JOIN LATERAL (SELECT least(coalesce(c.next, 0), s.size) AS reach) AS search
  ORDER BY length(s.slot), s.slot`

/** The logs of a database as they stand at one moment: what is appended meanwhile is not read.
 *  @throws Error for a URL that cannot be used; StoreError unavailable */
export async function openStoredLogs(url: string): Promise<StoredLogs & { close(): Promise<void> }> {
  const chunks = new Chunks(url)
  try {
    const [rows, ownerless] = [await chunks.rows(heads), await chunks.rows(strays)]
    return {
      strays: ownerless.map(([slot, index]) => ({ slot: utf8(slot), index: int8(index) })),
      logs: rows.map(([name, log, size, root, checkpoint, reach, searched, searchStray, stray]) => {
        const [slot, head] = [utf8(name), { size: int8(size), root: root ?? Buffer.alloc(0) }]
        const search: StoredSearch = {
          reach: int8(searched),
          stray: searchStray ? int8(searchStray) : undefined,
          rows: (from, to) => searchRows(chunks, slot, from, to),
        }
        const newest = checkpoint ? utf8(checkpoint) : undefined
        return new DatabaseLog(chunks, slot, utf8(log), { ...head, ...(stray && { stray: int8(stray) }) }, newest, int8(reach), search)
      }),
      partialTiles: false,
      document: async (digest) => {
        const [row] = await chunks.rows('SELECT bytes FROM linkage.document WHERE digest = $1', [Buffer.from(digest, 'hex')])
        return row?.[0] ?? undefined
      },
      close: () => chunks.close(),
    }
  } catch (error) {
    await chunks.close()
    throw error
  }
}

class DatabaseLog implements StoredLog {
  readonly slot: string
  readonly log: string
  readonly size: number
  readonly stray?: number
  readonly stated: { readonly root: Buffer; readonly source: string }
  readonly search: StoredSearch
  readonly #chunks: Chunks
  readonly newest: string | undefined
  /** The largest size that a checkpoint is stored under. */
  readonly #reach: number
  readonly #tiles = new Map<string, Buffer>()
  #edges: Promise<readonly (readonly Column[])[]> | undefined

  constructor(
    chunks: Chunks,
    slot: string,
    log: string,
    head: { readonly size: number; readonly root: Buffer; readonly stray?: number },
    newest: string | undefined,
    reach: number,
    search: StoredSearch,
  ) {
    this.#chunks = chunks
    this.slot = slot
    this.log = log
    this.size = head.size
    if (head.stray !== undefined) this.stray = head.stray
    this.stated = { root: head.root, source: 'the row of its slot' }
    this.newest = newest
    this.#reach = reach
    this.search = search
  }

  async *entries(_report: Report): AsyncIterable<readonly StoredEntry[]> {
    let [room, other]: [Room, Room] = [{ bytes: Buffer.allocUnsafeSlow(firstRoom) }, { bytes: Buffer.allocUnsafeSlow(firstRoom) }]
    let count = fewest
    let next = this.#chunk(0, count, room)
    for (let from = 0; from < this.size; ) {
      const to = Math.min(from + count, this.size)
      const { entries, bytes } = await next
      // Of a month that was taken out nothing comes but hashes.
      const fitting = entries.length === 0 ? most : Math.floor((bytesOfChunk * entries.length) / Math.max(bytes, 1))
      count = Math.max(fewest, Math.min(most, fitting))
      if (to < this.size) {
        ;[room, other] = [other, room]
        next = this.#chunk(to, count, room) // while this one is verified
        next.catch(() => undefined) // told where it is awaited
      }
      const chunk = entries.length === to - from ? entries : await this.#withAbsent(entries, from, to)
      for (let at = 0; at < chunk.length; at += fewest) {
        yield chunk.slice(at, at + fewest)
        await nextTurn() // what has come of the next is taken, or PostgreSQL would wait with the rest
      }
      from = to
    }
  }

  /** Rows as they are sent: put together by the database, or given to pg as rows, they would cost as much as to verify them. */
  async #chunk(from: number, count: number, room: Room): Promise<{ readonly entries: readonly StoredEntry[]; readonly bytes: number }> {
    const query = `SELECT index, leaf_hash, entry FROM linkage.log_entry
      WHERE slot = ${pg.escapeLiteral(this.slot)} AND index >= ${from} AND index < ${Math.min(from + count, this.size)} ORDER BY index`
    const bytes = await this.#chunks.copy(query, room)
    const entries: StoredEntry[] = []
    const column = (start: number | undefined, end: number | undefined) =>
      start === undefined || end === undefined || end < 0 ? undefined : bytes.subarray(start, end)
    eachRow(bytes, 3, (starts, ends) => {
      const leaf = column(starts[1], ends[1])
      entries.push({ index: int8(bytes, starts[0]), bytes: column(starts[2], ends[2]), ...(leaf && { leaf }) })
    })
    return { entries, bytes: bytes.length }
  }

  /** Of entries that are gone the leaf hashes, as far as tiles hold them, and what was kept of one that was not whole. */
  async #withAbsent(entries: readonly StoredEntry[], from: number, to: number): Promise<StoredEntry[]> {
    const all: StoredEntry[] = []
    let at = 0
    for (let index = from; index < to; index += 1) {
      let there = entries[at]
      if (there?.index !== index) {
        const place = (index % hashesOfTile) * 32
        const tile = await this.tile(0, Math.floor(index / hashesOfTile))
        const leaf = tile === undefined ? await this.#edgeLeaf(index) : tile.subarray(place, place + 32)
        all.push({ index, bytes: undefined, ...(leaf !== undefined && { leaf }) })
      }
      for (; there?.index === index; there = entries[at]) {
        all.push(there)
        at += 1
      }
    }
    return all
  }

  /** A leaf hash of a retired entry whose tile was not whole. */
  async #edgeLeaf(index: number): Promise<Buffer | undefined> {
    this.#edges ??= this.#chunks.rows('SELECT int8send(index), hashes FROM linkage.log_edge WHERE slot = $1', [this.slot])
    for (const [from, hashes] of await this.#edges) {
      const place = (index - int8(from)) * 32
      if (hashes && place >= 0 && place < hashes.length) return hashes.subarray(place, place + 32)
    }
    return undefined
  }

  async *checkpoints(): AsyncIterable<StoredCheckpoint> {
    const newest = this.newest === undefined ? undefined : { size: sizeOf(this.newest) ?? this.size, note: this.newest }
    let told = newest === undefined
    for (let after = -1; ; ) {
      const rows = await this.#chunks.rows(
        `SELECT int8send(size), checkpoint FROM linkage.log_checkpoint
          WHERE slot = $1 AND size > $2 AND size <= $3 ORDER BY size LIMIT ${checkpointsOfChunk}`,
        [this.slot, after, this.#reach],
      )
      for (const [of, text] of rows) {
        const kept = { size: int8(of), note: utf8(text) }
        if (!told && newest !== undefined && newest.size < kept.size) {
          told = true
          yield newest
        }
        told ||= kept.size === newest?.size && kept.note === newest.note
        yield kept
        after = kept.size
      }
      if (rows.length < checkpointsOfChunk) break
    }
    if (!told && newest !== undefined) yield newest
  }

  statements(): AsyncIterable<StoredEntry> {
    const kinds = `('opening', 'month', 'heads', 'abandon', 'export', 'policy', 'report', 'retire', 'sample')`
    return this.#rare(`((entry::json) ->> 'kind') IN ${kinds}`, `entry ~ '"head|"kind":"(retire|export|policy|report|sample)"'`)
  }

  notReleased(): AsyncIterable<StoredEntry> {
    const text = `strpos(entry, '"outcome":"not-released"') > 0`
    return this.#rare(`(entry::json) ->> 'kind' = 'completion' AND ${text}`, text)
  }

  async *#rare(which: string, otherwise: string): AsyncGenerator<StoredEntry> {
    for (let after = -1; ; ) {
      const rows = await this.#rareAfter(after, which, otherwise)
      for (const [index, bytes] of rows) {
        after = int8(index)
        yield { index: after, bytes: bytes ?? undefined }
      }
      if (rows.length < fewest) return
    }
  }

  /** All kinds but queries stand in an index of their own (migrations/001-query-log.ts). Where somebody took that away and stored
   *  what is no JSON, texts are searched instead. */
  async #rareAfter(after: number, which: string, otherwise: string): Promise<readonly (readonly Column[])[]> {
    const chunk = (condition: string) =>
      this.#chunks.rows(
        `SELECT int8send(index), entry FROM linkage.log_entry WHERE slot = $1 AND strpos(entry, '"kind":"query"') = 0
          AND ${condition} AND index > $2 AND index < $3 ORDER BY index LIMIT ${fewest}`,
        [this.slot, after, this.size],
      )
    try {
      return await chunk(which)
    } catch (error) {
      if (!(error instanceof StoreError && error.code === 'rejected')) throw error
      return chunk(otherwise)
    }
  }

  async entry(index: number): Promise<Uint8Array | undefined> {
    const [row] = await this.#chunks.rows(`SELECT entry FROM linkage.log_entry WHERE slot = $1 AND index = $2`, [this.slot, index])
    return row?.[0] ?? undefined
  }

  async tile(level: number, index: number, width = hashesOfTile): Promise<Buffer | undefined> {
    const name = `${level}/${index}`
    if (!this.#tiles.has(name)) await this.#readTiles(level, index)
    const whole = this.#tiles.get(name)
    if (whole !== undefined || width === hashesOfTile) return whole?.subarray(0, width * 32)
    const hashes = level === 0 ? await this.#leaves(index * hashesOfTile, width) : await this.#roots(level - 1, index * hashesOfTile, width)
    return hashes.length === width ? Buffer.concat(hashes) : undefined
  }

  /** Stored leaf hashes of a tile that is not whole. */
  async #leaves(first: number, width: number): Promise<readonly Buffer[]> {
    const query = 'SELECT int8send(index), leaf_hash FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3'
    const there = new Map((await this.#chunks.rows(query, [this.slot, first, first + width])).map(([index, leaf]) => [int8(index), leaf]))
    const leaves: Buffer[] = []
    for (let index = first; index < first + width; index += 1) {
      const leaf = there.get(index) ?? (await this.#edgeLeaf(index))
      if (leaf) leaves.push(leaf)
    }
    return leaves
  }

  /** Each whole tile is stored with its root, one hash of the level above. */
  async #roots(level: number, first: number, width: number): Promise<readonly Buffer[]> {
    const rows = await this.#chunks.rows(
      'SELECT root FROM linkage.log_tile WHERE slot = $1 AND level = $2 AND index >= $3 AND index < $4 ORDER BY index',
      [this.slot, level, first, first + width],
    )
    return rows.flatMap(([root]) => root ?? [])
  }

  /** Tiles are asked for in order: those that follow are read with the first. */
  async #readTiles(level: number, from: number): Promise<void> {
    const rows = await this.#chunks.rows(
      'SELECT int8send(index), hashes FROM linkage.log_tile WHERE slot = $1 AND level = $2 AND index >= $3 AND index < $4',
      [this.slot, level, from, from + tilesOfChunk],
    )
    for (const name of this.#tiles.keys()) if (name.startsWith(`${level}/`)) this.#tiles.delete(name)
    for (const [index, hashes] of rows) if (hashes) this.#tiles.set(`${level}/${int8(index)}`, hashes)
  }
}

/** The second line of a checkpoint. */
function sizeOf(note: string): number | undefined {
  const [, size] = /^[^\n]*\n(0|[1-9]\d{0,15})\n/.exec(note) ?? []
  return size === undefined ? undefined : Number(size)
}
