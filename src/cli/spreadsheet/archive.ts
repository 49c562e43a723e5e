// archive.ts: the parts of a zipped spreadsheet, each no larger than it says and than it may be.
import type { Readable } from 'node:stream'
import { type Entry, fromBuffer, type ZipFile } from 'yauzl'
import { bounds, TableRefused, tooLarge } from './sheet.ts'

/** Reads the parts that are wanted. Sizes are those of what comes out, not only those that the archive claims.
 *  @throws TableRefused for what is no archive, holds a name twice, is encrypted, or would be too large */
export async function readParts(bytes: Buffer, wanted: (name: string) => boolean): Promise<ReadonlyMap<string, Buffer>> {
  const parts = new Map<string, Buffer>()
  const zip = await opened(bytes)
  if (zip.entryCount > bounds.parts) throw tooLarge('zip')
  let left: number = bounds.part
  for await (const entry of entriesOf(zip)) {
    const name = entry.fileName
    if (!wanted(name)) continue
    // Two readers of one archive would read two contents.
    if (parts.has(name)) throw new TableRefused(`${name}：壓縮檔內有兩份 it stands twice in the archive`)
    if (entry.uncompressedSize > left) throw tooLarge(name)
    const part = await contentOf(zip, entry, left)
    left -= part.length
    parts.set(name, part)
  }
  return parts
}

const broken = (error: unknown): TableRefused =>
  new TableRefused(
    `壓縮檔毀損或有密碼，無法讀取 the archive is damaged or encrypted: ${error instanceof Error ? error.message : String(error)}`,
  )

function opened(bytes: Buffer): Promise<ZipFile> {
  return new Promise((resolve, reject) => {
    fromBuffer(bytes, { lazyEntries: true, validateEntrySizes: true, autoClose: false }, (error, zip) =>
      error === null ? resolve(zip) : reject(broken(error)),
    )
  })
}

async function* entriesOf(zip: ZipFile): AsyncGenerator<Entry> {
  for (;;) {
    const entry = await new Promise<Entry | undefined>((resolve, reject) => {
      const settle = (act: () => void) => () => {
        zip.removeAllListeners()
        act()
      }
      zip.once('entry', (found: Entry) => settle(() => resolve(found))())
      zip.once(
        'end',
        settle(() => resolve(undefined)),
      )
      zip.once('error', (error: unknown) => settle(() => reject(broken(error)))())
      zip.readEntry()
    })
    if (entry === undefined) return
    yield entry
  }
}

async function contentOf(zip: ZipFile, entry: Entry, most: number): Promise<Buffer> {
  const pieces: Buffer[] = []
  let length = 0
  let stream: Readable | undefined
  try {
    stream = await new Promise<Readable>((resolve, reject) => {
      zip.openReadStream(entry, (error, found) => (error === null ? resolve(found) : reject(error)))
    })
    for await (const piece of stream as AsyncIterable<Buffer>) {
      length += piece.length
      if (length > most) throw tooLarge(entry.fileName)
      pieces.push(piece)
    }
  } catch (error) {
    throw error instanceof TableRefused ? error : broken(error)
  } finally {
    stream?.destroy()
  }
  return Buffer.concat(pieces)
}
