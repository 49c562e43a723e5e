// committed.test.ts: who committed the rules: said only where the folder is what was committed, proven only by an allowed signer; and config apply.
import { execFileSync, spawnSync } from 'node:child_process'
import { appendFileSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { committedBy } from '../../src/cli/committed.ts'
import { configCommand } from '../../src/cli/config.ts'
import { Repository } from '../../src/cli/repository.ts'
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
const asRead = (): ReadonlyMap<string, Buffer> => loadFolder(config).snapshot?.asRead ?? new Map()
const by = (read = asRead(), signers?: string) => committedBy(new Repository(config, 5_000), read, read.keys(), signers)
const file = join(config, 'agencies/taipei-education.yaml')

/** A repository that does not answer in time is as good as none: here it is asked until it does. */
async function who(signers?: string): ReturnType<typeof committedBy> {
  for (let tries = 0; tries < 20; tries += 1) {
    const found = await by(asRead(), signers)
    if (found !== undefined) return found
  }
  return undefined
}

/** What happens while a person reads what is shown. */
let meanwhile: (() => void) | undefined

const apply = (...args: readonly string[]) => applyTo(config, ...args)

async function applyTo(folder: string, ...args: readonly string[]): Promise<{ readonly out: string; readonly error: string }> {
  let out = ''
  const command = configCommand({
    write: (text) => {
      out += text
      meanwhile?.()
      meanwhile = undefined
    },
  })
  for (const each of command.commands) each.exitOverride().configureOutput({ writeErr: () => undefined })
  try {
    await command.parseAsync(['apply', '--config', folder, ...args], { from: 'user' })
    return { out, error: '' }
  } catch (error) {
    return { out, error: error instanceof Error ? error.message : String(error) }
  }
}
const letter = ['--document', '北市社資字第1150000999號', '--by', '周宜蓁']

t.test('in no commit, nobody is named', async (t) => {
  t.equal(await by(), undefined)
  t.equal(await committedBy(new Repository(join(tmpdir(), 'nowhere'), 5_000), new Map(), []), undefined)
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
  t.equal(await by(), undefined)
  git('update-index', '--assume-unchanged', 'department/config/agencies/taipei-education.yaml')
  t.equal(await by(), undefined, 'nor where git is told not to look')
  git('update-index', '--no-assume-unchanged', 'department/config/agencies/taipei-education.yaml')
  writeFileSync(file, whole)
  t.equal(await by(new Map([...asRead(), ['agencies/new.yaml', Buffer.from('new')]])), undefined)
  t.ok(await who())
})

t.test('a file that is gone, and whose removal is not committed: nobody', async (t) => {
  const calendar = join(config, 'calendar/2026.csv')
  const whole = readFileSync(calendar)
  rmSync(calendar)
  t.ok(loadFolder(config).snapshot, 'the folder is valid without it')
  t.equal(await by(), undefined)
  writeFileSync(calendar, whole)
  t.ok(await who())
})

t.test('what counts is what was read, not what stands there by now', async (t) => {
  const whole = readFileSync(file)
  appendFileSync(file, '# 未提交之註解\n')
  const read = asRead()
  writeFileSync(file, whole)
  t.equal(await by(read), undefined)
})

t.test('git is asked again wherever its head has moved, and nowhere else', async (t) => {
  const one = new Repository(config, 20_000)
  const head = () => git('rev-parse', 'HEAD').trim()
  const first = await one.newestSeen()
  t.equal(first.id, head())
  t.equal(await one.newestSeen(), first)
  const asked = one.ask.bind(one)
  let times = 0
  one.ask = (args) => {
    times += 1
    return asked(args)
  }
  await one.newestSeen()
  t.equal(times, 0)
  const moves: readonly (readonly string[])[] = [
    ['commit', '--quiet', '--allow-empty', '--message', '另一次'],
    ['commit', '--quiet', '--allow-empty', '--amend', '--message', '修正'],
    ['reset', '--quiet', '--hard', first.id],
    ['checkout', '--quiet', '-b', 'other'],
    ['commit', '--quiet', '--allow-empty', '--message', '分支'],
    ['checkout', '--quiet', 'main'],
    ['update-ref', 'refs/heads/main', 'other'],
    ['update-ref', 'refs/heads/main', first.id],
  ]
  for (const move of moves) {
    git(...move)
    t.equal((await one.newestSeen()).id, head(), move.join(' '))
  }
  git('worktree', 'add', '--quiet', '--detach', join(top, 'tree'))
  const beside = new Repository(join(top, 'tree/department/config'), 20_000)
  t.equal((await beside.newestSeen()).id, first.id)
  execFileSync('git', ['-C', join(top, 'tree'), 'checkout', '--quiet', 'other'], { env })
  t.equal((await beside.newestSeen()).id, git('rev-parse', 'other').trim())
  rmSync(join(top, '.git/logs/HEAD'))
  git('-c', 'core.logAllRefUpdates=false', 'reset', '--quiet', '--hard', 'other')
  t.equal((await one.newestSeen()).id, head(), 'where no log tells, git does')
  git('-c', 'core.logAllRefUpdates=false', 'reset', '--quiet', '--hard', first.id)
  t.equal((await one.newestSeen()).id, head())
  await t.rejects(new Repository(join(tmpdir(), 'nowhere'), 20_000).newestSeen(), { code: 'no-repository' })
  git('worktree', 'remove', '--force', join(top, 'tree'))
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
  // Git chooses the program that verifies by what the signature calls itself.
  const head = git('rev-parse', 'HEAD').trim()
  const commit = git('cat-file', 'commit', head)
  for (const kind of ['PGP SIGNATURE', 'PGP MESSAGE', 'SIGNED MESSAGE', 'SSH SIGNATURE']) {
    const signature = `gpgsig -----BEGIN ${kind}-----\n \n iQ==\n -----END ${kind}-----\n`
    const signed = execFileSync('git', ['-C', top, 'hash-object', '-t', 'commit', '-w', '--stdin'], {
      env,
      input: commit.replace('\n\n', `\n${signature}\n`),
      encoding: 'utf8',
    }).trim()
    git('update-ref', 'HEAD', signed)
    t.match(await who(signers), { claimed: { commit: signed } }, kind)
    t.notOk('proven' in ((await who(signers)) ?? {}))
  }
  git('update-ref', 'HEAD', head)
  t.throws(() => readFileSync(trap), 'it did not run')
  for (const key of ['core.fsmonitor', 'core.pager', 'gpg.program', 'gpg.ssh.program', 'filter.trap.clean', 'diff.external'])
    git('config', '--unset', key)
  rmSync(join(config, '.gitattributes'))
})

t.test('what a repository lacks is fetched from nowhere, by no program that it names', async (t) => {
  const partial = join(top, 'partial')
  const trap = join(top, 'fetched')
  const program = join(top, 'upload.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${trap}\n`, { mode: 0o755 })
  const own = (...args: readonly string[]): string => execFileSync('git', ['-C', partial, ...args], { encoding: 'utf8', env })
  execFileSync('git', ['clone', '--quiet', '--no-local', top, partial], { env })
  // Objects each in a file of its own, so that one can go.
  const packs = execFileSync('sh', ['-c', 'mv .git/objects/pack/*.pack . && ls *.pack'], { cwd: partial, encoding: 'utf8' }).trim()
  execFileSync('git', ['-C', partial, 'unpack-objects', '-q'], { env, input: readFileSync(join(partial, packs)) })
  rmSync(join(partial, '.git/objects/pack'), { recursive: true })
  const tree = own('rev-parse', 'HEAD:department/config').trim()
  rmSync(join(partial, '.git/objects', tree.slice(0, 2), tree.slice(2)))
  own('config', 'core.repositoryFormatVersion', '1')
  own('config', 'extensions.partialClone', 'origin')
  own('config', 'remote.origin.promisor', 'true')
  own('config', 'remote.origin.uploadpack', program)
  await t.rejects(new Repository(join(partial, 'department/config'), 5_000).newest(), { code: 'no-repository' })
  t.throws(() => readFileSync(trap), 'it did not run')
  spawnSync('git', ['-C', partial, 'ls-tree', '-r', 'HEAD'], { env })
  t.ok(readFileSync(trap), 'which it does where git is asked plainly')
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

t.test('config apply commits what was shown, and nothing that is saved meanwhile', async (t) => {
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, whole.replace(/per_minute: \d+/, 'per_minute: 1'))
  const shown = readFileSync(file, 'utf8')
  const opening = shown.replace(/per_day: \d+/, 'per_day: 999999')
  meanwhile = () => writeFileSync(file, opening)
  const { out, error } = await apply(...letter)
  t.equal(error, '')
  t.notMatch(out, /999999/)
  t.equal(git('show', 'HEAD:department/config/agencies/taipei-education.yaml'), shown)
  t.equal(readFileSync(file, 'utf8'), opening, 'what was saved meanwhile stands where it was')
  t.match(git('status', '--porcelain'), /^ M department\/config\/agencies\/taipei-education\.yaml$/m, 'as a change of its own')
  writeFileSync(file, whole)
  t.equal((await apply(...letter, '--yes')).error, '')
})

t.test('config apply commits nothing that a hook changed or refuses, and runs those of the repository', async (t) => {
  const hooks = join(top, '.git/hooks')
  const whole = readFileSync(file, 'utf8')
  const head = git('rev-parse', 'HEAD')
  mkdirSync(hooks, { recursive: true })
  writeFileSync(file, whole.replace(/per_minute: \d+/, 'per_minute: 2'))
  for (const [name, script, said] of [
    ['pre-commit', 'echo more > more && git add more', /hook/],
    ['pre-commit', 'echo 不得提交 >&2; exit 1', /不得提交/],
    ['commit-msg', 'grep -q 文號 "$1" && echo 文號有誤 >&2; exit 1', /文號有誤/],
  ] as const) {
    writeFileSync(join(hooks, name), `#!/bin/sh\n${script}\n`, { mode: 0o755 })
    t.match((await apply(...letter)).error, said)
    rmSync(join(hooks, name))
    t.equal(git('rev-parse', 'HEAD'), head, script)
  }
  rmSync(join(top, 'more'))
  writeFileSync(join(hooks, 'prepare-commit-msg'), '#!/bin/sh\necho "Reviewed-by: $2" >> "$1"\n', { mode: 0o755 })
  t.equal((await apply(...letter)).error, '')
  t.match(git('log', '-1', '--format=%B'), /承辦人: 周宜蓁\nReviewed-by: message/)
  rmSync(join(hooks, 'prepare-commit-msg'))
  git('reset', '--quiet', '--hard', 'HEAD~1')
  t.equal(readFileSync(file, 'utf8'), whole)
})

t.test('config apply undoes no commit that lands meanwhile, and concludes no merge', async (t) => {
  const whole = readFileSync(file, 'utf8')
  writeFileSync(file, whole.replace(/per_minute: \d+/, 'per_minute: 2'))
  meanwhile = () => git('commit', '--quiet', '--allow-empty', '--message', '他人之提交')
  t.match((await apply(...letter)).error, /另有提交/)
  t.match(git('log', '-1', '--format=%s'), /他人之提交/)
  t.match(git('status', '--porcelain'), /^ M department\/config\/agencies\/taipei-education\.yaml$/m, 'the change is still there')
  writeFileSync(join(top, '.git/MERGE_HEAD'), git('rev-parse', 'HEAD~1'))
  t.match((await apply(...letter)).error, /merge/)
  rmSync(join(top, '.git/MERGE_HEAD'))
  t.equal((await apply(...letter)).error, '')
  git('reset', '--quiet', '--hard', 'HEAD~2')
  t.equal(readFileSync(file, 'utf8'), whole)
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

t.test('config apply commits the repair of a commit that is not valid, once somebody agrees to all of it', async (t) => {
  const head = git('rev-parse', 'HEAD').trim()
  const whole = readFileSync(file, 'utf8')
  const blocks = readFileSync(join(config, 'blocks.yaml'), 'utf8')
  writeFileSync(file, whole.replace('kind: linked-agency', 'kind: 連結機關'))
  writeFileSync(
    join(config, 'blocks.yaml'),
    'blocks:\n  - {agency: taipei-police, at: 2026-11-24T10:00:00+08:00, by: 值班人員, reason: 外洩}\n',
  )
  git('commit', '--quiet', '--all', '--message', '未經檢查')
  t.match((await apply(...letter, '--yes')).error, /未通過檢查，無從比較/, 'nor is it called unchanged')
  appendFileSync(file, '# 仍未更正\n')
  t.match(
    (await apply(...letter, '--yes')).error,
    /未通過檢查，無從比較.*taipei-education\.yaml:\d+/s,
    'what is not valid is not committed',
  )
  const repaired = whole.replace('cidr: 203.0.113.0/28', 'cidr: 203.0.113.0/27')
  writeFileSync(file, repaired)
  writeFileSync(join(config, 'blocks.yaml'), blocks)
  const asked = await apply(...letter)
  t.match(asked.error, /--yes/)
  const valid = git('rev-parse', '--short=12', 'HEAD~1').trim()
  t.match(
    asked.out,
    new RegExp(`compared with the newest commit that is valid, ${valid}\\n.*taipei-education\\.yaml:\\d+:\\d+.*連結機關`, 's'),
  )
  const { out, error } = await apply(...letter, '--yes')
  t.equal(error, '')
  t.match(out, /＋ 開放網段 203\.0\.113\.0\/27/, 'what changes beside the repair shows')
  t.notMatch(out, /＋ 新增憑證/, 'and what stays as it was does not')
  t.match(out, /＋ 解除封鎖機關 taipei-police/, 'and a block that it lifts is one')
  t.match(
    git('log', '-1', '--format=%B'),
    /^設定：更正未通過檢查之版本\n\n- agencies\/taipei-education.*\n文號: 北市社資字第1150000999號\n/s,
  )
  t.match(git('diff', '--shortstat', head, 'HEAD', '--', 'department'), /^ 1 file changed, 1 insertion\(\+\), 1 deletion\(-\)$/m)
  t.equal((await apply(...letter)).error.includes('沒有可提交之變更'), true)
  writeFileSync(file, whole)
  t.equal((await apply(...letter, '--yes')).error, '')
})

t.test('where no commit ever was valid, all that the folder has is an opening', async (t) => {
  const alone = join(top, 'alone', 'config')
  cpSync(join(import.meta.dirname, '../../config'), alone, { recursive: true })
  const path = join(alone, 'gateway.yaml')
  const whole = readFileSync(path, 'utf8')
  writeFileSync(path, whole.replace('environment: demo', 'environment: [demo'))
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', join(top, 'alone'), ...args], { encoding: 'utf8', env })
  git('init', '--quiet')
  git('add', '--all')
  git('commit', '--quiet', '--message', '未經檢查')
  writeFileSync(path, whole)
  t.match((await applyTo(alone, ...letter)).error, /--yes/)
  const { out, error } = await applyTo(alone, ...letter, '--yes')
  t.equal(error, '')
  t.match(out, /what was before is unknown/)
  t.match(out, /taipei-education\n {2}＋ .*機關 agency 臺北市政府警察局 taipei-police\n {2}＋ /s)
  t.match(out, /gateway\.yaml:\d+.*設定 settings 閘道設定 gateway\n {2}＋ 開放受信任之代理 .*± 上游系統/s)
  t.equal(git('show', 'HEAD:config/gateway.yaml'), whole)
})

t.test('a suspension that is gone, and a row of a roster, is neither valid nor committed', async (t) => {
  const agency = join(config, 'agencies/taipei-revenue.yaml')
  const roster = join(config, 'rosters/taipei-education.csv')
  const [suspended, rows] = [readFileSync(agency, 'utf8'), readFileSync(roster, 'utf8')]
  writeFileSync(agency, suspended.replace(/ {2}- effective: 2026-10-15\n(?: {4}.*\n)+/, ''))
  writeFileSync(roster, rows.replace(/^edu-huang[^\n]*\n/m, ''))
  t.not(readFileSync(agency, 'utf8'), suspended)
  t.not(readFileSync(roster, 'utf8'), rows)
  const head = git('rev-parse', 'HEAD')
  const { error } = await apply(...letter, '--yes')
  t.match(error, /未提交.*histories that took effect are only extended/s)
  t.match(error, /agencies\/taipei-revenue\.yaml:\d+:\d+.*\[standing-rewritten\]/)
  t.match(error, /rosters\/taipei-education\.csv:\d+:\d+.*\[roster-rewritten\]/)
  t.equal(git('rev-parse', 'HEAD'), head)
  const check = await told('check', config)
  t.match(check, /未通過檢查，不會生效：已生效之歷程不可改寫.*2 項錯誤/)
  t.match(check, /standing-rewritten[\s\S]*roster-rewritten/)
  t.equal(process.exitCode, 2)
  t.match(await told('diff', 'HEAD', config), /only extended[\s\S]*standing-rewritten[\s\S]*roster-rewritten/)
  process.exitCode = undefined
  await told('diff', 'HEAD', config, '--fail-on', 'closed')
  t.equal(process.exitCode, 1)
  process.exitCode = undefined
  writeFileSync(agency, suspended)
  writeFileSync(roster, rows)
  t.match(await told('check', config), /通過檢查 \/ valid/)
  process.exitCode = undefined
})

async function told(...args: readonly string[]): Promise<string> {
  let out = ''
  await configCommand({ write: (text) => (out += text) }).parseAsync([...args], { from: 'user' })
  return out
}

t.test('a folder of which a repository holds nothing yet is committed, once somebody agrees to all of it', async (t) => {
  const first = join(top, 'first', 'config')
  mkdirSync(join(top, 'first'))
  const git = (...args: readonly string[]): string => execFileSync('git', ['-C', join(top, 'first'), ...args], { encoding: 'utf8', env })
  git('init', '--quiet')
  git('commit', '--quiet', '--allow-empty', '--message', '別的事')
  cpSync(join(import.meta.dirname, '../../config'), first, { recursive: true })
  t.match((await applyTo(first, ...letter)).error, /--yes/)
  const { out, error } = await applyTo(first, ...letter, '--yes')
  t.equal(error, '')
  t.match(out, /^上次提交沒有此資料夾.*all that this one has is listed as opened\n\n機關 agency .*\n {2}＋/)
  t.match(git('log', '-1', '--format=%B'), /^設定：首次提交\n\n.*文號: 北市社資字第1150000999號\n/s)

  const held = git('rev-parse', '--short=12', 'HEAD').trim()
  git('rm', '--quiet', '-r', 'config')
  git('commit', '--quiet', '--message', '誤刪')
  cpSync(join(import.meta.dirname, '../../config'), first, { recursive: true })
  const back = await applyTo(first, ...letter, '--yes')
  t.equal(back.error, '', 'one that went and came back, too')
  t.match(
    back.out,
    new RegExp(`the last commit does not hold this folder, so this is compared with the newest commit that is valid, ${held}`),
  )
})

t.test('config apply signs where the repository asks for it', { skip }, async (t) => {
  const settings = { 'commit.gpgsign': 'true', 'gpg.format': 'ssh', 'user.signingkey': join(top, 'signer') }
  for (const [key, value] of Object.entries(settings)) git('config', key, value)
  writeFileSync(join(top, 'signers'), `chou@example.gov.tw ${readFileSync(join(top, 'signer.pub'), 'utf8')}`)
  writeFileSync(file, `${readFileSync(file, 'utf8')}# 又一變更\n`)
  t.equal((await apply(...letter)).error, '')
  t.match(await who(join(top, 'signers')), { proven: { signer: 'chou@example.gov.tw' } })
  git('config', 'user.signingkey', join(top, 'nosuch'))
  const head = git('rev-parse', 'HEAD')
  writeFileSync(file, `${readFileSync(file, 'utf8')}# 未簽章\n`)
  t.match((await apply(...letter)).error, /not committed/)
  t.equal(git('rev-parse', 'HEAD'), head, 'nothing without its signature')
})
