// roles.test.ts: what the gateway and the auditor may not do, tried by each.
import t from 'tap'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { batchOf, emptyPlace, entry } from './batches.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const writer = new PostgresLogWriter(database.gatewayUrl)
t.teardown(() => writer.close())
const place = emptyPlace('1', await writer.claim('1', 'https://gateway.example/log/1', 'key', 5_000))
await writer.append(batchOf(place, [entry('opening'), entry('query')], { checkpoint: 'note\n' }), 5_000)
await writer.putDocument('policy', Buffer.from('{}'))
const admin = await connect(t, database.adminUrl)
const [gateway, auditor] = [await connect(t, database.gatewayUrl), await connect(t, database.auditorUrl)]
const tables = ['slot', 'log_entry', 'log_entry_2026_11', 'log_checkpoint', 'log_tile', 'document', 'kysely_migration']
const denied = '42501'

const forbidden: readonly string[] = [
  ...tables.flatMap((table) => [
    `INSERT INTO linkage.${table} SELECT * FROM linkage.${table}`,
    `UPDATE linkage.${table} SET ${firstColumn(table)} = ${firstColumn(table)}`,
    `DELETE FROM linkage.${table}`,
    `TRUNCATE linkage.${table}`,
    `ALTER TABLE linkage.${table} DISABLE TRIGGER ALL`,
    `ALTER TABLE linkage.${table} ADD COLUMN mine int`,
    `DROP TABLE linkage.${table}`,
    `SELECT 1; LOCK TABLE linkage.${table} IN ACCESS EXCLUSIVE MODE`,
    `COPY linkage.${table} FROM STDIN`,
    `CREATE TRIGGER mine BEFORE INSERT ON linkage.${table} FOR EACH ROW EXECUTE FUNCTION linkage.refuse_change()`,
  ]),
  'SELECT FROM linkage.slot FOR UPDATE',
  'ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_2026_11',
  'CREATE TABLE linkage.mine (n int)',
  'CREATE TABLE public.mine (n int)',
  'CREATE TEMPORARY TABLE log_entry (LIKE linkage.log_entry)',
  'CREATE SCHEMA mine',
  `CREATE FUNCTION public.sha256(bytea) RETURNS bytea LANGUAGE sql AS 'SELECT $1'`,
  `CREATE OR REPLACE FUNCTION linkage.put_document(text, bytea) RETURNS void LANGUAGE sql AS ''`,
  'ALTER FUNCTION linkage.put_document(text, bytea) RESET search_path',
  'DROP FUNCTION linkage.refuse_change() CASCADE',
  'SET ROLE linkage_owner',
  'SET SESSION AUTHORIZATION linkage_admin',
  'SET session_replication_role = replica',
  'ALTER SYSTEM SET fsync = off',
  'ALTER ROLE linkage_owner LOGIN',
  'GRANT linkage_owner TO CURRENT_USER',
  'CREATE ROLE mine',
  `COPY (SELECT 1) TO PROGRAM 'true'`,
  `SELECT pg_read_file('PG_VERSION')`,
  `SELECT linkage.enter_month('1', 1, 2, '', '2026-12-01')`,
  `SELECT linkage.guard('linkage.slot')`,
  'SELECT linkage.require_durable()',
]

function firstColumn(table: string): string {
  return { kysely_migration: 'name', document: 'kind' }[table] ?? 'slot'
}

async function contents(): Promise<unknown> {
  const { rows } = await admin.query(
    `SELECT (SELECT jsonb_agg(s) FROM linkage.slot AS s) AS slots, (SELECT jsonb_agg(e) FROM linkage.log_entry AS e) AS entries,
      (SELECT jsonb_agg(c) FROM linkage.log_checkpoint AS c) AS checkpoints, (SELECT jsonb_agg(d) FROM linkage.document AS d) AS documents`,
  )
  return rows[0]
}

for (const [role, client] of [
  ['gateway', gateway],
  ['auditor', auditor],
] as const) {
  t.test(`the ${role} is refused everything that changes what is there`, async (t) => {
    const before = await contents()
    for (const statement of forbidden) {
      const error: unknown = await client.query(statement).then(
        () => undefined,
        (failure) => failure,
      )
      t.match(error, { code: denied }, statement)
    }
    t.strictSame(await contents(), before)
  })

  t.test(`the ${role} reads every table`, async (t) => {
    for (const table of tables) await client.query(`SELECT * FROM linkage.${table}`)
    t.equal((await client.query('SELECT FROM linkage.log_entry')).rowCount, 2)
  })
}

t.test('the auditor executes no function of ours, the gateway six', async (t) => {
  const executable = async (role: string): Promise<string[]> => {
    const { rows } = await admin.query(
      `SELECT proname FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace AND has_function_privilege($1, oid, 'EXECUTE') ORDER BY 1`,
      [role],
    )
    return rows.map((row) => row.proname)
  }
  t.strictSame(await executable('linkage_auditor'), [])
  t.strictSame(await executable('linkage_gateway'), [
    'append_batch',
    'claim_slot',
    'fill_search',
    'prepare_month',
    'put_checkpoint',
    'put_document',
  ])
})

t.test('every function that runs as the owner fixes its search_path, with temporary objects last', async (t) => {
  const { rows } = await admin.query(`SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace`)
  t.ok(rows.length >= 8)
  for (const { proname, proconfig } of rows) t.ok(proconfig?.includes('search_path=pg_catalog, linkage, pg_temp'), proname)
})

t.test('a hijacked search_path changes nothing: functions of ours call what they mean', async (t) => {
  // What an administrator's mistake could allow: a schema where the gateway may create.
  await admin.query(
    'CREATE SCHEMA trap; GRANT ALL ON SCHEMA trap TO linkage_gateway; GRANT TEMPORARY ON DATABASE linkage TO linkage_gateway',
  )
  const hijacker = await connect(t, database.gatewayUrl)
  await hijacker.query(`SET search_path = trap, pg_temp, linkage, pg_catalog;
    CREATE FUNCTION trap.sha256(bytea) RETURNS bytea LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
    CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'hijacked'; END $$;
    CREATE TABLE trap.document (LIKE linkage.document);
    CREATE TEMPORARY TABLE document (LIKE linkage.document)`)
  await hijacker.query(`SELECT linkage.put_document('policy', 'hijack')`)
  const { rows } = await admin.query(
    `SELECT (SELECT count(*)::int FROM linkage.document WHERE bytes = 'hijack') AS ours, (SELECT count(*)::int FROM trap.document) AS theirs`,
  )
  t.strictSame(rows, [{ ours: 1, theirs: 0 }])
  await admin.query('REVOKE TEMPORARY ON DATABASE linkage FROM linkage_gateway')
})

t.test("triggers refuse the owner's and the administrator's own mistakes, on partitions too", async (t) => {
  const before = await contents()
  for (const table of ['log_entry', 'log_entry_2026_11', 'log_checkpoint', 'log_tile', 'document']) {
    for (const statement of [
      `UPDATE linkage.${table} SET ${firstColumn(table)} = 'x'`,
      `DELETE FROM linkage.${table}`,
      `TRUNCATE linkage.${table}`,
    ]) {
      await t.rejects(admin.query(statement), { code: 'LG005' }, statement)
    }
  }
  const onSlots = [
    'DELETE FROM linkage.slot',
    'TRUNCATE linkage.slot',
    'UPDATE linkage.slot SET size = size - 1',
    'UPDATE linkage.slot SET epoch = 0',
  ]
  for (const statement of [...onSlots, `UPDATE linkage.slot SET log = 'x'`, `UPDATE linkage.slot SET month = '2026-10-01'`]) {
    await t.rejects(admin.query(statement), { code: 'LG005' }, statement)
  }
  t.strictSame(await contents(), before)
})

t.test('a row whose hash is not of its bytes is refused, whoever writes it', async (t) => {
  const row = `INSERT INTO linkage.log_entry (index, month, slot, leaf_hash, entry) VALUES (2, '2026-11-01', '1', sha256('x'), '{"kind":"query"}')`
  await t.rejects(admin.query(row), { code: '23514', constraint: 'leaf_hash_is_of_entry' })
  await t.rejects(admin.query(`INSERT INTO linkage.document VALUES (sha256('x'), 'policy', 'y', now())`), {
    code: '23514',
    constraint: 'digest_is_of_bytes',
  })
})

t.test('roles are made once; the owner cannot log in; passwords are kept as SCRAM verifiers', async (t) => {
  t.strictSame(await makeRoles(database.adminUrl, { linkage_gateway: 'another' }), [])
  await (await connect(t, database.gatewayUrl)).query('SELECT 1')
  const { rows } = await admin.query(
    `SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS powerful, rolpassword LIKE 'SCRAM-SHA-256$%' AS scram
     FROM pg_authid WHERE rolname IN ('linkage_owner', 'linkage_gateway', 'linkage_auditor') ORDER BY 1`,
  )
  t.strictSame(rows, [
    { rolname: 'linkage_auditor', rolcanlogin: true, powerful: false, scram: true },
    { rolname: 'linkage_gateway', rolcanlogin: true, powerful: false, scram: true },
    { rolname: 'linkage_owner', rolcanlogin: false, powerful: false, scram: null },
  ])
})
