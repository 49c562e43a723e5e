// supersede.ts: `linkage log supersede`: a new slot takes the place of one whose database no longer holds what was signed.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { supersedeSlot } from '../../querylog/end-slot.ts'
import { openPlace } from '../command-place.ts'
import type { Output } from '../output.ts'
import { slotNamed, slotPlace } from '../slot-place.ts'
import { documentGiven, slotOptions } from './slot-options.ts'
import { UsageError } from './usage-error.ts'

interface Options {
  readonly document: string
  readonly by: string
  readonly keys: string
  readonly oldKeys?: string
  readonly config: string
}

/** `linkage log supersede <slot>` */
export function supersedeCommand(output: Output): Command {
  return new Command('supersede')
    .description(
      '資料庫已不含已簽章之紀錄時，由新的寫入槽接續（DATABASE_URL 為 linkage_operations） open a new slot in place of one that cannot go on, as linkage_operations',
    )
    .argument('<slot>', '無法繼續之寫入槽 the slot that cannot go on')
    .requiredOption('--document <number>', '核准文號 number of the order')
    .requiredOption('--by <slot>', '新的寫入槽 the new slot')
    .requiredOption('--keys <folder>', '新寫入槽之金鑰資料夾，以 keys init 產生 its key directory, made by keys init')
    .option('--old-keys <folder>', '原寫入槽之金鑰資料夾（預設依 gateway.yaml） key directory of the old slot')
    .option('--config <folder>', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action(async (slot: string, { by, config, document, keys, oldKeys }: Options) => {
      const [old, next, order] = [slotNamed(slot), slotNamed(by), documentGiven(document)]
      const { host, keyDirectory, slot: configured } = slotPlace(resolve(config))
      if (oldKeys === undefined && configured !== old)
        throw new UsageError(`請以 --old-keys 指定寫入槽 ${old} 之金鑰資料夾。 Give the key directory of slot ${old}: --old-keys.`)
      const place = await openPlace(resolve(config))
      try {
        const said = await supersedeSlot({
          old: { slot: old, log: `${host}/log/${old}`, keyDirectory: oldKeys === undefined ? keyDirectory : resolve(oldKeys) },
          next: slotOptions(place, next, resolve(keys)),
          ends: place.store.ends,
          document: order,
        })
        output.write(
          `${said.head.log}（${said.why}）：已簽章 ${said.mark.size} 筆，資料庫尚有 ${said.head.size} 筆；由寫入槽 ${next} 接續。\n` +
            `請於 gateway.yaml 改為 slot: ${next}、keys: {directory: ${keys}}，標籤金鑰資料夾（tags）不變。\n` +
            `${said.head.log} (${said.why}): ${said.mark.size} entries were signed, the database holds ${said.head.size}. Slot ${next} goes on: ` +
            'name it and its keys in gateway.yaml, and keep the folder of the tag keys (tags).\n',
        )
      } finally {
        await place.close()
      }
    })
}
