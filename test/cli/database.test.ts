// database.test.ts: `linkage database roles|migrate` on a PostgreSQL that somebody runs, until a gateway's store opens on it.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { databaseCommand } from '../../src/cli/database.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { openStore } from '../../src/store/open.ts'
import { connect, temporaryFolder } from '../store/server.ts'

const folder = temporaryFolder(t)
const server = await startEmbedded(join(folder, 'data'))
t.teardown(() => server.stop())
const passwords = join(folder, 'passwords')
const logins = ['linkage_gateway', 'linkage_operations', 'linkage_retention', 'linkage_auditor']

async function run(args: readonly string[], url: string | undefined = server.adminUrl): Promise<{ out: string; code: number }> {
  let out = ''
  const before = process.exitCode
  process.exitCode = 0
  try {
    await databaseCommand({ write: (text) => (out += text) }, { DATABASE_ADMIN_URL: url }).parseAsync([...args], { from: 'user' })
    return { out, code: Number(process.exitCode) }
  } finally {
    process.exitCode = before
  }
}

function urlOf(role: string): string {
  const url = new URL(server.adminUrl)
  url.username = role
  url.password = readFileSync(join(passwords, role), 'utf8').trim()
  return url.href
}

t.test('without an address it says where to give it', async (t) => {
  for (const url of [undefined, '']) {
    const command = databaseCommand({ write: () => undefined }, { DATABASE_ADMIN_URL: url })
    await t.rejects(command.parseAsync(['migrate'], { from: 'user' }), { code: 'settings', message: /DATABASE_ADMIN_URL 未設定/ })
  }
})

t.test('migrate before roles says what is missing', async (t) => {
  await t.rejects(run(['migrate']), { message: /role "linkage_owner" does not exist/ })
})

t.test('roles are made once, their passwords kept in files that only this user reads', async (t) => {
  const { out, code } = await run(['roles', '--passwords', passwords, '--json'])
  t.equal(code, 0)
  t.same(JSON.parse(out), {
    made: ['linkage_owner', 'linkage_gateway', 'linkage_operations', 'linkage_retention', 'linkage_auditor'],
    passwords: Object.fromEntries(logins.map((role) => [role, join(passwords, role)])),
    open: [],
  })
  t.same(readdirSync(passwords).sort(), [...logins].sort())
  for (const name of readdirSync(passwords)) {
    t.equal(statSync(join(passwords, name)).mode & 0o777, 0o600)
    t.notMatch(out, readFileSync(join(passwords, name), 'utf8').trim(), 'no password is printed')
  }
  t.same(await run(['roles', '--passwords', join(folder, 'other')]), { out: '角色均已存在 all roles exist\n', code: 0 })
  t.notOk(existsSync(join(folder, 'other')), 'no password is drawn that opens nothing')
  for (const role of logins) await (await connect(t, urlOf(role))).query('SELECT 1')
})

t.test('tables are made once, and the gateway opens its store with what it was given', async (t) => {
  const files = readdirSync(join(import.meta.dirname, '../../migrations')).map((name) => name.replace('.ts', ''))
  t.same((await run(['migrate'])).out, `${files.join('\n')}\n`)
  t.same((await run(['migrate', '--json'])).out, `${JSON.stringify({ ran: [] }, null, 2)}\n`)
  t.same((await run(['migrate'])).out, '資料表已是本版 tables are of this version\n')
  const store = await openStore({ databaseUrl: urlOf('linkage_gateway') })
  t.same(await store.reader.heads(), [])
  await store.close()
})

t.test('a server whose roles were made before there was one for operations: it is made, and tables follow', async (t) => {
  const admin = await connect(t, server.adminUrl)
  await admin.query(`CREATE DATABASE earlier TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  const url = new URL(server.adminUrl)
  url.pathname = '/earlier'
  const fresh = join(folder, 'later')
  await run(['roles', '--passwords', fresh], url.href)
  await admin.query('ALTER ROLE linkage_operations RENAME TO not_yet')
  await t.rejects(run(['migrate'], url.href), { message: /007-operations failed: .*linkage_operations.* Run first.*database roles/ })
  t.same(JSON.parse((await run(['roles', '--passwords', fresh, '--json'], url.href)).out).made, ['linkage_operations'])
  t.match((await run(['migrate'], url.href)).out, /^007-operations$/m)
  const { rows } = await admin.query(`SELECT pg_has_role('linkage_operations', 'linkage_gateway', 'USAGE') AS may`)
  t.same(rows, [{ may: true }])
})

t.test('an administrator who is no superuser is told what stays open, and that it is a finding', async (t) => {
  const admin = await connect(t, server.adminUrl)
  await admin.query(`CREATE ROLE city_admin LOGIN CREATEROLE PASSWORD 'city'; GRANT linkage_owner TO city_admin WITH ADMIN OPTION`)
  await admin.query(`CREATE DATABASE managed OWNER city_admin TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  const url = new URL(server.adminUrl)
  Object.assign(url, { username: 'city_admin', password: 'city', pathname: '/managed' })
  const { out, code } = await run(['roles', '--passwords', passwords], url.href)
  t.equal(code, 1)
  t.match(out, /尚未關閉.*\n.*pg_advisory_lock\(bigint\)/)
  t.match(out, /linkage_retention: GRANT, ALTER TABLE, DROP TABLE linkage\.log_entry \(NOLOGIN until the order\)/)
})
