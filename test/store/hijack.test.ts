// hijack.test.ts: functions that run as the owner do what they mean, whatever a caller's schemas, settings and roles are.
import pg from 'pg'
import t from 'tap'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { writeLog } from '../verifier/written-log.ts'
import { after, batchOf, emptyPlace, entry, noteOf, type Place } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)
const writer = new PostgresLogWriter(database.gatewayUrl)
const search = new PostgresLogSearch(database.gatewayUrl)
t.teardown(() => Promise.all([writer.close(), search.close()]).then(() => undefined))

let place: Place = emptyPlace('1', await writer.claim('1', 'https://gateway.example/log/1', 'key', 5_000))
async function append(texts: readonly string[], month = '2026-11-01'): Promise<void> {
  const batch = batchOf(place, texts, { month })
  await writer.append(batch, 5_000)
  place = after(place, batch)
}

/** Every way in which the owner's functions call something, under names that stand first in a caller's path. */
const traps = ['sha256(bytea) RETURNS bytea', 'current_setting(text) RETURNS text', 'convert_from(bytea, name) RETURNS text']
  .concat('convert_to(text, name) RETURNS bytea', 'to_regclass(text) RETURNS regclass', 'hashtextextended(text, bigint) RETURNS bigint')
  .concat(
    'to_char(timestamptz, text) RETURNS text',
    'clock_timestamp() RETURNS timestamptz',
    'set_config(text, text, boolean) RETURNS text',
  )
  .concat('octet_length(bytea) RETURNS int', 'substr(bytea, int, int) RETURNS bytea', 'json_to_record(json) RETURNS record')
  .concat('starts_with(text, text) RETURNS boolean', 'split_part(text, text, int) RETURNS text', 'strpos(text, text) RETURNS int')
  .concat('encode(bytea, text) RETURNS text', 'substr(text, int) RETURNS text')
  .map((signature) => `CREATE FUNCTION trap.${signature} LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;`)

const operators = [
  ['text', 'text'],
  ['bytea', 'bytea'],
  ['bigint', 'bigint'],
  ['date', 'date'],
].map(
  ([left, right]) => `
    CREATE FUNCTION trap.equals_${left}(${left}, ${right}) RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
    CREATE OPERATOR trap.= (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = trap.equals_${left});
    CREATE OPERATOR trap.<> (LEFTARG = ${left}, RIGHTARG = ${right}, FUNCTION = trap.equals_${left});`,
)

const relations = ['slot', 'log_entry', 'log_checkpoint', 'document', 'log_search', 'log_search_cursor'].map(
  (name) => `CREATE TABLE trap.${name} (LIKE linkage.${name}); CREATE TEMPORARY TABLE ${name} (LIKE linkage.${name});`,
)

t.test('a hijacked search_path changes nothing: functions, operators and tables are those that are meant', async (t) => {
  // What an administrator's mistake could allow: a schema where the gateway may create, and temporary tables.
  await admin.query(
    'CREATE SCHEMA trap; GRANT ALL ON SCHEMA trap TO linkage_gateway; GRANT TEMPORARY ON DATABASE linkage TO linkage_gateway',
  )
  const hijacker = await connect(t, database.gatewayUrl)
  await hijacker.query([...traps, ...operators, ...relations].join('\n'))
  await hijacker.query('SET search_path = trap, pg_temp, linkage, pg_catalog')
  await t.rejects(hijacker.query(`SELECT sha256('x')`), { message: 'hijacked' }, 'the trap is set')
  await t.rejects(hijacker.query(`SELECT 'x'::text = 'y'::text`), { message: 'hijacked' }, 'the trap is set')

  await hijacker.query(`SELECT linkage.put_document('policy', 'hijack')`)

  // The same path in every session of the gateway's own code.
  await admin.query('ALTER ROLE linkage_gateway SET search_path = trap, linkage, pg_catalog')
  const [hijacked, filler] = [new PostgresLogWriter(database.gatewayUrl), new PostgresLogSearch(database.gatewayUrl)]
  t.teardown(() => Promise.all([hijacked.close(), filler.close()]).then(() => undefined))
  const two = emptyPlace('2', await hijacked.claim('2', 'https://gateway.example/log/2', 'key', 5_000))
  const text = entry('query')
  const batch = batchOf(two, [text], { checkpoint: 'note of nothing' })
  await hijacked.append(batch, 5_000)
  await hijacked.putCheckpoint('2', 1, noteOf('https://gateway.example/log/2', after(two, batch)))
  await hijacked.prepareMonth('2027-01-01')
  t.equal(await filler.fill(10), 1)
  t.equal((await hijacker.query('SELECT linkage.fill_search(10) AS filled')).rows[0]?.filled, 0)

  const { rows } = await admin.query(
    `SELECT (SELECT size::int FROM linkage.slot WHERE slot = '2') AS size,
      (SELECT count(*)::int FROM linkage.log_entry WHERE slot = '2' AND entry = $1) AS entries,
      (SELECT count(*)::int FROM linkage.log_checkpoint WHERE slot = '2') AS checkpoints,
      (SELECT count(*)::int FROM linkage.document WHERE bytes = 'hijack') AS documents,
      (SELECT count(*)::int FROM linkage.log_search WHERE slot = '2' AND kind = 'query') AS found,
      to_regclass('linkage.log_entry_2027_02') IS NOT NULL AS partition`,
    [text],
  )
  t.strictSame(rows, [{ size: 1, entries: 1, checkpoints: 2, documents: 1, found: 1, partition: true }])
  for (const name of ['slot', 'log_entry', 'log_checkpoint', 'document', 'log_search', 'log_search_cursor']) {
    t.equal((await admin.query(`SELECT FROM trap.${name}`)).rowCount, 0, `trap.${name}`)
    t.equal((await hijacker.query(`SELECT FROM pg_temp.${name}`)).rowCount, 0, `pg_temp.${name}`)
  }
  await admin.query('ALTER ROLE linkage_gateway RESET search_path')
  await admin.query('REVOKE TEMPORARY ON DATABASE linkage FROM linkage_gateway; DROP SCHEMA trap CASCADE')
})

t.test('search columns are what the bytes say, whatever the settings of the session that fills them', async (t) => {
  const { written } = await writeLog()
  for (const text of written.entries) {
    const at = Date.parse(JSON.parse(text.toString()).at)
    await append([text.toString()], `${new Date(at + 8 * 3_600_000).toISOString().slice(0, 7)}-01`)
  }
  const all = async () => (await admin.query(`SELECT * FROM linkage.log_search WHERE slot = '1' ORDER BY index`)).rows
  while ((await search.fill(100)) > 0);
  const expected = await all()
  t.equal(expected.length, written.entries.length)
  await admin.query('SET ROLE linkage_owner; SELECT linkage.rebuild_search(); RESET ROLE')
  const odd = await connect(t, database.gatewayUrl)
  await odd.query(`SET DateStyle = 'German, DMY'; SET TimeZone = 'America/Los_Angeles'; SET IntervalStyle = 'sql_standard';
    SET standard_conforming_strings = off; SET transform_null_equals = on; SET quote_all_identifiers = on; SET bytea_output = 'escape';
    SET extra_float_digits = -15; SET lc_numeric = 'C'; SET default_transaction_isolation = 'serializable'; SET enable_indexscan = off`)
  while ((await odd.query('SELECT linkage.fill_search(7) AS filled')).rows[0]?.filled > 0);
  t.same(await all(), expected)
})

t.test('a session that would not wait for the disk cannot append', async (t) => {
  const lazy = await connect(t, database.gatewayUrl)
  await lazy.query('SET synchronous_commit = off')
  await t.rejects(lazy.query(`SELECT linkage.claim_slot('1', 'https://gateway.example/log/1', 'key', 1000)`), { code: 'LG002' })
  await t.rejects(lazy.query(`SELECT linkage.put_document('policy', 'lazy')`), { code: 'LG002' })
})

t.test('the owner cannot log in, whatever the password', async (t) => {
  const url = new URL(database.adminUrl)
  url.username = 'linkage_owner'
  const client = new pg.Client({ connectionString: url.href })
  await t.rejects(client.connect(), { code: /^28/ })
})

t.test('an administrator who is no superuser makes roles and tables, and is told what stays open', async (t) => {
  await admin.query(`CREATE ROLE city_admin LOGIN CREATEROLE PASSWORD 'city'; GRANT linkage_owner TO city_admin WITH ADMIN OPTION`)
  await admin.query(`CREATE DATABASE managed OWNER city_admin TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  const url = new URL(database.adminUrl)
  Object.assign(url, { username: 'city_admin', password: 'city', pathname: '/managed' })
  const { made, open } = await makeRoles(url.href, {})
  t.same(made, [])
  t.ok(open.includes('pg_advisory_lock(bigint)') && open.includes('lo_create(oid)'), open.join())
  t.ok((await migrate(url.href)).length > 0)
})

// What a member of the owner can do nobody in the database can refuse: that is what tree, signature and copies are for.
t.test('a member of the owner can switch guards off: the database is trusted to store, not to be true', async (t) => {
  const owner = await connect(t, database.adminUrl)
  await owner.query('SET ROLE linkage_owner')
  await t.rejects(owner.query(`DELETE FROM linkage.log_entry`), { code: 'LG005' })
  await owner.query('BEGIN; ALTER TABLE linkage.log_entry_2026_11 DISABLE TRIGGER ALL')
  await t.resolves(owner.query(`DELETE FROM linkage.log_entry_2026_11 WHERE index = 1`))
  await owner.query('ROLLBACK')
  for (const statement of [
    'SET session_replication_role = replica',
    'ALTER SYSTEM SET fsync = off',
    'CREATE ROLE mine',
    `COPY (SELECT 1) TO PROGRAM 'true'`,
  ])
    await t.rejects(owner.query(statement), { code: '42501' }, statement)
})

// What remains to who may connect, none of it a way to change what is there.
t.test('whoever reads can still hold a snapshot open, and send notices that nobody hears', async (t) => {
  const auditor = await connect(t, database.auditorUrl)
  await auditor.query('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT FROM linkage.slot')
  await t.resolves(append([entry('query')], '2027-02-01'), 'appends go on meanwhile')
  await t.resolves(writer.prepareMonth('2027-03-01'), 'partitions are made meanwhile')
  await t.resolves(search.fill(10), 'search is filled meanwhile')
  await auditor.query('COMMIT')
  await auditor.query('NOTIFY anything')
})
