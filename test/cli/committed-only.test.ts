// committed-only.test.ts: `source: committed`: what keeps a folder out, file by file; blocks aside; and a repository that cannot be asked.
import { execFileSync } from 'node:child_process'
import { appendFileSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import t from 'tap'
import { CommittedOnly } from '../../src/cli/committed-only.ts'
import { Repository } from '../../src/cli/repository.ts'
import type { Finding } from '../../src/policy/finding.ts'
import { loadFolder } from '../../src/policy/load.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import { AGENCY, good, ROSTER, writeFolder } from '../policy/good-folder.ts'
import { appended, B, blocks, G } from '../policy/mistakes/changes.ts'

const top = mkdtempSync(join(tmpdir(), 'linkage-committed-only-'))
t.teardown(() => rmSync(top, { recursive: true, force: true }))
const env = { ...process.env, HOME: top, GIT_CONFIG_NOSYSTEM: '1' }
const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.gov.tw', '-c', 'commit.gpgsign=false', '-c', 'protocol.file.allow=always']
const git = (at: string, ...args: readonly string[]): string => execFileSync('git', ['-C', at, ...who, ...args], { encoding: 'utf8', env })
const commit = (at: string): void => {
  git(at, 'add', '--all')
  git(at, 'commit', '--quiet', '--allow-empty', '--message', '變更')
}
/** A department's repository with the good folder in it. */
function repositoryAt(name: string, within = 'config'): string {
  const at = join(top, name)
  mkdirSync(join(at, within), { recursive: true })
  git(at, 'init', '--quiet')
  writeFolder(join(at, within), {})
  commit(at)
  return join(at, within)
}
function loaded(folder: string): Snapshot {
  const { snapshot } = loadFolder(folder)
  if (snapshot === undefined) throw new Error('it loads')
  return snapshot
}
const only = (folder: string): CommittedOnly => new CommittedOnly(new Repository(folder, 20_000))
const against = (folder: string) => only(folder).against(loaded(folder))
const said = (findings: readonly Finding[]): string[] => findings.map(({ file, code }) => `${file} ${code}`)
const put = (folder: string, name: string, text: string | Uint8Array | undefined): void => writeFileSync(join(folder, name), text ?? '')

const config = repositoryAt('department')

t.test('a folder as it was committed is taken up', async (t) => {
  t.same(await against(config), [])
  t.same(await only(config).againstStart(loaded(config)), [])
})

t.test('each file that differs is named, with what to do', async (t) => {
  const text = appended(AGENCY, '# 註解\n')[AGENCY]
  put(config, AGENCY, text)
  const [finding, ...others] = await against(config)
  t.match(finding, { file: AGENCY, code: 'not-committed', severity: 'error', messageZh: /尚未提交.*linkage config apply/ })
  t.match(finding?.expected, /^as commit [0-9a-f]{12} holds it$/)
  t.same(others, [])
  git(config, 'add', '--all')
  t.same(said(await against(config)), [`${AGENCY} not-committed`], 'staged is not committed')
  git(config, 'update-index', '--assume-unchanged', AGENCY)
  t.same(said(await against(config)), [`${AGENCY} not-committed`], 'nor is what git is told not to look at')
  git(config, 'update-index', '--no-assume-unchanged', AGENCY)
  commit(config)
  t.same(await against(config), [], 'and once it is committed it is taken up')
  put(config, AGENCY, good[AGENCY])
  commit(config)
})

t.test('a file that was never committed, ignored even; and one that was removed', async (t) => {
  put(config, '.gitignore', 'calendar/\n')
  commit(config)
  const found = await only(config).against({ asRead: new Map([...loaded(config).asRead, ['calendar/2027.csv', Buffer.from('x')]]) })
  t.match(found, [{ file: 'calendar/2027.csv', messageZh: /新檔案尚未提交/ }])
  rmSync(join(config, 'calendar/2026.csv'))
  t.match(await against(config), [{ file: 'calendar/2026.csv', messageZh: /已刪除而尚未提交/ }])
  put(config, 'calendar/2026.csv', good['calendar/2026.csv'])
  put(config, 'README.md', '不是設定')
  t.same(await against(config), [], 'what is not read may be anything')
  rmSync(join(config, 'README.md'))
})

t.test('a link that was committed is no file', async (t) => {
  renameSync(join(config, ROSTER), join(config, 'rosters/elsewhere'))
  symlinkSync('elsewhere', join(config, ROSTER))
  commit(config)
  t.same(said(await against(config)), [`${ROSTER} not-committed`])
  rmSync(join(config, ROSTER))
  renameSync(join(config, 'rosters/elsewhere'), join(config, ROSTER))
  commit(config)
})

t.test('blocks are asked about only where they lift one', async (t) => {
  put(config, B, blocks('agency: education')[B])
  t.same(await against(config), [], 'the rest of the folder does not wait for them')
  t.same(await only(config).againstStart(loaded(config)), [], 'a block that is not committed is no reason not to start')
  t.same(said(await only(config).againstLift(readFileSync(join(config, B)))), [`${B} not-committed`])
  commit(config)
  t.same(await only(config).againstLift(readFileSync(join(config, B))), [])
  put(config, B, good[B])
  t.same(said(await only(config).againstStart(loaded(config))), [`${B} not-committed`], 'lifted, and not committed')
  put(config, B, blocks('credential: edu-key')[B])
  t.same(said(await only(config).againstStart(loaded(config))), [`${B} not-committed`], 'another instead')
  put(config, B, blocks('agency: education')[B])
  const before = loaded(config)
  put(config, B, good[B])
  commit(config)
  put(config, B, blocks('credential: edu-key')[B])
  t.same(await only(config).againstStart(loaded(config)), [])
  t.same(said(await only(config).againstStart(loaded(config), before)), [`${B} not-committed`], 'what was in force last stays blocked')
  put(config, B, good[B])
  t.same(await only(config).againstStart(loaded(config), before), [], 'as committed it is lifted')
  t.same(said(await only(config).againstLift(undefined)), [`${B} not-committed`], 'a file that could not be read lifts nothing')
})

t.test('what was not committed does not take the word away', async (t) => {
  t.equal(await only(config).isAsked(), false)
  put(config, G, `${good[G]}source: committed\n`)
  t.equal(await only(config).isAsked(), false)
  commit(config)
  put(config, G, good[G])
  t.equal(await only(config).isAsked(), true)
  t.same(said(await against(config)), [`${G} not-committed`])
  t.equal(loaded(config).digest === loadFolder(config, undefined, new Map([[G, `${good[G]}source: committed\n`]])).snapshot?.digest, false)
  commit(config)
  t.equal(await only(join(top, 'nowhere')).isAsked(), false)
})

t.test('a repository that locks its index, a worktree of it, a submodule: each is read', async (t) => {
  put(config, '../.git/index.lock', '')
  t.same(await against(config), [])
  rmSync(join(config, '../.git/index.lock'))
  git(config, 'worktree', 'add', '--quiet', join(top, 'tree'))
  t.same(await against(join(top, 'tree/config')), [])
  appendFileSync(join(top, 'tree/config', AGENCY), '# 註解\n')
  t.same(said(await against(join(top, 'tree/config'))), [`${AGENCY} not-committed`])
  const own = repositoryAt('own', '.')
  mkdirSync(join(top, 'parent'))
  git(join(top, 'parent'), 'init', '--quiet')
  git(join(top, 'parent'), 'submodule', '--quiet', 'add', own, 'config')
  t.same(await against(join(top, 'parent/config')), [], 'by its own commits')
})

t.test('a repository that vanished, an empty one, one without a working tree, none at all: nothing is taken up', async (t) => {
  const place = repositoryAt('vanishing')
  const here = loaded(place)
  const one = only(place)
  t.same(await one.against(here), [])
  const hidden = join(top, 'hidden')
  renameSync(join(place, '../.git'), hidden)
  t.match(await one.against(here), [{ file: G, code: 'not-committed', found: /not a git repository/, messageZh: /無法讀取/ }])
  t.match(await one.againstLift(here.asRead.get(B)), [{ code: 'not-committed' }])
  t.match(await one.againstStart(here), [{ code: 'not-committed' }])
  renameSync(hidden, join(place, '../.git'))
  t.same(await one.against(here), [], 'back again, it is read again')
  t.match(await only(hidden).against(here), [{ code: 'not-committed' }], 'a folder that is not there')
  git(top, 'init', '--quiet', 'empty')
  t.match(await only(join(top, 'empty')).against(here), [{ code: 'not-committed', found: /fatal/ }])
  git(top, 'clone', '--quiet', '--bare', join(top, 'vanishing'), 'bare.git')
  t.not((await only(join(top, 'bare.git')).against(here)).length, 0)
})

t.test('a git that does not answer in time takes nothing up', async (t) => {
  const place = repositoryAt('silent')
  const silent = mkdtempSync(join(top, 'silent-git-'))
  writeFileSync(join(silent, 'git'), '#!/bin/sh\nexec sleep 600\n', { mode: 0o755 })
  const path = process.env.PATH
  t.teardown(() => {
    process.env.PATH = path
  })
  process.env.PATH = `${silent}:${path}`
  const asked = new CommittedOnly(new Repository(place, 50))
  t.match(await asked.against(loaded(place)), [{ file: G, code: 'not-committed', found: /did not answer within 0\.05 s/ }])
})

t.test('nothing that a repository names is run, nothing is fetched, no object stands in for another', async (t) => {
  const place = repositoryAt('hostile')
  const ran = join(top, 'ran')
  const program = join(top, 'trap.sh')
  writeFileSync(program, `#!/bin/sh\ntouch ${ran}\ncat\n`, { mode: 0o755 })
  const names = ['core.fsmonitor', 'core.pager', 'gpg.program', 'gpg.ssh.program', 'filter.trap.clean', 'diff.external', 'core.sshCommand']
  for (const name of names) git(place, 'config', name, program)
  writeFileSync(join(place, '../.git/hooks/post-index-change'), `#!/bin/sh\ntouch ${ran}\n`, { mode: 0o755 })
  git(place, 'config', 'remote.origin.url', `ext::${program}`)
  git(place, 'config', 'remote.origin.promisor', 'true')
  git(place, 'config', 'extensions.partialClone', 'origin')
  git(place, 'config', 'core.repositoryFormatVersion', '1')
  const tree = git(place, 'rev-parse', 'HEAD:config').trim()
  const committed = loaded(place)
  t.same(await only(place).against(committed), [])
  rmSync(join(place, '../.git/objects', tree.slice(0, 2), tree.slice(2)))
  t.match(await only(place).against(committed), [{ code: 'not-committed', messageZh: /無法讀取/ }], 'an object that is not there')
  t.throws(() => readFileSync(ran), 'none ran')
  const other = repositoryAt('replaced')
  const before = git(other, 'rev-parse', 'HEAD').trim()
  const blob = git(other, 'rev-parse', `HEAD:config/${AGENCY}`).trim()
  put(other, AGENCY, appended(AGENCY, '# 註解\n')[AGENCY])
  const with_ = git(other, 'hash-object', '-w', join(other, AGENCY)).trim()
  git(other, 'replace', blob, with_)
  t.equal(git(other, 'rev-parse', 'HEAD').trim(), before)
  t.same(said(await against(other)), [`${AGENCY} not-committed`])
})
