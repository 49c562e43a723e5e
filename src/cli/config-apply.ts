// config-apply.ts: `linkage config apply`: the folder as it stands becomes a commit that says by which document, and by whom.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { harmless } from '../policy/finding.ts'
import { editing } from './agency-file.ts'
import type { Output } from './config.ts'
import { diffText, NotComparable, snapshotAt } from './config-diff.ts'
import { EditRefused } from './edited-file.ts'
import { agreed } from './proposed-change.ts'
import { isColoured } from './terminal-text.ts'

interface Options {
  readonly config: string
  readonly document: string
  readonly by: string
  readonly yes?: boolean
}

/** Lines of a message that name the document and the person in charge; entries of the log hold them as what is claimed. */
const trailers = ({ document, by }: Options): string => `文號: ${harmless(document)}\n承辦人: ${harmless(by)}\n`

export function applyCommand(output: Output): Command {
  const command = new Command('apply')
    .description('檢查後提交（git commit），並註明文號及承辦人 check the folder and commit it, with its document and who is in charge')
    .requiredOption('--document <number>', '文號 number of the document')
    .requiredOption('--by <name>', '承辦人 who is in charge')
  return editing(command).action((options: Options) => apply(options, output))
}

/** Commits nothing but the folder, whatever else of the repository is changed or staged; and of the folder exactly what was shown: what
 *  somebody saves while it is read stands under no document that does not name it.
 *  @throws NotComparable where it is not valid, or in no repository; EditRefused where nothing changed, or it is not agreed to */
async function apply(options: Options, output: Output): Promise<void> {
  const { config, yes } = options
  const scratch = mkdtempSync(join(tmpdir(), 'linkage-apply-'))
  try {
    const git = gitWith(config, join(scratch, 'index'))
    const proposed = treeOf(git, config)
    const after = snapshotAt(proposed, config)
    const changes = diff(snapshotAt('HEAD', config), after)
    output.write(diffText(changes, isColoured(output)))
    if (changes.some(({ direction }) => direction === 'open') && !(await agreed(yes))) throw new EditRefused('未提交 not committed')
    must(git('commit', '--quiet', '--message', messageOf(changes, options)))
    if (git('rev-parse', 'HEAD^{tree}').stdout.trim() !== proposed) throw new EditRefused(changedByHook)
    // The repository's own index knows it now, too; what else is staged in it stays.
    must(gitWith(config)('reset', '--quiet', '--', '.'))
    output.write(`已提交 committed ${git('rev-parse', '--short=12', 'HEAD').stdout.trim()}\n`)
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

const changedByHook =
  '儲存庫之 hook 改了提交內容，與所列變更不同：請以 git show 檢視 a hook of the repository changed what was committed: it is not what was shown; look at git show'

type Git = (...args: readonly string[]) => SpawnSyncReturns<string>

/** @param index a file to use in place of the repository's own index */
const gitWith = (config: string, index?: string): Git => {
  const env = index === undefined ? process.env : { ...process.env, GIT_INDEX_FILE: index }
  return (...args) => spawnSync('git', ['-C', config, ...args], { encoding: 'utf8', env })
}

/** What is proposed, as git holds it: the newest commit, with the folder as it stands.
 *  @throws NotComparable, EditRefused */
function treeOf(git: Git, config: string): string {
  const head = git('read-tree', 'HEAD')
  if (head.status !== 0)
    throw new NotComparable(`${config}：不在 git 之中，或尚無提交 in no git repository, or without a commit\n${head.stderr.trim()}`)
  must(git('add', '--all', '--', '.'))
  if (git('diff', '--cached', '--quiet', 'HEAD').status === 0)
    throw new EditRefused('與上次提交相同，沒有可提交之變更 nothing has changed since the last commit')
  const tree = git('write-tree')
  must(tree)
  return tree.stdout.trim()
}

/** @throws EditRefused with git's own words */
function must({ status, stderr, stdout }: SpawnSyncReturns<string>): void {
  if (status !== 0) throw new EditRefused(`未提交 not committed：${stderr.trim() || stdout.trim()}`)
}

function messageOf(changes: readonly Change[], options: Options): string {
  const [first] = changes
  const subject = first === undefined ? '設定：文字變更' : `設定：${first.of.name} ${first.what.zh}`
  const more = changes.length > 1 ? `等 ${changes.length} 項` : ''
  const lines = changes.map(({ of, what }) => `- ${of.name}：${what.zh}`)
  return `${harmless(`${subject}${more}`)}\n\n${lines.map(harmless).join('\n')}\n\n${trailers(options)}`
}
