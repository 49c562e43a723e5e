// database-beside.ts: the database of a configuration folder, also where the folder is not valid: who mends it needs to see what is in force.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { Said } from '../policy/schema/forms.ts'
import type { Caller } from '../policy/unused-networks.ts'
import { runningEmbedded } from '../store/embedded.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { UsageError } from './log/usage-error.ts'
import { databaseOf } from './process-settings.ts'

/** Milliseconds that a database may take to tell what is not needed to judge a folder. */
const answerWithin = 5_000

/** Opens the database that a gateway of this folder works with.
 *  @param loaded the folder, where it was read already
 *  @throws UsageError where the folder does not say which; SettingsError; what the store could not do */
export async function openDatabase(
  folder: string,
  loaded?: Pick<Loaded, 'gateway'>,
  databaseUrl = process.env.DATABASE_URL,
): Promise<Store> {
  if (databaseUrl !== undefined && databaseUrl !== '') return await openStoreBeside({ databaseUrl })
  const { gateway } = loaded ?? loadFolder(folder)
  const path = (relative: string): string => resolve(folder, relative)
  if (gateway !== undefined) return await openStoreBeside(databaseOf(gateway, path, undefined))
  return await openStoreBeside({ dataDir: path(directoryOf(folder)) })
}

/** From which addresses calls came since an instant, where a database can tell without being started for it.
 *  @returns who called; or, as text for people, why that is not known */
export async function callersSince(folder: string, since: number, loaded: Loaded): Promise<readonly Caller[] | Said> {
  const url = process.env.DATABASE_URL ?? ''
  if (url === '' && runningEmbedded(resolve(folder, directoryOf(folder))) === undefined)
    return { zh: '此處沒有執行中之資料庫（亦未設定 DATABASE_URL）', en: 'no database runs here, and DATABASE_URL is not set' }
  try {
    const store = await openDatabase(folder, loaded)
    try {
      return await store.reader.callers(since, answerWithin)
    } finally {
      await store.close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { zh: `資料庫未能回答：${why}`, en: `the database did not answer: ${why}` }
  }
}

/** Where gateway.yaml keeps the embedded server’s data, whatever else is wrong with the folder. */
function directoryOf(folder: string): string {
  const file = join(folder, 'gateway.yaml')
  try {
    const directory: unknown = parse(readFileSync(file, 'utf8'), { schema: 'failsafe' })?.database?.directory
    return typeof directory === 'string' ? directory : 'postgres'
  } catch (error) {
    throw new UsageError(
      `${file}：無法讀取，請設定 DATABASE_URL。 It cannot be read: give DATABASE_URL. ${error instanceof Error ? error.message : String(error)}`,
    )
  }
}
