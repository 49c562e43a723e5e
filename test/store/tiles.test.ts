// tiles.test.ts: complete tiles on a real server: with the batch that completes them or not at all, and those of logs from before tiles.
import { Kysely, PostgresDialect } from 'kysely'
import pg from 'pg'
import t from 'tap'
import { up as tables } from '../../migrations/001-query-log.ts'
import { up as functions } from '../../migrations/002-query-log-functions.ts'
import { up as tiles } from '../../migrations/003-tiles.ts'
import type { Hash } from '../../src/canonical.ts'
import type { Batch } from '../../src/querylog/ports.ts'
import { grow, nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { rootByDefinition } from '../rfc6962.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const within = 5_000
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const writer = new PostgresLogWriter(database.gatewayUrl)
t.teardown(() => writer.close())

const entriesOf = (length: number): string[] => Array.from({ length }, (_, index) => entry('query', { index }))

async function placed(slot: string, sizes: readonly number[]): Promise<Place> {
  let place = emptyPlace(slot, await writer.claim(slot, `gateway.example/log/${slot}`, 'key', within))
  for (const size of sizes) {
    const batch = batchOf(place, entriesOf(size))
    await writer.append(batch, within)
    place = after(place, batch)
  }
  return place
}

/** Stored tiles by level and index, each held against the leaf hashes that are stored. */
async function storedTiles(t: Tap, client: pg.Client, slot: string): Promise<string[]> {
  const { rows } = await client.query(
    'SELECT level, index::int, hashes, root FROM linkage.log_tile WHERE slot = $1 ORDER BY level, index',
    [slot],
  )
  const leaves = await client.query('SELECT leaf_hash FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [slot])
  const hashes: Buffer[] = leaves.rows.map((row) => row.leaf_hash)
  for (const { level, index, hashes: stored, root } of rows) {
    const span = 256 ** level
    const first = index * 256 * span
    const expected = Array.from({ length: 256 }, (_, at) => rootByDefinition(hashes.slice(first + at * span, first + (at + 1) * span)))
    t.ok(Buffer.concat(expected).equals(stored), `tile ${level}/${index} is what stands in the tree`)
    t.ok(rootByDefinition(expected).equals(root), `the root of ${level}/${index}`)
  }
  return rows.map(({ level, index }) => `${level}/${index}`)
}

interface Tap {
  ok(value: unknown, message: string): unknown
}

t.test('a tile is stored by the batch that completes it, and by no other', async (t) => {
  const place = await placed('1', [255])
  t.same(await storedTiles(t, admin, '1'), [])
  const completing = batchOf(place, entriesOf(1))
  t.equal(completing.tiles.length, 1)
  await writer.append(completing, within)
  t.same(await storedTiles(t, admin, '1'), ['0/0'])
  await writer.append(batchOf(after(place, completing), entriesOf(1000)), within)
  t.same(await storedTiles(t, admin, '1'), ['0/0', '0/1', '0/2', '0/3'], 'four at once but for a part')
})

t.test('what a batch says of its tiles is exactly what it completes, or nothing of it is stored', async (t) => {
  const place = await placed('2', [250])
  const good = batchOf(place, entriesOf(300))
  const [tile] = good.tiles
  if (tile === undefined) throw new Error('300 entries behind 250 complete two tiles')
  const wrong: readonly (readonly [string, Batch])[] = [
    ['none', { ...good, tiles: [] }],
    ['one of two', { ...good, tiles: [tile] }],
    ['one too many', { ...good, tiles: [...good.tiles, tile] }],
    ['one that lacks a hash', { ...good, tiles: [{ ...tile, hashes: tile.hashes.slice(1) }, ...good.tiles.slice(1)] }],
    ['one that nobody completes', { ...batchOf(place, entriesOf(5)), tiles: [tile] }],
  ]
  for (const [title, batch] of wrong) {
    await t.rejects(writer.append(batch, within), { code: 'rejected' }, title)
    t.same(await storedTiles(t, admin, '2'), [], title)
    t.match(await sizeOf('2'), 250, title)
  }
  const moved = { ...good, from: { size: 250, root: leafHash('another') as Hash } }
  await t.rejects(writer.append(moved, within), { code: 'head-moved' })
  t.same(await storedTiles(t, admin, '2'), [], 'a swap that fails stores no tile')
  await writer.append(good, within)
  t.same(await storedTiles(t, admin, '2'), ['0/0', '0/1'])
})

async function sizeOf(slot: string): Promise<number> {
  const { rows } = await admin.query('SELECT size::int FROM linkage.slot WHERE slot = $1', [slot])
  return rows[0]?.size
}

/** Tables and functions as they were before tiles, and a way to make the rest, as the owner. */
async function before(t: { teardown(handler: () => Promise<void>): void }): Promise<{ url: string; migrate: () => Promise<void> }> {
  await admin.query(`CREATE DATABASE before TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  const url = new URL(database.adminUrl)
  url.pathname = '/before'
  await makeRoles(url.href, {})
  const pool = new pg.Pool({ connectionString: url.href, options: '-c role=linkage_owner', max: 1 })
  pool.on('error', () => undefined) // its `end` does not wait for its sessions: the server may end one first
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  t.teardown(() => db.destroy())
  await tables(db)
  await functions(db)
  return { url: url.href, migrate: () => tiles(db) }
}

t.test('logs that were written before tiles get theirs, of every level, and go on', async (t) => {
  const { url, migrate } = await before(t)
  const client = await connect(t, url)
  const lengths: readonly (readonly [string, number])[] = [
    ['1', 65_536 + 300],
    ['2', 255],
    ['cli', 512],
  ]
  for (const [slot, length] of lengths) {
    await client.query(`SELECT linkage.claim_slot($1, 'gateway.example/log/' || $1, 'key', 1000), linkage.prepare_month('2026-11-01')`, [
      slot,
    ])
    await client.query(
      `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry)
        SELECT i, '2026-11-01', $1, sha256('\\x00'::bytea || convert_to(entry, 'UTF8')), entry
        FROM (SELECT i, '{"i":' || i || ',"kind":"query"}' AS entry FROM generate_series(0, $2::int - 1) AS i) AS made`,
      [slot, length],
    )
    const { rows } = await client.query('SELECT leaf_hash FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [slot])
    const { root } = grow(
      nothingGrown,
      rows.map((row) => row.leaf_hash),
    ).tree
    await client.query(`UPDATE linkage.slot SET size = $2, root = $3, month = '2026-11-01' WHERE slot = $1`, [slot, length, root])
  }
  await migrate()
  const names = await storedTiles(t, client, '1')
  t.equal(names.length, 258)
  t.same(names.slice(-1), ['1/0'])
  t.same(await storedTiles(t, client, '2'), [])
  t.same(await storedTiles(t, client, 'cli'), ['0/0', '0/1'])
})
