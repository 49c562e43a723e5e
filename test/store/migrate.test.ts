// migrate.test.ts: tables are made once, as the owner, in a database that can hold the log.
import { promises as fs, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { Kysely, PostgresDialect } from 'kysely'
import { FileMigrationProvider, Migrator } from 'kysely/migration'
import pg from 'pg'
import t from 'tap'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const admin = await connect(t, database.adminUrl)

async function anotherDatabase(name: string, encoding: string): Promise<string> {
  await admin.query(`CREATE DATABASE ${name} TEMPLATE template0 ENCODING '${encoding}' LOCALE 'C'`)
  const url = new URL(database.adminUrl)
  url.pathname = `/${name}`
  return url.href
}

t.test('what ran does not run again', async (t) => {
  t.strictSame(await migrate(database.adminUrl), [])
  const { rows } = await admin.query('SELECT name FROM linkage.kysely_migration ORDER BY name')
  const files = readdirSync(join(import.meta.dirname, '../../migrations')).map((name) => name.replace('.ts', ''))
  t.strictSame(
    rows.map((row) => row.name),
    files.sort(),
  )
})

t.test('two that migrate at once make everything once', async (t) => {
  const url = await anotherDatabase('twice', 'UTF8')
  await makeRoles(url, {})
  const ran = await Promise.all([migrate(url), migrate(url)])
  t.equal(ran.flat().length, readdirSync(join(import.meta.dirname, '../../migrations')).length)
})

t.test('everything belongs to the owner who cannot log in, but the table that months are detached from', async (t) => {
  const { rows } = await admin.query(
    `SELECT relname AS name, pg_get_userbyid(relowner) AS owner FROM pg_class WHERE relnamespace = 'linkage'::regnamespace
     UNION ALL SELECT proname, pg_get_userbyid(proowner) FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace`,
  )
  t.ok(rows.length > 20)
  const parent = /^log_entry(_pkey|_rare_kind|_stream)?$/
  for (const { name, owner } of rows) t.equal(owner, parent.test(name) ? 'linkage_retention' : 'linkage_owner', name)
})

t.test('a database of another encoding is refused, and stays as it was', async (t) => {
  const url = await anotherDatabase('latin', 'LATIN1')
  await makeRoles(url, {})
  await t.rejects(migrate(url), { message: /expected a database of encoding UTF8, found LATIN1/ })
  const { rows } = await (await connect(t, url)).query(
    `SELECT count(*)::int AS n FROM pg_class WHERE relnamespace = 'linkage'::regnamespace`,
  )
  t.equal(rows[0]?.n, 0)
})

t.test('who is no member of the owner cannot migrate', async (t) => {
  await t.rejects(migrate(database.gatewayUrl), { message: /permission denied to set role/ })
})

t.test('a migration that was written beside one that ran is run after it, though its number is lower', async (t) => {
  const url = await anotherDatabase('beside', 'UTF8')
  await makeRoles(url, {})
  const [first] = await migrate(url)
  await (await connect(t, url)).query('DELETE FROM linkage.kysely_migration WHERE name = $1', [first])
  // What it makes is there already, which here shows that it was run.
  await t.rejects(migrate(url), { message: new RegExp(`${first} failed: .* already exists`) })
})

t.test('tables of the version before: a month that is there is guarded row by row, once who takes months out writes nothing', async (t) => {
  const url = await anotherDatabase('before', 'UTF8')
  await makeRoles(url, {})
  const pool = new pg.Pool({ connectionString: url, options: '-c role=linkage_owner', max: 1 })
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  const provider = new FileMigrationProvider({ fs, path: { join }, migrationFolder: join(import.meta.dirname, '../../migrations') })
  t.match(await new Migrator({ db, provider, migrationTableSchema: 'linkage' }).migrateTo('010-checkpoint-order'), { error: undefined })
  await db.destroy()
  const client = await connect(t, url)
  await client.query(`SELECT linkage.prepare_month('2020-01-01')`)
  await client.query(
    `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry) VALUES (0, '2020-01-01', '1', sha256('\\x007b7d'), '{}')`,
  )
  await client.query('GRANT linkage_gateway TO linkage_retention')
  await t.rejects(migrate(url), {
    message: /011-retention-bounds failed: linkage_retention still is .*Run first, as a superuser: linkage database roles/,
  })
  t.same(await makeRoles(url, {}), { made: [], open: [] })
  t.ok((await migrate(url)).includes('011-retention-bounds'))
  t.same(await makeRoles(url, {}), { made: [], open: [] })
  await client.query('ALTER TABLE linkage.log_entry DISABLE TRIGGER ALL')
  for (const act of ['DELETE FROM linkage.log_entry', `UPDATE linkage.log_entry SET slot = '2'`])
    await t.rejects(client.query(act), { code: 'LG005' }, act)
})

t.test('a role that an administrator once put into the gateway\u2019s is taken out of it, whoever granted that', async (t) => {
  const isMember = async (): Promise<boolean> =>
    (await admin.query(`SELECT pg_has_role('linkage_retention', 'linkage_gateway', 'MEMBER') AS member`)).rows[0]?.member
  await admin.query(`CREATE ROLE former_admin LOGIN CREATEROLE PASSWORD 'former'; GRANT linkage_gateway TO former_admin WITH ADMIN OPTION`)
  await admin.query('GRANT linkage_gateway TO linkage_retention GRANTED BY former_admin')
  t.equal(await isMember(), true)
  await makeRoles(database.adminUrl, {})
  t.equal(await isMember(), false)
})
