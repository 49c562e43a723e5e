// config-diff.ts: `linkage config diff`: what a changed configuration opens and closes, for whom, before it is in force.
import { existsSync, statSync } from 'node:fs'
import { Command, Option } from 'commander'
import { civilDateOf } from '../calendar.ts'
import type { Direction } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { loadFolder } from '../policy/load.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { openDatabase } from './database-beside.ts'
import { countsOf, diffText, rewrittenText } from './diff-text.ts'
import { FINDINGS } from './exit-code.ts'
import type { Output } from './output.ts'
import { pastPolicy } from './past-policy.ts'
import { atRevision } from './revision.ts'
import { isColoured } from './terminal-text.ts'
import { validSnapshot } from './valid-snapshot.ts'

export function diffCommand(output: Output): Command {
  return new Command('diff')
    .description('兩份設定之實際差異：誰多了、誰少了 what a change opens and closes, for whom')
    .argument(
      '<other>',
      '比較之對象：資料夾、git 版本（例如 HEAD）或曾生效版本之摘要 what was before: a folder, a git revision, or the digest of rules that were in force',
    )
    .argument('[folder]', '設定資料夾 configuration folder: what is after', process.env.LINKAGE_CONFIG ?? 'config')
    .addOption(
      new Option('--fail-on <direction>', '有此類變更時以結束碼 1 結束 exit with 1 where there is such a change').choices([
        'open',
        'closed',
      ]),
    )
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (other: string, folder: string, options: { failOn?: Direction; json?: boolean }) => {
      const before = await snapshotOf(other, folder)
      const loaded = loadFolder(folder)
      const after = validSnapshot(folder, loaded, before)
      const changes = diff(before, after)
      const histories = rewritten(before, after, civilDateOf(Date.now()), loaded.place)
      const text = (): string => `${diffText(changes, isColoured(output))}${rewrittenText(histories)}`
      const json = (): string => `${JSON.stringify({ counts: countsOf(changes), changes, rewritten: histories }, null, 2)}\n`
      output.write(options.json === true ? json() : text())
      if (options.failOn === undefined) return
      if (histories.length > 0 || changes.some(({ direction }) => direction === options.failOn)) process.exitCode = FINDINGS
    })
}

/** The snapshot of another folder, of a digest that was in force, or of a revision of this folder's repository, a commit or a tree: nothing
 *  of the repository is touched.
 *  @throws NotComparable, UsageError */
async function snapshotOf(other: string, folder: string): Promise<Snapshot> {
  if (existsSync(other) && statSync(other).isDirectory()) return validSnapshot(other, loadFolder(other))
  if (/^[0-9a-f]{64}$/.test(other)) return await inForceThen(other, folder)
  return await atRevision(other, folder, (at) => validSnapshot(`${other}:${folder}`, loadFolder(at)))
}

/** @throws UsageError where the database does not hold it */
async function inForceThen(digest: string, folder: string): Promise<Snapshot> {
  const store = await openDatabase(folder)
  try {
    return (await pastPolicy(store.reader, digest)).snapshot
  } finally {
    await store.close()
  }
}
