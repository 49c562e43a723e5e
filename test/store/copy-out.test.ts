// copy-out.test.ts: rows of a COPY come as the bytes that stand in the database, whole or not at all.
import t from 'tap'
import { StoreError } from '../../src/querylog/ports.ts'
import { Chunks } from '../../src/store/chunks.ts'
import { eachRow, type Room } from '../../src/store/copy-out.ts'
import { connect, startTestDatabase } from './server.ts'

const { adminUrl } = await startTestDatabase(t)
const chunks = new Chunks(adminUrl)
t.teardown(() => chunks.close())
const room: Room = { bytes: Buffer.allocUnsafeSlow(64) }

function rowsOf(bytes: Buffer, width: number): (Buffer | undefined)[][] {
  const rows: (Buffer | undefined)[][] = []
  eachRow(bytes, width, (from, to) => rows.push(from.map((at, nth) => ((to[nth] ?? -1) < 0 ? undefined : bytes.subarray(at, to[nth])))))
  return rows
}

t.test('each column is its bytes: text in UTF-8, numbers in eight, NULL none', async (t) => {
  const bytes = await chunks.copy(
    `SELECT 1::bigint, '\\x00ff0a5c'::bytea, '中文"\\', NULL UNION ALL SELECT 9007199254740991::bigint, ''::bytea, '', NULL`,
    room,
  )
  t.same(rowsOf(bytes, 4), [
    [Buffer.of(0, 0, 0, 0, 0, 0, 0, 1), Buffer.of(0, 0xff, 0x0a, 0x5c), Buffer.from('中文"\\'), undefined],
    [Buffer.of(0, 0x1f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff), Buffer.alloc(0), Buffer.alloc(0), undefined],
  ])
  t.same(rowsOf(await chunks.copy('SELECT 1 WHERE false', room), 1), [], 'no row')
})

t.test('a room grows with what comes, and is used again', async (t) => {
  const texts = rowsOf(await chunks.copy(`SELECT repeat(n::text, 1000 * n) FROM generate_series(1, 9) AS n`, room), 1)
  t.same(
    texts.map(([text]) => text?.toString()),
    Array.from({ length: 9 }, (_, nth) => String(nth + 1).repeat(1_000 * (nth + 1))),
  )
  const grown = room.bytes
  const again = await chunks.copy('SELECT 1::bigint', room)
  t.equal(room.bytes, grown)
  t.equal(again.buffer, grown.buffer)
})

t.test('rows that are cut off anywhere, or have other columns, are none', async (t) => {
  const whole = Buffer.from(await chunks.copy(`SELECT 'ab'::text, 'c'::text UNION ALL SELECT 'd', 'ef'`, room))
  t.equal(rowsOf(whole, 2).length, 2)
  for (let end = 0; end < whole.length; end += 1) t.throws(() => rowsOf(whole.subarray(0, end), 2), RangeError, `${end} bytes`)
  t.throws(() => rowsOf(whole, 3), /a row of 2 columns; expected 3/)
})

t.test('a statement that fails says why, before its first row and after it; the next one is run', async (t) => {
  const refused = { code: 'unavailable', message: /SQLSTATE 42P01/ }
  await t.rejects(chunks.copy('SELECT * FROM linkage.nothing', room), refused)
  await t.rejects(chunks.copy('SELECT 1 / (5 - n) FROM generate_series(1, 9) AS n', room), {
    code: 'rejected',
    message: /division by zero/,
  })
  t.equal(rowsOf(await chunks.copy('SELECT 1', room), 1).length, 1)
})

t.test('a connection that is lost between rows is no end of them', async (t) => {
  const admin = await connect(t, adminUrl)
  const slow = chunks.copy('SELECT n, CASE WHEN n = 3 THEN pg_sleep(30)::text END FROM generate_series(1, 9) AS n', room)
  const lost = t.rejects(slow, StoreError)
  for (let ended = false; !ended; ) {
    const { rows } = await admin.query(
      `SELECT pg_terminate_backend(pid) AS ended FROM pg_stat_activity WHERE query LIKE 'COPY%pg_sleep%' AND pid <> pg_backend_pid()`,
    )
    ended = rows[0]?.ended === true
  }
  await lost
  t.equal(rowsOf(await chunks.copy('SELECT 1', room), 1).length, 1, 'the next has a connection of its own')
})
