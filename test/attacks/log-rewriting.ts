// log-rewriting.ts: another history of a log, as somebody would write it who has more than the database.
import { cpSync, mkdtempSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type { Test } from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { markFile } from '../../src/querylog/key-directory.ts'
import { MarkFile, makeMark } from '../../src/querylog/mark.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { evidenceRows } from '../evidence.ts'
import { edited } from '../verifier/written-log.ts'
import { type Attacked, type LogBench, logOf, type Noticed } from './log-bench.ts'

/** Nobody notices anything. */
export const unnoticed: Noticed = { verifier: [], search: [], receipts: [], copy: [], otherLog: [], start: 'starts' }

/** An entry of slot 1 in September, of which the education bureau has a receipt. */
export const target = 4
export const anotherUser = (text: string): string =>
  edited(Buffer.from(text), (members) => {
    members.user = 'edu-chung'
  }).toString()

export async function withEdit(database: Attacked): Promise<{ month: string; text: string }[]> {
  return (await database.entries()).map((each) => (each.index === target ? { ...each, text: anotherUser(each.text) } : each))
}

/** The key directory of slot 1 with a mark that agrees with other entries. */
export async function withMarkOf(
  bench: LogBench,
  entries: readonly { readonly text: string }[],
  database: Attacked,
  slot = '1',
): Promise<string> {
  const keys = mkdtempSync(join(bench.folder, 'rewritten-'))
  cpSync(bench.keysOf(slot), keys, { recursive: true })
  const path = join(keys, markFile)
  const old = await MarkFile.open(path)
  const { epoch } = old.current
  await old.close()
  rmSync(path)
  await makeMark(path)
  const head = new Tree().extended(entries.map(({ text }) => leafHash(text)))
  const signer = await database.stolenKey(slot)
  const mark = await MarkFile.open(path)
  await mark.write({ epoch, head, checkpoint: signer.sign(checkpointText(logOf(slot), head)) })
  await mark.close()
  return keys
}

/** Holds the rows of docs/evidence.md against what was found. */
export function heldAgainstEvidence(t: Test, file: string, found: ReadonlyMap<string, Noticed>): void {
  t.test('docs/evidence.md says of each act who notices it, with what', async (t) => {
    const rows = evidenceRows().filter((row) => row.file === file)
    for (const [act, { verifier, search, start, receipts, copy, otherLog }] of found) {
      const row = rows.find(({ title }) => title === act)
      const cells = [[...verifier, ...search], start === 'starts' ? [] : [start], receipts, copy, otherLog]
      t.same(
        row?.cells,
        cells.map((codes) => (codes.length === 0 ? '—' : codes.map((code) => `\`${code}\``).join(' '))),
        act,
      )
    }
  })
}
