// database-beside.ts: the database of a configuration folder, also where the folder is not valid: who mends it needs to see what is in force.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { showInstant } from '../calendar.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { Said } from '../policy/schema/forms.ts'
import type { Caller } from '../policy/unused-networks.ts'
import type { SearchProgress } from '../querylog/ports.ts'
import { searchBound } from '../querylog/search.ts'
import { runningEmbedded } from '../store/embedded.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { UsageError } from './log/usage-error.ts'
import { databaseOf } from './process-settings.ts'
import { systemClock } from './system-clock.ts'

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
export const callersSince = (folder: string, since: number, loaded: Loaded): Promise<readonly Caller[] | Said> =>
  askBeside(folder, loaded, (store) => searchedCallers(store, since, answerWithin))

/** Asks the database of a folder what is not needed to judge it, where it can tell without being started for it.
 *  @returns what it says; or, as text for people, why that is not known */
export async function askBeside<T>(folder: string, loaded: Pick<Loaded, 'gateway'>, ask: (store: Store) => Promise<T>): Promise<T | Said> {
  const url = process.env.DATABASE_URL ?? ''
  if (url === '' && runningEmbedded(resolve(folder, directoryOf(folder))) === undefined)
    return { zh: '此處沒有執行中之資料庫（亦未設定 DATABASE_URL）', en: 'no database runs here, and DATABASE_URL is not set' }
  try {
    const store = await openDatabase(folder, loaded)
    try {
      return await ask(store)
    } finally {
      await store.close()
    }
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    return { zh: `資料庫未能回答：${why}`, en: `the database did not answer: ${why}` }
  }
}

/** From which addresses calls came since an instant. Only the search columns tell: while these lag behind the log, nobody can say from where
 *  no call came.
 *  @returns as text for people, how far the search is */
export async function searchedCallers(
  { reader, search }: { readonly reader: Pick<Store['reader'], 'callers'>; readonly search: Pick<Store['search'], 'progress'> },
  since: number,
  within?: number,
): Promise<readonly Caller[] | Said> {
  const now = systemClock.wall()
  // The log of commands holds no calls.
  const lagging = (await search.progress()).filter(
    ({ next, size, slot, since: waits }) => slot !== 'cli' && next < size && (waits === undefined || now - waits > searchBound),
  )
  if (lagging.length === 0) return await reader.callers(since, within)
  const of = (said: (each: SearchProgress, unread: number, from: string) => string): string =>
    lagging.map((each) => said(each, each.size - each.next, each.since === undefined ? '' : showInstant(each.since))).join('；')
  return {
    zh: `紀錄之查詢欄位落後：${of(({ slot }, unread, from) => `槽 ${slot} 尚有 ${unread} 筆${from && `（自 ${from} 起）`}未納入`)}`,
    en: `search lags behind the log: ${of(({ slot }, unread, from) => `slot ${slot} has ${unread} entries${from && ` since ${from}`} to read`)}`,
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
