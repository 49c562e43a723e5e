// entry.ts: the entries of the query log, format version 1. It is never changed, only extended: entries outlive code.
//
// An entry is RFC 8785 canonical JSON. The writers below name their members in that order (sorted by UTF-16 code
// units), so that JSON.stringify writes it: measured 2 µs against 11 µs for a canonicaliser. docs/log-format.md
// says what each member means to a stranger.
import type { DigestHex } from '../canonical.ts'
import type { Slot } from './ports.ts'
import { orderedSubjects, type TaggedSubjects } from './subjects-entry.ts'

export const formatVersion = 1
/** A C2SP tlog-tiles bundle gives an entry's length two bytes. */
export const maxEntryBytes = 65_535

/** RFC 9562 UUIDv7, lower case. */
export type EntryId = string

/** What the appender gives an entry when its batch is sent, from the head that the batch extends. */
export interface Given {
  /** UTC, milliseconds, ISO 8601; never before the entry before it. */
  readonly at: string
  /** The clock's reading, only where it differs from `at`. */
  readonly clock: string | undefined
}

export interface Numbers {
  readonly agencySeq: number
  /** Only for records that count for the regulation's quotas (D-10). */
  readonly countedSeq: number | undefined
}

/** The part of an entry that only recipients' keys open (seal.ts). */
export interface Sealed {
  /** AES-256-GCM ciphertext and tag, standard base64. */
  readonly bytes: string
  /** The nonce: this number, as 96 bits big-endian. Never twice under one key. */
  readonly counter: number
  /** Id of the `key` entry whose data key this is. */
  readonly key: EntryId
}

export interface SubjectTag {
  /** Name of the tag key: its year. */
  readonly key: string
  /** What kind of identifier: `tw-national-id`, or `<api>:<property>`. */
  readonly kind: string
  /** First 16 bytes of an HMAC, 32 lower-case hex digits (tag.ts). */
  readonly tag: string
}

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

/** How a recorded query ended, where its `query` entry alone would say otherwise. */
export interface CompletionFacts {
  readonly id: EntryId
  readonly agency: string
  /** The `query` entry, in the same log. */
  readonly of: { readonly id: EntryId; readonly index: number }
  /** `not-released`: no byte of the answer left the gateway. `lost`: the process ended during a stream. */
  readonly outcome: 'not-released' | 'lost'
}

export function completionEntry(facts: CompletionFacts, given: Given): string {
  return JSON.stringify({
    agency: facts.agency,
    at: given.at,
    clock: given.clock,
    id: facts.id,
    kind: 'completion',
    of: { id: facts.of.id, index: facts.of.index },
    outcome: facts.outcome,
    v: formatVersion,
  })
}

/** Refusals that have no entry of their own, counted: before identification by address (IPv6 by /64), after it by credential. */
export type RefusalCount =
  | { readonly address: string; readonly code: string; readonly count: number }
  | { readonly agency: string; readonly code: string; readonly count: number; readonly credential: string }

export interface RefusalsFacts {
  readonly id: EntryId
  /** First instant of the minute (UTC) that is counted. */
  readonly minute: string
  readonly counts: readonly RefusalCount[]
  /** Refusals of the minute under keys beyond the bound. */
  readonly other: number
}

export function refusalsEntry(facts: RefusalsFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    counts: facts.counts.map((each) =>
      'address' in each
        ? { address: each.address, code: each.code, count: each.count }
        : { agency: each.agency, code: each.code, count: each.count, credential: each.credential },
    ),
    id: facts.id,
    kind: 'refusals',
    minute: facts.minute,
    other: facts.other,
    v: formatVersion,
  })
}

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

/** Another slot's log, as it stood. */
export interface OtherHead {
  readonly log: string
  /** Root of the tree of `size` leaves, standard base64 as in checkpoints. */
  readonly root: string
  readonly size: number
  readonly slot: Slot
}

export const ordered = ({ log, root, size, slot }: OtherHead): OtherHead => ({ log, root, size, slot })

/** The log whose place a new one takes, since the database no longer holds what its writer signed. */
export interface Supersedes {
  /** 文號 of the order. */
  readonly document: string
  /** What the database still holds of it, recomputed from the stored hashes: nothing is ever written behind it. */
  readonly head: OtherHead
  /** What its writer last signed, from its key directory. `checkpoint` is the signed note, absent for the empty log. */
  readonly mark: { readonly checkpoint: string | undefined; readonly epoch: number; readonly root: string; readonly size: number }
  readonly why: 'database-behind' | 'other-history'
}

/** The first entry of a log. */
export interface OpeningFacts {
  readonly id: EntryId
  readonly heads: readonly OtherHead[]
  readonly log: string
  /** What later draws from this log are bound to (audit settings), members in RFC 8785 order. */
  readonly parameters: object
  readonly slot: Slot
  readonly software: string
  readonly supersedes?: Supersedes | undefined
  /** C2SP verifier key of the log's checkpoints. */
  readonly verifierKey: string
}

export function openingEntry(facts: OpeningFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    heads: facts.heads.map(ordered),
    id: facts.id,
    kind: 'opening',
    log: facts.log,
    parameters: facts.parameters,
    slot: facts.slot,
    software: facts.software,
    supersedes: facts.supersedes && superseding(facts.supersedes),
    v: formatVersion,
    verifier_key: facts.verifierKey,
    zone: 'Asia/Taipei',
  })
}

const superseding = ({ document, head, mark, why }: Supersedes) => ({
  document,
  head: ordered(head),
  mark: { checkpoint: mark.checkpoint, epoch: mark.epoch, root: mark.root, size: mark.size },
  why,
})

/** One agency's numbers over the month that ended. */
export interface MonthNumbers {
  readonly agency: string
  readonly counted: number
  /** Last `counted_seq` of the month. */
  readonly countedTo: number
  readonly records: number
  readonly recordsTo: number
}

/** The turn of the month in Asia/Taipei: before the first entry of the month that begins. */
export interface MonthFacts {
  readonly id: EntryId
  readonly agencies: readonly MonthNumbers[]
  /** `2026-12` */
  readonly begins: string
  /** The month of the entry before this one: `2026-11`. */
  readonly ended: string
  readonly heads: readonly OtherHead[]
  readonly keyChange?: KeyChange | undefined
  readonly parameters: object
}

/** C2SP verifier keys: from this entry on both sign each checkpoint, from the next `month` entry on `to` alone. */
export interface KeyChange {
  readonly from: string
  readonly to: string
}

export function monthEntry(facts: MonthFacts, given: Given): string {
  return JSON.stringify({
    agencies: facts.agencies.map((each) => ({
      agency: each.agency,
      counted: each.counted,
      counted_to: each.countedTo,
      records: each.records,
      records_to: each.recordsTo,
    })),
    at: given.at,
    begins: facts.begins,
    clock: given.clock,
    ended: facts.ended,
    heads: facts.heads.map(ordered),
    id: facts.id,
    key_change: facts.keyChange && { from: facts.keyChange.from, to: facts.keyChange.to },
    kind: 'month',
    parameters: facts.parameters,
    v: formatVersion,
  })
}
