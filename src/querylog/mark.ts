// mark.ts: the high-water mark: the last checkpoint that this slot signed, kept outside the database.
import { constants, write as writeTo } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
import { type Hash, sha256Hex } from '../canonical.ts'
import { numbersDigest } from './numbers.ts'
import type { Head } from './ports.ts'
import { LogRefusal } from './refusal.ts'
import { emptyRoot } from './tree.ts'

/** What is known never to be taken back: answers up to this head may have been released. */
export interface Mark {
  readonly epoch: number
  readonly head: Head
  /** The signed checkpoint of `head`; empty for the empty log. */
  readonly checkpoint: string
  /** Digest of agencies' numbers at `head`; absent where a version wrote it that kept none. */
  readonly numbers?: string
}

const place = 4096
const checked = 64 + 1

/** One place of the file: JSON, spaces up to the size of a disk block, the SHA-256 of all that. A torn write fails its digest. */
function encode(mark: Mark, sequence: number): Buffer {
  const text = JSON.stringify({
    v: 1,
    sequence,
    epoch: mark.epoch,
    size: mark.head.size,
    root: mark.head.root.toString('base64'),
    checkpoint: mark.checkpoint,
    numbers: mark.numbers,
  })
  const bytes = Buffer.alloc(place, 0x20)
  if (bytes.write(text) > place - checked) throw new RangeError('the mark outgrew its place')
  bytes.write(`${sha256Hex(bytes.subarray(0, place - checked))}\n`, place - checked)
  return bytes
}

function decode(bytes: Buffer): { mark: Mark; sequence: number } | undefined {
  const body = bytes.subarray(0, place - checked)
  if (bytes.length !== place || bytes.toString('latin1', place - checked) !== `${sha256Hex(body)}\n`) return undefined
  const { sequence, epoch, size, root, checkpoint, numbers } = JSON.parse(body.toString('utf8'))
  return { mark: { epoch, head: { size, root: Buffer.from(root, 'base64') as Hash }, checkpoint, numbers }, sequence } // written by `encode`, shown by the digest
}

/** Makes the mark of a slot that never wrote.
 *  @throws Error EEXIST where there is one: a mark is never replaced */
export async function makeMark(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    const empty: Mark = { epoch: 0, head: { size: 0, root: emptyRoot }, checkpoint: '', numbers: numbersDigest(new Map()) }
    await file.write(Buffer.concat([encode(empty, 0), Buffer.alloc(place, 0x20)]), 0, 2 * place, 0)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** The mark of a slot, open for writing. One write at a time, each durable once it resolves (O_DSYNC); it never moves back. */
export class MarkFile {
  readonly #file: FileHandle
  #mark: Mark
  #sequence: number

  private constructor(file: FileHandle, mark: Mark, sequence: number) {
    this.#file = file
    this.#mark = mark
    this.#sequence = sequence
  }

  /** @throws LogRefusal no-mark where the file is missing, or both of its places are torn */
  static async open(path: string): Promise<MarkFile> {
    let file: FileHandle
    try {
      file = await open(path, constants.O_RDWR | constants.O_DSYNC)
    } catch (error) {
      throw new LogRefusal('no-mark', `The mark ${path} cannot be opened.`, { cause: error })
    }
    const places: { mark: Mark; sequence: number }[] = []
    for (const at of [0, place]) {
      const bytes = Buffer.alloc(place)
      await file.read(bytes, 0, place, at)
      const found = decode(bytes)
      if (found !== undefined) places.push(found)
    }
    const newest = places.sort((a, b) => b.sequence - a.sequence)[0]
    if (newest === undefined) {
      await file.close()
      throw new LogRefusal('no-mark', `The mark ${path} is torn in both of its places.`)
    }
    return new MarkFile(file, newest.mark, newest.sequence)
  }

  get current(): Mark {
    return this.#mark
  }

  /** @throws LogRefusal mark-unwritable; nothing that it would have covered may be released then */
  async write(mark: Mark): Promise<void> {
    if (mark.head.size < this.#mark.head.size)
      throw new LogRefusal('other-history', `The mark stands at ${this.#mark.head.size} and never moves back to ${mark.head.size}.`)
    const sequence = this.#sequence + 1
    try {
      await this.#writePlace(encode(mark, sequence), (sequence % 2) * place)
    } catch (error) {
      throw new LogRefusal('mark-unwritable', 'The mark could not be made durable.', { cause: error })
    }
    this.#sequence = sequence
    this.#mark = mark
  }

  /** One system call a mark, durable by O_DSYNC; the promise API costs several times as much around it. */
  #writePlace(bytes: Buffer, at: number): Promise<void> {
    return new Promise((resolve, reject) => {
      writeTo(this.#file.fd, bytes, 0, place, at, (error, written) => {
        if (error !== null) reject(error)
        else if (written !== place) reject(new Error(`wrote ${written} of ${place} bytes`))
        else resolve()
      })
    })
  }

  async close(): Promise<void> {
    await this.#file.close()
  }
}
