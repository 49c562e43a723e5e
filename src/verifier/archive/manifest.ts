// manifest.ts: MANIFEST.csv, the list of an archive's files, held against what is there: nothing missing, nothing changed, nothing else.
import { readDecimal } from '../decimal.ts'
import { hexOf } from '../octets.ts'
import { csvRows } from './csv-rows.ts'
import { type Tell, Unusable } from './finding.ts'
import { type ArchiveFile, type Cryptography, chunksOf } from './place.ts'

export const manifestName = 'MANIFEST.csv'

/** A file as the manifest lists it. */
export interface Listed {
  readonly path: string
  /** What people call it. */
  readonly title: string
  readonly bytes: number
  /** Lower-case hex. */
  readonly sha256: string
}

const headings = ['檔名 path', '中文名稱 title', '位元組 bytes', 'SHA-256']

/** @throws Unusable where it is missing, or is no such list */
export async function readManifest(file: ArchiveFile | undefined): Promise<readonly Listed[]> {
  if (file === undefined)
    throw new Unusable({ code: 'manifest-missing', file: manifestName, found: 'no such file', expected: 'the list that is written last' })
  const wrong = (at: number, found: string, expected: string): Unusable =>
    new Unusable({ code: 'manifest-malformed', file: manifestName, at, found, expected })
  const listed = new Map<string, Listed>()
  let at = 0
  for await (const row of csvRows(file)) {
    at += 1
    if (row === undefined || row.length !== headings.length) throw wrong(at, 'another row', `${headings.length} columns`)
    if (at === 1 && row.join() !== headings.join()) throw wrong(at, row.join(), headings.join())
    if (at === 1) continue
    const [path = '', title = '', size = '', sha256 = ''] = row
    const bytes = readDecimal(size)
    if (!isPath(path) || listed.has(path)) throw wrong(at, path, 'a path within the archive, once')
    if (bytes === undefined || !/^[0-9a-f]{64}$/.test(sha256))
      throw wrong(at, `${size}, ${sha256}`, 'bytes and a SHA-256 in lower-case hex')
    listed.set(path, { path, title, bytes, sha256 })
  }
  if (at === 0) throw wrong(1, 'nothing', headings.join())
  return [...listed.values()]
}

/** Names that every disc and every system can hold; none leads out of the archive. */
const isPath = (text: string): boolean => /^(?:[A-Za-z0-9][\w.-]{0,63}\/)*[A-Za-z0-9][\w.-]{0,63}$/.test(text)

/** Holds every file against the list.
 *  @param onBytes told how many bytes were read, as they are */
export async function checkFiles(
  files: ReadonlyMap<string, ArchiveFile>,
  listed: readonly Listed[],
  crypto: Cryptography,
  tell: Tell,
  onBytes: (bytes: number) => void,
): Promise<void> {
  const names = new Set(listed.map(({ path }) => path))
  for (const path of files.keys())
    if (!names.has(path) && path !== manifestName)
      tell({ code: 'file-unexpected', file: path, found: 'a file', expected: 'none: the list does not name it' })
  for (const each of listed) {
    const file = files.get(each.path)
    if (file === undefined) tell({ code: 'file-missing', file: each.path, found: 'no such file', expected: `${each.bytes} bytes` })
    else if (file.size !== each.bytes)
      tell({ code: 'file-changed', file: each.path, found: `${file.size} bytes`, expected: `${each.bytes} bytes` })
    else await checkDigest(file, each, crypto, tell, onBytes)
  }
}

async function checkDigest(
  file: ArchiveFile,
  { path, sha256 }: Listed,
  crypto: Cryptography,
  tell: Tell,
  onBytes: (bytes: number) => void,
): Promise<void> {
  try {
    const found = await digestOf(file, crypto, onBytes)
    if (found !== sha256) tell({ code: 'file-changed', file: path, found: `SHA-256 ${found}`, expected: `SHA-256 ${sha256}` })
  } catch (error) {
    tell({
      code: 'file-unreadable',
      file: path,
      found: error instanceof Error ? error.message : String(error),
      expected: 'a file that can be read',
    })
  }
}

/** SHA-256 in lower-case hex. */
export async function digestOf(
  file: ArchiveFile,
  crypto: Cryptography,
  onBytes: (bytes: number) => void = () => undefined,
): Promise<string> {
  const digesting = crypto.newSha256()
  for await (const bytes of chunksOf(file)) {
    digesting.update(bytes)
    onBytes(bytes.length)
  }
  return hexOf(digesting.digest())
}
