// policy-entry.ts: which rules are in force from here on, and who changed them, as far as that is known.
import type { DigestHex } from '../canonical.ts'
import { type EntryId, formatVersion, type Given } from './entry.ts'

/** What the commit of a policy says of itself: nothing of it is proven. */
export interface Claimed {
  /** When its author says that it was made, ISO 8601. */
  readonly at: string
  readonly author: string
  /** Id of the commit. */
  readonly commit: string
  /** Its trailers 文號 and 承辦人. */
  readonly document?: string
  readonly handler?: string
}

/** Whose signature stands under that commit, as verified with the allowed signers of the department. */
export interface Proven {
  /** Fingerprint of the key. */
  readonly key: string
  readonly signer: string
}

/** The rules in force from here on. */
export interface PolicyFacts {
  readonly id: EntryId
  /** Policy digest; the snapshot's bytes stand in `document` under it. */
  readonly digest: DigestHex
  /** The digest that it follows; absent for the log's first. */
  readonly previous: DigestHex | undefined
  /** Difference to it by file: how many files, and the digest of the list in `document`. */
  readonly changed: { readonly count: number; readonly document: DigestHex }
  /** Who changed it, as observed: host and user of the process, owners of the files that changed. */
  readonly observed: { readonly host: string; readonly owners: readonly number[]; readonly uid: number }
  /** Absent where the folder was not as it was committed. */
  readonly claimed?: Claimed | undefined
  /** Absent where the commit bears no signature of an allowed signer. */
  readonly proven?: Proven | undefined
}

export function policyEntry(facts: PolicyFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    changed: { count: facts.changed.count, document: facts.changed.document },
    claimed: facts.claimed && claimedOf(facts.claimed),
    clock: given.clock,
    digest: facts.digest,
    id: facts.id,
    kind: 'policy',
    observed: { host: facts.observed.host, owners: facts.observed.owners, uid: facts.observed.uid },
    previous: facts.previous,
    proven: facts.proven && { key: facts.proven.key, signer: facts.proven.signer },
    v: formatVersion,
  })
}

const claimedOf = ({ at, author, commit, document, handler }: Claimed): object => ({ at, author, commit, document, handler })
