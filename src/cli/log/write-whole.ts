// write-whole.ts: a file that is there whole and durable, or not at all.
import { randomBytes } from 'node:crypto'
import { constants, existsSync } from 'node:fs'
import { copyFile, link, open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './usage-error.ts'

const isThere = (path: string): UsageError => new UsageError(`${path} 已存在，請指定新檔名。 It exists already: name a file that does not.`)

/** @throws UsageError where the file exists */
export function refuseThere(path: string): void {
  if (existsSync(path)) throw isThere(path)
}

/** Writes beside the name, and gives the name last. In a folder that others write into, no link that lies there is followed, and nothing
 *  that appears meanwhile is replaced.
 *  @returns the path
 *  @throws UsageError where it exists */
export async function writeWhole(path: string, text: string | Uint8Array): Promise<string> {
  refuseThere(path)
  return await writtenBeside(path, text, named)
}

/** The same for a file that is made anew again and again: what stood there is replaced at once, or stays. */
export const replaceWhole = (path: string, text: string): Promise<string> => writtenBeside(path, text, rename)

async function writtenBeside(
  path: string,
  text: string | Uint8Array,
  give: (beside: string, path: string) => Promise<void>,
): Promise<string> {
  const beside = `${path}.${randomBytes(8).toString('hex')}.partial`
  const file = await open(beside, 'wx', 0o600)
  try {
    try {
      await file.writeFile(text)
      await file.sync()
    } finally {
      await file.close()
    }
    await give(beside, path)
  } finally {
    await rm(beside, { force: true })
  }
  await sync(dirname(path))
  return path
}

/** Where a file system knows no links, as on memory sticks. */
const noLinks = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS'])

/** A rename would replace what stands there, a link does not. */
async function named(beside: string, path: string): Promise<void> {
  try {
    await link(beside, path).catch(async (error) => {
      if (!noLinks.has(error.code)) throw error
      await copyFile(beside, path, constants.COPYFILE_EXCL)
      await sync(path)
    })
  } catch (error) {
    throw error instanceof Error && 'code' in error && error.code === 'EEXIST' ? isThere(path) : error
  }
}

async function sync(path: string): Promise<void> {
  const opened = await open(path, 'r')
  try {
    await opened.sync()
  } finally {
    await opened.close()
  }
}
