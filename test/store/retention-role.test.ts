// retention-role.test.ts: what whoever has the password of linkage_retention tries, and what happens: with the bounds that a superuser
// sets, and on a server whose administrator is none.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import pg from 'pg'
import t from 'tap'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace, entry, type Place } from './batches.ts'
import { contents } from './contents.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const writer = new PostgresLogWriter(database.gatewayUrl)
t.teardown(() => writer.close())
const log = 'gateway.example/log/1'
let place: Place = emptyPlace('1', await writer.claim('1', log, 'key', 5_000))
async function append(entries: readonly string[], month: string): Promise<void> {
  const batch = batchOf(place, entries, { month })
  await writer.append(batch, 5_000)
  place = after(place, batch)
}
await append([entry('opening'), entry('query')], '2020-01-01')
await append([entry('query'), entry('query')], '2020-02-01')
await append([entry('query'), entry('query')], '2026-11-01')
const search = new PostgresLogSearch(database.gatewayUrl)
t.teardown(() => search.close())
while ((await search.fill(10)) > 0);
const retention = await connect(t, database.retentionUrl)
const [denied, rejected, guarded] = ['42501', 'LG003', 'LG005']

const rewritten = `UPDATE linkage.log_entry SET entry = '{"kind":"query"}', leaf_hash = sha256('\\x00'::bytea || convert_to('{"kind":"query"}', 'UTF8')) WHERE index = 4`
const detach = (of: string, how = ''): string => `ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_${of}${how}`
const forged = (index: number, text: string): string =>
  `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry) VALUES (${index}, '2026-11-01', '1', sha256('\\x00'::bytea || convert_to('${text}', 'UTF8')), '${text}')`

/** What the owner of a table can do to it: [statements of one transaction, the state of the last where the bounds are not there]. */
const acts: readonly (readonly [readonly string[], 'done' | typeof guarded | typeof denied])[] = [
  [['GRANT DELETE ON linkage.log_entry TO linkage_retention', 'DELETE FROM linkage.log_entry WHERE index = 4'], guarded],
  [['GRANT UPDATE ON linkage.log_entry TO linkage_retention', rewritten], guarded],
  [['GRANT TRUNCATE ON linkage.log_entry TO linkage_retention', 'TRUNCATE linkage.log_entry'], guarded],
  [['GRANT UPDATE ON linkage.log_entry TO linkage_retention', 'SELECT FROM linkage.log_entry FOR UPDATE'], 'done'],
  [['GRANT INSERT ON linkage.log_entry TO linkage_retention', forged(99, '{"kind":"query"}')], 'done'],
  [['ALTER TABLE linkage.log_entry DISABLE TRIGGER ALL'], 'done'],
  [['ALTER TABLE ONLY linkage.log_entry DISABLE TRIGGER only_added_to'], 'done'],
  [['ALTER TABLE linkage.log_entry_2026_11 DISABLE TRIGGER ALL'], denied],
  [['DROP TRIGGER only_added_to ON linkage.log_entry'], 'done'],
  [['DROP TRIGGER rows_only_added_to ON linkage.log_entry_2026_11'], denied],
  [['REVOKE ALL ON linkage.log_entry FROM linkage_gateway, linkage_auditor'], 'done'],
  [['CREATE POLICY mine ON linkage.log_entry USING (false)'], 'done'],
  [['ALTER TABLE linkage.log_entry ENABLE ROW LEVEL SECURITY'], 'done'],
  [['CREATE RULE mine AS ON INSERT TO linkage.log_entry DO INSTEAD NOTHING'], 'done'],
  [[`COMMENT ON TABLE linkage.log_entry IS 'mine'`], 'done'],
  [['ALTER TABLE linkage.log_entry DROP CONSTRAINT leaf_hash_is_of_entry'], denied],
  [['ALTER TABLE linkage.log_entry ALTER COLUMN entry DROP NOT NULL'], denied],
  [['ALTER TABLE linkage.log_entry ADD COLUMN mine int'], denied],
  [['ALTER TABLE linkage.log_entry OWNER TO linkage_gateway'], denied],
  [['ALTER TABLE linkage.log_entry SET SCHEMA public'], denied],
  [['ALTER TABLE linkage.log_entry RENAME TO mine'], denied],
  [['CREATE INDEX ON linkage.log_entry (slot)'], denied],
  [['CREATE TABLE linkage.mine PARTITION OF linkage.log_entry DEFAULT'], denied],
  [[`DO $$ BEGIN EXECUTE 'GRANT ALL ON linkage.log_entry TO linkage_retention'; END $$`], 'done'],
  [['DROP OWNED BY linkage_retention CASCADE'], 'done'],
  [[detach('2026_11')], 'done'],
  [['DROP TABLE linkage.log_entry CASCADE'], 'done'],
]

/** Runs statements in one transaction, which is rolled back.
 *  @returns the SQLSTATE of the first that is refused */
async function tried(statements: readonly string[]): Promise<{ state: string; last: string | undefined }> {
  await retention.query('BEGIN')
  let last: string | undefined
  try {
    for (last of statements) await retention.query(last)
    return { state: 'done', last }
  } catch (error) {
    return { state: error instanceof pg.DatabaseError ? (error.code ?? 'none') : String(error), last }
  } finally {
    await retention.query('ROLLBACK')
  }
}

t.test('retention owns the table that months are detached from, and can do nothing else with it', async (t) => {
  const { rows } = await admin.query(
    `SELECT relname FROM pg_class WHERE relowner = 'linkage_retention'::regrole AND relkind IN ('r', 'p', 'v', 'S') ORDER BY 1`,
  )
  t.same(
    rows.map(({ relname }) => relname),
    ['log_entry'],
  )
  const before = await contents(admin)
  for (const [statements] of acts) {
    for (const statement of statements) t.equal((await tried([statement])).state, denied, statement)
    // Sent as one, and as a transaction that is meant to stay.
    await t.rejects(retention.query(`${statements.join(';\n')}; COMMIT`), { code: denied }, statements.join())
    await retention.query('ROLLBACK')
  }
  for (const statement of ['DELETE FROM', 'TRUNCATE', 'LOCK TABLE'].map((act) => `${act} linkage.log_entry`))
    t.equal((await tried([statement])).state, denied, statement)
  t.strictSame(await contents(admin), before)
})

t.test('it detaches no month before five years have passed, and none of which another’s entry does not say so', async (t) => {
  const before = await contents(admin)
  for (const how of [' CONCURRENTLY', ' FINALIZE']) {
    await t.rejects(retention.query(detach('2026_11', how)), { code: rejected, message: /five years have not passed/ })
    await t.rejects(retention.query(detach('2020_01', how)), { code: rejected, message: /no retire entry/ })
    await t.rejects(retention.query(detach('2020_13', how)), { code: /^22/ }, 'no month')
    await t.rejects(retention.query(`${detach('2020_01', how)};`), { code: denied }, 'nothing but that statement')
    await t.rejects(retention.query(`/* */ ${detach('2020_01', how)}`), { code: denied })
    await t.rejects(retention.query(`${detach('2020_01', how)}; DROP TABLE linkage.log_entry CASCADE`), { code: denied })
  }
  for (const month of ['2026-11-01', '2022-01-01', '2026-11-29', 'infinity', null])
    await t.rejects(retention.query('SELECT linkage.keep_edges($1)', [month]), { code: rejected, message: /five years/ })
  await t.rejects(retention.query(`SELECT linkage.put_away('2020-01-01', true)`), { code: rejected, message: /still a part of the log/ })
  t.strictSame(await contents(admin), before)
})

t.test('it writes no entry that says so, and no other', async (t) => {
  const forger = new PostgresLogWriter(database.retentionUrl)
  t.teardown(() => forger.close())
  await t.rejects(forger.claim('2', 'gateway.example/log/2', 'key', 5_000), { code: 'unavailable', message: /linkage_gateway/ })
  await t.rejects(forger.putCheckpoint('1', 1, 'note'), { code: 'unavailable' })
  await t.rejects(forger.prepareMonth('2027-01-01'), { code: 'unavailable' })
})

t.test('an entry of one month takes out no other, and a month is dropped by its own entry alone', async (t) => {
  const retire = (more: object): string => entry('retire', { agency: undefined, from: 0, log, month: '2020-01', to: 2, ...more })
  const said = (month: string): string => retire({ from: 2, month, to: 4 })
  await append([said('2020-01'), said('2020-03'), said('2026-11'), retire({ month: '2020-02' }), retire({ to: 1 })], '2026-11-01')
  for (const month of ['2020_01', '2020_02'])
    await t.rejects(retention.query(detach(month, ' CONCURRENTLY')), { code: rejected, message: /no retire entry/ }, month)
  // Whoever owns everything detached it by hand.
  await admin.query(detach('2020_02'))
  for (const drop of [false, true])
    await t.rejects(retention.query(`SELECT linkage.put_away('2020-02-01', ${drop})`), { code: rejected, message: /no retire entry/ })
  await append([retire({}), said('2020-02')], '2026-11-01')
  await retention.query(`SELECT linkage.put_away('2020-02-01', true)`)
  await retention.query(`SELECT linkage.keep_edges('2020-01-01')`)
  await retention.query(detach('2020_01', ' CONCURRENTLY'))
  await retention.query(`SELECT linkage.put_away('2020-01-01', true)`)
  await admin.query(detach('2026_11'))
  await t.rejects(retention.query(`SELECT linkage.put_away('2026-11-01', true)`), { code: rejected, message: /five years have not passed/ })
  await admin.query(
    `ALTER TABLE linkage.log_entry ATTACH PARTITION linkage.log_entry_2026_11 FOR VALUES FROM ('2026-11-01') TO ('2026-12-01')`,
  )
})

t.test('whoever was granted the role is bound as it is; who makes the tables is not', async (t) => {
  await admin.query(`CREATE ROLE li_ming LOGIN PASSWORD 'li' IN ROLE linkage_retention`)
  const url = Object.assign(new URL(database.adminUrl), { username: 'li_ming', password: 'li' }).href
  const client = await connect(t, url)
  await t.rejects(client.query('DROP TABLE linkage.log_entry CASCADE'), { code: denied, message: /takes months out/ })
  await t.rejects(client.query('SET ROLE linkage_retention; DROP TABLE linkage.log_entry CASCADE'), { code: denied })
  await admin.query('BEGIN; SET LOCAL ROLE linkage_owner; COMMENT ON TABLE linkage.log_entry IS NULL; ROLLBACK')
  await admin.query('DROP ROLE li_ming')
})

// The row triggers of each month's table are linkage_owner's: they hold whatever the owner of the table above does.
t.test(
  'without the bounds its rows are not changed either; but it can be hidden, cut off and dropped: docs/evidence.md says so',
  async (t) => {
    await admin.query('ALTER EVENT TRIGGER linkage_retention_bounds DISABLE')
    const before = await contents(admin)
    for (const [statements, expected] of acts)
      t.same(await tried(statements), { state: expected, last: statements.at(-1) }, statements.join())
    const guardsOff = ['ALTER TABLE linkage.log_entry DISABLE TRIGGER ALL', 'GRANT ALL ON linkage.log_entry TO linkage_retention']
    for (const act of ['DELETE FROM linkage.log_entry', rewritten, `UPDATE linkage.log_entry SET slot = '3'`, 'TRUNCATE linkage.log_entry'])
      t.equal((await tried([...guardsOff, act])).state, guarded, act)
    t.strictSame(await contents(admin), before)
    await t.resolves(makeRoles(database.adminUrl, {}), 'a superuser sets them again')
    t.equal((await tried(['DROP TABLE linkage.log_entry CASCADE'])).state, denied)
  },
)

t.test('without the bounds it takes no month out by a row of its own beside what stands', async (t) => {
  const [other, name] = [new PostgresLogWriter(database.gatewayUrl), 'gateway.example/log/2']
  t.teardown(() => other.close())
  let of = emptyPlace('2', await other.claim('2', name, 'key', 5_000))
  for (const month of ['2020-03-01', '2026-11-01']) {
    const batch = batchOf(of, [entry('opening'), entry('query')], { month })
    await other.append(batch, 5_000)
    of = after(of, batch)
  }
  await admin.query('ALTER EVENT TRIGGER linkage_retention_bounds DISABLE')
  const said = entry('retire', { agency: undefined, from: 0, log: name, month: '2020-03', to: 2 })
  const takeOut = [detach('2020_03'), `SELECT linkage.put_away('2020-03-01', true)`]
  const size = Number((await admin.query(`SELECT size FROM linkage.slot WHERE slot = '1'`)).rows[0].size)
  for (const [where, index, slot] of [
    ['behind the head', size, '1'],
    ['in front of the first', -1, '1'],
    ['of a month that is gone', 0, '1'],
    ['of the month that is to go', 1, '2'],
    ['of no log', 0, '9'],
  ] as const) {
    const row = forged(index, said).replace(", '1', ", `, '${slot}', `)
    t.match(await tried(['GRANT INSERT ON linkage.log_entry TO linkage_retention', row, ...takeOut]), { state: rejected }, where)
  }
  await append([said], '2026-11-01')
  t.equal((await tried(takeOut)).state, 'done', 'an entry of any log of the database says so')
  await makeRoles(database.adminUrl, {})
})

t.test('until the day of the order it does not log in: the statements of docs/operations.md', async (t) => {
  const manual = readFileSync(join(import.meta.dirname, '../../docs/operations.md'), 'utf8')
  const [close = '', open = ''] = [...manual.matchAll(/^```sql\n(ALTER ROLE linkage_retention .+)\n```$/gm)].map(
    ([, statement]) => statement,
  )
  const login = async (): Promise<unknown> => {
    const client = new pg.Client({ connectionString: database.retentionUrl })
    client.on('error', () => undefined)
    await client.connect()
    return client.end()
  }
  await admin.query(close)
  await t.rejects(login(), { code: '28000' })
  t.same(await makeRoles(database.adminUrl, {}), { made: [], open: [] })
  await t.rejects(login(), { code: '28000' }, 'and stays so')
  const day = (from: number): string => new Date(Date.now() + from).toISOString()
  await admin.query(open.replace(/'.+'/, `'${day(60_000)}'`))
  await login()
  await admin.query(open.replace(/'.+'/, `'${day(-60_000)}'`))
  await t.rejects(login(), { code: '28P01' })
})
