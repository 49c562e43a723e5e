// slots.test.ts: a slot that ended is never written again, on a real server; streams are found from indexes alone.
import t from 'tap'
import type { StoredEntry } from '../../src/querylog/ports.ts'
import { emptyRoot } from '../../src/querylog/tree.ts'
import { PostgresLogReader, streamsAndCompletions } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const within = 5_000
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const writer = new PostgresLogWriter(database.gatewayUrl)
const ender = new PostgresLogWriter(database.operationsUrl)
const reader = new PostgresLogReader(database.gatewayUrl)
t.teardown(() => Promise.all([writer.close(), ender.close(), reader.close()]).then(() => undefined))

const logOf = (slot: string): string => `gateway.example/log/${slot}`

async function written(slot: string, ...batches: readonly string[][]): Promise<Place> {
  let place = emptyPlace(slot, await writer.claim(slot, logOf(slot), 'key', within))
  for (const [at, entries] of batches.entries()) {
    const batch = batchOf(place, entries, { month: at === 0 ? '2026-11-01' : '2026-12-01' })
    await writer.append(batch, within)
    place = after(place, batch)
  }
  return place
}

t.test('ended: whoever writes it is fenced off, nobody claims it, and its head stands', async (t) => {
  const place = await written('1', [entry('opening')])
  const ended = await ender.endSlot('1', logOf('1'), undefined, '北市社資字第1號', within)
  t.match(ended, { head: { size: 1, root: place.tree.root }, order: '北市社資字第1號' })
  t.notOk('checkpoint' in ended)
  await t.rejects(writer.append(batchOf(place, [entry('query')]), within), { code: 'head-moved' })
  await t.rejects(writer.claim('1', logOf('1'), 'key', within), { code: 'slot-ended', message: /ended with 1 entries: 北市社資字第1號/ })
  t.match(await ender.endSlot('1', logOf('1'), undefined, 'another', within), { order: '北市社資字第1號' }, 'the first order stands')
  for (const change of ['size = size + 1', `root = sha256('x')`, 'ended = NULL', `ended = 'x'`])
    await t.rejects(admin.query(`UPDATE linkage.slot SET ${change} WHERE slot = '1'`), { code: 'LG005' }, change)
  const { rows } = await admin.query(`SELECT size FROM linkage.slot WHERE slot = '1'`)
  t.equal(rows[0]?.size, '1')
})

t.test('with the gateway’s password no slot is ended, and it is said who may', async (t) => {
  await written('7', [entry('opening')])
  const failure = { code: 'unavailable', message: /permission denied.*42501.*as linkage_operations/ }
  await t.rejects(writer.endSlot('7', logOf('7'), undefined, 'x', within), failure)
  await t.rejects(writer.endSlot('8', logOf('8'), 'key', 'x', within), failure, 'nor is one used up that was never begun')
  t.ok(await writer.claim('7', logOf('7'), 'key', within), 'slot 7 goes on')
  t.ok(await writer.claim('8', logOf('8'), 'key', within), 'and slot 8 may begin')
})

t.test('another log’s slot is not ended; nor is one that the database does not know, unless its key is given', async (t) => {
  await written('2', [entry('opening')])
  await t.rejects(ender.endSlot('2', 'elsewhere.example/log/2', undefined, 'x', within), { code: 'rejected' })
  await t.rejects(ender.endSlot('2', 'elsewhere.example/log/2', 'key', 'x', within), { code: 'rejected' })
  await t.rejects(ender.endSlot('3', logOf('3'), undefined, 'x', within), { code: 'rejected' })
  t.match(await ender.endSlot('3', logOf('3'), 'key', 'x', within), { head: { size: 0, root: emptyRoot } })
  await t.rejects(writer.claim('3', logOf('3'), 'key', within), { code: 'slot-ended' })
  await t.rejects(ender.endSlot('4', logOf('4'), 'key', '', within), { code: 'rejected' }, 'an order says something')
  t.ok(await writer.claim('2', logOf('2'), 'key', within), 'slot 2 goes on')
})

async function collect(source: AsyncIterable<StoredEntry>): Promise<number[]> {
  const found: number[] = []
  for await (const { index } of source) found.push(index)
  return found
}

t.test('streams and completions come newest first, below an index, across months, and nothing else comes', async (t) => {
  const kinds = Array.from({ length: 700 }, (_, i) => {
    if (i % 3 === 0) return entry('completion', { of: { index: i } })
    if (i % 3 === 1) return entry('query', { code: 'released', mode: i % 2 === 0 ? 'file' : 'api' })
    if (i % 4 === 0) return entry('query', { code: 'released', mode: 'file', released_hmac: 'ab' })
    return i % 2 === 0 ? entry('policy') : entry('query', { code: 'outside-hours', reason: '"code":"released"' })
  })
  await written('5', kinds.slice(0, 350), kinds.slice(350))
  await written('6', [entry('opening'), entry('query', { code: 'released' })])
  const expected = kinds.flatMap((_, i) => (i % 3 === 2 ? [] : [i])).reverse()
  t.same(await collect(reader.streamsAndCompletions('5', 700)), expected)
  t.same(
    await collect(reader.streamsAndCompletions('5', 351)),
    expected.filter((each) => each < 351),
  )
  t.same(await collect(reader.streamsAndCompletions('5', 0)), [])
  t.same(await collect(reader.streamsAndCompletions('6', 99)), [1])
})

t.test('they are read from indexes that hold little else', async (t) => {
  await admin.query('SET enable_seqscan = off; SET enable_bitmapscan = off')
  const { rows } = await admin.query(
    `EXPLAIN ${streamsAndCompletions.replace('$1', `'5'`).replace('$1', `'5'`).replaceAll('$2', '700').replaceAll('$3', '10')}`,
  )
  const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
  t.notMatch(plan, /Seq Scan|_pkey|Sort \(/, plan)
  t.match(plan, /strpos|_idx/)
})

t.test('the table of a month is made by one of two writers that come to it at once; the other waits, and goes on', async (t) => {
  const [first, second] = [await connect(t, database.adminUrl), await connect(t, database.adminUrl)]
  await first.query('BEGIN')
  t.same((await first.query(`SELECT linkage.prepare_month('2031-01-01') AS made`)).rows, [{ made: true }])
  // As an append does: in a transaction that has looked for the table before, and found none.
  await second.query('BEGIN')
  const waiting = second.query(`SELECT linkage.prepare_month('2031-01-01') AS made`)
  for (let waits = 0; waits === 0; ) {
    const { rows } = await admin.query(`SELECT count(*)::int AS waits FROM pg_locks WHERE NOT granted`)
    waits = rows[0]?.waits
  }
  await first.query('COMMIT')
  t.same((await waiting).rows, [{ made: false }])
  await second.query('COMMIT')
})
