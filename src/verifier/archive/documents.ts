// documents.ts: documents that entries about the audit name by their digests: what was drawn, the roster of that day.
import { isObject, type Json } from '../json-value.ts'
import { technical } from './description.ts'
import type { Tell } from './finding.ts'
import type { VerifiedLog } from './log.ts'
import { digestOf } from './manifest.ts'
import type { ArchiveFile, Cryptography } from './place.ts'

const folder = `${technical}/documents/`

/** Every document is named by an entry and is the one that it names; and every document that an entry names is there: as
 *  {`count`, `digest`}, or as a member `document` (a 文號, which that name means too, never looks like a digest). */
export async function checkDocuments(
  files: ReadonlyMap<string, ArchiveFile>,
  verified: readonly VerifiedLog[],
  crypto: Cryptography,
  tell: Tell,
): Promise<void> {
  const named = new Map<string, { readonly file: string; readonly at: number }>()
  for (const { frame, place } of verified)
    for (const { entry, index } of frame.acts)
      for (const digest of digestsIn(entry.members)) named.set(digest, { file: place.path('frame.ndjson'), at: index })
  for (const [digest, where] of named)
    if (!files.has(folder + digest)) tell({ code: 'document-missing', ...where, found: 'no such file', expected: folder + digest })
  for (const [path, file] of files) {
    if (!path.startsWith(folder)) continue
    const name = path.slice(folder.length)
    const found = await digestOf(file, crypto)
    if (found !== name || !named.has(name))
      tell({
        code: 'document-mismatch',
        file: path,
        found: `SHA-256 ${found}`,
        expected: named.has(name) ? name : 'a document that an entry names',
      })
  }
}

const isDigest = (value: Json | undefined): value is string => typeof value === 'string' && /^[0-9a-f]{64}$/.test(value)

function* digestsIn(value: Json): Generator<string> {
  if (Array.isArray(value)) for (const each of value) yield* digestsIn(each)
  else if (isObject(value)) {
    if (Object.keys(value).join() === 'count,digest' && isDigest(value.digest)) yield value.digest
    if (isDigest(value.document)) yield value.document
    for (const each of Object.values(value)) yield* digestsIn(each)
  }
}
