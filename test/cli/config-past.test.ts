// config-past.test.ts: commands that ask what was in force: status, history, diff, explain and simulate, on a department that serves and changes.
import { cpSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { configCommand } from '../../src/cli/config.ts'
import { Configuration, day } from '../end-to-end/configuration.ts'
import { startDepartment } from '../end-to-end/department.ts'
import { acts, runHere, signing, who } from './log/auditing.ts'

const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
const { folder, serving } = department
const config = join(folder, 'config')
const { rules } = serving.process
const first = rules.snapshot.digest

interface Ran {
  readonly out: string
  readonly code: number
  readonly error: string
}

async function run(...args: readonly string[]): Promise<Ran> {
  let out = ''
  const before = process.exitCode
  process.exitCode = undefined
  const command = configCommand({ write: (text) => (out += text) })
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined })
  try {
    await command.parseAsync([...args], { from: 'user' })
    return { out, code: Number(process.exitCode ?? 0), error: '' }
  } catch (error) {
    return { out, code: -1, error: error instanceof Error ? error.message : String(error) }
  } finally {
    process.exitCode = before
  }
}

/** The auditor’s options, for a command that takes the folder as its argument. */
const auditor = [
  ...['--keys', join(folder, 'cli-keys'), '--key', join(folder, 'auditors', 'ethics-lin.jwk')],
  ...['--as', who.account, '--reason', who.reason, '--document', who.document],
]

const answered = await department.call(department.education)
const id = answered.header('request-id') ?? ''
const elsewhere = await department.call(department.education, { headers: { 'linkage-user': 'nobody' } })
const refusedId = elsewhere.header('request-id') ?? ''
const configuration = new Configuration(config)
const file = 'agencies/taipei-education.yaml'
configuration.edit(file, (document) => document.setIn(['grants', 0, 'until'], day(-1)))
for (const end = Date.now() + 20_000; rules.snapshot.digest === first && Date.now() < end; )
  await new Promise((wait) => setTimeout(wait, 20))
const second = rules.snapshot.digest
while ((await serving.store.search.fill(1_000)) > 0);

t.test('R7: history: each change of the rules with its effect, when and by whom', async (t) => {
  t.not(first, second)
  const { out } = await run('history', '--config', config, '--json')
  const lines = JSON.parse(out)
  t.same(
    lines.map(({ digest, previous }: { digest: string; previous?: string }) => [digest, previous]),
    [
      [first, undefined],
      [second, first],
    ],
  )
  t.match(lines[1].changes, [{ direction: 'closed', of: { id: 'taipei-education' }, code: /^grant/ }])
  t.match(lines[1].observed, { host: /./, uid: process.getuid?.() ?? 0 })
  const text = (await run('history', 'taipei-education', '--config', config)).out
  t.match(text, /－ .*fee-waiver/)
  t.match((await run('history', 'taipei-police', '--config', config)).out, /沒有紀錄/)
  t.same(JSON.parse((await run('history', '--config', config, '--json', '--since', day(1))).out), [])
})

t.test('diff against rules that were in force, by their digest', async (t) => {
  const { out, code } = await run('diff', first, config, '--json', '--fail-on', 'closed')
  t.match(JSON.parse(out).changes, [{ direction: 'closed', of: { id: 'taipei-education' } }])
  t.equal(code, 1)
  t.match((await run('diff', 'f'.repeat(64), config)).error, /資料庫沒有此版本/)
})

t.test('explain a record: the decision, the line of that day, the steps, and what today’s rules would say', async (t) => {
  const before = (await acts(department)).length
  const { out, error } = await run('explain', config, '--record', id, ...auditor)
  t.equal(error, '')
  t.match(out, /當時 then：准予 permitted/)
  t.match(out, /agencies\/taipei-education\.yaml:\d+:\d+/)
  t.match(out, /列號為由紀錄重建之檔案/, 'the file changed since')
  t.match(out, /✔ 使用者 user {2}rosters\/taipei-education\.csv:2:1/)
  t.match(out, /以現行設定 under the rules of today：將拒絕 would be refused \[grant-not-valid\]/)
  const recorded = await acts(department)
  t.match(recorded.at(-1)?.entry, { kind: 'export', asked: { form: 'explanation', id }, user: who.account, logs: [{ slot: '1' }] })
  t.ok(recorded.length > before, 'it was recorded that the record was read')
  const refused = JSON.parse((await run('explain', config, '--record', refusedId, ...auditor, '--json')).out)
  t.match(refused, {
    record: { code: 'user-unknown', id: refusedId },
    thatDay: { code: 'user-unknown', ended: 'user' },
    today: { kind: 'reason' },
  })
})

t.test('explain refuses: nobody proven, no such record, nothing named; and then nothing is shown', async (t) => {
  const count = (await acts(department)).length
  for (const [args, expected] of [
    [['--record', id, '--keys', join(folder, 'cli-keys')], /證明稽核人員身分/],
    [['--record', id], /--keys/],
    [['--record', '0198f0c2-0000-7000-8000-000000000000', ...auditor], /查無此紀錄/],
    [['--record', 'x', ...auditor], /Request-Id/],
    [['--agency', 'taipei-education'], /--operation/],
  ] as const) {
    const { out, error } = await run('explain', config, ...args)
    t.match(error, expected)
    t.equal(out, '')
  }
  t.equal((await acts(department)).length, count)
})

t.test('explain which hop of a forwarding header is believed, and why', async (t) => {
  const call = ['--agency', 'taipei-education', '--operation', 'low-income/getHouseholdStatus']
  const behind = await run('explain', config, ...call, '--peer', '127.0.0.1', '--forwarded', '192.0.2.1, 203.0.113.5')
  t.match(behind.out, /來源位址 203\.0\.113\.5：127\.0\.0\.1 為受信任之代理/)
  const direct = await run('explain', config, ...call, '--peer', '192.0.2.9', '--forwarded', '203.0.113.5')
  t.match(direct.out, /來源位址 192\.0\.2\.9：.*不是受信任之代理/)
  t.match(direct.out, /\[network-not-allowed\]/)
  t.match(
    (await run('explain', config, ...call, '--peer', '127.0.0.1', '--forwarded', '010.0.0.1')).error,
    /\[request-invalid\] x-forwarded-for/,
  )
})

t.test('simulate: the period’s calls under another folder; who asked is recorded, nothing else', async (t) => {
  const other = join(folder, 'other')
  cpSync(config, other, { recursive: true })
  new Configuration(other).edit(file, (document) => document.setIn(['grants', 0, 'until'], day(100)))
  const size = department.size
  const { out, error } = await run('simulate', '--against', other, '--since', day(-1), ...signing(department), '--json')
  t.equal(error, '')
  const { calls, differences, same } = JSON.parse(out)
  t.same([calls, same, differences], [2, 2, []], 'under the rules of yesterday both were decided like this')
  const closed = await run('simulate', '--against', config, '--since', day(-1), ...signing(department))
  t.match(closed.out, /－ 1 次 calls {2}原准予 → 拒絕：.*\[grant-not-valid\]/)
  t.match(closed.out, new RegExp(`例 example: ${id}`))
  t.equal(department.size, size, 'the gateway’s log is as it was')
  t.match((await acts(department)).at(-1)?.entry, { kind: 'export', asked: { form: 'simulation', policy: rules.snapshot.digest } })
  t.match((await run('simulate', '--against', join(folder, 'none'), '--since', day(-1), ...signing(department))).error, /not valid/)
})

t.test('entries read as bytes are those that are stored, also while the next chunk comes', async (t) => {
  const rows = serving.store.openExport()
  try {
    const stored = (await department.records()).map(({ text }) => text)
    const [first, second] = await Promise.all([rows.entryBytes('1', 0, 2), rows.entryBytes('1', 2, stored.length)])
    const read = [...first, ...second].map(String)
    t.same(read, stored)
    t.same([...(await rows.entryBytes('1', 1, 3))].map(String), stored.slice(1, 3), 'in a room that was used before')
    t.same([...(await rows.entryBytes("1' OR true --", 0, 9))], [])
    t.same([...(await rows.entryBytes('1', stored.length, stored.length + 9))], [])
  } finally {
    await rows.close()
  }
})

t.test('status: what is in force, what is not, what is closed, who is late', async (t) => {
  const { out } = await run('status', config, '--json')
  const status = JSON.parse(out)
  t.match(status.inForce, [{ slot: '1', digest: second }])
  t.equal(status.folder.digest, second)
  t.match(status.closed, [{ agency: 'taipei-revenue', standing: 'suspended' }])
  const late = status.downloads.missing.map(({ agency }: { agency: string }) => agency)
  t.ok(late.includes('taipei-education'))
  t.ok(late.includes('taipei-revenue'), 'R20: who is suspended owes it, too')
  t.notOk(late.includes('social-assistance'), 'a using unit does not')
  const unused = status.unused.map(({ found }: { found: string }) => found)
  t.notOk(unused.includes('taipei-education 203.0.113.0/28'), 'calls came from it')
  t.ok(
    unused.length > 0 && unused.every((each: string) => !each.includes('198.51.100.16/29')),
    'ranges for self-service are not asked about',
  )
  const checked = await run('check', config, '--json')
  const told = JSON.parse(checked.out).findings.filter(({ code }: { code: string }) => code === 'network-unused')
  t.same(
    told.map(({ found }: { found: string }) => found),
    unused,
    'the check tells the same, where a database can',
  )
  t.notMatch(checked.out, /use_unknown/)
  process.env.DATABASE_URL = 'postgres://linkage_gateway@127.0.0.1:1/linkage'
  try {
    t.match(JSON.parse((await run('check', config, '--json')).out), { use_unknown: /did not answer/, valid: true })
  } finally {
    delete process.env.DATABASE_URL
  }
  t.same(status.overdue, [], 'no half-year of this log is over')
  const nextYear = Number(status.day.slice(0, 4)) + 1
  const later = await run('status', config, '--at', `${nextYear}-09-30`)
  t.match(
    later.out,
    new RegExp(`overdue\\n(?: .*\\n)* {2}taipei-education {2}報送稽核紀錄.* ${nextYear - 1911}H1 {2}期限 due ${nextYear}-07-31`),
  )
  t.notMatch(later.out, /social-assistance {2}報送/, 'a using unit reports none')
  const whole = readFileSync(join(config, file), 'utf8')
  t.same(status.documents, [])
  writeFileSync(join(config, file), whole.replace('北市教字第1150000045號', '文號後補'))
  const following = await run('status', config)
  t.match(following.out, /文號待補 documents to follow\n {2}agencies\/taipei-education\.yaml:\d+:\d+: 提醒 文號待補；找到 文號後補/)
  t.equal(following.code, 1)
  const audit = readFileSync(join(config, 'audit.yaml'), 'utf8')
  const unblocked = readFileSync(join(config, 'blocks.yaml'), 'utf8')
  const block = '  - {credential: edu-2026b, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 外洩}\n'
  writeFileSync(join(config, 'blocks.yaml'), unblocked.replace('blocks: []', `blocks:\n${block}`))
  writeFileSync(join(config, file), whole.replace('kind: linked-agency', 'kind: 連結機關'))
  try {
    const broken = await run('status', config)
    t.match(broken.out, /未生效 not in force\n {2}1 項錯誤/)
    t.match(broken.out, /agencies\/taipei-education\.yaml:\d+:\d+/)
    // Of a block the gateway may have heard already.
    t.match(broken.out, /槽 slot 1 {2}[0-9a-f]{12} .*與資料夾不同/)
    t.equal(broken.code, 1)
    t.match(broken.out, /緊急封鎖 blocks\n {2}credential edu-2026b .*文號待補/, 'blocks act all the same')
    t.match(broken.out, /暫停、終止、未核可 closed\n {2}\S+ taipei-revenue {2}暫停/, 'what is in force says who is closed')
    t.notMatch(broken.out, /皆已下載|網段.*\n {2}無 none/)
    const fallen = JSON.parse((await run('status', config, '--json')).out)
    t.match(fallen, { rules: 'in-force', folder: { digest: null } })
    t.same(fallen.downloads.missing, status.downloads.missing)
    const exposed = await runHere('exposure', ...signing(department), '--since', day(-1), '--credential', 'edu-2026a')
    t.equal(exposed.error, '')
    t.match(exposed.out, /呼叫 calls 2/, 'a leak is looked into whatever else is wrong')
    writeFileSync(join(config, 'audit.yaml'), `${audit}\nforged: 1\n`)
    const again = await runHere('exposure', ...signing(department), '--since', day(-1), '--credential', 'edu-2026a')
    t.match(again, { error: '', out: /呼叫 calls 2/ }, 'also without audit.yaml: what is in force decides')
  } finally {
    for (const [name, text] of [
      [file, whole],
      ['blocks.yaml', unblocked],
      ['audit.yaml', audit],
    ] as const)
      writeFileSync(join(config, name), text)
  }
})

t.test('history of one agency: a block of its key is its own, too', async (t) => {
  const block = '  - {credential: edu-2026a, at: "2026-11-24T22:15:00+08:00", by: 值班, reason: 再次外洩}\n'
  writeFileSync(join(config, 'blocks.yaml'), `blocks:\n${block}`)
  const told = async (agency: string) => (await run('history', agency, '--config', config)).out
  let out = ''
  for (const end = Date.now() + 20_000; !out.includes('再次外洩') && Date.now() < end; ) out = await told('taipei-education')
  t.match(out, /－ 封鎖憑證 edu-2026a：再次外洩/)
  t.match(await told('taipei-police'), /沒有紀錄/)
})
