// export.test.ts: records are read out once who, what and why is recorded, whole or not at all.
import { generateKeyPairSync } from 'node:crypto'
import { cpSync, existsSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { PartialFolder } from '../../../src/querylog/export/partial-folder.ts'
import { claims, display, startDepartment } from '../../end-to-end/department.ts'
import { connect } from '../../store/server.ts'
import { acts, kindsOf, runHere, runLinkage, signing, text, who } from './auditing.ts'

const department = await startDepartment(t)
const { folder } = department
const { log } = department.serving.process.gateway
for (let call = 0; call < 5; call += 1) await department.call(department.education)
await department.call(department.education, { headers: { 'linkage-purpose': 'nothing-like-that' } })
await department.call(department.education, { headers: { 'linkage-reason': display('=1+1') } })
const mine = signing(department)
const out = (name: string): string => join(folder, 'out', name)

t.test('R22: exact entries, and the entry that says who read them, what and why, before them', async (t) => {
  const run = await runHere('export', '--out', out('all'), ...mine, '--slot', '1', '--json')
  t.equal(run.error, '')
  t.equal(run.code, 0)
  const stored = await department.records()
  const report = JSON.parse(run.out)
  t.match(report, { rows: stored.length, missing: 0, asked: { form: 'ndjson', slots: ['1'] } })
  t.same(
    text(out('all'), '1.ndjson').trimEnd().split('\n'),
    stored.map((each) => each.text),
  )
  t.same(
    text(out('all'), '1.index.txt').trimEnd().split('\n').map(Number),
    stored.map((each) => each.index),
  )
  const [opening, key, act, ...more] = await acts(department)
  t.same([opening?.entry.kind, key?.entry.kind, act?.entry.kind, more.length], ['opening', 'key', 'export', 0])
  t.match(act?.entry, {
    agency: 'ethics-office',
    asked: { form: 'ndjson', slots: ['1'] },
    auth: { kid: 'ethics-lin-1', type: 'assertion' },
    credential: 'ethics-lin',
    document: who.document,
    reason: who.reason,
    user: who.account,
    logs: [{ from: 0, to: stored.length, size: stored.length, log: log.log, slot: '1' }],
    policy: department.serving.process.gateway.policy.snapshot.digest,
  })
  t.equal(report.entries[0].id, act?.entry.id)
  t.match(text(out('all'), 'README.txt'), /北市|查詢紀錄匯出/)
})

t.test('cut off while it ends it is gone on with: before it has its name as ever, behind that nothing is read any more', async (t) => {
  const exports = async () => (await acts(department)).filter(({ entry }) => entry.kind === 'export').length
  for (const form of ['ndjson', 'csv', 'tiles']) {
    const asked = ['export', ...mine, '--slot', '1', '--form', form, '--json']
    const whole = await runHere(...asked, '--out', out(`ending ${form}`))
    const names = readdirSync(out(`ending ${form}`)).sort()
    for (const isNamed of [false, true]) {
      const name = `cut ${form} ${isNamed}`
      // As a process leaves it that is killed once it gave, or before it gives, the name.
      const { finish } = PartialFolder.prototype
      PartialFolder.prototype.finish = async function (): Promise<void> {
        PartialFolder.prototype.finish = finish
        if (isNamed) renameSync(this.path, out(name))
        throw new Error('killed')
      }
      t.match((await runHere(...asked, '--out', out(name))).error, /killed/)
      t.equal(existsSync(out(name)), isNamed, name)
      const before = await exports()
      const run = await runHere(...asked, '--out', out(name), '--resume')
      t.equal(run.error, '', name)
      t.equal((await exports()) - before, isNamed ? 0 : 1, `${name}: who reads nothing leaves no entry`)
      const { entries, folder: _, ...report } = JSON.parse(run.out)
      t.equal(entries.length, isNamed ? 1 : 2, name)
      const { entries: __, folder: ___, ...expected } = JSON.parse(whole.out)
      t.same({ ...report, logs: [], rows: 0 }, { ...expected, logs: [], rows: 0 }, name)
      t.equal(report.rows > 0, true, name)
      t.same(readdirSync(out(name)).sort(), names, name)
      t.notOk(existsSync(`${out(name)}.partial`), name)
      if (form !== 'tiles')
        t.equal(
          text(out(name), form === 'csv' ? 'records-001.csv' : '1.ndjson').split('\n').length - 1 - (form === 'csv' ? 1 : 0),
          report.rows,
          `${name}: no row twice`,
        )
    }
  }
})

t.test('tables: Chinese headings, formulas as text, CRLF, ROC dates, by agency, period, API and user', async (t) => {
  const options = ['--form', 'csv', '--agency', 'taipei-education', '--api', 'low-income', '--user', 'EDU-CHANG', '--month', thisMonth()]
  const run = await runHere('export', '--out', out('table'), ...mine, ...options, '--roc', '--json')
  t.equal(run.error, '')
  t.match(JSON.parse(run.out).asked, { agency: 'taipei-education', api: 'low-income', user: 'edu-chang' })
  const table = text(out('table'), 'records-001.csv')
  t.ok(table.startsWith('\ufeff槽,紀錄序號,查詢日期時間,機關,'))
  const lines = table.trimEnd().split('\r\n')
  t.equal(lines.length, 1 + 7)
  t.notOk(table.replaceAll('\r\n', '').includes('\n'))
  t.match(
    lines[1],
    new RegExp(`^1,\\d+,${Number(thisMonth().slice(0, 4)) - 1911}/\\d\\d/\\d\\d \\d\\d:\\d\\d:\\d\\d\\.\\d{3},taipei-education,1,1,`),
  )
  t.match(table, /,'=1\+1,/)
  t.match(table, new RegExp(claims.case))
})

t.test('a filter gives exactly the entries that have the member', async (t) => {
  const nothing = await runHere('export', '--out', out('nobody'), ...mine, '--agency', 'taipei-police', '--json')
  t.match(JSON.parse(nothing.out), { rows: 0 })
  t.equal(text(out('nobody'), '1.ndjson'), '')
  const past = await runHere('export', '--out', out('past'), ...mine, '--until', '2020-01-31', '--json')
  t.match(JSON.parse(past.out), {
    rows: 0,
    logs: [
      { from: 0, to: 0 },
      { from: 0, to: 0 },
    ],
  })
  const agency = await runHere('export', '--out', out('agency'), ...mine, '--agency', 'taipei-education', '--json')
  t.match(JSON.parse(agency.out), { rows: 7 })
  for (const line of text(out('agency'), '1.ndjson').trimEnd().split('\n'))
    t.match(JSON.parse(line), { kind: 'query', agency: 'taipei-education' })
})

t.test('whole logs are verified as they are, by the command and by their own keys', async (t) => {
  const run = await runHere('export', '--out', out('tiles'), ...mine, '--form', 'tiles', '--json')
  t.equal(run.error, '')
  const { absent, unsigned } = JSON.parse(run.out)
  t.same([absent, unsigned], [[], []])
  t.equal(run.code, 0)
  const verified = await runHere('verify', out('tiles'), '--trust', join(out('tiles'), 'trust-policy.txt'), '--json')
  t.equal(verified.error, '')
  const report = JSON.parse(verified.out)
  t.same(report.findings, [])
  t.same(
    report.logs.map(({ slot, keys }: { slot: string; keys: string }) => [slot, keys]),
    [
      ['1', 'given'],
      ['cli', 'given'],
    ],
  )
})

t.test('an export bears witness: an older copy of a log that was read is found by the log of the commands', async (t) => {
  await department.call(department.education)
  const run = await runHere('export', '--out', out('later'), ...mine, '--form', 'tiles')
  t.equal(run.error, '')
  // The next export states how slot 1 stood in the one before; somebody puts the older slot 1 beside it.
  const lines = await runHere('export', '--out', out('witness'), ...mine, '--form', 'tiles')
  t.equal(lines.error, '')
  rmSync(join(out('witness'), '1'), { recursive: true })
  cpSync(join(out('tiles'), '1'), join(out('witness'), '1'), { recursive: true })
  const report = JSON.parse((await runHere('verify', out('witness'), '--json')).out)
  t.match(
    report.findings.map(({ slot, code, expected }: { slot: string; code: string; expected: string }) => [slot, code, expected]),
    [['1', 'known-beyond', /at least \d+ \(entry \d+ of slot cli\)/]],
  )
})

t.test('an auditor of rules that somebody made for it reads nothing: what is in force decides', async (t) => {
  const own = join(folder, 'own-config')
  cpSync(join(folder, 'config'), own, { recursive: true })
  const { privateKey } = generateKeyPairSync('ed25519')
  const jwk = { ...privateKey.export({ format: 'jwk' }), alg: 'EdDSA', kid: 'ethics-lin-1' }
  const office = join(own, 'agencies/ethics-office.yaml')
  const [, given = ''] = /kid: ethics-lin-1, x: ([\w-]+)/.exec(readFileSync(office, 'utf8')) ?? []
  writeFileSync(office, readFileSync(office, 'utf8').replace(given, String(jwk.x)))
  writeFileSync(join(folder, 'own.jwk'), JSON.stringify(jwk), { mode: 0o600 })
  const [, , ...signed] = mine
  const before = await acts(department)
  const forged = signed.map((each) => (each.endsWith('ethics-lin.jwk') ? join(folder, 'own.jwk') : each))
  t.match((await runHere('export', '--out', out('own'), '--config', own, ...forged)).error, /signature does not verify/)
  t.notOk(existsSync(out('own')))
  t.equal((await acts(department)).length, before.length)
  t.equal((await runHere('export', '--out', out('own'), '--config', own, ...signed)).error, '')
  const act = (await acts(department)).findLast(({ entry }) => entry.kind === 'export')
  t.equal(act?.entry.policy, department.serving.process.gateway.policy.snapshot.digest, 'and under what is in force it is recorded')
})

t.test('a log whose checkpoint is none is not left out unsaid, and keeps no other from being exported', async (t) => {
  const admin = await connect(t, department.serving.store.server?.adminUrl ?? '')
  await admin.query(`UPDATE linkage.slot SET checkpoint = 'spoilt' WHERE slot = 'cli'`)
  const all = await runHere('export', '--out', out('spoilt'), ...mine, '--form', 'tiles')
  t.match(all.error, /槽 cli：.*slot cli is none of it.*--slot/)
  t.notOk(existsSync(out('spoilt')))
  const one = await runHere('export', '--out', out('spoilt'), ...mine, '--form', 'tiles', '--slot', '1', '--json')
  t.equal(one.error, '')
  t.match(JSON.parse(one.out), { logs: [{ slot: '1' }], unsigned: [] })
})

t.test('in a process of its own, beside the gateway', async (t) => {
  const before = (await kindsOf(department)).length
  const run = await runLinkage('export', '--out', out('process'), ...mine)
  t.equal(run.error, '')
  t.match(run.out, /已匯出 exported/)
  t.equal(run.code, 0)
  t.same((await kindsOf(department)).slice(before), ['key', 'export'])
  t.ok(existsSync(out('process')))
  t.equal((await department.call(department.education)).status, 200, 'the gateway serves on')
})

function thisMonth(): string {
  return new Date(Date.now() + 8 * 3_600_000).toISOString().slice(0, 7)
}
