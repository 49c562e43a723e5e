// roles.test.ts: what the gateway, operations, retention and the auditor may not do, tried by each.
import t from 'tap'
import { makeRoles } from '../../src/store/roles.ts'
import { PostgresLogSearch } from '../../src/store/search.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { batchOf, emptyPlace, entry } from './batches.ts'
import { contents } from './contents.ts'
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
/** What each may call that others may not: tried elsewhere. */
const own: Readonly<Record<string, RegExp>> = { operations: /linkage\.end_slot/, retention: /keep_edges|put_away/ }
/** What takes months out reads what it takes out, and no more. */
const readable = (role: string): readonly string[] => (role === 'retention' ? ['slot', 'log_entry'] : tables)

for (const [role, client] of [
  ['gateway', gateway],
  ['operations', operations],
  ['retention', retention],
  ['auditor', auditor],
] as const) {
  for (const [act, statements] of forbidden) {
    t.test(`the ${role} cannot ${act}`, async (t) => {
      const before = await contents(admin)
      for (const statement of statements) {
        if (own[role]?.test(statement)) continue
        const error: unknown = await client.query(statement).then(
          () => undefined,
          (failure) => failure,
        )
        t.match(error, { code: denied }, statement)
        await client.query('ROLLBACK')
      }
      t.strictSame(await contents(admin), before)
    })
  }

  t.test(`the ${role} reads ${role === 'retention' ? 'two tables' : 'every table'}`, async (t) => {
    for (const table of tables) {
      const read = client.query(`SELECT * FROM linkage.${table}`)
      if (readable(role).includes(table)) await read
      else await t.rejects(read, { code: denied }, table)
    }
    t.equal((await client.query('SELECT FROM linkage.log_entry')).rowCount, 2)
  })
}

t.test('the auditor executes no function of ours, the gateway six, operations one besides, retention four', async (t) => {
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
  t.strictSame(await executable('linkage_retention'), ['keep_edges', 'put_away', 'put_document', 'require_retired'])
})

t.test('every function that runs as the owner fixes its search_path, with temporary objects last', async (t) => {
  const { rows } = await admin.query(`SELECT proname, proconfig FROM pg_proc WHERE pronamespace = 'linkage'::regnamespace`)
  t.ok(rows.length >= 8)
  for (const { proname, proconfig } of rows) t.ok(proconfig?.includes('search_path=pg_catalog, linkage, pg_temp'), proname)
})

t.test("triggers refuse the owner's and the administrator's own mistakes, on partitions too", async (t) => {
  const before = await contents(admin)
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
  t.strictSame(await contents(admin), before)
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
