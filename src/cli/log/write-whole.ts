// write-whole.ts: a file that is there whole and durable, or not at all.
import { existsSync } from 'node:fs'
import { open, rename } from 'node:fs/promises'
import { dirname } from 'node:path'
import { UsageError } from './usage-error.ts'

/** @throws UsageError where the file exists */
export function refuseThere(path: string): void {
  if (existsSync(path)) throw new UsageError(`${path} 已存在，請指定新檔名。 It exists already: name a file that does not.`)
}

/** Writes beside the name, and gives the name last.
 *  @returns the path
 *  @throws UsageError where it exists */
export async function writeWhole(path: string, text: string): Promise<string> {
  refuseThere(path)
  const file = await open(`${path}.partial`, 'w', 0o600)
  try {
    await file.writeFile(text)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(`${path}.partial`, path)
  const folder = await open(dirname(path), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
  return path
}
