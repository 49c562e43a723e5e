// pre-commit.test.ts: the hook that the operating manual shows keeps a folder with an error out of a repository, and lets others in.
import { spawnSync } from 'node:child_process'
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { openDepartment } from '../src/cli/demo/department.ts'
import { Manual } from './manual.ts'
import { ownEnvironment } from './own-environment.ts'
import { temporaryFolder } from './store/server.ts'

const root = join(import.meta.dirname, '..')
const hook = new Manual(join(root, 'docs/operations.md')).tasks.flatMap(({ blocks }) => blocks).find(({ kind }) => kind === 'sh')

t.test('a folder with an error is not committed, and what is wrong is said; one with none is', async (t) => {
  const folder = temporaryFolder(t)
  await openDepartment(folder)
  const env = ownEnvironment()
  const git = (...args: string[]) => {
    const own = ['-c', 'user.name=t', '-c', 'user.email=t@example.org', ...args]
    const { status, stdout, stderr } = spawnSync('git', own, { cwd: folder, env, encoding: 'utf8' })
    return { status, said: `${stdout}${stderr}` }
  }
  git('init', '--quiet')
  const lines = hook?.lines.map((line) => (line === 'project=/opt/linkage' ? `project='${root}'` : line)) ?? []
  t.ok(lines.includes(`project='${root}'`), 'it names the project, so that npm looks nothing up')
  writeFileSync(join(folder, '.git/hooks/pre-commit'), `${lines.join('\n')}\n`, { mode: 0o755 })
  t.match(git('add', 'config'), { status: 0 })
  t.match(git('commit', '--quiet', '-m', '設定'), { status: 0 }, 'the example, which has warnings')
  appendFileSync(join(folder, 'config/blocks.yaml'), 'no-such-member: 1\n')
  const { said, status } = git('commit', '--quiet', '-a', '-m', '錯誤')
  t.not(status, 0)
  t.match(said, /blocks\.yaml:\d+:1/)
  t.match(git('rev-list', '--count', 'HEAD'), { said: '1\n' })
  const blocks = join(folder, 'config/blocks.yaml')
  const wrong = readFileSync(blocks, 'utf8')
  git('add', 'config')
  writeFileSync(blocks, wrong.replace('no-such-member: 1\n', ''))
  t.not(git('commit', '--quiet', '-m', '錯誤').status, 0, 'what is staged is wrong, whatever the folder says')
  git('add', 'config')
  appendFileSync(blocks, '# 更正\n')
  git('add', 'config')
  writeFileSync(blocks, wrong)
  t.match(git('commit', '--quiet', '-m', '更正'), { status: 0 }, 'what is staged is right')
})
