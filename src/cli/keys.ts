// keys.ts: `linkage keys init|show|change`: a slot's signing keys, mark and tag keys, outside the database.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { Command } from 'commander'
import { yearOf } from '../calendar.ts'
import { keyFileName, makeNextKey, makeSlotKeys, makeTagKey, markFile } from '../querylog/key-directory.ts'
import { MarkFile } from '../querylog/mark.ts'
import { keyIdIn, signersOf } from '../querylog/note.ts'
import { LogRefusal } from '../querylog/refusal.ts'
import { SlotKeys } from '../querylog/slot-keys.ts'
import { UsageError } from './log/usage-error.ts'
import type { Output } from './output.ts'
import { checkKeyDirectory, logExists, type SlotPlace, slotNamed, slotPlace } from './slot-place.ts'

interface Options {
  readonly slot?: string
  readonly directory?: string
  readonly tags?: string
  readonly year: string
  readonly tagOnly?: boolean
}

const defaultFolder = process.env.LINKAGE_CONFIG ?? 'config'
const folderText = '設定資料夾 configuration folder, whose gateway.yaml names log and directories'

export function keysCommand(output: Output = process.stdout, environment: NodeJS.ProcessEnv = process.env): Command {
  const keys = new Command('keys').description('紀錄之簽章金鑰 keys of the query log')
  keys
    .command('init')
    .description('產生寫入槽之金鑰及紀錄標記 make a slot’s keys and mark, once')
    .argument('[folder]', folderText, defaultFolder)
    .option(
      '--slot <slot>',
      '寫入槽，1 至 64，或指令專用之 cli（不需標籤金鑰） slot: 1 to 64, or cli, of the commands, which needs no tag key',
    )
    .option('--directory <folder>', '金鑰資料夾 key directory, outside the database and the data folder')
    .option('--tags <folder>', '標籤金鑰資料夾，各寫入槽共用 folder of the tag keys, which slots share')
    .option('--year <year>', '標籤金鑰之年度 year of the tag key', yearOf(Date.now()))
    .option('--tag-only', '只產生標籤金鑰 only the tag key of that year')
    .action((folder: string, options: Options) => init(slotPlace(resolve(folder)), options, environment.DATABASE_URL, output))
  keys
    .command('show')
    .description('印出可公布之驗證金鑰 print the verifier keys to publish')
    .argument('[folder]', folderText, defaultFolder)
    .option('--slot <slot>', '寫入槽 slot')
    .option('--directory <folder>', '金鑰資料夾 key directory')
    .action(async (folder: string, options: Options) => {
      const { directory, log } = targetOf(slotPlace(resolve(folder)), options)
      for (const key of (await SlotKeys.read(directory, log)).verifierKeys) output.write(`${key}\n`)
    })
  keys
    .command('change')
    .description('備妥下次換月時接替之金鑰 prepare the key that takes over at the next turn of the month')
    .argument('[folder]', folderText, defaultFolder)
    .option('--slot <slot>', '寫入槽 slot')
    .option('--directory <folder>', '金鑰資料夾 key directory')
    .action((folder: string, options: Options) => change(slotPlace(resolve(folder)), options, output))
  return keys
}

/** The slot that is spoken of: that of gateway.yaml, or another in a directory of its own. */
function targetOf(
  place: SlotPlace,
  { directory, slot }: Pick<Options, 'directory' | 'slot'>,
): { directory: string; slot: string; log: string } {
  const name = slot === undefined ? place.slot : slotNamed(slot)
  if (directory === undefined && name !== place.slot)
    throw new UsageError(
      `寫入槽 ${name} 須以 --directory 指定其金鑰資料夾。 Slot ${name} needs --directory: each has a key directory of its own.`,
    )
  return { directory: directory === undefined ? place.keyDirectory : resolve(directory), slot: name, log: `${place.host}/log/${name}` }
}

async function init(place: SlotPlace, options: Options, databaseUrl: string | undefined, output: Output): Promise<void> {
  if (!/^20\d\d$/.test(options.year)) throw new UsageError('--year: 年度為四位數，例如 2027。 Expected a year, like 2027.')
  const { directory, slot, log } = targetOf(place, options)
  const tags = options.tags === undefined ? (options.directory === undefined ? place.tagDirectory : directory) : resolve(options.tags)
  for (const each of [directory, tags]) checkKeyDirectory(each, place)
  if (options.tagOnly !== true) {
    if (existsSync(join(directory, markFile)) || existsSync(join(directory, keyFileName(0))))
      throw new UsageError(
        `${directory}：已有金鑰，絕不覆寫。 It holds keys already; they are never replaced. To change the key: linkage keys change.`,
      )
    if (await logExists(slot, place, databaseUrl === '' ? undefined : databaseUrl))
      throw new LogRefusal('no-mark', `The log ${log} exists, and ${directory} holds no mark of it: another key would not be its own.`)
    await makeSlotKeys(directory)
    output.write(`${(await SlotKeys.read(directory, log)).verifierKey}\n`)
  }
  // Commands record no subjects.
  if (slot === 'cli') return
  const tagKey = join(tags, `tag-${options.year}.key`)
  if (existsSync(tagKey) && options.tagOnly !== true) return
  await makeTagKey(tags, options.year)
  output.write(`${tagKey}\n`)
}

async function change(place: SlotPlace, options: Options, output: Output): Promise<void> {
  const { directory, log } = targetOf(place, options)
  const { verifierKeys } = await SlotKeys.read(directory, log)
  const mark = await MarkFile.open(join(directory, markFile))
  await mark.close()
  const { checkpoint } = mark.current
  const signing = checkpoint === '' ? [] : signersOf(checkpoint)
  const newest = verifierKeys.at(-1) ?? ''
  if (signing.length === 0) throw new UsageError(`${log}：尚無紀錄，無金鑰可更換。 Nothing is signed yet: there is no key to change.`)
  if (!signing.includes(keyIdIn(newest)))
    throw new UsageError(`已備妥，下次換月接替：${newest} It is prepared, and takes over at the next turn of the month.`)
  if (signing.length > 1)
    throw new UsageError(
      '前次更換至下次換月才完成，屆時再執行。 The last change ends at the next turn of the month: change again after it.',
    )
  await makeNextKey(directory, verifierKeys.length)
  const next = (await SlotKeys.read(directory, log)).verifierKeys.at(-1)
  output.write(`${next}\n下次換月起與現用金鑰共同簽署一個月，之後單獨簽署；請先公布。\n`)
  output.write('From the next turn of the month it signs beside the key in force, a month later alone. Publish it before.\n')
}
