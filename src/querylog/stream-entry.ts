// stream-entry.ts: how a stream ended: the completion of a query whose answer was released while it came.
import type { DigestHex } from '../canonical.ts'
import { type EarlierEntry, type EntryId, formatVersion, type Given, orderedEarlier, type Sealed } from './entry.ts'

/** Every clear member is a function of catalogue, policy, request and released data: of what was cut, of what had been released. */
export interface StreamCompletionFacts {
  readonly id: EntryId
  readonly agency: string
  /** The `query` entry. */
  readonly of: EarlierEntry
  /** `whole`: to its end. `cut`: the connection was reset, and no end was ever sent. */
  readonly outcome: 'whole' | 'cut'
  /** Why it was cut; absent where it was not. */
  readonly code: string | undefined
  /** Digest of the policy that refused it, and the rule in it; absent where it was not cut by a rule. */
  readonly policy: DigestHex | undefined
  readonly rule: string | undefined
  /** Bytes that left the gateway, rounded up to 1 KiB. */
  readonly bytes: number
  /** HMAC-SHA-256 of these bytes under the record's salt. */
  readonly releasedHmac: DigestHex
  /** Rows that stand whole in these bytes; absent for a JSON document that was cut. */
  readonly rows: number | undefined
  /** Of a batch only with the first of its records. */
  readonly sealed: Sealed | undefined
}

export function streamCompletionEntry(facts: StreamCompletionFacts, given: Given): string {
  return JSON.stringify({
    agency: facts.agency,
    at: given.at,
    bytes: facts.bytes,
    clock: given.clock,
    code: facts.code,
    id: facts.id,
    kind: 'completion',
    of: orderedEarlier(facts.of),
    outcome: facts.outcome,
    policy: facts.policy,
    released_hmac: facts.releasedHmac,
    rows: facts.rows,
    rule: facts.rule,
    sealed: facts.sealed,
    v: formatVersion,
  })
}
