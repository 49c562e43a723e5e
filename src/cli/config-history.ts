// config-history.ts: `linkage config history`: every change of the rules that was ever in force: when, who, by which document, what it did.
import { Command } from 'commander'
import { type CivilDate, showInstant, startOfDay } from '../calendar.ts'
import type { Change } from '../policy/diff/change.ts'
import { diff } from '../policy/diff/diff.ts'
import { harmless } from '../policy/finding.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { HistoryStore } from '../querylog/ports.ts'
import { type Activation, activations, whoText } from './activations.ts'
import { dayOf } from './agency-file.ts'
import { openDatabase } from './database-beside.ts'
import { diffText } from './diff-text.ts'
import type { Output } from './output.ts'
import { pastPolicy } from './past-policy.ts'
import { isColoured, painter } from './terminal-text.ts'

/** What one change did; `unknown` says why it cannot be told. */
export interface HistoryLine extends Activation {
  readonly changes: readonly Change[]
  readonly unknown?: string
}

export function historyCommand(output: Output): Command {
  return new Command('history')
    .description('曾生效之各版本：何時、何人、改了什麼 every change of the rules that was in force: when, who, what it did')
    .argument('[agency]', '只列此機關之變更 changes of one agency only')
    .option('--config <folder>', '設定資料夾（取其資料庫） configuration folder, for its database', process.env.LINKAGE_CONFIG ?? 'config')
    .option('--since <date>', '自此日起 from this day on', dayOf)
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (agency: string | undefined, { config, json, since }: { config: string; json?: boolean; since?: CivilDate }) => {
      const store = await openDatabase(config)
      try {
        const lines: HistoryLine[] = []
        for await (const line of history(store.reader, agency)) {
          if (since === undefined || Date.parse(line.at) >= startOfDay(since)) lines.push(line)
        }
        const coloured = isColoured(output)
        output.write(json === true ? `${JSON.stringify(lines, null, 2)}\n` : historyText(lines, coloured))
      } finally {
        await store.close()
      }
    })
}

/** Whether a change is an agency's own, or of what concerns it: a block of its key, a field that its grant names. */
const isOf = ({ agencies, of }: Change, agency: string): boolean =>
  (of.kind === 'agency' && of.id === agency) || agencies?.includes(agency) === true

/** Each change with its effect, oldest first. What another slot took up after the first is the same change: it is told once.
 *  @param agency only changes of this one */
async function* history(reader: HistoryStore, agency: string | undefined): AsyncGenerator<HistoryLine> {
  // The version that a change leads to is mostly the one that the next begins from.
  let last: Snapshot | undefined
  const snapshotOf = async (digest: string): Promise<Snapshot> =>
    last?.digest === digest ? last : (await pastPolicy(reader, digest)).snapshot
  let before: string | undefined
  for (const line of await activations(reader)) {
    if (line.digest === before) continue
    const previous = line.previous ?? before
    before = line.digest
    if (previous === undefined || previous === line.digest) {
      if (agency === undefined) yield { ...line, changes: [] }
      continue
    }
    try {
      const from = await snapshotOf(previous)
      last = await snapshotOf(line.digest)
      const changes = diff(from, last)
      const own = changes.filter((each) => agency === undefined || isOf(each, agency))
      if (agency === undefined || own.length > 0) yield { ...line, changes: own }
    } catch (error) {
      yield { ...line, changes: [], unknown: error instanceof Error ? error.message : String(error) }
    }
  }
}

function historyText(lines: readonly HistoryLine[], coloured: boolean): string {
  const paint = painter(coloured)
  if (lines.length === 0) return '沒有紀錄 nothing is recorded\n'
  return lines
    .map((line) => {
      const head = paint('bold', `${showInstant(Date.parse(line.at))}  ${line.digest.slice(0, 12)}`)
      const who = paint('dim', `槽 slot ${line.slot} #${line.index}  ${harmless(whoText(line))}`)
      const what =
        line.unknown !== undefined
          ? `  ${harmless(line.unknown)}\n`
          : line.changes.length === 0
            ? '  ・ 首次生效或無實際差異 the first, or no difference in effect\n'
            : diffText(line.changes, coloured)
      return `${head}  ${who}\n${what}`
    })
    .join('\n')
}
