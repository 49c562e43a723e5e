// retention.test.ts: a month is taken out of a real database while writers append and an export reads: nobody waits, and what stays is whole.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { grownOver } from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import { PostgresExport } from '../../src/store/export-store.ts'
import { PostgresOwnRecords } from '../../src/store/own-records.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresRetention } from '../../src/store/retention-store.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const [reader, rows] = [new PostgresLogReader(database.auditorUrl), new PostgresExport(database.auditorUrl)]
const [retention, search] = [new PostgresRetention(database.retentionUrl), new PostgresLogSearch(database.gatewayUrl)]
t.teardown(() => Promise.all([reader.close(), rows.close(), retention.close(), search.close()]))
const [month, next] = ['2020-01-01', '2020-02-01']
const key = '019abcde-0000-7000-8000-0000000000aa'
const keyEntries = [entry('key', { agency: undefined, id: key.replace('aa', 'ab') }), entry('key', { agency: undefined, id: key })]

/** A slot and what its writer has appended. */
class Log {
  readonly slot: string
  readonly writer = new PostgresLogWriter(database.gatewayUrl)
  readonly entries: string[] = []
  #place: Place | undefined

  constructor(slot: string) {
    this.slot = slot
    t.teardown(() => this.writer.close())
  }

  get log(): string {
    return `gateway.example/log/${this.slot}`
  }

  async append(entries: readonly string[], of: string): Promise<void> {
    const place = this.#place ?? emptyPlace(this.slot, await this.writer.claim(this.slot, this.log, 'key', 5_000))
    const batch = batchOf(place, entries, { month: of })
    await this.writer.append(batch, 5_000)
    this.#place = after(place, batch)
    this.entries.push(...entries)
  }

  /** The root of what is stored, by its leaf hashes. */
  async rootIsWhole(t: { strictSame(a: unknown, b: unknown, why: string): unknown }): Promise<void> {
    const { tree } = await grownOver(reader.leafHashes(this.slot, 0, this.entries.length))
    t.strictSame(tree.root, this.#place?.tree.root, `slot ${this.slot}`)
  }
}

const queries = (agency: string, count: number, more: object = {}): string[] =>
  Array.from({ length: count }, (_, nth) => entry('query', { agency, nth, ...more }))
const [large, small, quiet] = [new Log('1'), new Log('2'), new Log('3')]
await large.append([entry('opening', { agency: undefined }), ...keyEntries, ...queries('taipei-police', 297)], month)
const refusals = {
  counts: [
    { address: '192.0.2.1', code: 'x', count: 1 },
    { agency: 'taipei-fire', code: 'y', count: 1, credential: 'c' },
  ],
}
await small.append(
  [...queries('taipei-education', 5), entry('completion', { agency: 'taipei-revenue' }), entry('refusals', refusals)],
  month,
)
await quiet.append([entry('opening', { agency: undefined })], month)
await large.append(
  [
    entry('month', { agency: undefined, at: '2020-01-31T16:00:00.000Z' }),
    ...queries('taipei-police', 9, { sealed: { bytes: '', counter: 1, key } }),
  ],
  next,
)
await small.append(queries('taipei-education', 2, { at: '2020-02-03T02:00:00.000Z' }), next)
while ((await search.fill(5_000)) > 0);

t.test('what a month holds: each log’s span, and every agency that has something in it', async (t) => {
  t.match(await retention.logs(month), [
    { slot: '1', from: 0, to: 300, count: 300, size: 310, ended: false },
    { slot: '2', from: 0, to: 7, count: 7, size: 9 },
    { slot: '3', from: 0, to: 1, size: 1 },
  ])
  t.same(await retention.agencies(month), ['taipei-education', 'taipei-fire', 'taipei-police', 'taipei-revenue'])
  t.same(await retention.agencies(next), ['taipei-education', 'taipei-police'])
  t.equal(await retention.earlier(month), undefined)
  t.equal(await retention.earlier(next), month)
  t.equal(await retention.place(month), 'attached')
  t.equal(await retention.place('2019-01-01'), 'none')
})

t.test('what outlives the month is kept: hashes of tiles that are not whole, and keys under which later entries are sealed', async (t) => {
  await retention.keepBeyond(month)
  await retention.keepBeyond(month)
  const { rows: edges } = await admin.query(
    'SELECT slot, index::int, octet_length(hashes) / 32 AS hashes FROM linkage.log_edge ORDER BY slot',
  )
  t.same(edges, [
    { slot: '1', index: 256, hashes: 44 },
    { slot: '2', index: 0, hashes: 7 },
    { slot: '3', index: 0, hashes: 1 },
  ])
  const { rows: keys } = await admin.query(`SELECT convert_from(bytes, 'UTF8') AS entry FROM linkage.document WHERE kind = 'key-entry'`)
  t.same(keys, [{ entry: keyEntries[1] }], 'the one under which nothing later is sealed goes with its month')
})

t.test('nothing is put away that is a part of the log', async (t) => {
  await t.rejects(retention.putAway(month, true), { code: 'rejected', message: /still a part of the log/ })
})

t.test('the gateway, operations and the auditor take nothing out', async (t) => {
  for (const url of [database.gatewayUrl, database.operationsUrl, database.auditorUrl]) {
    const other = new PostgresRetention(url)
    await t.rejects(other.keepBeyond(month), { code: 'unavailable', message: /linkage_retention/ })
    await t.rejects(other.detach(month), { code: 'unavailable' })
    await t.rejects(other.putAway(month, true), { code: 'unavailable' })
    await other.close()
  }
  t.equal(await retention.place(month), 'attached')
})

const retired = (of: Log, more: object = {}): string =>
  entry('retire', {
    agency: undefined,
    at: '2025-01-31T16:00:00.000Z',
    from: 0,
    log: of.log,
    month: '2020-01',
    to: { 1: 300, 2: 7, 3: 1 }[of.slot],
    ...more,
  })
const by = new Log('cli')

t.test('nothing is put away of which no retire entry says so, and nothing that is gone is made up for', async (t) => {
  const detached = 'ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_2020_01'
  const none = { code: 'rejected', message: /no retire entry says that entries of slot 1 are taken out/ }
  await t.rejects(retention.detach(month), none)
  t.equal(await retention.place(month), 'attached')
  await admin.query(detached)
  await t.rejects(retention.putAway(month, false), none)
  const { tree } = await grownOver(reader.leafHashes('1', 0, large.entries.length))
  t.equal(tree.size, 10, 'a writer that starts now finds another history')
  t.equal(await reader.tile('2', { level: 0, index: 0, width: 9 }), undefined)
})

t.test('六(一)7: what an entry says that cannot be true yet makes up for nothing, whoever put it there', async (t) => {
  const lies = [
    retired(large, { at: '2025-01-31T15:59:59.999Z' }),
    retired(large, { at: '2032-01-01T00:00:00.000Z', month: '2026-01' }),
    retired(large, { month: '2020-02' }),
    retired(large, { month: '2020-1' }),
    retired(large, { at: undefined }),
    retired(large, { from: 1 }),
    retired(large, { log: small.log }),
  ]
  await by.append(lies, '2026-11-01')
  t.same(await reader.retired('1'), [{ from: 1, to: 300 }])
  const { tree } = await grownOver(reader.leafHashes('1', 0, large.entries.length))
  t.equal(tree.size, 309, 'what no entry speaks of is missing')
  await admin.query(
    `ALTER TABLE linkage.log_entry ATTACH PARTITION linkage.log_entry_2020_01 FOR VALUES FROM ('2020-01-01') TO ('2020-02-01')`,
  )
  await by.append([retired(large), retired(small)], '2026-11-01')
  await t.rejects(retention.detach(month), { code: 'rejected', message: /slot 3/ })
  await by.append([retired(quiet)], '2026-11-01')
  t.same(await reader.retired('3'), [], 'a log that may go on has its last entry')
  await quiet.append([entry('heads', { agency: undefined, at: '2026-11-05T02:00:00.000Z' })], '2026-11-01')
  t.same(await reader.retired('3'), [{ from: 0, to: 1 }])
})

t.test(
  'writers append, and months are made, while an export reads on and the month waits for it; cut off, it is gone on with',
  async (t) => {
    const cursor = await connect(t, database.auditorUrl)
    await cursor.query('BEGIN ISOLATION LEVEL REPEATABLE READ')
    await cursor.query('DECLARE rows NO SCROLL CURSOR FOR SELECT entry FROM linkage.log_entry ORDER BY slot, index')
    await cursor.query('FETCH 10 FROM rows')
    await admin.query(`SET lock_timeout = '300ms'`)
    await t.rejects(
      admin.query('ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_2020_01'),
      { code: '55P03' },
      'otherwise it waits',
    )
    await admin.query('RESET lock_timeout')
    const writers = ['11', '12', '13', '14'].map((slot) => new Log(slot))
    let [stopped, appended] = [false, 0]
    const load = writers.map(async (each) => {
      for (; !stopped; appended += 1) await each.append(queries('taipei-education', 20), '2026-11-01')
    })
    const until = async (enough: () => boolean | Promise<boolean>): Promise<void> => {
      while (!(await enough())) await Promise.race([sleep(10), ...load])
    }
    await until(() => appended > 8)
    const cutOff = t.rejects(retention.detach(month), { code: 'unavailable' }, 'somebody cuts it off')
    await until(async () => (await admin.query('SELECT FROM pg_inherits WHERE inhdetachpending')).rowCount === 1)
    const before = appended
    await until(() => appended > before + 40)
    t.ok(await other(`SELECT linkage.prepare_month('2028-05-01')`), 'a month that turns meanwhile has its table')
    await admin.query(`SELECT pg_cancel_backend(pid) FROM pg_stat_activity WHERE query LIKE '%DETACH%CONCURRENTLY'`)
    await cutOff
    const place = new PostgresRetention(database.retentionUrl)
    t.equal(await place.place(month), 'detaching')
    await t.rejects(place.putAway(month, false), { code: 'rejected', message: /detach it first/ })
    t.equal(await place.earlier(next), undefined, 'nobody finds its entries any more')
    const again = place.detach(month)
    await until(() => appended > before + 80)
    t.ok((await cursor.query('FETCH 500 FROM rows')).rows.length > 300, 'who began before reads them to the end')
    await cursor.query('COMMIT')
    await again
    stopped = true
    await Promise.all(load)
    t.equal(await place.place(month), 'detached')
    await place.detach(month)
    await place.close()
    for (const each of writers) await each.rootIsWhole(t)
  },
)

async function other(statement: string): Promise<boolean> {
  const client = await connect(t, database.gatewayUrl)
  await client.query(`SET statement_timeout = '3s'`)
  return (await client.query(statement)).rowCount === 1
}

t.test('what is taken out by retire entries stays in the tree: leaf hashes, tiles of any width, later appends', async (t) => {
  await retention.putAway(month, false)
  await retention.putAway(month, false)
  t.equal(await retention.place(month), 'kept')
  for (const each of [large, small, quiet]) await each.rootIsWhole(t)
  const hashes = small.entries.map((each) => leafHash(each))
  t.strictSame(
    await reader.tile('2', { level: 0, index: 0, width: 9 }),
    Buffer.concat(hashes),
    'a tile that is not whole, partly taken out',
  )
  t.strictSame(await reader.tile('2', { level: 0, index: 0, width: 4 }), Buffer.concat(hashes.slice(0, 4)))
  await small.append(queries('taipei-education', 260), next)
  await small.rootIsWhole(t)
  t.strictSame((await reader.tile('2', { level: 0, index: 0, width: 256 }))?.subarray(0, 288), Buffer.concat(hashes), 'whole by now')
})

t.test('of an agency’s own records those of later months are there, however seldom another log was written to', async (t) => {
  const own = new PostgresOwnRecords(database.gatewayUrl)
  t.teardown(() => own.close())
  t.match(await own.gone(), { months: ['2020-01'], before: '2020-02' })
})

t.test('what is put away nobody reads but the owner; what it was searched by is gone; kept keys are found', async (t) => {
  for (const url of [database.gatewayUrl, database.auditorUrl, database.operationsUrl, database.retentionUrl]) {
    const client = await connect(t, url)
    await t.rejects(client.query('SELECT FROM linkage.retired_entry_2020_01'), { code: '42501' })
  }
  t.equal((await admin.query('SELECT FROM linkage.retired_entry_2020_01')).rowCount, 308)
  t.equal((await admin.query('SELECT FROM linkage.log_search WHERE month = $1', [month])).rowCount, 0)
  t.equal(await rows.keyEntry('1', key), keyEntries[1])
  t.equal(await rows.keyEntry('1', key.replace('aa', 'ab')), undefined)
})

t.test('dropped it is gone for good, and what stays is as whole as before', async (t) => {
  await retention.putAway(month, true)
  t.equal(await retention.place(month), 'none')
  for (const each of [large, small, quiet]) await each.rootIsWhole(t)
})
