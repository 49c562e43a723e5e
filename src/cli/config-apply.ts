// config-apply.ts: `linkage config apply`: the folder as it stands becomes a commit that says by which document, and by whom.
import { spawnSync } from 'node:child_process'
import { Command } from 'commander'
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { harmless } from '../policy/finding.ts'
import { loadFolder } from '../policy/load.ts'
import { editing } from './agency-file.ts'
import type { Output } from './config.ts'
import { diffText, NotComparable, snapshotAt, validSnapshot } from './config-diff.ts'
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

/** Commits nothing but the folder, whatever else of the repository is changed or staged.
 *  @throws NotComparable where it is not valid, or in no repository; EditRefused where nothing changed, or it is not agreed to */
async function apply(options: Options, output: Output): Promise<void> {
  const { config, yes } = options
  const after = validSnapshot(config, loadFolder(config))
  const changes = diff(snapshotAt('HEAD', config), after)
  const git = (...args: readonly string[]) => spawnSync('git', ['-C', config, ...args], { encoding: 'utf8' })
  const changed = git('status', '--porcelain', '--untracked-files=all', '--', '.')
  if (changed.status !== 0) throw new NotComparable(`${config}：不在 git 之中 in no git repository\n${changed.stderr.trim()}`)
  if (changed.stdout === '') throw new EditRefused('與上次提交相同，沒有可提交之變更 nothing has changed since the last commit')
  output.write(diffText(changes, isColoured(output)))
  if (changes.some(({ direction }) => direction === 'open') && !(await agreed(yes))) throw new EditRefused('未提交 not committed')
  must(git('add', '--all', '--', '.'))
  must(git('commit', '--quiet', '--message', messageOf(changes, options), '--', '.'))
  output.write(`已提交 committed ${git('rev-parse', '--short=12', 'HEAD').stdout.trim()}\n`)
}

/** @throws EditRefused with git's own words */
function must({ status, stderr, stdout }: ReturnType<typeof spawnSync>): void {
  if (status !== 0) throw new EditRefused(`未提交 not committed：${String(stderr).trim() || String(stdout).trim()}`)
}

function messageOf(changes: readonly Change[], options: Options): string {
  const [first] = changes
  const subject = first === undefined ? '設定：文字變更' : `設定：${first.of.name} ${first.what.zh}`
  const more = changes.length > 1 ? `等 ${changes.length} 項` : ''
  const lines = changes.map(({ of, what }) => `- ${of.name}：${what.zh}`)
  return `${harmless(`${subject}${more}`)}\n\n${lines.map(harmless).join('\n')}\n\n${trailers(options)}`
}
