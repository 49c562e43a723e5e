// prove.ts: `linkage log prove`: an entry with the proof that it stands in its log (C2SP tlog-proof), for auditors.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { canonicalJson } from '../../canonical.ts'
import { PublishedLogs } from '../../querylog/published.ts'
import { type AuditorOptions, commandKeys, readAuditor, withAuditor } from '../auditor.ts'
import { recordRead } from '../command-log.ts'
import { type CommandPlace, openPlace } from '../command-place.ts'
import type { Output } from '../output.ts'
import { slotName } from './export-asked.ts'
import { UsageError } from './usage-error.ts'
import { refuseThere, writeWhole } from './write-whole.ts'

interface Options extends AuditorOptions {
  readonly out?: string
}

/** `linkage log prove`: at the newest checkpoint that is stored. The entry stands in it as `extra`. */
export function proveCommand(output: Output): Command {
  const command = new Command('prove')
    .description('證明一筆紀錄在紀錄之中（先記錄何人、為何） an entry and the proof that it stands in its log')
    .argument('<slot>', '寫入槽 slot')
    .argument('<index>', '紀錄序號 index in its log')
    .option('--out <file>', '寫入此檔（.tlog-proof），不寫則印出 write it to a file that does not exist yet')
  return withAuditor(command).action(async (slot: string, index: string, options: Options) => {
    const keys = commandKeys(options)
    if (options.out !== undefined) refuseThere(resolve(options.out))
    const place = await openPlace(resolve(options.config))
    try {
      const proof = await prove(place, keys, slot, readIndex(index), options)
      if (options.out === undefined) output.write(proof)
      else output.write(`${await writeWhole(resolve(options.out), proof)}\n`)
    } finally {
      await place.close()
    }
  })
}

/** @throws UsageError */
export function readIndex(text: string): number {
  const index = Number(text)
  if (!/^(?:0|[1-9]\d{0,15})$/.test(text) || !Number.isSafeInteger(index))
    throw new UsageError(`紀錄序號應為 0 以上之整數。 An index: expected a whole number from 0, found ${text}.`)
  return index
}

async function prove(place: CommandPlace, keys: string, slot: string, index: number, options: Options): Promise<string> {
  if (!slotName.test(slot)) throw new UsageError(`寫入槽應為 1 至 64 或 cli。 A slot: expected 1 to 64, or cli, found ${slot}.`)
  const asked = canonicalJson({ form: 'proof', index, slots: [slot] })
  const act = { command: 'log-prove', asked, needsDocument: false }
  const auditor = await readAuditor(options, act, place.snapshot)
  const published = new PublishedLogs(place.store.reader)
  const covered = await published.entry(slot, index)
  if (covered === undefined) throw new UsageError(await whyNot(published, slot, index))
  const { log, root, size } = covered.head
  const logs = [{ from: index, log, root: root.toString('base64'), size, slot, to: index + 1 }]
  await recordRead(place, keys, { act, auditor, logs })
  return await published.proof(covered)
}

async function whyNot(published: PublishedLogs, slot: string, index: number): Promise<string> {
  const head = await published.head(slot)
  if (head === undefined) return `槽 ${slot}：沒有已簽章之紀錄。 Slot ${slot}: there is no signed log.`
  return index >= head.size
    ? `槽 ${slot} 已簽章至 ${head.size} 筆，尚不含第 ${index} 筆。 Slot ${slot} is signed to ${head.size} entries; entry ${index} is not covered yet.`
    : `槽 ${slot} 第 ${index} 筆已移出或遺失。 Entry ${index} of slot ${slot} was taken out, or is missing: linkage log verify.`
}
