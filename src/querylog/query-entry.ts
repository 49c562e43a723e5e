// query-entry.ts: one call of an identified caller: what was asked, by whom, what was decided, and what of it was released.
import type { DigestHex } from '../canonical.ts'
import { type EntryId, formatVersion, type Given, type Numbers, type Sealed, type SubjectTag } from './entry.ts'
import { orderedSubjects, type TaggedSubjects } from './subjects-entry.ts'

/** How the caller was identified. `certificate` is the thumbprint (`x5t#S256`, RFC 8705) of the one that the credential was used with;
 *  absent where it is bound to none. */
export type Auth =
  | { readonly certificate?: string; readonly type: 'api-key' }
  /** `token` is the SHA-256 of the compact JWT, which stands in the sealed part. */
  | { readonly certificate?: string; readonly kid: string; readonly token: DigestHex; readonly type: 'assertion' }

/** Where an entry stands among those of its call, which asked about several people: one entry each, one right behind the other. */
export interface BatchPlace {
  /** 1 for the first. */
  readonly at: number
  /** Id of the first. */
  readonly first: EntryId
  /** How many they are. */
  readonly of: number
}

/** One call of an identified caller: decided, and about to be answered. Every member is a function of catalogue, policy,
 *  request and released data only: what was not approved changes nothing here. */
export interface QueryFacts {
  readonly id: EntryId
  readonly address: string
  readonly agency: string
  /** People whom the answer identified to the caller; absent where it named none, or more than stand here: see `subjects` entries. */
  readonly answerSubjects?: readonly TaggedSubjects[] | undefined
  readonly api: string | undefined
  /** Document of the application behind the grant. */
  readonly application: string | undefined
  readonly auth: Auth
  /** Of a batch operation; absent otherwise, and where the call named nobody. */
  readonly batch?: BatchPlace | undefined
  /** Released bytes, rounded up to 1 KiB. Of a stream bytes, rows and digest are known at its end: they stand in its completion. */
  readonly bytes: number | undefined
  readonly case: string | undefined
  /** The reason of the decision or outcome: `released`, `outside-hours` … */
  readonly code: string
  readonly credential: string
  readonly decision: 'permit' | 'deny'
  readonly delegate: string | undefined
  /** Field paths that the call named; absent where it named none and so asked for all that is granted. */
  readonly fieldsAsked: readonly string[] | undefined
  /** Field paths that were allowed to pass; absent where nothing was released. */
  readonly fieldsReleased: readonly string[] | undefined
  readonly grant: string | undefined
  readonly mode: string | undefined
  readonly operation: string | undefined
  /** Policy digest. */
  readonly policy: DigestHex
  readonly purpose: string | undefined
  readonly reason: string | undefined
  /** HMAC-SHA-256 of the body under the record's salt. */
  readonly releasedHmac: DigestHex | undefined
  readonly requestHmac: DigestHex | undefined
  readonly rows: number | undefined
  /** JSON Pointer into the policy snapshot: the rule that decided. */
  readonly rule: string
  readonly sealed: Sealed
  readonly status: number
  readonly subject: SubjectTag | undefined
  /** W3C trace id, ours. */
  readonly trace: string
  /** What would have been decided with the agency's lines on trial; absent where it tries nothing, or that makes no difference. */
  readonly trial?:
    | { readonly decision: 'permit'; readonly rule: string }
    | { readonly code: string; readonly decision: 'deny'; readonly rule: string }
    | undefined
  /** The roster's spelling; the caller's claim where the roster does not have it. */
  readonly user: string | undefined
}

/** A `query` entry. Members without a value are absent. */
export function queryEntry(facts: QueryFacts, given: Given, numbers: Numbers): string {
  return JSON.stringify({
    address: facts.address,
    agency: facts.agency,
    agency_seq: numbers.agencySeq,
    answer_subjects: facts.answerSubjects?.map(orderedSubjects),
    api: facts.api,
    application: facts.application,
    at: given.at,
    auth: facts.auth,
    batch: facts.batch && { at: facts.batch.at, first: facts.batch.first, of: facts.batch.of },
    bytes: facts.bytes,
    case: facts.case,
    clock: given.clock,
    code: facts.code,
    counted_seq: numbers.countedSeq,
    credential: facts.credential,
    decision: facts.decision,
    delegate: facts.delegate,
    fields_asked: facts.fieldsAsked,
    fields_released: facts.fieldsReleased,
    grant: facts.grant,
    id: facts.id,
    kind: 'query',
    mode: facts.mode,
    operation: facts.operation,
    policy: facts.policy,
    purpose: facts.purpose,
    reason: facts.reason,
    released_hmac: facts.releasedHmac,
    request_hmac: facts.requestHmac,
    rows: facts.rows,
    rule: facts.rule,
    sealed: facts.sealed,
    status: facts.status,
    subject: facts.subject,
    trace: facts.trace,
    trial: facts.trial && orderedTrial(facts.trial),
    user: facts.user,
    v: formatVersion,
  })
}

const orderedTrial = (trial: NonNullable<QueryFacts['trial']>): object => ({
  code: trial.decision === 'deny' ? trial.code : undefined,
  decision: trial.decision,
  rule: trial.rule,
})
