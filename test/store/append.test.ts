// append.test.ts: claim, append and what they refuse, on a real server.
import { hash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import type { Hash } from '../../src/canonical.ts'
import type { Batch } from '../../src/querylog/ports.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, noteOf, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const within = 5_000
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)

let slots = 0
/** A writer of its own with an empty, claimed slot. */
async function freshSlot(t: {
  teardown(handler: () => Promise<void>): void
}): Promise<{ writer: PostgresLogWriter; place: Place; log: string }> {
  slots += 1
  const [slot, log] = [String(slots), `https://gateway.example/log/${slots}`]
  const writer = new PostgresLogWriter(database.gatewayUrl)
  t.teardown(() => writer.close())
  return { writer, place: emptyPlace(slot, await writer.claim(slot, log, 'key', within)), log }
}

async function rowOf(slot: string): Promise<Record<string, unknown>> {
  const { rows } = await admin.query(
    'SELECT *, month::text AS month, (SELECT count(*)::int FROM linkage.log_entry AS e WHERE e.slot = s.slot) AS entries FROM linkage.slot AS s WHERE slot = $1',
    [slot],
  )
  return rows[0]
}

t.test('what is appended stands in the database byte for byte, with its leaf hashes and the new head', async (t) => {
  const { writer, place } = await freshSlot(t)
  const long = entry('refusals', { detail: 'x'.repeat(65_535 - Buffer.byteLength(entry('refusals', { detail: '' }))) })
  t.equal(Buffer.byteLength(long), 65_535)
  const entries = [entry('opening'), entry('query', { reason: '王小明 "引號" \\ \u{20bb7} \'; DROP TABLE linkage.slot; --' }), long]
  const batch = batchOf(place, entries, {
    agencies: new Map([['taipei-education', { records: 1, counted: 1, recordsBefore: 0, countedBefore: 0 }]]),
  })
  const { databaseTime } = await writer.append(batch, within)
  t.ok(Math.abs(databaseTime - Date.now()) < 60_000, 'the database tells its clock')
  const { rows } = await admin.query('SELECT index::int, entry, leaf_hash FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [
    place.slot,
  ])
  t.strictSame(
    rows.map((row) => row.index),
    [0, 1, 2],
  )
  t.strictSame(
    rows.map((row) => row.entry),
    entries,
  )
  t.strictSame(
    rows.map((row) => row.leaf_hash),
    batch.leafHashes,
  )
  const row = await rowOf(place.slot)
  t.match(row, { size: '3', month: '2026-11-01', agencies: { 'taipei-education': [1, 1, 0, 0] } })
  t.strictSame(row.root, batch.to.root)
  t.strictSame(row.frontier, batch.frontier)
})

t.test('agency numbers are merged: only those that a batch names change', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const numbers = (records: number) => ({ records, counted: records, recordsBefore: 0, countedBefore: 0 })
  const first = batchOf(place, [entry('query')], {
    agencies: new Map([
      ['a', numbers(1)],
      ['b', numbers(2)],
    ]),
  })
  await writer.append(first, within)
  const second = batchOf(after(place, first), [entry('query')], { agencies: new Map([['b', numbers(3)]]) })
  await writer.append(second, within)
  await writer.append(batchOf(after(after(place, first), second), [entry('key')]), within)
  const { agencies, head, month, epoch } = await writer.claim(place.slot, log, 'key', within)
  t.strictSame(
    [...agencies],
    [
      ['a', numbers(1)],
      ['b', numbers(3)],
    ],
  )
  t.match({ size: head.size, month, epoch }, { size: 3, month: '2026-11-01', epoch: 2 })
})

t.test('a batch that extends another size, root or epoch is refused as head-moved, and nothing of it is stored', async (t) => {
  const { writer, place } = await freshSlot(t)
  const first = batchOf(place, [entry('opening')])
  await writer.append(first, within)
  const here = after(place, first)
  const good = batchOf(here, [entry('query')])
  const wrong: readonly (readonly [string, Batch])[] = [
    ['the head before', batchOf(place, [entry('query')])],
    ['a size that is not reached', batchOf({ ...here, tree: here.tree.extended(good.leafHashes) }, [entry('query')])],
    ['another root', { ...good, from: { size: 1, root: hash('sha256', 'other', 'buffer') as Hash } }],
    ['an epoch that is over', { ...good, epoch: good.epoch - 1 }],
    ['an epoch to come', { ...good, epoch: good.epoch + 1 }],
    ['a slot that nobody claimed', { ...good, slot: '64' }],
  ]
  for (const [title, batch] of wrong) {
    await t.rejects(writer.append(batch, within), { name: 'StoreError', code: 'head-moved' }, title)
    t.match(await rowOf(place.slot), { size: '1', entries: 1 }, `${title}: nothing stored`)
  }
  await writer.append(good, within)
  t.match(await rowOf(place.slot), { size: '2', entries: 2 }, 'the connection goes on')
})

t.test('after a second claim the first writer appends nothing more', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const other = new PostgresLogWriter(database.gatewayUrl)
  t.teardown(() => other.close())
  const claimed = await other.claim(place.slot, log, 'key', within)
  t.equal(claimed.epoch, place.epoch + 1)
  await t.rejects(writer.append(batchOf(place, [entry('opening')]), within), { code: 'head-moved' })
  await other.append(batchOf(emptyPlace(place.slot, claimed), [entry('opening')]), within)
  t.match(await rowOf(place.slot), { size: '1', entries: 1 })
})

t.test("another log's slot is shown, not fenced off; another key's is refused", async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const other = new PostgresLogWriter(database.gatewayUrl)
  t.teardown(() => other.close())
  t.match(await other.claim(place.slot, 'https://other.example/log/1', 'key', within), { log, epoch: place.epoch })
  await t.rejects(other.claim(place.slot, log, 'another key', within), { code: 'other-key', message: /belongs to the key key/ })
  await writer.append(batchOf(place, [entry('opening')]), within)
  t.match(await rowOf(place.slot), { epoch: String(place.epoch), size: '1' }, 'its own writer goes on')
})

t.test('data that the database refuses fails its batch alone', async (t) => {
  const { writer, place } = await freshSlot(t)
  const good = batchOf(place, [entry('opening')])
  const other = hash('sha256', 'other', 'buffer') as Hash
  const wrong: readonly (readonly [string, Batch])[] = [
    ['a leaf hash that is not of the entry', { ...good, leafHashes: [other] }],
    [
      'one wrong hash among right ones',
      { ...batchOf(place, [entry('opening'), entry('query'), entry('query')]), leafHashes: [...good.leafHashes, other, other] },
    ],
    ['a text with U+0000', batchOf(place, [`{"kind":"query","reason":"\u0000"}`])],
    [
      'an entry of 65,536 bytes',
      batchOf(place, [entry('query', { detail: 'x'.repeat(65_536 - Buffer.byteLength(entry('query', { detail: '' }))) })]),
    ],
    ['an entry of a rare kind that is no JSON', batchOf(place, ['{"kind":"policy"'])],
    ['fewer entries than the head grows by', { ...good, to: { size: 2, root: other } }],
    ['fewer leaf hashes than entries', { ...good, leafHashes: [] }],
    ['no entry', batchOf(place, [])],
    ['a month that does not begin', { ...good, month: '2026-11-02' }],
    ['a day that does not exist', { ...good, month: '2026-02-30' }],
  ]
  for (const [title, batch] of wrong) {
    await t.rejects(writer.append(batch, within), { code: 'rejected' }, title)
    t.match(await rowOf(place.slot), { size: '0', entries: 0 }, `${title}: nothing stored`)
  }
  await writer.append(good, within)
  t.match(await rowOf(place.slot), { size: '1', entries: 1 }, 'the connection goes on')
})

t.test('a refusal tells nothing of the entry that it refuses', async (t) => {
  const { writer, place } = await freshSlot(t)
  const batch = batchOf(place, [entry('query', { user: 'wang.hsiao-ming' })])
  const error = await writer
    .append({ ...batch, leafHashes: [hash('sha256', '', 'buffer') as Hash] }, within)
    .catch((error: unknown) => error)
  t.match(error, { code: 'rejected', message: /leaf_hash_is_of_entry/ })
  const everything = JSON.stringify(error, Object.getOwnPropertyNames(error)) + String(error instanceof Error && error.cause)
  t.notMatch(everything, /wang/)
})

t.test('a month is entered before its first entry, and never left again', async (t) => {
  const { writer, place } = await freshSlot(t)
  const november = batchOf(place, [entry('opening')])
  await writer.append(november, within)
  let here = after(place, november)
  for (const month of ['2027-03-01', '2027-04-01']) {
    const batch = batchOf(here, [entry('month')], { month })
    await writer.append(batch, within)
    here = after(here, batch)
  }
  await t.rejects(writer.append(batchOf(here, [entry('query')]), within), { code: 'rejected', message: /stands in 2027-04-01/ })
  t.match(await rowOf(place.slot), { month: '2027-04-01', entries: 3 })
  const { rows } = await admin.query(
    `SELECT count(*)::int AS n FROM pg_inherits WHERE inhparent = 'linkage.log_entry'::regclass AND inhrelid = to_regclass('linkage.log_entry_2027_05')`,
  )
  t.equal(rows[0]?.n, 1, 'the month after is there already')
})

t.test('partitions are made while an export runs and appends go on', async (t) => {
  const { writer, place } = await freshSlot(t)
  const reading = await connect(t, database.auditorUrl)
  await reading.query(
    'BEGIN ISOLATION LEVEL REPEATABLE READ; DECLARE export CURSOR FOR SELECT entry FROM linkage.log_entry; FETCH 1 FROM export',
  )
  await writer.prepareMonth('2027-06-01')
  await writer.prepareMonth('2027-06-01')
  const batch = batchOf(place, [entry('opening')], { month: '2027-07-01' })
  await writer.append(batch, within)
  await reading.query('ROLLBACK')
  t.match(await rowOf(place.slot), { month: '2027-07-01', entries: 1 })
  const { rows } = await admin.query(
    `SELECT indexrelid::regclass::text AS name FROM pg_index WHERE indrelid = 'linkage.log_entry_2027_07'::regclass`,
  )
  t.equal(rows.length, 3, 'a partition has the indexes of its parent once')
})

t.test('the checkpoint of the head before is stored with a batch, at most one a second; the newest always', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  let here = place
  for (const checkpoint of [undefined, 'note of 1\n', 'note of 2\n', 'note of 3\n']) {
    const batch = batchOf(here, [entry('query')], checkpoint === undefined ? {} : { checkpoint })
    await writer.append(batch, within)
    here = after(here, batch)
  }
  t.match(await rowOf(place.slot), { checkpoint: 'note of 3\n' })
  const note = noteOf(log, here)
  await writer.putCheckpoint(place.slot, 4, note)
  await writer.putCheckpoint(place.slot, 4, note)
  t.match(await rowOf(place.slot), { checkpoint: note })
  const { rows } = await admin.query('SELECT size::int, checkpoint FROM linkage.log_checkpoint WHERE slot = $1 ORDER BY size', [place.slot])
  t.strictSame(rows.pop(), { size: 4, checkpoint: note })
  for (const { size, checkpoint } of rows) t.equal(checkpoint, `note of ${size}\n`)
  await t.rejects(writer.putCheckpoint(place.slot, 5, 'note of 5\n'), { code: 'rejected' }, 'not of a size that is not reached')
})

t.test('a checkpoint that is stored aside and a batch that brings it from the same head wait for each other in one order', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const first = batchOf(place, [entry('opening')])
  await writer.append(first, within)
  const one = after(place, first)
  const checkpoint = noteOf(log, one)
  await admin.query(`UPDATE linkage.slot SET checkpoint_kept = '-infinity' WHERE slot = $1`, [place.slot]) // as if a second had passed
  // Both wait for the row of the slot, first the batch: so they meet however fast the machine is.
  const holder = await connect(t, database.adminUrl)
  await holder.query('BEGIN')
  await holder.query('SELECT FROM linkage.slot WHERE slot = $1 FOR UPDATE', [place.slot])
  const waiting = async (expected: number): Promise<void> => {
    const query = `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'linkage_gateway' AND wait_event_type = 'Lock'`
    while ((await admin.query(query)).rows[0]?.n !== expected) await sleep(10)
  }
  const appended = writer.append(batchOf(one, [entry('query')], { checkpoint }), 30_000)
  await waiting(1)
  const put = writer.putCheckpoint(place.slot, 1, checkpoint)
  await waiting(2)
  await holder.query('COMMIT')
  const outcomes = await Promise.allSettled([appended, put])
  t.strictSame(
    outcomes.map((each) => (each.status === 'rejected' ? String(each.reason) : each.status)),
    ['fulfilled', 'fulfilled'],
  )
  t.match(await rowOf(place.slot), { size: '2', entries: 2, checkpoint })
  const { rows } = await admin.query('SELECT size::int, checkpoint FROM linkage.log_checkpoint WHERE slot = $1', [place.slot])
  t.strictSame(rows, [{ size: 1, checkpoint }])
})

t.test('what is stored as the newest checkpoint states this log, its size and its root, signed, and nothing else', async (t) => {
  const { writer, place, log } = await freshSlot(t)
  const first = batchOf(place, [entry('opening')])
  const one = after(place, first)
  const second = batchOf(one, [entry('query')])
  const two = after(one, second)
  await writer.append(first, within)
  await writer.append(second, within)
  const good = noteOf(log, two)
  const [origin = '', size = '', root = '', , line = ''] = good.split('\n')
  const spoilt: Readonly<Record<string, string>> = {
    empty: '',
    'any text': 'note of 2\n',
    'of another log': noteOf(`${log}9`, two),
    'of another size': good.replace('\n2\n', '\n1\n'),
    'of a size in another spelling': good.replace('\n2\n', '\n02\n'),
    'of another root': noteOf(log, one).replace('\n1\n', '\n2\n'),
    'with a line of its own': good.replace('\n\n', '\nmore\n\n'),
    'with two texts': `${origin}\n${size}\n${root}\n\nmore\n\n${line}\n`,
    'without a signature': `${origin}\n${size}\n${root}\n\n`,
    'without its last line feed': good.slice(0, -1),
    'with something behind it': `${good}x`,
    'with something before it': `\n${good}`,
  }
  for (const [title, note] of Object.entries(spoilt)) {
    await t.rejects(writer.putCheckpoint(place.slot, 2, note), { code: 'rejected' }, title)
  }
  t.match(await rowOf(place.slot), { checkpoint: null })
  await writer.putCheckpoint(place.slot, 2, good)
  t.match(await rowOf(place.slot), { checkpoint: good })
  await writer.putCheckpoint(place.slot, 1, noteOf(log, one))
  t.match(await rowOf(place.slot), { checkpoint: good }, 'one of an older size is kept beside it')
  await t.rejects(writer.putCheckpoint(place.slot, 0, 'x'), { code: 'rejected' })
  await t.rejects(writer.putCheckpoint(place.slot, 1, good), { code: 'rejected' })
})

t.test('documents are stored once under their SHA-256', async (t) => {
  const { writer } = await freshSlot(t)
  const reader = new PostgresLogReader(database.auditorUrl)
  t.teardown(() => reader.close())
  const bytes = Buffer.from('{"policy":"快照"}')
  await writer.putDocument('policy', bytes)
  await writer.putDocument('policy', bytes)
  t.strictSame(await reader.document(hash('sha256', bytes)), bytes)
  const [next, difference] = [Buffer.from('{"policy":"其次"}'), Buffer.from('{"changes":[]}')]
  await writer.putDocument('policy', next, { kind: 'policy-difference', bytes: difference })
  for (const each of [next, difference]) t.strictSame(await reader.document(hash('sha256', each)), each, 'both in one commit')
  t.equal(await reader.document('0'.repeat(64)), undefined)
  await t.rejects(reader.document("' OR true --"), { code: 'rejected' })
})

t.test('probe tells head, epoch and clock', async (t) => {
  const { writer, place } = await freshSlot(t)
  const batch = batchOf(place, [entry('opening')])
  await writer.append(batch, within)
  const { epoch, head } = await writer.probe(place.slot)
  t.strictSame({ epoch, head }, { epoch: place.epoch, head: { size: 1, root: batch.to.root } })
  await t.rejects(writer.probe('63'), { code: 'head-moved' })
})

t.test('calls that come at once share a connection, and none is left when the writer is closed', async (t) => {
  const writer = new PostgresLogWriter(database.gatewayUrl)
  const known = await admin.query('SELECT pid FROM pg_stat_activity').then(({ rows }) => rows.map((row) => row.pid))
  const opened = async (): Promise<number> => {
    const { rows } = await admin.query(
      `SELECT count(*)::int AS n FROM pg_stat_activity WHERE usename = 'linkage_gateway' AND NOT pid = ANY($1)`,
      [known],
    )
    return rows[0]?.n
  }
  await Promise.all(Array.from({ length: 8 }, (_, i) => writer.putDocument('policy', Buffer.from(`document ${i}`))))
  t.equal(await opened(), 1)
  await writer.close()
  while ((await opened()) > 0) await sleep(10)
})

t.test('batches of any size arrive whole', async (t) => {
  const { writer, place } = await freshSlot(t)
  let here = place
  const sent: string[] = []
  for (const length of [1, 1000, 3, 200]) {
    const entries = Array.from({ length }, (_, i) => entry('query', { i, text: '中'.repeat(i) }))
    const batch = batchOf(here, entries)
    await writer.append(batch, within)
    here = after(here, batch)
    sent.push(...entries)
  }
  const { rows } = await admin.query('SELECT entry FROM linkage.log_entry WHERE slot = $1 ORDER BY index', [place.slot])
  t.strictSame(
    rows.map((row) => row.entry),
    sent,
  )
})

t.test('two appends at once do not share bytes: one extends the head, the other finds it moved', async (t) => {
  const { writer, place } = await freshSlot(t)
  const batches = ['first', 'second'].map((text) => batchOf(place, [entry('query', { text })]))
  const outcomes = await Promise.allSettled(batches.map((batch) => writer.append(batch, within)))
  t.strictSame(
    outcomes.map(({ status }) => status),
    ['fulfilled', 'rejected'],
  )
  t.match(outcomes[1], { reason: { code: 'head-moved' } })
  const { rows } = await admin.query('SELECT entry FROM linkage.log_entry WHERE slot = $1', [place.slot])
  t.strictSame(rows, [{ entry: entry('query', { text: 'first' }) }])
})
