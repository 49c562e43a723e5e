// database-beside.ts: the database of a configuration folder, also where the folder is not valid: who mends it needs to see what is in force.
import { readFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parse } from 'yaml'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { UsageError } from './log/usage-error.ts'
import { databaseOf } from './process-settings.ts'

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
