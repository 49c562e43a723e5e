// disc.ts: one disc of an archive while it is written: what stands on it, how large it is, and the list that comes last.
import { createHash, type Hash } from 'node:crypto'
import { csvValue } from '../../querylog/export/csv.ts'
import type { ArchiveSink } from './archived.ts'
import { names, titleOf } from './layout.ts'

/** A file ends in a sector of so many bytes; its entries in directories and in the list take so many besides. */
const sector = 2048
const besides = 512
/** Room for what comes last: description, list of recipients, README. */
const reserved = 256 * 1024
/** What grows is written in pieces of about so many bytes. */
const piece = 256 * 1024

interface Written {
  readonly title: string
  readonly digesting: Hash
  bytes: number
  waiting: Buffer[]
  waitingBytes: number
}

/** Knows the length and the SHA-256 of every file that it wrote. */
export class Disc {
  /** From 1. */
  readonly at: number
  readonly folder: string
  readonly #sink: ArchiveSink
  readonly #files = new Map<string, Written>()
  #bytes = 0

  constructor(at: number, sink: ArchiveSink) {
    this.at = at
    this.folder = `disc-${at}`
    this.#sink = sink
  }

  /** Bytes that it takes, with room for what comes last. */
  get size(): number {
    return this.#bytes + this.#files.size * (sector + besides) + reserved
  }

  has(path: string): boolean {
    return this.#files.has(path)
  }

  /** Writes a whole small file. */
  async put(path: string, bytes: Uint8Array | string, title = titleOf(path)): Promise<void> {
    const whole = Buffer.from(bytes)
    this.#bytes += whole.length
    this.#files.set(path, { title, digesting: createHash('sha256').update(whole), bytes: whole.length, waiting: [], waitingBytes: 0 })
    await this.#sink.put(`${this.folder}/${path}`, whole)
  }

  /** Adds to a file that grows. */
  async append(path: string, bytes: Uint8Array | string, title = titleOf(path)): Promise<void> {
    const more = Buffer.from(bytes)
    const file = this.#files.get(path) ?? { title, digesting: createHash('sha256'), bytes: 0, waiting: [], waitingBytes: 0 }
    this.#files.set(path, file)
    file.digesting.update(more)
    file.bytes += more.length
    this.#bytes += more.length
    file.waiting.push(more)
    file.waitingBytes += more.length
    if (file.waitingBytes >= piece) await this.#write(path, file)
  }

  async #write(path: string, file: Written): Promise<void> {
    await this.#sink.append(`${this.folder}/${path}`, Buffer.concat(file.waiting))
    file.waiting = []
    file.waitingBytes = 0
  }

  /** Writes the list: last of all, so that a disc without it is not whole.
   *  @returns its SHA-256, lower-case hex */
  async finish(): Promise<string> {
    for (const [path, file] of this.#files) if (file.waitingBytes > 0) await this.#write(path, file)
    const list = manifest(
      [...this.#files].map(([path, { bytes, digesting, title }]) => ({ path, title, bytes, sha256: digesting.digest('hex') })),
    )
    await this.#sink.put(`${this.folder}/${names.manifest}`, Buffer.from(list))
    return createHash('sha256').update(list).digest('hex')
  }
}

interface Listed {
  readonly path: string
  readonly title: string
  readonly bytes: number
  readonly sha256: string
}

/** What people open first; UTF-8 with a byte order mark, as spreadsheets like it. */
function manifest(files: readonly Listed[]): string {
  const rows = files
    .map((each) => ({ ...each, inFolder: each.path.includes('/') }))
    .sort((a, b) => Number(a.inFolder) - Number(b.inFolder) || (a.path < b.path ? -1 : 1))
    .map(({ bytes, path, sha256, title }) => [path, csvValue(title), String(bytes), sha256].join(','))
  return `\ufeff${['檔名 path,中文名稱 title,位元組 bytes,SHA-256', ...rows].join('\r\n')}\r\n`
}
