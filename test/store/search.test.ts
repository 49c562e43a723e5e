// search.test.ts: the search columns on the real PostgreSQL: what they are derived from, by whom, and that they can be made again.
import t from 'tap'
import { Chunks } from '../../src/store/chunks.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { searchRows } from '../../src/store/search-rows.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { searchLineOf } from '../../src/verifier/search.ts'
import { writeLog } from '../verifier/written-log.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const search = new PostgresLogSearch(database.gatewayUrl)
t.teardown(() => search.close())
const admin = await connect(t, database.adminUrl)
const chunks = new Chunks(database.auditorUrl)
t.teardown(() => chunks.close())

/** A slot's writer, and what it extends. */
interface Open {
  readonly writer: PostgresLogWriter
  readonly place: Place
}

async function open(slot: string): Promise<Open> {
  const writer = new PostgresLogWriter(database.gatewayUrl)
  t.teardown(() => writer.close())
  return { writer, place: emptyPlace(slot, await writer.claim(slot, `https://gateway.example/log/${slot}`, 'key', 5_000)) }
}

async function append({ writer, place }: Open, entries: readonly string[], month = '2026-11-01'): Promise<Open> {
  const batch = batchOf(place, entries, { month })
  await writer.append(batch, 5_000)
  return { writer, place: after(place, batch) }
}

let first = await open('1')

async function fillAll(): Promise<number> {
  let all = 0
  for (let filled = await search.fill(250); filled > 0; filled = await search.fill(250)) all += filled
  return all
}

type Row = Readonly<Record<string, string | number | null>>

async function found(slot: string): Promise<Row[]> {
  const { rows } = await admin.query(
    `SELECT *, index::int AS index, to_char(month, 'YYYY-MM') AS month, (extract(epoch FROM at) * 1000)::float8 AS at, agency_seq::int AS agency_seq,
      counted_seq::int AS counted_seq, rows::int AS rows, of_index::int AS of_index FROM linkage.log_search AS s WHERE slot = $1 ORDER BY s.index`,
    [slot],
  )
  return rows
}

/** The columns of an entry, by a reading of its bytes that is not the database's. */
function columns(slot: string, index: number, month: string, text: string): Row {
  const { user, case: case_no, grant, subject, of, ...all } = JSON.parse(text)
  const or = (value: unknown) => (value === undefined ? null : (value as string | number))
  const same = Object.fromEntries(
    ['kind', 'id', 'agency', 'agency_seq', 'counted_seq', 'delegate', 'credential', 'address', 'purpose', 'api', 'operation', 'mode']
      .concat(['decision', 'code', 'status', 'rows', 'policy', 'outcome'])
      .map((name) => [name, or(all[name])]),
  )
  const renamed = { account: or(user), case_no: or(case_no), grant_id: or(grant), subject: or(subject?.tag), of_index: or(of?.index) }
  return { slot, index, month, at: Date.parse(all.at), ...same, ...renamed }
}

t.test('every member that is searched by is what the stored bytes say, for every kind of entry', async (t) => {
  const { written } = await writeLog()
  const texts = written.entries.map((each) => each.toString())
  const monthOf = (text: string) => new Date(Date.parse(JSON.parse(text).at) + 8 * 3_600_000).toISOString().slice(0, 7)
  let seven = await open('7')
  for (const text of texts) seven = await append(seven, [text], `${monthOf(text)}-01`)
  t.equal(await fillAll(), texts.length)
  const rows = await found('7')
  t.ok(new Set(texts.map((text) => JSON.parse(text).kind)).size >= 7)
  t.same(
    rows,
    texts.map((text, index) => columns('7', index, monthOf(text), text)),
  )
  const stored = await searchRows(chunks, '7', 0, 1_000)
  t.same(
    stored,
    written.entries.map((entry, index) => ({ index, line: searchLineOf(entry) })),
    'and what the verifier derives',
  )
  t.same(await searchRows(chunks, '7', 3, 5), stored.slice(3, 5))
})

const query = (n: number) =>
  entry('query', { at: `2026-11-24T02:00:00.${String(n % 1000).padStart(3, '0')}Z`, agency_seq: n, case: `C-${n}` })

t.test('it is filled in chunks, in order, and says how far it is', async (t) => {
  first = await append(
    first,
    Array.from({ length: 25 }, (_, n) => query(n)),
  )
  const progress = async () => (await search.progress()).find(({ slot }) => slot === '1')
  t.same(await progress(), { slot: '1', size: 25, next: 0, since: Date.parse('2026-11-24T02:00:00.000Z') })
  t.equal(await search.fill(10), 10)
  t.same(await progress(), { slot: '1', size: 25, next: 10, since: Date.parse('2026-11-24T02:00:00.010Z') })
  t.equal(await search.fill(10), 10)
  t.equal(await search.fill(10), 5)
  t.equal(await search.fill(10), 0)
  t.same(await progress(), { slot: '1', size: 25, next: 25 })
  t.same(
    (await found('1')).map(({ case_no }) => case_no),
    Array.from({ length: 25 }, (_, n) => `C-${n}`),
  )
})

t.test('a slot of a few old entries is searched, however much more another one always has', async (t) => {
  let [busy, quiet] = [await open('4'), await open('5')]
  const at = (minute: number, n: number) => entry('query', { at: `2026-11-24T03:${minute}:00.000Z`, agency_seq: n })
  const many = (minute: number) => Array.from({ length: 60 }, (_, n) => at(minute, n))
  busy = await append(busy, [...many(11), ...many(12)])
  quiet = await append(quiet, [at(10, 1), at(30, 2)])
  const waiting = async () =>
    (await search.progress()).filter(({ slot }) => slot === '4' || slot === '5').map(({ next, size }) => size - next)
  t.equal(await search.fill(50), 50, 'what waits elsewhere fills up the number')
  t.same(await waiting(), [72, 0])
  quiet = await append(quiet, [at(11, 3)])
  for (let minute = 13; minute < 18; minute += 1) {
    busy = await append(busy, many(minute))
    t.equal(await search.fill(50), 50)
  }
  t.same((await waiting())[1], 0)
  await fillAll()
})

t.test('several who fill at once fill each entry once', async (t) => {
  const others = await Promise.all(['2', '3'].map(open))
  const many = Array.from({ length: 300 }, (_, n) => query(n))
  await Promise.all(others.map((each) => append(each, many)))
  const fillers = Array.from({ length: 4 }, () => new PostgresLogSearch(database.gatewayUrl))
  t.teardown(() => Promise.all(fillers.map((each) => each.close())).then(() => undefined))
  const all = async (filler: PostgresLogSearch): Promise<number> => {
    let total = 0
    // 0 also says that others are at what is left.
    for (let empty = 0; empty < 3; ) {
      const filled = await filler.fill(7)
      total += filled
      empty = filled === 0 ? empty + 1 : 0
    }
    return total
  }
  const totals = await Promise.all(fillers.map(all))
  t.equal(
    totals.reduce((a, b) => a + b, 0),
    600,
  )
  for (const slot of ['2', '3'])
    t.same(
      (await found(slot)).map(({ index }) => index),
      [...many.keys()],
    )
})

t.test('nobody fills while a chunk is under way, and nobody waits for it', async (t) => {
  first = await append(first, [query(25)])
  await admin.query('BEGIN')
  await admin.query(`SELECT FROM linkage.log_search_cursor WHERE slot = '1' FOR UPDATE`)
  t.equal(await search.fill(250), 0)
  await admin.query('ROLLBACK')
  t.equal(await search.fill(250), 1)
})

// Texts that no writer of ours makes: each must cost search nothing but itself. (What is no JSON at all is refused by an index of
// log_entry, unless it holds the text of a query's kind.)
const unreadable: readonly string[] = [
  'no JSON, "kind":"query"',
  '[1]',
  '"query"',
  'null',
  '{"kind":"query"',
  '{"at":"tomorrow at noon","kind":"query"}',
  '{"id":"no uuid","kind":"query"}',
  '{"kind":"query","status":"no number"}',
  '{"agency_seq":1.5,"kind":"query"}',
  '{"kind":"query","rows":99999999999999999999999}',
  '{"kind":"query","user":"\\u0000"}',
  '{"kind":"completion","of":{"index":"x"}}',
  '{"kind":"completion","of":[]}',
  `{"case":"${Array.from({ length: 700 }, (_, n) => (n * 7919).toString(36) + String.fromCharCode(0x4e00 + ((n * 7919) % 20000))).join('')}","kind":"query"}`,
  `["kind":"query",${'['.repeat(30_000)}`,
  `${'['.repeat(20_000)}"kind":"query"`,
]

t.test('an entry that cannot be read has its place and nothing else, and those beside it are found', async (t) => {
  let odd = await open('9')
  for (const text of unreadable) odd = await append(odd, [query(1), text, query(2)])
  t.equal(await fillAll(), unreadable.length * 3)
  const rows = await found('9')
  for (const [n, text] of unreadable.entries()) {
    const [before, row, behind] = rows.slice(n * 3)
    t.match([before, behind], [{ agency_seq: 1 }, { agency_seq: 2 }])
    const { slot, index, month, ...rest } = row ?? {}
    t.same([slot, index, month], ['9', n * 3 + 1, '2026-11'])
    if (text !== '{"kind":"completion","of":[]}')
      t.ok(
        Object.values(rest).every((value) => value === null),
        text.slice(0, 60),
      )
    else t.equal(rest.of_index, null)
  }
})

t.test('what is missing of a log stops nothing behind it', async (t) => {
  const gap = await open('10')
  await append(gap, [query(1), query(2), query(3)])
  await admin.query(
    `BEGIN; SET LOCAL session_replication_role = replica; DELETE FROM linkage.log_entry WHERE slot = '10' AND index = 1; COMMIT`,
  )
  await fillAll()
  t.same(
    (await found('10')).map(({ index }) => index),
    [0, 2],
  )
})

t.test('made again from nothing it is the same, row for row', async (t) => {
  const all = async () => (await admin.query('SELECT * FROM linkage.log_search ORDER BY slot, index')).rows
  const before = await all()
  t.ok(before.length > 600)
  await admin.query('SET ROLE linkage_owner; SELECT linkage.rebuild_search(); RESET ROLE')
  t.same(await all(), [])
  t.ok((await search.progress()).every(({ next }) => next === 0))
  t.equal(await fillAll(), before.length)
  t.same(await all(), before)
})

t.test('the gateway fills and does nothing else to it; the auditor reads', async (t) => {
  const [gateway, auditor] = [await connect(t, database.gatewayUrl), await connect(t, database.auditorUrl)]
  for (const client of [gateway, auditor]) {
    await client.query('SELECT FROM linkage.log_search')
    await client.query('SELECT FROM linkage.search_progress')
    for (const statement of [
      'UPDATE linkage.log_search SET agency = NULL',
      'DELETE FROM linkage.log_search',
      `INSERT INTO linkage.log_search (slot, index, month) VALUES ('1', 999, '2026-11-01')`,
      'UPDATE linkage.log_search_cursor SET next = 0',
      'DELETE FROM linkage.log_search_cursor',
      'SELECT FROM linkage.log_search_cursor FOR UPDATE',
      'SELECT linkage.rebuild_search()',
      `SELECT linkage.search_one_by_one('1', 0, 1)`,
      `SELECT linkage.prepare_search_month('2027-01-01')`,
    ]) {
      await t.rejects(client.query(statement), { code: '42501' }, statement)
    }
  }
  await t.rejects(auditor.query('SELECT linkage.fill_search(1)'), { code: '42501' })
  for (const most of [0, -1, 10_001]) await t.rejects(search.fill(most), { code: 'rejected' })
})

t.test('triggers refuse changes of rows by the administrator, too', async (t) => {
  for (const statement of ['UPDATE linkage.log_search SET agency = NULL', 'DELETE FROM linkage.log_search', 'TRUNCATE linkage.log_search'])
    await t.rejects(admin.query(statement), { code: 'LG005' }, statement)
})

// What auditors and managers ask, and the index that answers it.
const questions: readonly (readonly [string, string])[] = [
  [`agency = 'a' AND at >= '2026-11-01' AND at < '2026-12-01'`, 'agency'],
  [`agency = 'a' AND account = 'u'`, 'account'],
  [`agency = 'a' AND grant_id = 'g'`, 'grant'],
  [`agency = 'a' AND slot = '1' AND counted_seq = 5`, 'counted'],
  [`delegate = 'd'`, 'delegate'],
  [`case_no = 'c'`, 'case'],
  [`subject = 't'`, 'subject'],
  [`credential = 'k' AND at >= '2026-11-01'`, 'credential'],
  [`api = 'low-income'`, 'api'],
  [`decision = 'deny' AND code = 'outside-hours'`, 'code'],
  [`id = '019abcde-0000-7000-8000-000000000000'`, 'id'],
  [`slot = '1' AND of_index = 3`, 'of_index'],
  [`kind = 'policy' AND kind <> 'query'`, 'kind'],
]

t.test('every question that is asked is answered from an index', async (t) => {
  await admin.query('SET enable_seqscan = off')
  for (const [where] of questions) {
    const { rows } = await admin.query(`EXPLAIN SELECT index FROM linkage.log_search_2026_11 WHERE ${where}`)
    const plan = rows.map((row) => row['QUERY PLAN']).join('\n')
    t.match(plan, /Index (Only )?Scan|Bitmap Index Scan/, where)
    t.notMatch(plan, /Seq Scan/, where)
  }
  await admin.query('RESET enable_seqscan')
})
