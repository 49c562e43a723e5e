// key-entry.ts: a data key, for those who can open what is sealed under it.
import { type EntryId, formatVersion, type Given } from './entry.ts'

/** A data key, encrypted to the recipients, before anything is sealed under it. */
export interface KeyFacts {
  /** Also the key's name in `sealed.key`. */
  readonly id: EntryId
  /** RFC 7516 general JSON serialization, its members in RFC 8785 order. */
  readonly jwe: object
  readonly recipients: readonly string[]
}

export function keyEntry(facts: KeyFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    id: facts.id,
    jwe: facts.jwe,
    kind: 'key',
    recipients: facts.recipients,
    v: formatVersion,
  })
}
