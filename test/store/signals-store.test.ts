// signals-store.test.ts: accounts come in chunks, each once; what lies behind the sizes, in another month or another agency is not counted.
import t from 'tap'
import type { AccountCount } from '../../src/audit/signals/counts.ts'
import { signalSettings } from '../../src/audit/signals/thresholds.ts'
import { PostgresSignals } from '../../src/store/signals-store.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const asked = { month: '2026-10', office: [], sizes: new Map([['1', 10_000]]), thresholds: signalSettings({}).thresholds }
const signals = new PostgresSignals(database.gatewayUrl, asked)
t.teardown(() => signals.close())

await admin.query(`SELECT linkage.prepare_search_month('2026-09-01'), linkage.prepare_search_month('2026-10-01')`)
const insert = `INSERT INTO linkage.log_search (slot, index, month, at, kind, agency, account, code, decision, subject, address)
  SELECT $1, n, $2::date, $2::date::timestamp AT TIME ZONE INTERVAL '8 hours' + n * INTERVAL '1 minute', $3, $4, 'user-' || (n % 450), 'released', 'permit', 's' || n, '192.0.2.1'
  FROM generate_series($5::int, $6::int) AS n`
await admin.query(insert, ['1', '2026-10-01', 'query', 'a', 0, 899])
await admin.query(insert, ['1', '2026-10-01', 'query', 'b', 900, 910])
await admin.query(insert, ['1', '2026-10-01', 'completion', 'a', 911, 920])
await admin.query(insert, ['1', '2026-10-01', 'query', 'a', 10_000, 10_449])
await admin.query(insert, ['2', '2026-10-01', 'query', 'a', 0, 449])
await admin.query(insert, ['1', '2026-09-01', 'query', 'a', 1_000, 1_449])

t.test('each account once, however many chunks they take, with its own records alone', async (t) => {
  const chunks: (readonly AccountCount[])[] = []
  for await (const chunk of signals.accounts('a')) chunks.push(chunk)
  t.ok(chunks.length > 1)
  const all = chunks.flat()
  t.equal(new Set(all.map(({ account }) => account)).size, 450)
  t.equal(all.length, 450)
  for (const { account, before, offHours, records, subjects } of all) {
    const nth = Number(account.slice(5))
    const last = Date.parse('2026-08-31T16:00:00Z') + (nth < 100 ? 1_350 + nth : 900 + nth) * 60_000
    t.same([records, subjects, offHours, before], [2, 2, 2, last], account)
  }
})

t.test('entries behind the sizes, of logs that were not there, of other kinds, months and agencies are not counted', async (t) => {
  t.match(await signals.totals(), [
    { agency: 'a', records: 900, accounts: 450, offHours: 900 },
    { agency: 'b', records: 11 },
  ])
  const { hours, openings, refusals, subjects } = await signals.counts('a', [])
  t.equal(
    hours.reduce((sum, { records }) => sum + records, 0),
    900,
  )
  t.same([openings, refusals, subjects], [[], [], { total: 0, rows: [] }])
  t.same(
    (await signals.days('a', ['user-7'])).map(({ day, records }) => [day, records]),
    [['2026-10-01', 2]],
  )
})
