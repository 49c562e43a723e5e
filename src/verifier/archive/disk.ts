// disk.ts: an archive as a folder on disc, and the cryptography of Node: what `linkage audit verify-archive` verifies with.
import { createHash, hash, verify } from 'node:crypto'
import { type FileHandle, lstat, open } from 'node:fs/promises'
import { join } from 'node:path'
import { filesIn } from '../files-in.ts'
import { ed25519Key } from '../note.ts'
import type { ArchiveFile, Cryptography } from './place.ts'

export const nodeCryptography: Cryptography = {
  sha256: (bytes) => hash('sha256', bytes, 'buffer'),
  newSha256: () => {
    const digesting = createHash('sha256')
    return { update: (bytes) => void digesting.update(bytes), digest: () => digesting.digest() }
  },
  verifyEd25519: async (key, message, signature) => verify(null, message, ed25519Key(key), signature),
}

/** A folder's files; links are no files. Only the file that was read last is open.
 *  @throws Error where the folder cannot be read */
export async function filesOnDisk(folder: string): Promise<{ readonly files: readonly ArchiveFile[]; close(): Promise<void> }> {
  const reading = new Reading()
  const files: ArchiveFile[] = []
  for await (const path of filesIn(folder)) files.push(await fileAt(folder, path, reading))
  return { files: files.sort((a, b) => (a.path < b.path ? -1 : 1)), close: () => reading.close() }
}

async function fileAt(folder: string, path: string, reading: Reading): Promise<ArchiveFile> {
  const full = join(folder, path)
  const { size } = await lstat(full)
  return {
    path,
    size,
    read: async (from, to, place = new Uint8Array(to - from)) => {
      const { bytesRead } = await (await reading.file(full)).read(place, 0, to - from, from)
      return place.subarray(0, bytesRead)
    },
  }
}

/** Two files stand side by side: entries and their indexes. */
const mostOpen = 4

/** Files that are being read. */
class Reading {
  readonly #open = new Map<string, FileHandle>()

  async file(path: string): Promise<FileHandle> {
    const there = this.#open.get(path)
    if (there !== undefined) return there
    const [oldest] = this.#open
    if (oldest !== undefined && this.#open.size >= mostOpen) {
      this.#open.delete(oldest[0])
      await oldest[1].close()
    }
    const file = await open(path, 'r')
    this.#open.set(path, file)
    return file
  }

  async close(): Promise<void> {
    for (const file of this.#open.values()) await file.close()
    this.#open.clear()
  }
}
