// tag.ts: subject tags, by which an agency's queries about one person are found without naming the person.
import { createHmac, createSecretKey, type KeyObject } from 'node:crypto'
import { lengthPrefixed } from '../canonical.ts'
import type { SubjectTag } from './entry.ts'

/** Tag keys by their year, `2026`. As good as a list of subjects: files of mode 0600, never in the database or its backups. */
export type TagKeys = ReadonlyMap<string, KeyObject>

export function tagKey(bytes: Uint8Array): KeyObject {
  if (bytes.length !== 32) throw new RangeError(`a tag key: expected 32 bytes, found ${bytes.length}`)
  return createSecretKey(bytes)
}

/** The first 16 bytes of HMAC-SHA-256(tag key of the year, LP(agency) LP(kind) LP(identifier)): two agencies cannot find each other's subjects.
 *  @param identifier folded to half-width upper case
 *  @throws RangeError where the year has no key: none is ever made in passing */
export function subjectTag(keys: TagKeys, year: string, agency: string, kind: string, identifier: string): SubjectTag {
  const key = keys.get(year)
  if (key === undefined) throw new RangeError(`no tag key for ${year}`)
  const mac = createHmac('sha256', key)
    .update(lengthPrefixed(agency, kind, identifier))
    .digest('hex')
  return { key: year, kind, tag: mac.slice(0, 32) }
}
