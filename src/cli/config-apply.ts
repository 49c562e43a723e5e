// config-apply.ts: `linkage config apply`: the folder as it stands becomes a commit that says by which document, and by whom.
import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { civilDateOf } from '../calendar.ts'
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { type Finding, findingLine, harmless } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { editing } from './agency-file.ts'
import { diffText, rewrittenText } from './diff-text.ts'
import { EditRefused } from './edited-file.ts'
import { type Before, rulesInForce } from './histories.ts'
import type { Output } from './output.ts'
import { agreed } from './proposed-change.ts'
import { atRevision, FolderNotThere } from './revision.ts'
import { isColoured } from './terminal-text.ts'
import { type CommittedFolder, readBefore, unknownBefore } from './unknown-before.ts'
import { NotComparable, validSnapshot } from './valid-snapshot.ts'

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

/** A commit that is not valid keeps nobody from mending it: what was before is unknown then, and all that there is now is asked for.
 *  Commits nothing but the folder, whatever else of the repository is changed or staged; and of the folder exactly what was shown: what
 *  somebody saves while it is read stands under no document that does not name it. A commit that lands meanwhile is not undone: the head
 *  moves from the one that was compared, or not at all.
 *  @throws NotComparable where it is not valid, or in no repository; EditRefused where nothing changed, it is not agreed to, a hook refuses
 *  or changes it, or the head has moved */
async function apply(options: Options, output: Output): Promise<void> {
  const { config, yes } = options
  const scratch = mkdtempSync(join(tmpdir(), 'linkage-apply-'))
  try {
    const git = gitWith(config, join(scratch, 'index'))
    const head = headOf(git, config)
    const tree = treeOf(git, head)
    const loaded = await atRevision(tree, config, (copy) => loadFolder(copy))
    const after = validSnapshot(`${tree}:${config}`, loaded)
    if (tree === must(git('rev-parse', `${head}^{tree}`)))
      throw new EditRefused('與上次提交相同，沒有可提交之變更 nothing has changed since the last commit')
    const before = await atRevision(head, config, (copy) => readBefore(copy, loadFolder(copy))).catch(nothingBefore)
    const { snapshot } = before.loaded
    const stood = await standing(git, { config, head, loaded, last: snapshot })
    const histories = stood === undefined ? [] : rewritten(stood.snapshot, after, civilDateOf(Date.now()), loaded.place)
    if (histories.length > 0) throw new EditRefused(`未提交 not committed\n${rewrittenText(histories)}`)
    if (snapshot === undefined) output.write(unknownText(before.loaded, stood))
    const changes = diff(snapshot ?? (stood && withBlocksOf(before, stood.snapshot)) ?? unknownBefore(before, after), after)
    output.write(diffText(changes, isColoured(output)))
    const opens = snapshot === undefined || changes.some(({ direction }) => direction === 'open')
    if (opens && !(await agreed(yes))) throw new EditRefused('未提交 not committed')
    const message = join(scratch, 'message')
    writeFileSync(message, snapshot === undefined ? repairMessage(before.loaded, options) : messageOf(changes, options))
    const commit = commitOf(git, { head, message, tree })
    output.write(`已提交 committed ${commit.slice(0, 12)}\n`)
    // The repository's own index knows it now, too; what else is staged in it stays.
    must(gitWith(config)('reset', '--quiet', commit, '--', '.'))
  } finally {
    rmSync(scratch, { recursive: true, force: true })
  }
}

/** A folder's first commit, in a repository that has others.
 *  @throws what else kept it from being read */
function nothingBefore(error: unknown): CommittedFolder {
  if (!(error instanceof FolderNotThere)) throw error
  return { blocks: [], loaded: { findings: [], sound: {}, place: () => undefined } }
}

interface Standing {
  readonly config: string
  readonly head: string
  readonly loaded: Loaded
  /** Of the head, where it is valid. */
  readonly last: Snapshot | undefined
}

/** What took effect last: the rules in force, where a database tells them; else the newest of the last commits that is valid. */
async function standing(git: Git, { config, head, last, loaded }: Standing): Promise<Before | undefined> {
  const inForce = await rulesInForce(config, loaded)
  if (inForce !== undefined && 'snapshot' in inForce) return inForce
  if (last !== undefined) return { snapshot: last, called: { zh: '上次提交', en: 'the last commit' } }
  const commits = git('rev-list', `--max-count=${lookedAt}`, head, '--', '.').stdout.split('\n').filter(Boolean)
  for (const commit of commits) {
    const { snapshot } = (await atRevision(commit, config, (copy) => readBefore(copy, loadFolder(copy))).catch(nothingBefore)).loaded
    const name = commit.slice(0, 12)
    if (snapshot !== undefined)
      return { snapshot, called: { zh: `最近一次通過檢查之提交 ${name}`, en: `the newest commit that is valid, ${name}` } }
  }
  return undefined
}

/** Blocks act by themselves: those that the newest commit holds are in force, whatever else is wrong with it. */
const withBlocksOf = ({ blocks }: CommittedFolder, stood: Snapshot): Snapshot => (blocks.length === 0 ? stood : { ...stood, blocks })

/** Commits that are looked through for a valid one. */
const lookedAt = 50

type Git = (...args: readonly string[]) => SpawnSyncReturns<string>

/** @param index a file to use in place of the repository's own index */
const gitWith = (config: string, index?: string): Git => {
  const env = index === undefined ? process.env : { ...process.env, GIT_INDEX_FILE: index, GIT_EDITOR: ':' }
  return (...args) => spawnSync('git', ['-C', config, ...args], { encoding: 'utf8', env })
}

/** The commit that everything is held against, asked for once.
 *  @throws NotComparable, EditRefused */
function headOf(git: Git, config: string): string {
  const { status, stderr, stdout } = git('rev-parse', '--verify', 'HEAD^{commit}')
  if (status !== 0)
    throw new NotComparable(`${config}：不在 git 之中，或尚無提交 in no git repository, or without a commit\n${stderr.trim()}`)
  if (git('rev-parse', '--quiet', '--verify', 'MERGE_HEAD').status === 0)
    throw new EditRefused('合併尚未完成：請先完成或放棄（git merge --abort） a merge is under way: end it first')
  return stdout.trim()
}

/** What is proposed, as git holds it: that commit, with the folder as it stands.
 *  @throws EditRefused */
function treeOf(git: Git, head: string): string {
  must(git('read-tree', head))
  must(git('add', '--all', '--', '.'))
  return must(git('write-tree'))
}

interface Proposed {
  readonly head: string
  /** File that holds its message. */
  readonly message: string
  readonly tree: string
}

/** The commit, as `git commit` would make it: by the repository's hooks, signed where it asks for that. It makes its own choice of the
 *  parent, and would put a tree that was compared with one commit on top of another.
 *  @throws EditRefused */
function commitOf(git: Git, { head, message, tree }: Proposed): string {
  const hook = (name: string, ...args: readonly string[]) => git('hook', 'run', '--ignore-missing', name, '--', ...args)
  must(hook('pre-commit'))
  if (must(git('write-tree')) !== tree)
    throw new EditRefused(
      '未提交：儲存庫之 hook 改了內容，與所列變更不同 not committed: a hook of the repository changes what would be committed: it is not what was shown',
    )
  must(hook('prepare-commit-msg', message, 'message'))
  must(hook('commit-msg', message))
  const signed = git('config', '--type=bool', 'commit.gpgsign').stdout.trim() === 'true' ? ['-S'] : []
  const commit = must(git('commit-tree', ...signed, '-p', head, '-F', message, tree))
  if (git('update-ref', '-m', 'commit: linkage config apply', 'HEAD', commit, head).status !== 0)
    throw new EditRefused(
      '未提交：此期間另有提交，請再執行一次 not committed: another commit has landed meanwhile; run it again, and see what changes then',
    )
  hook('post-commit')
  return commit
}

/** What git says, without the last line's end.
 *  @throws EditRefused with git's own words */
function must({ status, stderr, stdout }: SpawnSyncReturns<string>): string {
  if (status !== 0) throw new EditRefused(`未提交 not committed：${stderr.trim() || stdout.trim()}`)
  return stdout.trim()
}

const errorsOf = ({ findings }: Loaded): readonly Finding[] => findings.filter(({ severity }) => severity === 'error')

function unknownText(before: Loaded, stood: Before | undefined): string {
  const [zh, en] =
    stood === undefined
      ? ['先前之狀態不明：以下將此版之全部內容列為開放', 'so what was before is unknown: all that this one has is listed as opened']
      : [`以下為與${stood.called.zh}之差異`, `so this is compared with ${stood.called.en}`]
  const [is, was] =
    errorsOf(before).length === 0
      ? ['上次提交沒有此資料夾', 'the last commit does not hold this folder']
      : ['上次提交之設定未通過檢查', 'the last commit is not valid']
  return `${is}，${zh} ${was}, ${en}\n${errorsOf(before).map(findingLine).join('\n')}\n`
}

/** What was mended: of a state that is unknown there are no changes to name. */
function repairMessage(before: Loaded, options: Options): string {
  const lines = errorsOf(before).map((each) => `- ${findingLine(each)}`)
  return `設定：${lines.length === 0 ? '首次提交' : '更正未通過檢查之版本'}\n\n${lines.join('\n')}\n\n${trailers(options)}`
}

function messageOf(changes: readonly Change[], options: Options): string {
  const [first] = changes
  const subject = first === undefined ? '設定：文字變更' : `設定：${first.of.name} ${first.what.zh}`
  const more = changes.length > 1 ? `等 ${changes.length} 項` : ''
  const lines = changes.map(({ of, what }) => `- ${of.name}：${what.zh}`)
  return `${harmless(`${subject}${more}`)}\n\n${lines.map(harmless).join('\n')}\n\n${trailers(options)}`
}
