// committed.test.ts: who committed the rules: said only where the folder is what was committed, proven only by an allowed signer; and config apply.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { committedBy } from '../../src/cli/committed.ts'
import { configCommand } from '../../src/cli/config.ts'
import { loadFolder } from '../../src/policy/load.ts'

const top = mkdtempSync(join(tmpdir(), 'linkage-committed-'))
t.teardown(() => rmSync(top, { recursive: true, force: true }))
const config = join(top, 'department', 'config')
const env = { ...process.env, HOME: top, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: join(top, 'gitconfig') }
writeFileSync(env.GIT_CONFIG_GLOBAL, '[user]\n  name = 周宜蓁\n  email = chou@example.gov.tw\n[init]\n  defaultBranch = main\n')
Object.assign(process.env, { HOME: top, GIT_CONFIG_NOSYSTEM: '1', GIT_CONFIG_GLOBAL: env.GIT_CONFIG_GLOBAL })
const git = (...args: readonly string[]): string => execFileSync('git', ['-C', top, ...args], { encoding: 'utf8', env })

git('init', '--quiet')
mkdirSync(join(top, 'department'))
cpSync(join(import.meta.dirname, '../../config'), config, { recursive: true })
const names = (): string[] => [...(loadFolder(config).snapshot?.files.keys() ?? [])]
const file = join(config, 'agencies/taipei-education.yaml')

/** A repository that does not answer in time is as good as none: here it is asked until it does. */
async function who(signers?: string): ReturnType<typeof committedBy> {
  for (let tries = 0; tries < 20; tries += 1) {
    const found = await committedBy(config, names(), signers)
    if (found !== undefined) return found
  }
  return undefined
}

async function apply(...args: readonly string[]): Promise<{ readonly out: string; readonly error: string }> {
  let out = ''
  const command = configCommand({ write: (text) => (out += text) })
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined })
  try {
    await command.parseAsync(['apply', '--config', config, ...args], { from: 'user' })
    return { out, error: '' }
  } catch (error) {
    return { out, error: error instanceof Error ? error.message : String(error) }
  }
}
const letter = ['--document', '北市社資字第1150000999號', '--by', '周宜蓁']

t.test('in no commit, nobody is named', async (t) => {
  t.equal(await committedBy(config, names()), undefined)
  t.equal(await committedBy(join(tmpdir(), 'nowhere'), []), undefined)
})

t.test('what the commit says, as what is claimed', async (t) => {
  git('add', '.')
  git('commit', '--quiet', '--message', '第一版\n\n文號: 北市社資字第1150000001號\n承辦人: 何柏翰')
  const found = await who()
  t.match(found, {
    claimed: { author: '周宜蓁 <chou@example.gov.tw>', document: '北市社資字第1150000001號', handler: '何柏翰', at: /^20\d\d-/ },
  })
  t.equal(found?.claimed.commit, git('rev-parse', 'HEAD').trim())
  t.notOk('proven' in (found ?? {}))
})

t.test('a file that is not as it was committed, or never was: nobody', async (t) => {
  const whole = readFileSync(file)
  appendFileSync(file, '# 未提交之註解\n')
  t.equal(await committedBy(config, names()), undefined)
  git('update-index', '--assume-unchanged', 'department/config/agencies/taipei-education.yaml')
  t.equal(await committedBy(config, names()), undefined, 'nor where git is told not to look')
  git('update-index', '--no-assume-unchanged', 'department/config/agencies/taipei-education.yaml')
  writeFileSync(file, whole)
  t.equal(await committedBy(config, [...names(), 'agencies/new.yaml']), undefined)
  t.ok(await who())
})

t.test('no program that the repository names is run', async (t) => {
  const trap = join(top, 'ran')
  const program = join(top, 'trap.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${trap}\ncat\n`, { mode: 0o755 })
  for (const [key, value] of [
    ['core.fsmonitor', program],
    ['core.pager', program],
    ['gpg.program', program],
    ['gpg.ssh.program', program],
    ['filter.trap.clean', program],
    ['diff.external', program],
  ])
    git('config', key ?? '', value ?? '')
  writeFileSync(join(config, '.gitattributes'), '*.yaml filter=trap\n')
  const signers = join(top, 'nobody')
  writeFileSync(signers, '')
  await who(signers)
  t.throws(() => readFileSync(trap), 'it did not run')
  for (const key of ['core.fsmonitor', 'core.pager', 'gpg.program', 'gpg.ssh.program', 'filter.trap.clean', 'diff.external'])
    git('config', '--unset', key)
  rmSync(join(config, '.gitattributes'))
})

const { error } = spawnSync('ssh-keygen', ['-Q'])
const skip = error === undefined ? false : `ssh-keygen cannot be run: ${error.message}`

t.test('a signature is proof only where its signer is allowed', { skip }, async (t) => {
  const key = join(top, 'signer')
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key])
  writeFileSync(file, `${readFileSync(file, 'utf8')}# 已簽章\n`)
  git(
    '-c',
    'gpg.format=ssh',
    '-c',
    `user.signingkey=${key}`,
    'commit',
    '--quiet',
    '--gpg-sign',
    '--all',
    '--message',
    '簽章之變更\n\n文號: 甲\n文號: 乙',
  )
  const signers = join(top, 'signers')
  writeFileSync(signers, `chou@example.gov.tw ${readFileSync(`${key}.pub`, 'utf8')}`)
  t.match(await who(signers), { claimed: { document: '乙' }, proven: { signer: 'chou@example.gov.tw', key: /^SHA256:/ } })
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', `${key}-other`])
  writeFileSync(signers, `chou@example.gov.tw ${readFileSync(`${key}-other.pub`, 'utf8')}`)
  t.notOk('proven' in ((await who(signers)) ?? {}), 'another’s key proves nothing')
  t.notOk('proven' in ((await who()) ?? {}), 'nor does any where none is allowed')
})

t.test('config apply: nothing to commit, a folder that is not valid, an opening that nobody agreed to', async (t) => {
  const head = git('rev-parse', 'HEAD')
  t.match((await apply(...letter)).error, /沒有可提交之變更/)
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, whole.replace('kind: linked-agency', 'kind: 連結機關'))
  t.match((await apply(...letter)).error, /agencies\/taipei-education\.yaml:\d+/)
  writeFileSync(file, whole.replace(/per_minute: \d+/, 'per_minute: 99999'))
  t.match((await apply(...letter)).error, /--yes/)
  t.match((await apply('--document', '文號')).error, /--by/)
  t.equal(git('rev-parse', 'HEAD'), head)
  writeFileSync(file, whole)
})

t.test('config apply commits the folder alone, with document and person', async (t) => {
  const outside = join(top, 'outside')
  writeFileSync(outside, 'x')
  git('add', 'outside')
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, whole.replace(/per_minute: \d+/, 'per_minute: 1'))
  const { out, error } = await apply(...letter)
  t.equal(error, '')
  t.match(out, /－ .*\n[\s\S]*已提交 committed [0-9a-f]{12}\n$/)
  t.match(git('log', '-1', '--format=%B'), /^設定：臺北市政府教育局 .*\n\n- .*\n\n文號: 北市社資字第1150000999號\n承辦人: 周宜蓁\n/)
  t.equal(git('show', '--stat', '--format=', 'HEAD').includes('outside'), false)
  t.match(git('status', '--porcelain'), /^A {2}outside$/m, 'what was staged beside it is staged still')
  t.match(await who(), { claimed: { document: '北市社資字第1150000999號', handler: '周宜蓁' } })
})
