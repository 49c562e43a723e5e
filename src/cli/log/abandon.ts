// abandon.ts: `linkage log abandon`: a slot whose key directory is lost ends, and a living log holds its last head.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { uuidv7 } from '../../gateway/ids.ts'
import { abandonSlot } from '../../querylog/end-slot.ts'
import { QueryLog } from '../../querylog/log.ts'
import { openPlace } from '../command-place.ts'
import type { Output } from '../output.ts'
import { slotNamed } from '../slot-place.ts'
import { documentGiven, slotOptions } from './slot-options.ts'
import { UsageError } from './usage-error.ts'

interface Options {
  readonly document: string
  readonly through: string
  readonly keys?: string
  readonly config: string
}

/** `linkage log abandon <slot>` */
export function abandonCommand(output: Output): Command {
  return new Command('abandon')
    .description(
      '金鑰資料夾遺失之寫入槽予以終止，其最後狀態記入仍在使用之紀錄（DATABASE_URL 為 linkage_operations） end a slot whose key directory is lost, as linkage_operations',
    )
    .argument('<slot>', '寫入槽 the slot that is lost')
    .requiredOption('--document <number>', '核准文號 number of the order')
    .option('--through <slot>', '由哪一寫入槽記錄，須未在執行 the slot that records it, which no gateway runs', 'cli')
    .option('--keys <folder>', '其金鑰資料夾（LINKAGE_CLI_KEYS） its key directory', process.env.LINKAGE_CLI_KEYS)
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action(async (slot: string, { config, document, keys, through }: Options) => {
      const [lost, living, order] = [slotNamed(slot), slotNamed(through), documentGiven(document)]
      if (keys === undefined)
        throw new UsageError(`請以 --keys 指定寫入槽 ${living} 之金鑰資料夾。 Give the key directory of slot ${living}: --keys.`)
      const place = await openPlace(resolve(config))
      try {
        const log = await QueryLog.open(slotOptions(place, living, resolve(keys)))
        try {
          const { head, index } = await abandonSlot(
            log,
            { reader: place.store.reader, ends: place.store.ends, newId: () => uuidv7(Date.now()) },
            lost,
            order,
          )
          output.write(`${head.log}：終止於 ${head.size} 筆，記於 ${log.log} 第 ${index} 筆。\n`)
          output.write(`${head.log} ended with ${head.size} entries; entry ${index} of ${log.log} says so. It is never written again.\n`)
        } finally {
          await log.close()
        }
      } finally {
        await place.close()
      }
    })
}
