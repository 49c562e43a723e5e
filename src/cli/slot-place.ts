// slot-place.ts: where a slot's keys and its database lie, as gateway.yaml says, for commands that need no rules.
import { existsSync, statSync } from 'node:fs'
import { join, relative, resolve } from 'node:path'
import { type LogReaderStore, StoreError } from '../querylog/ports.ts'
import { openStore } from '../store/open.ts'
import { LiveFolder } from './live-folder.ts'
import { UsageError } from './log/usage-error.ts'

export interface SlotPlace {
  /** The host in the log's name. */
  readonly host: string
  /** Slot of gateway.yaml. */
  readonly slot: string
  /** Key directory of that slot. */
  readonly keyDirectory: string
  readonly tagDirectory: string
  /** Folder of the embedded server. */
  readonly dataDir: string
}

/** Reads gateway.yaml; the rest of the folder may be as it is.
 *  @throws UsageError where there is none that can be read */
export function slotPlace(folder: string): SlotPlace {
  const { gateway, findings } = new LiveFolder(folder).load()
  if (gateway === undefined) {
    const found = findings.find(({ file }) => file === 'gateway.yaml')
    throw new UsageError(`${join(folder, 'gateway.yaml')}: ${found?.message ?? '無法讀取 cannot be read'}`)
  }
  const path = (relativePath: string): string => resolve(folder, relativePath)
  const keyDirectory = path(gateway.keys.directory)
  return {
    host: new URL(gateway.origin).hostname,
    slot: String(gateway.slot ?? process.env.LINKAGE_SLOT ?? 1),
    keyDirectory,
    tagDirectory: gateway.tags === undefined ? keyDirectory : path(gateway.tags.directory),
    dataDir: path(gateway.database.directory ?? 'postgres'),
  }
}

/** @throws UsageError: a slot is named for ever */
export function slotNamed(text: string): string {
  if (!/^(?:[1-9]|[1-5]\d|6[0-4]|cli)$/.test(text)) throw new UsageError(`${text}：寫入槽為 1 至 64 或 cli。 A slot is 1 to 64, or cli.`)
  return text
}

/** Keys lie where neither the database's administrator nor its backups reach, and nobody else reads.
 *  @throws UsageError */
export function checkKeyDirectory(directory: string, { dataDir }: Pick<SlotPlace, 'dataDir'>): void {
  const inside = relative(dataDir, directory)
  if (inside === '' || !(inside.startsWith('..') || inside.startsWith('/')))
    throw new UsageError(
      `${directory}：金鑰不可放在資料庫資料夾 ${dataDir} 之內，會隨其備份外流。 Keys do not lie in the data folder: its backups would hold them.`,
    )
  if (existsSync(directory) && (statSync(directory).mode & 0o077) !== 0)
    throw new UsageError(`${directory}：其他帳號可讀取，請先 chmod 700。 Others can read it: set its mode to 0700 first.`)
}

/** Whether the database holds a slot's log; without a database there is none.
 *  @throws Error where it cannot be asked */
export async function logExists(slot: string, { dataDir }: Pick<SlotPlace, 'dataDir'>, databaseUrl: string | undefined): Promise<boolean> {
  if (databaseUrl === undefined && !existsSync(join(dataDir, 'PG_VERSION'))) return false
  const store = await openStore(databaseUrl === undefined ? { dataDir } : { databaseUrl })
  try {
    return (await headsOf(store.reader)).some((each) => each.slot === slot)
  } finally {
    await store.close()
  }
}

async function headsOf(reader: LogReaderStore): ReturnType<LogReaderStore['heads']> {
  try {
    return await reader.heads()
  } catch (error) {
    if (!(error instanceof StoreError)) throw error
    throw new StoreError(
      error.code,
      `無法向資料庫查證此寫入槽是否已有紀錄，未產生金鑰。 The database cannot be asked whether the slot has a log, so no key was made. ${error.message}`,
      { cause: error },
    )
  }
}
