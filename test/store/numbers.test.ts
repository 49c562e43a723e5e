// numbers.test.ts: an administrator edits agencies' numbers in a real database: no writer goes on by them, and the manual's statement mends them.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { systemClock } from '../../src/cli/system-clock.ts'
import type { QueryLog } from '../../src/querylog/log.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { LogBench, query } from '../querylog/log-bench.ts'
import { connect, startTestDatabase } from './server.ts'
import { timed } from './timed.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const [writer, reader] = [new PostgresLogWriter(database.gatewayUrl), new PostgresLogReader(database.gatewayUrl)]
t.teardown(() => Promise.all([writer.close(), reader.close()]))
const bench = new LogBench(t)
await bench.makeKeys('1')

async function write(ahead: number, act: (log: QueryLog) => Promise<unknown> = async () => undefined): Promise<void> {
  const clock = { ...systemClock, wall: () => Date.now() + ahead }
  const log = await bench.open('1', { store: timed(writer, () => ahead), reader, clock })
  try {
    await act(log)
  } finally {
    await log.close()
  }
}

const call = (log: QueryLog, agency: string, counted = true) => log.append({ ...query(agency).draft, counted })
const numbers = async () => (await admin.query(`SELECT agencies FROM linkage.slot WHERE slot = '1'`)).rows[0]?.agencies
const set = (agencies: object) => admin.query(`UPDATE linkage.slot SET agencies = $1 WHERE slot = '1'`, [agencies])
const manual = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
const [, countAnew = ''] = /^```sql\n(WITH turn AS [\s\S]+?)```$/m.exec(manual) ?? []

async function refusedUntilMended(t: Test, expected: Readonly<Record<string, readonly number[]>>): Promise<void> {
  t.same(await numbers(), expected)
  const { a = [], ...rest } = expected
  const others = [{}, rest, { ...expected, z: [1, 1, 0, 0] }, { ...expected, a: a.map((each) => each + 1) }]
  for (const each of others) {
    await set(each)
    const entries = (await admin.query('SELECT FROM linkage.log_entry')).rowCount
    await t.rejects(write(0), { code: 'other-numbers', message: /docs\/operations\.md/ }, JSON.stringify(each))
    t.equal((await admin.query('SELECT FROM linkage.log_entry')).rowCount, entries, 'nothing is written')
    await admin.query(countAnew)
    t.same(await numbers(), expected, 'counted anew')
  }
  await write(0)
}

t.test('numbers that are not the entries’ are refused at the start, before the first turn of a month', async (t) => {
  const ahead = Date.parse('2026-10-20T02:00:00.000Z') - Date.now()
  await write(ahead, async (log) => {
    for (const agency of ['a', 'b', 'a']) await call(log, agency)
    await call(log, 'b', false)
  })
  t.same(await numbers(), { a: [2, 2, 0, 0], b: [2, 1, 0, 0] })
  await set({ a: [2, 2, 0, 0], b: [3, 1, 0, 0] })
  await t.rejects(write(ahead), { code: 'other-numbers' })
  await admin.query(countAnew)
  t.same(await numbers(), { a: [2, 2, 0, 0], b: [2, 1, 0, 0] })
})

t.test('numbers that are not the entries’ are refused at the start, and counted anew by the statement of the manual', async (t) => {
  await write(0, async (log) => {
    for (const agency of ['b', 'c']) await call(log, agency)
  })
  await refusedUntilMended(t, { a: [2, 2, 2, 2], b: [3, 2, 2, 1], c: [1, 1, 0, 0] })
})
