// open.ts: `linkage log open`: who was asked about: sealed parts opened with a recipient's private key, once the disclosure is recorded.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { shown } from '../../verifier/finding.ts'
import { type AuditorOptions, commandKeys, readKey, withAuditor } from '../auditor.ts'
import { openPlace } from '../command-place.ts'
import { FINDINGS } from '../exit-code.ts'
import type { Output } from '../output.ts'
import { slotName } from './export-asked.ts'
import type { Opened } from './opening.ts'
import { readIndex } from './prove.ts'
import { UsageError } from './usage-error.ts'

interface Options extends AuditorOptions {
  readonly recipientKey: string
  readonly recipient?: string
  readonly json?: boolean
}

/** `linkage log open`. What does not open sets exit code 1. */
export function openCommand(output: Output): Command {
  const command = new Command('open')
    .description('解除查詢對象之遮蔽（先記錄何人、哪幾筆、為何） open who was asked about, once who opens it and why is recorded')
    .argument('<slot>', '寫入槽 slot')
    .argument('<index...>', '紀錄序號 indexes in its log')
    .requiredOption('--recipient-key <file>', '解除遮蔽者之私鑰（JWK 或 PEM） a recipient’s private key')
    .option('--recipient <kid>', '該私鑰之代號（gateway.yaml 之 kid） its key id, where the file does not say it')
    .option('--json', '以 JSON 輸出 print JSON')
  return withAuditor(command).action(async (slot: string, indexes: string[], options: Options) => {
    const keys = commandKeys(options)
    if (!slotName.test(slot)) throw new UsageError(`寫入槽應為 1 至 64 或 cli。 A slot: expected 1 to 64, or cli, found ${slot}.`)
    const { key, kid } = readKey(options.recipientKey, options.recipient)
    if (kid === undefined) throw new UsageError('請以 --recipient 指定解除遮蔽之金鑰之代號。 Name the recipient’s key: --recipient <kid>.')
    // Loaded here and nowhere else: a process that serves has nothing that decrypts.
    const { openAct, openEntries } = await import('./opening.ts')
    const place = await openPlace(resolve(options.config))
    const rows = place.store.openExport()
    try {
      const wanted = [...new Set(indexes.map(readIndex))].sort((a, b) => a - b)
      const log = `${new URL(place.gateway.origin).hostname}/log/${slot}`
      const entries = wanted.map((index) => ({ index, log }))
      const opened = await openEntries(place, rows, keys, { act: openAct(entries), entries, key: { kid, key }, options })
      output.write(options.json === true ? `${JSON.stringify({ entries: opened }, null, 2)}\n` : textOf(opened))
      if (opened.some(({ fault }) => fault !== undefined)) process.exitCode = FINDINGS
    } finally {
      await rows.close()
      await place.close()
    }
  })
}

function textOf(entries: readonly Opened[]): string {
  const rows = entries.flatMap(({ index, log, at, agency, user, case: number, opened, fault }) => {
    const head = `${shown(log)} 第 ${index} 筆：${[at, agency, user, number].map((each) => shown(String(each ?? '–'))).join('，')}`
    if (opened === undefined) return [head, `    無法解除遮蔽 it does not open: ${shown(fault ?? '')}`]
    const { assertion: _a, salt: _s, key: _k, subject, ...others } = opened
    return [
      head,
      `    查詢對象 subject: ${shown(typeof subject === 'string' ? subject : JSON.stringify(subject ?? null))}`,
      ...Object.entries(others).map(([name, value]) => `    ${name}: ${shown(JSON.stringify(value))}`),
    ]
  })
  return `${rows.join('\n')}\n`
}
