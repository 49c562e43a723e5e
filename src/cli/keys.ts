// keys.ts: `linkage keys init|show`: a slot's signing key, mark and tag keys, outside the database.
import { join } from 'node:path'
import { Command } from 'commander'
import { civilDateOf } from '../calendar.ts'
import { makeSlotKeys, makeTagKey, readSigner } from '../querylog/key-directory.ts'

export function keysCommand(): Command {
  const keys = new Command('keys').description('紀錄之簽章金鑰 keys of the query log')
  keys
    .command('init')
    .description('產生寫入槽之金鑰及封存標記 make a slot’s keys and mark, once')
    .requiredOption('--directory <folder>', '金鑰資料夾 key directory, outside the database and the data folder')
    .option('--year <year>', '標籤金鑰之年度 year of the tag key', civilDateOf(Date.now()).slice(0, 4))
    .option('--tag-only', '只產生標籤金鑰 only the tag key of that year')
    .option('--slot <slot>', '寫入槽；cli 為指令專用，不需標籤金鑰 the slot; cli, of the commands, needs no tag key')
    .action(async ({ directory, year, tagOnly, slot }: { directory: string; year: string; tagOnly?: boolean; slot?: string }) => {
      if (!/^20\d\d$/.test(year)) throw new TypeError('--year: expected a year, like 2027')
      if (slot !== undefined && !/^(?:[1-9]|[1-5]\d|6[0-4]|cli)$/.test(slot)) throw new TypeError('--slot: expected 1 to 64, or cli')
      if (tagOnly !== true) await makeSlotKeys(directory)
      if (slot === 'cli') {
        process.stdout.write(`${directory}\n`)
        return
      }
      await makeTagKey(directory, year)
      process.stdout.write(`${join(directory, `tag-${year}.key`)}\n`)
    })
  keys
    .command('show')
    .description('印出可公布之驗證金鑰 print the verifier key to publish')
    .requiredOption('--directory <folder>', '金鑰資料夾 key directory')
    .requiredOption('--log <name>', '紀錄名稱 name of the log, <host>/log/<slot>')
    .action(async ({ directory, log }: { directory: string; log: string }) => {
      process.stdout.write(`${(await readSigner(directory, log)).verifierKey}\n`)
    })
  return keys
}
