// disc-image.ts: an ISO 9660 image of a disc, by xorriso where it is there: the same folder gives the same bytes.
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { basename } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)

export interface DiscImage {
  readonly name: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

/** Makes an image with long names for every system (Rock Ridge, Joliet).
 *  @param volume its name; what a volume may not be called is replaced
 *  @param at when it says that it was made, milliseconds since 1970 UTC
 *  @returns undefined where there is no xorriso
 *  @throws Error with what xorriso says */
export async function discImage(folder: string, file: string, volume: string, at: number): Promise<DiscImage | undefined> {
  const name = volume
    .toUpperCase()
    .replaceAll(/[^A-Z0-9_]/g, '_')
    .slice(0, 32)
  const seconds = Math.floor(at / 1000)
  // xorriso makes the image's own dates, and what it would draw at random, from this one (its manual, "SOURCE_DATE_EPOCH").
  const env = { ...process.env, SOURCE_DATE_EPOCH: String(seconds), TZ: 'UTC' }
  try {
    const options = [
      '-as',
      'mkisofs',
      '-quiet',
      '-r',
      '-J',
      '-joliet-long',
      '-iso-level',
      '3',
      '-V',
      name,
      '--set_all_file_dates',
      `=${seconds}`,
    ]
    await run('xorriso', [...options, '-o', file, folder], { env })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const digesting = createHash('sha256')
  let bytes = 0
  for await (const chunk of createReadStream(file)) {
    digesting.update(chunk)
    bytes += chunk.length
  }
  return { name: basename(file), bytes, sha256: digesting.digest('hex') }
}
