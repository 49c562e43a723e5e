// roles.test.ts: what the gateway, operations, retention and the auditor may not do, tried by each.
import t from 'tap'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { batchOf, emptyPlace, entry } from './batches.ts'
import { firstColumn, forbidden, tables } from './forbidden.ts'
import { connect, startTestDatabase } from './server.ts'

const database = await startTestDatabase(t)
const writer = new PostgresLogWriter(database.gatewayUrl)
const search = new PostgresLogSearch(database.gatewayUrl)
t.teardown(() => Promise.all([writer.close(), search.close()]).then(() => undefined))
const place = emptyPlace('1', await writer.claim('1', 'https://gateway.example/log/1', 'key', 5_000))
await writer.append(batchOf(place, [entry('opening'), entry('query')], { checkpoint: 'note\n' }), 5_000)
await writer.putDocument('policy', Buffer.from('{}'))
const admin = await connect(t, database.adminUrl)
const [gateway, auditor] = [await connect(t, database.gatewayUrl), await connect(t, database.auditorUrl)]
const operations = await connect(t, database.operationsUrl)
const retention = await connect(t, database.retentionUrl)
await search.fill(10)
const denied = '42501'
/** The table that months are detached from, and what takes them out. */
const ownOfRetention = /linkage\.log_entry\b(?!_)|keep_edges|put_away/

/** Everything that a statement of theirs could have changed: rows, and who may do what. */
async function contents(): Promise<unknown> {
  const rows = tables.map((table) => `(SELECT jsonb_agg(t ORDER BY t::text) FROM linkage.${table} AS t) AS ${table}`)
  const catalogues = {
    relations: 'SELECT relname, relowner, relacl, relkind FROM pg_class',
    functions: 'SELECT proname, proowner, proacl, prosrc, proconfig, prosecdef FROM pg_proc',
    triggers: 'SELECT tgname, tgrelid, tgenabled FROM pg_trigger',
    defaults: 'SELECT * FROM pg_default_acl',
    roles: 'SELECT rolname, rolsuper, rolcanlogin, rolconnlimit FROM pg_roles',
    members: 'SELECT roleid, member FROM pg_auth_members',
    settings: 'SELECT * FROM pg_db_role_setting',
    schemas: 'SELECT nspname, nspowner, nspacl FROM pg_namespace',
  }
  const digests = Object.entries(catalogues).map(
    ([name, from]) => `(SELECT md5(jsonb_agg(t ORDER BY t::text)::text) FROM (${from}) AS t) AS ${name}`,
  )
  return (await admin.query(`SELECT ${[...rows, ...digests].join(', ')}`)).rows[0]
}

for (const [role, client] of [
  ['gateway', gateway],
  ['operations', operations],
  ['retention', retention],
  ['auditor', auditor],
] as const) {
  for (const [act, statements] of forbidden) {
    t.test(`the ${role} cannot ${act}`, async (t) => {
      const before = await contents()
      for (const statement of statements) {
        if (role === 'operations' && statement.includes('linkage.end_slot')) continue // the one thing that is theirs alone
        if (role === 'retention' && ownOfRetention.test(statement)) continue // tried below
        const error: unknown = await client.query(statement).then(
          () => undefined,
          (failure) => failure,
        )
        t.match(error, { code: denied }, statement)
        await client.query('ROLLBACK')
      }
      t.strictSame(await contents(), before)
    })
  }

  t.test(`the ${role} reads every table`, async (t) => {
    for (const table of tables) await client.query(`SELECT * FROM linkage.${table}`)
    t.equal((await client.query('SELECT FROM linkage.log_entry')).rowCount, 2)
  })
}

t.test('the auditor executes no function of ours, the gateway six, operations one besides, retention two', async (t) => {
  const executable = async (role: string): Promise<string[]> => {
    const { rows } = await admin.query(
      `SELECT proname FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace AND has_function_privilege($1, oid, 'EXECUTE') ORDER BY 1`,
      [role],
    )
    return rows.map((row) => row.proname)
  }
  t.strictSame(await executable('linkage_auditor'), [])
  const gatewayMay = ['append_batch', 'claim_slot', 'fill_search', 'prepare_month', 'put_checkpoint', 'put_document']
  t.strictSame(await executable('linkage_gateway'), gatewayMay)
  t.strictSame(await executable('linkage_operations'), [...gatewayMay, 'end_slot'].sort())
  t.strictSame(await executable('linkage_retention'), [...gatewayMay, 'keep_edges', 'put_away'].sort())
})

t.test('retention owns the table that months are detached from, and nothing else', async (t) => {
  const { rows } = await admin.query(
    `SELECT relname FROM pg_class WHERE relowner = 'linkage_retention'::regrole AND relkind IN ('r', 'p', 'v', 'S') ORDER BY 1`,
  )
  t.same(
    rows.map(({ relname }) => relname),
    ['log_entry'],
  )
  const before = await contents()
  const refused: readonly (readonly [string, string])[] = [
    ['INSERT INTO linkage.log_entry SELECT * FROM linkage.log_entry', denied],
    ['UPDATE linkage.log_entry SET slot = slot', denied],
    ['DELETE FROM linkage.log_entry', denied],
    ['TRUNCATE linkage.log_entry', denied],
    ['DROP TABLE linkage.log_entry_2026_11', denied],
    ['ALTER TABLE linkage.log_entry ADD COLUMN mine int', denied],
    ['ALTER TABLE linkage.log_entry OWNER TO linkage_gateway', denied],
    ['CREATE INDEX ON linkage.log_entry (slot)', denied],
    ['DROP TABLE linkage.log_entry', '2BP01'],
  ]
  for (const [statement, code] of refused) await t.rejects(retention.query(statement), { code }, statement)
  await t.rejects(
    retention.query(`SELECT linkage.put_away('2026-11-01', true)`),
    { code: 'LG003' },
    'what is a part of the log is not put away',
  )
  t.strictSame(await contents(), before)
})

t.test('every function that runs as the owner fixes its search_path, with temporary objects last', async (t) => {
  const { rows } = await admin.query(`SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace`)
  t.ok(rows.length >= 8)
  for (const { proname, proconfig } of rows) t.ok(proconfig?.includes('search_path=pg_catalog, linkage, pg_temp'), proname)
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
  t.strictSame(await makeRoles(database.adminUrl, { linkage_gateway: 'another' }), { made: [], open: [] })
  await (await connect(t, database.gatewayUrl)).query('SELECT 1')
  const { rows } = await admin.query(
    `SELECT rolname, rolcanlogin, rolsuper OR rolcreaterole OR rolcreatedb OR rolreplication OR rolbypassrls AS powerful, rolpassword LIKE 'SCRAM-SHA-256$%' AS scram
     FROM pg_authid WHERE rolname IN ('linkage_owner', 'linkage_gateway', 'linkage_operations', 'linkage_retention', 'linkage_auditor') ORDER BY 1`,
  )
  t.strictSame(rows, [
    { rolname: 'linkage_auditor', rolcanlogin: true, powerful: false, scram: true },
    { rolname: 'linkage_gateway', rolcanlogin: true, powerful: false, scram: true },
    { rolname: 'linkage_operations', rolcanlogin: true, powerful: false, scram: true },
    { rolname: 'linkage_owner', rolcanlogin: false, powerful: false, scram: null },
    { rolname: 'linkage_retention', rolcanlogin: true, powerful: false, scram: true },
  ])
})
