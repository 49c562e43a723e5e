// tag.ts: subject tags, by which an agency's queries about one person are found without naming the person.
import { lengthPrefixed } from '../canonical.ts'
import type { SubjectTag } from './entry.ts'
import { saltedDigest } from './salted.ts'

/** Tag keys by their year, `2026`. As good as a list of subjects: files of mode 0600, never in the database or its backups. */
export type TagKeys = ReadonlyMap<string, Uint8Array>

/** @throws RangeError unless it is 32 bytes */
export function tagKey(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new RangeError(`a tag key: expected 32 bytes, found ${bytes.length}`)
  return bytes
}

/** The first 16 bytes of HMAC-SHA-256(tag key of the year, LP(agency) LP(kind) LP(identifier)): two agencies cannot find each other's subjects.
 *  @param identifier folded to half-width upper case
 *  @throws RangeError where the year has no key: none is ever made in passing */
export function subjectTag(keys: TagKeys, year: string, agency: string, kind: string, identifier: string): SubjectTag {
  const key = keys.get(year)
  if (key === undefined) throw new RangeError(`no tag key for ${year}`)
  const mac = saltedDigest(key, lengthPrefixed(agency, kind, identifier))
  return { key: year, kind, tag: mac.slice(0, 32) }
}
