// bounded-file.ts: files of a folder that somebody else made: read no further than they may be long, and nothing that is no file.
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs'

export const isMissing = (error: unknown): boolean =>
  error instanceof Error && 'code' in error && (error.code === 'ENOENT' || error.code === 'ENOTDIR')

/** Reads files one after the other into the same place: memory that is new for each of them costs more than what is read into it. In line:
 *  handing each small file to another thread would cost more than reading it. */
export class FilesInPlace {
  readonly #most: number
  #place: Buffer

  /** @param most how many bytes a file may have: of one that has more it gives one more, and leaves the rest
   *  @param first how many most have; the place grows for those that have more */
  constructor(most: number, first = most) {
    this.#most = most
    this.#place = Buffer.allocUnsafeSlow(first + 1)
  }

  /** A file's bytes, until the next is read; undefined where there is none.
   *  @throws Error where it is there and cannot be read */
  read(path: string): Buffer | undefined {
    const file = opened(path)
    if (file === undefined) return undefined
    try {
      if (!fstatSync(file).isFile()) return undefined
      for (let length = 0; ; ) {
        const read = readSync(file, this.#place, length, this.#place.length - length, null)
        length += read
        if (read === 0 || length > this.#most) return this.#place.subarray(0, length)
        if (length === this.#place.length) this.#place = Buffer.concat([this.#place], Math.min(length * 2, this.#most + 1))
      }
    } finally {
      closeSync(file)
    }
  }
}

/** A file's bytes, to be kept. */
export const readUpTo = (path: string, most: number): Buffer | undefined => new FilesInPlace(most, Math.min(most, 64 * 1024)).read(path)

/** A pipe that nobody writes to is not waited for. */
function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
