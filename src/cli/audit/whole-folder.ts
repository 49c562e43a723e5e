// whole-folder.ts: a folder of files for people, there whole and durable, or not at all.
import { existsSync } from 'node:fs'
import { mkdir, open, rename, rm } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { partialName } from '../../querylog/export/partial-folder.ts'
import { UsageError } from '../log/usage-error.ts'

/** @throws UsageError where the folder exists */
export function refuseFolder(folder: string): void {
  if (existsSync(folder)) throw new UsageError(`${folder} 已存在，請指定新的資料夾。 It exists already: name a folder that does not.`)
}

/** Whole, or in parts that are written as they come. */
type FileBytes = Uint8Array | string | AsyncIterable<string>
export type FolderFiles = Map<string, FileBytes>

/** Writes files under another name of the folder, and gives the name last. Nobody but this user may enter it.
 *  @param files by name: none leads out of the folder
 *  @throws UsageError where the folder exists, or is being written */
export async function writeFolder(folder: string, files: ReadonlyMap<string, FileBytes>): Promise<void> {
  refuseFolder(folder)
  const beside = partialName(folder)
  await mkdir(dirname(folder), { recursive: true })
  if (existsSync(beside))
    throw new UsageError(`${beside} 為先前中斷者，請刪除後重來。 It was left by an interruption: remove it, and run the command again.`)
  await mkdir(beside, { mode: 0o700 })
  try {
    for (const [name, bytes] of files) await writeFile(join(beside, fileName(name)), bytes)
    await syncFolder(beside)
    await rename(beside, folder)
  } catch (error) {
    await rm(beside, { recursive: true, force: true })
    throw error
  }
  await syncFolder(dirname(folder))
}

/** A name as every file system takes it: names of units may hold what Windows does not. */
export const fileName = (name: string): string => name.replace(/[\\/:*?"<>|\p{Cc}]/gu, '_').replace(/^\.+|[. ]+$/g, '_')

async function writeFile(path: string, bytes: FileBytes): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(bytes)
    await file.sync()
  } finally {
    await file.close()
  }
}

async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
