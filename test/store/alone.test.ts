// alone.test.ts: of writers that must be alone on a database one writes: a second is refused at its claim, and the first where another wrote while it had no connection.
import t from 'tap'
import { announce, PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const within = 5_000
const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const open = (alone: boolean): PostgresLogWriter => {
  const writer = new PostgresLogWriter(database.gatewayUrl, alone)
  t.teardown(() => writer.close())
  return writer
}
const claim = (writer: PostgresLogWriter, slot: string) => writer.claim(slot, `gateway.example/log/${slot}`, 'key', within)
const first = open(true)
const second = open(true)
const cutFirst = () =>
  admin.query(`SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'linkage gateway 1'`)

t.test('the second of two is refused, and says where the first is; who need not be alone is not, nor is the same slot', async (t) => {
  await claim(first, '1')
  await t.rejects(claim(second, '2'), { code: 'other-instance', message: /linkage gateway 1, process \d+, from 127\.0\.0\.1/ })
  t.ok(await claim(open(false), 'cli'), 'the log of commands is written beside a gateway')
  t.ok(await claim(first, '1'), 'its own session of before is not another')
  const again = open(true)
  t.ok(await claim(again, '1'), 'one slot has one writer by its epoch')
  await again.close()
})

t.test('once the first is gone the second takes over, and the first comes back to nothing', async (t) => {
  const place = emptyPlace('1', await claim(first, '1'))
  await cutFirst()
  const { rows } = await admin.query(`SELECT count(*)::int AS open FROM pg_stat_activity WHERE application_name = 'linkage gateway 1'`)
  t.equal(rows[0]?.open, 0)
  t.ok(await claim(second, '2'))
  // Its connection was lost while nothing was in flight: no claim is due, and a new connection alone would write on.
  await new Promise((resolve) => setTimeout(resolve, 50))
  // It wrote nothing yet, and so served nobody: it may be one that will end on finding the first.
  const there = { code: 'unavailable', message: /linkage gateway 2/ }
  await t.rejects(first.append(batchOf(place, [entry('query')]), within), there)
  await t.rejects(first.probe('1'), there)
  await t.rejects(claim(first, '1'), there)
  await second.close()
  t.ok(await claim(first, '1'), 'the second has ended, and wrote nothing')
})

t.test(
  'a second that wrote while the first had no connection, and is gone: the first never writes again, its next process does',
  async (t) => {
    const write = async (writer: PostgresLogWriter, place: Place, kind: string): Promise<Place> => {
      const batch = batchOf(place, [entry(kind)])
      await writer.append(batch, within)
      return after(place, batch)
    }
    const begun = await write(first, emptyPlace('1', await claim(first, '1')), 'query')
    await cutFirst()
    const cli = open(false)
    await write(cli, emptyPlace('cli', await claim(cli, 'cli')), 'export')
    await admin.query(`SELECT linkage.end_slot('9', 'gateway.example/log/9', 'key', 'order', 1000)`)
    const written = await write(first, begun, 'query')
    t.equal(written.tree.size, 2, 'what commands write, and a slot that they end, is no other gateway')

    const through = open(false)
    await write(through, emptyPlace('8', await claim(through, '8')), 'retire')
    await first.probe('1')
    await cutFirst()
    t.ok(await first.probe('1'), 'nor what one writes through another slot while the first is there')
    await cutFirst()
    const next = open(true)
    await write(next, emptyPlace('2', await claim(next, '2')), 'key')
    await next.close()
    const traces = { code: 'other-instance', message: /the gateway of slot 2 wrote while this one had no connection/ }
    await t.rejects(first.append(batchOf(written, [entry('query')]), within), traces)
    await t.rejects(first.probe('1'), traces)
    await t.rejects(claim(first, '1'), traces)
    const restarted = open(true)
    t.ok(await claim(restarted, '1'), 'who starts now has nothing in memory that is old')
    await restarted.close()
  },
)

t.test('two that come at the same instant: never both', async (t) => {
  await first.close()
  for (let round = 0; round < 20; round += 1) {
    const pair = [open(true), open(true)]
    const claims = await Promise.allSettled(pair.map((each, at) => claim(each, String(11 + at))))
    t.ok(claims.filter(({ status }) => status === 'fulfilled').length <= 1)
    for (const each of claims) if (each.status === 'rejected') t.match(each.reason, { code: 'other-instance' })
    await Promise.all(pair.map((each) => each.close()))
    for (;;) {
      const { rows } = await admin.query(`SELECT 1 FROM pg_stat_activity WHERE application_name LIKE 'linkage gateway %'`)
      if (rows.length === 0) break
    }
  }
})

t.test('a name that only looks like one is none', async (t) => {
  const stranger = await connect(t, database.adminUrl)
  await stranger.query(`SET application_name = 'linkage gateway of somebody'`)
  const writer = open(true)
  t.ok(await claim(writer, '3'))
})

t.test('the name of a gateway counts of those who could be one: not of an auditor, but of every login that may write', async (t) => {
  const name = `SET application_name = 'linkage gateway 9'`
  const auditor = await connect(t, database.auditorUrl)
  await auditor.query(name)
  t.ok(await claim(open(true), '3'), 'an auditor who takes the name keeps nobody out')
  await admin.query(`CREATE ROLE second_login LOGIN PASSWORD 'of-a-second-login' IN ROLE linkage_gateway`)
  const url = Object.assign(new URL(database.gatewayUrl), { username: 'second_login', password: 'of-a-second-login' }).href
  const second = await connect(t, url)
  await second.query(name)
  await t.rejects(claim(open(true), '3'), { code: 'other-instance', message: /linkage gateway 9/ })
})

t.test('the server lets go of a connection whose other end is gone, idle or not, within half a minute', async (t) => {
  const session = await connect(t, database.gatewayUrl)
  await session.query(announce, ['linkage gateway 5'])
  const { rows } = await session.query(`SELECT name, setting::int AS value FROM pg_settings WHERE name LIKE 'tcp\\_%'`)
  const { tcp_keepalives_idle, tcp_keepalives_interval, tcp_keepalives_count, tcp_user_timeout } = Object.fromEntries(
    rows.map(({ name, value }) => [name, value]),
  )
  t.equal(tcp_keepalives_idle + tcp_keepalives_interval * tcp_keepalives_count, 25, 'seconds, as its socket has them')
  t.equal(tcp_user_timeout, 25_000)
})
