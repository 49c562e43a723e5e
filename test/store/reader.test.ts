// reader.test.ts: reading the log in chunks, and finding the newest entry of a kind.
import t from 'tap'
import { grownOver } from '../../src/querylog/tile.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const writer = new PostgresLogWriter(database.gatewayUrl)
t.teardown(() => writer.close())
const reader = new PostgresLogReader(database.auditorUrl)
t.teardown(() => reader.close())

/** 600 entries of one slot over three months; every hundredth is of a rare kind. */
const entries = Array.from({ length: 600 }, (_, i) =>
  i % 100 === 0 ? entry(i % 200 === 0 ? 'policy' : 'key', { i }) : entry('query', { i, reason: '"kind":"policy"' }),
)
let place: Place = emptyPlace('1', await writer.claim('1', 'https://gateway.example/log/1', 'key', 5_000))
for (const [at, month] of [
  [0, '2026-11-01'],
  [200, '2026-12-01'],
  [400, '2027-01-01'],
] as const) {
  const batch = batchOf(place, entries.slice(at, at + 200), { month })
  await writer.append(batch, 5_000)
  place = after(place, batch)
}
const other = emptyPlace('2', await writer.claim('2', 'https://gateway.example/log/2', 'key', 5_000))
await writer.append(batchOf(other, [entry('policy', { other: true })]), 5_000)

async function collect<T>(source: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = []
  for await (const each of source) all.push(each)
  return all
}

t.test('entries come in order, whole, across months, and of one slot only', async (t) => {
  const all = await collect(reader.entries('1', 0, 600))
  t.strictSame(
    all,
    entries.map((text, index) => ({ index, entry: text })),
  )
  for (const [from, to] of [
    [0, 0],
    [0, 1],
    [199, 201],
    [255, 257],
    [599, 600],
    [600, 700],
    [590, 5_000],
  ] as const) {
    t.strictSame(await collect(reader.entries('1', from, to)), all.slice(from, to), `[${from}, ${to})`)
  }
  t.strictSame(await collect(reader.entries('3', 0, 600)), [])
})

t.test('leaf hashes give the root', async (t) => {
  const { tree } = await grownOver(reader.leafHashes('1', 0, 600))
  t.equal(tree.size, 600)
  t.strictSame(tree.root, place.tree.root)
  t.equal((await grownOver(reader.leafHashes('1', 0, 0))).tree.size, 0)
})

t.test('the newest entry of a kind is found by the stored bytes; a value that looks like a kind is none', async (t) => {
  t.strictSame(await reader.lastOfKind('1', 'policy'), { index: 400, entry: entries[400] })
  t.strictSame(await reader.lastOfKind('1', 'key'), { index: 500, entry: entries[500] })
  t.strictSame(await reader.lastOfKind('1', 'query'), { index: 599, entry: entries[599] })
  t.equal(await reader.lastOfKind('1', 'export'), undefined)
  t.strictSame(await reader.lastOfKind('1', 'policy', 400), { index: 200, entry: entries[200] }, 'below an index')
  t.strictSame(await reader.lastOfKind('1', 'policy', 401), { index: 400, entry: entries[400] })
  t.equal((await reader.lastOfKind('1', 'query', 500))?.index, 499)
  t.equal(await reader.lastOfKind('1', 'policy', 0), undefined)
  t.equal((await reader.lastOfKind('2', 'policy'))?.index, 0)
  t.equal(await reader.lastOfKind('2', 'query'), undefined)
})

t.test('a month that is gone leaves a gap, not an end', async (t) => {
  const admin = await connect(t, database.adminUrl)
  await admin.query('ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_2026_12')
  const rest = await collect(reader.entries('1', 150, 600))
  t.strictSame(
    rest.map(({ index }) => index),
    [...Array(50).keys()].map((i) => i + 150).concat([...Array(200).keys()].map((i) => i + 400)),
  )
  await admin.query(
    `ALTER TABLE linkage.log_entry ATTACH PARTITION linkage.log_entry_2026_12 FOR VALUES FROM ('2026-12-01') TO ('2027-01-01')`,
  )
})

t.test('heads lists every slot', async (t) => {
  const heads = await reader.heads()
  t.match(heads, [
    { slot: '1', log: 'https://gateway.example/log/1', head: { size: 600 } },
    { slot: '2', log: 'https://gateway.example/log/2', head: { size: 1 } },
  ])
  t.strictSame(heads[0]?.head.root, place.tree.root)
})

t.test('a database that is away is unavailable', async (t) => {
  const url = new URL(database.auditorUrl)
  url.port = '1'
  const away = new PostgresLogReader(url.href)
  t.teardown(() => away.close())
  await t.rejects(away.heads(), { name: 'StoreError', code: 'unavailable' })
  await t.rejects(collect(away.entries('1', 0, 1)), { name: 'StoreError', code: 'unavailable' })
})
