// snapshot.ts: the immutable rules that decide calls. One snapshot decides one call from first to last.
import type { ValidateFunction } from 'ajv/dist/2020.js'
import type { CivilDate } from '../calendar.ts'
import type { Canonical, DigestHex } from '../canonical.ts'
import type { Absence, Shape } from '../projection/paths.ts'
import type { Hours } from './hours.ts'
import type { SchemaObject } from './schema/api.ts'

/** A JSON Pointer into the snapshot, `agencies/taipei-education.yaml#/grants/0`: which rule made a decision. */
export type Rule = string
export type Mode = 'api' | 'file' | 'online'

export interface Snapshot {
  /** SHA-256 of `bytes`: the policy digest that every record carries. */
  readonly digest: DigestHex
  /** RFC 8785 form of every deciding file and member (design §5). */
  readonly bytes: Canonical
  /** Each deciding file's name and the digest of its own canonical form, sorted by name: what a difference is computed from. */
  readonly files: ReadonlyMap<string, DigestHex>
  /** Each deciding file's canonical form, sorted by name: what `bytes` holds of it. */
  readonly texts: ReadonlyMap<string, Canonical>
  /** The very bytes of deciding files, by name, where what decides is what they say: a repository is compared with them. They enter no digest. */
  readonly asRead: ReadonlyMap<string, Buffer>
  /** Public origin, `https://linkage.example.gov.tw`: `aud` of assertions, base of `htu`. */
  readonly origin: string
  readonly apis: ReadonlyMap<string, Api>
  readonly purposes: ReadonlyMap<string, Purpose>
  readonly agencies: ReadonlyMap<string, Agency>
  readonly blocks: readonly Block[]
  readonly restDays: RestDays
  /** API keys by lower-case hex SHA-256 of their whole text. */
  readonly apiKeys: ReadonlyMap<string, Holder<ApiKeyCredential>>
  /** Assertion credentials by issuer (agency or delegate id). */
  readonly assertionKeys: ReadonlyMap<string, readonly Holder<AssertionCredential>[]>
  /** Refusals of identified callers that are recorded one by one, per credential and minute; beyond it they are counted. */
  readonly recordedRefusalsPerMinute: number
  /** Downloads of its own records that an agency may begin in a civil day. */
  readonly downloadsPerDay: number
}

/** Whose credential it is. A delegate's credential acts for its agency, and only for the delegate's own users and networks. */
export interface Holder<C extends Credential = Credential> {
  readonly agency: Agency
  readonly delegate?: Delegate
  readonly credential: C
}

export interface Agency {
  readonly id: string
  readonly code: string
  readonly name: string
  readonly kind: 'linked-agency' | 'using-unit'
  readonly standing: readonly StandingLine[]
  readonly networks: readonly Network[]
  readonly credentials: readonly Credential[]
  readonly delegates: readonly Delegate[]
  readonly grants: readonly Grant[]
  /** Rows by folded account (identifier.ts), in the order of their first days; periods of one account never overlap. */
  readonly roster: ReadonlyMap<string, readonly RosterRow[]>
  readonly rule: Rule
  /** The agency as it would be with its lines on trial, where it has any: they open nothing, and stand nowhere else in a snapshot. */
  readonly onTrial?: Agency
}

export interface Delegate {
  readonly id: string
  readonly name: string
  /** Agency or delegate that this one works under. */
  readonly under: string
  readonly document: string
  readonly contract: { readonly from: CivilDate; readonly until: CivilDate }
  /** Ids of the agency's grants that it may use; empty means none. */
  readonly grants: readonly string[]
  readonly networks: readonly Network[]
  readonly credentials: readonly Credential[]
  /** This delegate and those above it, nearest first: the contract of each must run (R19). */
  readonly chain: readonly Delegate[]
  readonly rule: Rule
}

export type StandingAction = 'approve' | 'suspend' | 'restore' | 'reapprove' | 'terminate'

export interface StandingLine {
  readonly effective: CivilDate
  readonly action: StandingAction
  readonly document: string
  readonly rule: Rule
}

export interface Network {
  readonly cidr: string
  /** First and last address as unsigned integers of the family's width. */
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
  readonly purpose: 'calls' | 'self-service'
  readonly from: CivilDate
  readonly until: CivilDate
  readonly rule: Rule
}

interface CredentialBase {
  readonly id: string
  readonly role: 'system' | 'manager' | 'auditor'
  /** Absent for roles other than `system`. */
  readonly mode?: Mode
  readonly issued: CivilDate
  readonly expires: CivilDate
  /** Thumbprints (`x5t#S256`, RFC 8705 §3.1) of the certificates that it is bound to; absent: to none. */
  readonly certificates?: readonly string[]
  readonly revoked?: { readonly at: string; readonly by: string; readonly reason: string }
  readonly rule: Rule
}
export interface ApiKeyCredential extends CredentialBase {
  readonly type: 'api-key'
  readonly sha256: DigestHex
}
export interface AssertionCredential extends CredentialBase {
  readonly type: 'assertion'
  readonly keys: readonly PublicJwk[]
  /** Where the agency publishes them, instead. */
  readonly jwksUri?: string
}
export type Credential = ApiKeyCredential | AssertionCredential

/** A public key of RFC 7517; `alg` and `kid` are required here. */
export interface PublicJwk {
  readonly kty: 'OKP' | 'EC' | 'RSA'
  readonly alg: 'EdDSA' | 'ES256' | 'PS256'
  readonly kid: string
  readonly crv?: string
  readonly x?: string
  readonly y?: string
  readonly n?: string
  readonly e?: string
}

export interface Grant {
  readonly id: string
  readonly application: { readonly document: string; readonly date: CivilDate; readonly through: string }
  readonly approval: { readonly document: string; readonly date: CivilDate }
  readonly api: string
  readonly operations: readonly string[]
  readonly mode: Mode
  readonly purposes: readonly string[]
  /** Field paths as written (design §8); every one is declared by an operation of this grant. */
  readonly fields: readonly string[]
  readonly from: CivilDate
  readonly until: CivilDate
  /** Empty means no hour, as everywhere; a grant without `hours` in its file holds all hours of all days here. */
  readonly hours: readonly Hours[]
  readonly limits: Limits
  /** Number of the document that lifts the suppression of protected persons; absent: it is not lifted. */
  readonly protectedDocument?: string
  readonly rule: Rule
}

export interface Limits {
  readonly perMinute: number
  readonly perDay: number
  readonly perUserPerDay: number
  readonly concurrent: number
  /** Answers "not found" that a user may have in a clock hour: more is a search for who is in the data. */
  readonly notFoundPerUserPerHour: number
  /** Distinct subjects that a case may ask about in a day of Asia/Taipei: more is a list that borrows a case number. */
  readonly subjectsPerCasePerDay: number
}

export interface RosterRow {
  /** The account as the roster spells it: this spelling is what entries hold. */
  readonly account: string
  /** 人員代號: one person, whatever the number of accounts. */
  readonly person: string
  readonly name: string
  readonly unit: string
  readonly title: string
  /** 受託單位: the delegate's id whose user this is. */
  readonly delegate?: string
  readonly kind: 'person' | 'system'
  readonly from: CivilDate
  /** 最後在職日, counted to 24:00; absent while in service. */
  readonly until?: CivilDate
  readonly stopReason?: string
  readonly document: string
  readonly rule: Rule
}

export interface Purpose {
  readonly code: string
  readonly title: string
  readonly legalBasis: string
  readonly statutoryDuty: string
  /** 個資法特定目的 */
  readonly specificPurpose: string
  readonly rule: Rule
}

/** 緊急封鎖: it can only refuse. */
export interface Block {
  readonly target:
    | { readonly kind: 'agency' | 'delegate' | 'credential'; readonly id: string }
    | { readonly kind: 'account'; readonly agency: string; readonly account: string }
    | { readonly kind: 'network'; readonly family: 4 | 6; readonly first: bigint; readonly last: bigint; readonly cidr: string }
  readonly at: string
  readonly by: string
  readonly reason: string
  readonly document?: string
  readonly rule: Rule
}

/** The official calendar, by year; a year that is not there is unknown, and fails only the grant hours that need it. */
export type RestDays = ReadonlyMap<number, ReadonlySet<CivilDate>>

export interface Api {
  readonly id: string
  readonly title: string
  readonly upstream: string
  readonly dataOwner: string
  readonly officer: string
  readonly version: string
  readonly operations: ReadonlyMap<string, Operation>
}

export interface Operation {
  readonly api: string
  readonly id: string
  readonly title: string
  readonly method: 'GET' | 'POST'
  /** OpenAPI path template, `/households/{region}/status`; the public path is `/<api>` + this. */
  readonly path: string
  readonly modes: readonly Mode[]
  readonly requires: { readonly assertion: boolean; readonly case: boolean; readonly reason: boolean }
  readonly casePattern?: RegExp
  readonly parameters: readonly Parameter[]
  readonly request?: RequestBody
  readonly answer: Answer
  /** By parameter or request property (`query:month`, `path:region`, `/filter/income`): the fields that it reveals, all of which must be granted. */
  readonly reveals: ReadonlyMap<string, readonly string[]>
  /** Batch operations: how many subjects one call may name, at most 100. */
  readonly maxSubjects?: number
  readonly rule: Rule
}

export interface Parameter {
  readonly in: 'path' | 'query'
  readonly name: string
  readonly required: boolean
  /** Without what describes, references in place. */
  readonly schema: SchemaObject
  /** Compiled from it; parameters arrive as text. */
  readonly accepts: (text: string) => boolean
}

export interface RequestBody {
  readonly required: boolean
  /** Closed schema. On failure `errors` name pointer and keyword. */
  readonly validate: ValidateFunction
  /** Where the subject stands, or of a batch the array of them: a JSON Pointer into the body; absent where the operation has none
   *  (mode `file`). */
  readonly subject?: { readonly pointer: string; readonly kind: string }
}

export interface AnswerSubject {
  readonly path: string
  /** As of a request's subject: its format, so that one person has one tag wherever they stand; else this API's own name for it. */
  readonly kind: string
}

export interface Answer {
  readonly mediaType: 'application/json' | 'application/x-ndjson' | 'text/csv'
  readonly shape: Shape
  /** The operation declares 404: nobody was found. */
  readonly notFound: boolean
  /** `x-linkage.rows`: path of the array whose elements are rows; absent → the root array, else one row. */
  readonly rows?: string
  /** Path of the upstream's marker of protected persons. */
  readonly protectedMarker?: string
  readonly locates: ReadonlySet<string>
  /** Of an answer about a protected person: places that help to find them, and what stands there of who has none. */
  readonly suppressed: ReadonlyMap<string, Absence>
  /** Leaf paths in the catalogue's order → sensitivity 1–4. */
  readonly sensitivity: ReadonlyMap<string, 1 | 2 | 3 | 4>
  /** Places that identify people. */
  readonly subjects: readonly AnswerSubject[]
}
