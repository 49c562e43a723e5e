// committed.test.ts: `source: committed` under a running gateway: saved is not in force, a block is, committed is; said in log, metric and readiness.
import { execFileSync } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { findingLine } from '../../src/policy/finding.ts'
import { Configuration, day, type MadeAgency } from './configuration.ts'
import { startDepartment } from './department.ts'

const git = (at: string, ...args: readonly string[]): string =>
  execFileSync('git', ['-C', at, '-c', 'user.name=周宜蓁', '-c', 'user.email=chou@example.gov.tw', '-c', 'commit.gpgsign=false', ...args], {
    encoding: 'utf8',
  })
const commit = (at: string): void => {
  git(at, 'add', '--all')
  git(at, 'commit', '--quiet', '--message', '變更\n\n文號: 北市社資字第1159000001號\n承辦人: 周宜蓁')
}
let other: MadeAgency | undefined
const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  other = configuration.addAgency('other')
  configuration.edit('gateway.yaml', (file) => file.set('source', 'committed'))
  git(configuration.folder, 'init', '--quiet')
  commit(configuration.folder)
})
const made = other
if (made === undefined) throw new Error('not configured')
const config = join(department.folder, 'config')
const configuration = new Configuration(config)
const { adminPort, rules } = department.serving.process

async function until(holds: () => boolean | Promise<boolean>): Promise<void> {
  for (const end = Date.now() + 30_000; !(await holds()); await new Promise((later) => setTimeout(later, 20)))
    if (Date.now() > end) throw new Error(`it never held; ${rules.findings.map(findingLine).join('\n')}`)
}
const nameInForce = (): string | undefined => rules.snapshot.agencies.get('other')?.name
const codeOf = async (agency: MadeAgency): Promise<string> => {
  const reply = await department.call(agency)
  return reply.status === 200 ? 'released' : String(reply.json.code)
}
const blockOf = (credential: string) => ({ credential, at: `${day(0)}T00:00:00+08:00`, by: '值班人員', reason: '疑似金鑰外洩' })
const block = (...credentials: readonly string[]): void =>
  configuration.edit('blocks.yaml', (file) => file.set('blocks', file.createNode(credentials.map(blockOf))))
const at = async (path: string): Promise<string> => (await fetch(`http://127.0.0.1:${adminPort}${path}`)).text()

t.test('what is saved is not in force, and that is said in plain words; a block is', async (t) => {
  const inForce = rules.snapshot.digest
  configuration.edit('agencies/other.yaml', (file) => file.set('name', '更名之機關'))
  await until(() => rules.findings.length > 0)
  t.equal(rules.snapshot.digest, inForce)
  const shown = JSON.parse(await at('/health/ready'))
  t.equal(shown.ready, true, 'the last good rules serve')
  t.match(shown.configuration.findings, [/^agencies\/other\.yaml:1:1: 錯誤 尚未提交.*linkage config apply.*\[not-committed\]$/])
  t.match(await at('/metrics'), /^linkage_configuration_errors 1$/m)
  t.match(readFileSync(join(department.folder, 'gateway.log'), 'utf8'), /尚未提交，尚未生效，線上仍為 民國\d+年\d+月\d+日 版本/)
  t.equal(await codeOf(made), 'released')
  block('other-key')
  await until(async () => (await codeOf(made)) === 'blocked')
  t.not(nameInForce(), '更名之機關')
})

t.test('a block that is lifted, and not committed, stays; what is committed is taken up without a further save', async (t) => {
  block('edu-2026b')
  await until(() => rules.snapshot.blocks.length === 2)
  t.equal(await codeOf(made), 'blocked')
  await until(() => rules.findings.some(({ file }) => file === 'blocks.yaml')) // the lift, which is looked for in the repository
  git(config, 'add', 'agencies')
  git(config, 'commit', '--quiet', '--message', '更名')
  await until(() => nameInForce() === '更名之機關')
  t.equal(await codeOf(made), 'blocked', 'the rest does not wait for the lift, nor the lift for the rest')
  commit(config)
  await until(() => rules.findings.length === 0)
  t.equal(await codeOf(made), 'released')
  t.same(
    rules.snapshot.blocks.map(({ target }) => target),
    [{ kind: 'credential', id: 'edu-2026b' }],
  )
  const policies = (await department.records()).filter(({ entry }) => entry.kind === 'policy')
  t.same(
    policies.map(({ entry }) => (entry.claimed as { document?: string; commit?: string } | undefined)?.document ?? 'none'),
    ['北市社資字第1159000001號', 'none', 'none', 'none', '北市社資字第1159000001號'],
    'at the start, a block, another, the name beside blocks that are not committed, and all of it',
  )
})

t.test('while the repository is away nothing is taken up but blocks', async (t) => {
  const away = join(department.folder, 'away')
  execFileSync('mv', [join(config, '.git'), away])
  configuration.edit('agencies/other.yaml', (file) => file.set('name', '再更名'))
  await until(() => rules.findings.some(({ found }) => found?.includes('not a git repository') === true))
  block('edu-2026b', 'other-key')
  await until(async () => (await codeOf(made)) === 'blocked')
  t.equal(nameInForce(), '更名之機關')
  execFileSync('mv', [away, join(config, '.git')])
  writeFileSync(join(config, 'README.md'), '不是設定\n')
  commit(config)
  await until(() => nameInForce() === '再更名')
  t.same(rules.findings, [])
})
