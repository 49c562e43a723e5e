// verify.ts: `linkage log verify`: whether the logs of a database or of an export folder are whole and unaltered.
import { existsSync, statSync } from 'node:fs'
import { Command } from 'commander'
import { openStoredLogs } from '../../store/stored-logs.ts'
import type { Finding } from '../../verifier/finding.ts'
import { openFolder } from '../../verifier/folder.ts'
import { readKept } from '../../verifier/kept.ts'
import { verifyLogs } from '../../verifier/logs.ts'
import type { StoredLogs } from '../../verifier/stored.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { isColoured } from '../terminal-text.ts'
import { Progress } from './progress.ts'
import { readGiven, type TrustOptions, trustedKeys } from './trusted-keys.ts'
import { UsageError } from './usage-error.ts'
import { findingText, reportJson, summaryText } from './verify-report.ts'

interface Options extends TrustOptions {
  readonly database?: string
  readonly slot?: readonly string[]
  readonly known?: readonly string[]
  readonly json?: boolean
}

/** `linkage log verify`. Findings set exit code 1.
 *  @param now milliseconds since 1970 UTC */
export function verifyCommand(output: Output, now: () => number = Date.now): Command {
  return new Command('verify')
    .description('查核紀錄是否完整且未經竄改 verify that logs are whole and unaltered')
    .argument('[folder]', '匯出資料夾，離線查核 an export folder, read without network')
    .option('--database <url>', '資料庫（預設 DATABASE_URL） a database, as linkage_auditor (DATABASE_URL)')
    .option('--slot <slot...>', '只查核這些槽 only these slots')
    .option('--key <key...>', '信任之驗證金鑰 verifier keys that are trusted')
    .option(
      '--trust <file>',
      '信任政策檔：金鑰，及外洩之金鑰採信至何時 a trust policy (C2SP tlog-policy): keys, and how far compromised ones are believed',
    )
    .option('--known <file...>', '存於他處之證據 evidence kept elsewhere: checkpoints, receipts, tlog-proofs')
    .option('--json', '以 JSON 輸出 print JSON')
    .action(async (folder: string | undefined, options: Options) => {
      const trusted = trustedKeys(options)
      const kept = (options.known ?? []).flatMap((file) => readKept(readGiven(file).toString('utf8'), file))
      const place = await placeOf(folder, options.database)
      try {
        const slots = slotsOf(place, options.slot)
        await verify(place, { now: now(), trusted, kept, ...(slots !== undefined && { slots }) }, options.json === true, output)
      } finally {
        await place.close()
      }
    })
}

async function verify(place: StoredLogs, options: Parameters<typeof verifyLogs>[1], json: boolean, output: Output): Promise<void> {
  const coloured = isColoured(output)
  const progress = new Progress(process.stderr)
  const run = verifyLogs(place, { ...options, onProgress: ({ slot, size }, entries) => progress.tell(slot, entries, size) })
  const findings: Finding[] = []
  for (;;) {
    const step = await run.next()
    progress.clear()
    if (step.done === true) {
      output.write(json ? reportJson(step.value, findings) : summaryText(step.value, findings.length))
      break
    }
    findings.push(step.value)
    if (!json) output.write(findingText(step.value, coloured))
  }
  if (findings.length > 0) process.exitCode = FINDINGS
}

/** The logs of an export folder, or of a database.
 *  @throws UsageError */
export async function placeOf(folder: string | undefined, database: string | undefined): Promise<StoredLogs & { close(): Promise<void> }> {
  if (folder !== undefined && database !== undefined)
    throw new UsageError('資料夾與 --database 擇一。 Give a folder or --database, not both.')
  if (folder === undefined) {
    const url = database ?? process.env.DATABASE_URL ?? ''
    if (url === '') throw new UsageError('請指定匯出資料夾或 --database。 Give an export folder, --database or DATABASE_URL.')
    return openStoredLogs(url)
  }
  if (!existsSync(folder) || !statSync(folder).isDirectory()) throw new UsageError(`${folder}: 查無此資料夾。 There is no such folder.`)
  return { ...(await openFolder(folder)), close: async () => undefined }
}

/** @throws UsageError where there is no log, or not the one that was asked for: nothing verified is not content */
function slotsOf({ logs }: StoredLogs, asked: readonly string[] | undefined): ReadonlySet<string> | undefined {
  const there = logs.map(({ slot }) => slot)
  if (there.length === 0) throw new UsageError('此處沒有任何紀錄。 There is no log here: expected a sub-folder, or a row, for each slot.')
  const missing = asked?.find((slot) => !there.includes(slot))
  if (missing !== undefined) throw new UsageError(`查無槽 ${missing}。 There is no slot ${missing}; there are ${there.join(', ')}.`)
  return asked && new Set(asked)
}
