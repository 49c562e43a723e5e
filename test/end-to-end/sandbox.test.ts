// sandbox.test.ts: a sandbox beside the gateway that it is made of: real callers with their own credentials, invented data, and nothing shared.
import { execFileSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { pino } from 'pino'
import t from 'tap'
import { openPlace } from '../../src/cli/command-place.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { serveSandbox } from '../../src/cli/sandbox/serve-sandbox.ts'
import { serve } from '../../src/cli/serve.ts'
import { operationalLog } from '../../src/gateway/operational-log.ts'
import { loadFolder } from '../../src/policy/load.ts'
import { Configuration, type Edit } from './configuration.ts'
import { display, household, nextSecond, startDepartment, statusPath, subject, TestDepartment } from './department.ts'

const name = 'sandbox.linkage.test'
const origin = `http://${name}`
const free = { host: '127.0.0.1', port: '0' }
const department = await startDepartment(t, (configuration) => {
  configuration.edit('gateway.yaml', (document) => {
    document.set('sandbox', document.createNode({ origin, directory: '../sandbox', listeners: { public: free, admin: free } }))
    document.set('source', 'folder')
    document.set('copies', document.createNode({ places: [{ type: 'file', path: '../copies' }] }))
  })
  writeFileSync(join(configuration.folder, '..', 'copies'), '')
})
const { folder, drawn, database, welfare } = department
const config = join(folder, 'config')
const quiet = operationalLog(pino.destination({ dest: join(folder, 'sandbox.log'), sync: true }))
const { DATABASE_URL: _, ...environment } = process.env

// From here on nobody can read what stands in for the department's own credential and welfare system.
new Configuration(config).edit('gateway.yaml', (document) => {
  document.setIn(['upstreams', 'welfare', 'url'], 'https://welfare.invalid')
  document.setIn(['upstreams', 'welfare', 'credential_file'], '../there-is-no-such-file')
})
const serving = await serveSandbox(config, quiet, environment)
const sandbox = new TestDepartment({ folder, origin, serving, welfare, drawn, database })
t.teardown(() => sandbox.stop())
await nextSecond()
const invented = households[0]?.nationalId ?? ''
const body = JSON.stringify({ nationalId: invented })

/** How many calls reached the department's own welfare system, and how many entries its own log has. */
const untouched = () => ({ received: welfare.asked.length, size: department.size })

t.test('a call with the agency’s own key is decided by its own rules, and answered with invented data', async (t) => {
  const before = untouched()
  const from = sandbox.size
  const reply = await sandbox.call(sandbox.education, { body })
  t.equal(reply.status, 200)
  t.equal((reply.json.status as { category: string }).category, households[0]?.record.status.category)
  t.notOk('diagnosis' in reply.json)
  for (const [headers, code] of [
    [{ 'linkage-user': 'edu-lin' }, 'user-inactive'],
    [{ 'linkage-fields': 'applicant.name' }, 'fields-not-granted'],
    [{ 'x-forwarded-for': '203.0.113.100' }, 'network-not-allowed'],
    [{ authorization: `Bearer lk_${'A'.repeat(43)}` }, 'credentials-invalid'],
  ] as const)
    t.equal((await sandbox.call(sandbox.education, { body, headers })).json.code, code)
  t.equal((await sandbox.call(sandbox.education, { body: JSON.stringify({ nationalId: subject }) })).json.code, 'subject-not-found')
  t.match((await sandbox.records(from)).find(({ entry }) => entry.kind === 'query')?.entry, {
    agency: 'taipei-education',
    code: 'released',
  })
  t.same(untouched(), before, 'neither the welfare system nor the log of the department heard of it')
})

t.test('entries, checkpoints and receipts bear the name of a sandbox', async (t) => {
  const [opening] = await sandbox.records()
  t.match(opening?.entry, { kind: 'opening', log: `${name}/log/1`, parameters: { sandbox: true } })
  t.notOk((await department.records())[0]?.text.includes('"sandbox"'), 'and those of the department do not')
  const reply = await sandbox.call(sandbox.education, { body })
  const checkpoint = /checkpoint=:([^:]+):/.exec(reply.header('linkage-receipt') ?? '')?.[1] ?? ''
  t.match(Buffer.from(checkpoint, 'base64').toString(), new RegExp(`^${name}/log/1\n`))
  const ready = await fetch(`http://127.0.0.1:${serving.process.adminPort}/health/ready`)
  t.match(await ready.json(), { ready: true, log: `${name}/log/1` })
  t.match(readFileSync(join(folder, 'sandbox.log'), 'utf8'), /試連環境：資料皆為虛構，紀錄不是證據/)
  t.equal(readFileSync(join(folder, 'copies'), 'utf8').includes(name), false, 'its checkpoints go to nobody who keeps evidence')
})

t.test('an assertion for the one is none for the other', async (t) => {
  const of = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body }
  const headers = (token: string) => ({
    'content-type': 'application/json',
    'x-forwarded-for': sandbox.education.address,
    authorization: `Bearer ${token}`,
  })
  for (const [mine, theirs] of [
    [sandbox, department],
    [department, sandbox],
  ] as const) {
    const before = untouched()
    const token = await mine.sign(of)
    const refused = await theirs.send({ body, headers: headers(token) })
    t.equal(refused.status, 401)
    t.equal(refused.json.code, 'assertion-mismatch')
    if (theirs === department) t.equal(welfare.asked.length, before.received)
    t.equal((await mine.send({ body, headers: headers(token) })).status, 200, 'nor was it used up by that')
    t.equal((await mine.send({ body, headers: headers(token) })).json.code, 'assertion-replayed')
  }
})

t.test('an edit of the folder acts in the sandbox, too, and leads to no other upstream', async (t) => {
  const { rules } = serving.process
  const first = rules.snapshot.digest
  const settled = async (of: string) => {
    for (const end = Date.now() + 60_000; rules.snapshot.digest === of && Date.now() < end; )
      await new Promise((wait) => setTimeout(wait, 20))
  }
  new Configuration(config).edit('agencies/taipei-education.yaml', (document) => document.deleteIn(['grants', 0, 'fields', 3]))
  await settled(first)
  t.notMatch((await sandbox.call(sandbox.education, { body })).body.toString(), /studentStatus/)
  t.notMatch(rules.snapshot.bytes, /welfare\.invalid|there-is-no-such-file/)
  t.equal((await sandbox.call(sandbox.education, { body, headers: { 'linkage-reason': display('改設定後之試連') } })).status, 200)
})

const { url: ownUrl } = department.serving.store.server ?? { url: () => '' }
const { url: sandboxUrl } = serving.store.server ?? { url: () => '' }

/** A copy of the department, changed. */
function copied(at: string, change: Edit): string {
  const copy = join(folder, at, 'config')
  cpSync(config, copy, { recursive: true })
  new Configuration(copy).edit('gateway.yaml', (document) => {
    document.setIn(['upstreams', 'welfare'], document.createNode({ url: 'http://127.0.0.1:1' }))
    document.delete('copies')
    change(document)
  })
  return copy
}
const directory =
  (path: string): Edit =>
  (document) =>
    document.setIn(['sandbox', 'directory'], path)

t.test('a sandbox is not started where it could touch what is the department’s', async (t) => {
  mkdirSync(join(folder, 'other', 'full'), { recursive: true })
  writeFileSync(join(folder, 'other', 'full', 'minutes.txt'), 'x')
  symlinkSync(join(folder, 'keys'), join(folder, 'other', 'link'))
  for (const [what, at, change, own, expected] of [
    ['no member sandbox', 'a', (document) => document.delete('sandbox'), {}, /沒有 sandbox/],
    ['DATABASE_URL', 'b', () => undefined, { DATABASE_URL: ownUrl('linkage_gateway') }, /DATABASE_URL 為正式環境之資料庫/],
    [
      'the database of the department',
      'c',
      directory('../own'),
      { LINKAGE_SANDBOX_DATABASE_URL: ownUrl('linkage_gateway') },
      /有正式環境之紀錄 linkage\.test\/log\/1/,
    ],
    ['the key directory', 'd', directory('../../keys'), {}, /重疊/],
    ['the key directory by another path', 'e', directory('../../other/link'), {}, /重疊|已有其他內容/],
    ['a folder above the key directory', 'f', directory('../..'), {}, /重疊/],
    ['a folder in the database’s', 'g', directory('../../postgres/sandbox'), {}, /重疊/],
    ['a folder of something else', 'h', directory('../../other/full'), {}, /已有其他內容/],
    ['the configuration folder', 'i', directory('.'), {}, /重疊/],
    ['an invalid folder', 'j', (document) => document.set('origin', 'ftp://x'), {}, /gateway\.yaml/],
    ['a name that is no sandbox’s', 'k', (document) => document.setIn(['sandbox', 'origin'], 'http://linkage.test'), {}, /以 sandbox 開頭/],
  ] satisfies readonly (readonly [string, string, Edit, NodeJS.ProcessEnv, RegExp])[]) {
    const place = ['d', 'e', 'f', 'g', 'h'].includes(at)
      ? (document: Parameters<Edit>[0]) => {
          document.setIn(['keys', 'directory'], '../../keys')
          document.setIn(['database', 'directory'], '../../postgres')
          change(document)
        }
      : change
    const before = untouched()
    await t.rejects(serveSandbox(copied(at, place), quiet, { ...environment, ...own }), { message: expected }, what)
    t.same(untouched(), before, 'and nothing was written')
    t.notOk(existsSync(join(folder, 'keys', 'sandbox')))
  }
})

t.test('a gateway that serves real data takes nothing of a sandbox', async (t) => {
  const into = (member: string, path: string): Edit => {
    return (document) => document.setIn([member, 'directory'], path)
  }
  const before = sandbox.size
  for (const [what, at, change, expected] of [
    ['its keys', 'l', into('keys', '../../sandbox/keys'), /試連環境之資料夾/],
    ['its tag keys', 'm', into('tags', '../../sandbox/keys'), /試連環境之資料夾/],
    ['its database folder', 'n', into('database', '../../sandbox/postgres'), /試連環境之資料夾/],
    ['its name', 'o', (document) => document.set('origin', origin), /以 sandbox 開頭/],
  ] satisfies readonly (readonly [string, string, Edit, RegExp])[])
    await t.rejects(serve(copied(at, change), quiet), { message: expected }, what)
  const own = copied('p', (document) => document.set('slot', '2'))
  await t.rejects(serve(own, quiet, { databaseUrl: sandboxUrl('linkage_gateway') }), { message: /有試連環境之紀錄/ }, 'its database')
  await t.rejects(openPlace(own, sandboxUrl('linkage_gateway')), { message: /有試連環境之紀錄/ }, 'nor does a command')
  t.equal(sandbox.size, before)
})

t.test('the department’s own gateway serves beside it, by rules that do not know of it', async (t) => {
  const [like, unlike] = [copied('r', () => undefined), copied('s', (document) => document.delete('sandbox'))]
  t.equal(loadFolder(like).snapshot?.digest, loadFolder(unlike).snapshot?.digest)
  t.equal(household.status.category, ((await department.call(department.education)).json.status as { category: string }).category)
})

t.test('both start again on what they left', async (t) => {
  await Promise.all([sandbox.stop(), department.stop()])
  const own = copied('q', (document) => {
    for (const [member, place] of [
      ['keys', '../../keys'],
      ['database', '../../postgres'],
      ['sandbox', '../../sandbox'],
    ])
      document.setIn([member, 'directory'], place)
  })
  const again = await serve(own, quiet, {})
  t.equal(again.process.gateway.log.log, 'linkage.test/log/1')
  await again.stop()
  const tried = await serveSandbox(own, quiet, environment)
  t.equal(tried.process.gateway.log.log, `${name}/log/1`)
  await tried.stop()
})

t.test('it tries what is saved, committed or not', async (t) => {
  const repository = join(folder, 'repository')
  cpSync(config, join(repository, 'config'), { recursive: true })
  new Configuration(join(repository, 'config')).edit('gateway.yaml', (document) => document.set('source', 'committed'))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args], { cwd: repository, stdio: 'ignore' })
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message', '設定')
  const tried = await serveSandbox(join(repository, 'config'), quiet, environment)
  t.ok(tried.process.publicPort > 0)
  await tried.stop()
})
