// act-entries.ts: entries about what auditors do with the logs: what was read, whose sealed parts were opened, by whom and why.
import type { DigestHex } from '../canonical.ts'
import { type EntryId, formatVersion, type Given, type Sealed } from './entry.ts'
import type { Slot } from './ports.ts'

/** How the auditor proved who they are: by an assertion signed for this one act. */
export interface ActAuth {
  /** Thumbprint of the certificate that it was used with; absent where the credential is bound to none. */
  readonly certificate?: string
  /** Its `jti`: no assertion of its issuer is taken twice. */
  readonly jti: string
  readonly kid: string
  /** SHA-256 of the compact JWT, which stands in the sealed part. */
  readonly token: DigestHex
  readonly type: 'assertion'
}

/** What every act says: who, what, why. */
export interface ActFacts {
  readonly id: EntryId
  /** Unit of the auditor: issuer of the assertion. */
  readonly agency: string
  /** What was asked for, members in RFC 8785 order: `body_sha256` of the assertion is the SHA-256 of exactly this text. */
  readonly asked: object
  readonly auth: ActAuth
  readonly credential: string
  /** 文號 or number of the finding. */
  readonly document: string | undefined
  /** Digest of the rules by which the auditor was known; their bytes stand in `document`. */
  readonly policy: DigestHex
  readonly reason: string
  /** The assertion itself. */
  readonly sealed: Sealed
  /** The roster's spelling. */
  readonly user: string
}

/** What was read of a log: entries [from, to), of those that stood there what was asked for. */
export interface ReadLog {
  readonly from: number
  readonly log: string
  /** Of the log when it was read, standard base64. */
  readonly root: string
  readonly size: number
  readonly slot: Slot
  readonly to: number
}

export interface ExportFacts extends ActFacts {
  /** Of a download over the network: where it came from. */
  readonly address?: string
  /** The `export` entry that this one goes on with, after it was interrupted: the same bytes. */
  readonly continues: EntryId | undefined
  /** Whether a `completion` says when it is whole: without one it is not. Absent: nothing says how it ended. */
  readonly completes?: true
  readonly logs: readonly ReadLog[]
}

/** Entries were read out of the log: committed before the first of them. */
export function exportEntry(facts: ExportFacts, given: Given): string {
  const logs = facts.logs.map(({ from, log, root, size, slot, to }) => ({ from, log, root, size, slot, to }))
  return actEntry('export', facts, given, { address: facts.address, completes: facts.completes, continues: facts.continues, logs })
}

/** A sealed part that was opened. */
export interface OpenedEntry {
  readonly id: EntryId
  readonly index: number
  /** Leaf hash of the entry, standard base64: of exactly these bytes. */
  readonly leaf: string
  readonly log: string
}

export interface DisclosureFacts extends ActFacts {
  readonly entries: readonly OpenedEntry[]
  /** Whose key opened them: `<id>/<year>`, as `key` entries name recipients. */
  readonly recipient: string
}

/** Sealed parts were opened: committed before the first of them. */
export function disclosureEntry(facts: DisclosureFacts, given: Given): string {
  const entries = facts.entries.map(({ id, index, leaf, log }) => ({ id, index, leaf, log }))
  return actEntry('disclosure', facts, given, { entries, recipient: facts.recipient })
}

const authOf = ({ certificate, jti, kid, token, type }: ActAuth): ActAuth => ({
  ...(certificate !== undefined && { certificate }),
  jti,
  kid,
  token,
  type,
})

/** The members that every act has. */
const actMembers = (facts: ActFacts, given: Given): Readonly<Record<string, unknown>> => ({
  agency: facts.agency,
  asked: facts.asked,
  at: given.at,
  auth: authOf(facts.auth),
  clock: given.clock,
  credential: facts.credential,
  document: facts.document,
  id: facts.id,
  policy: facts.policy,
  reason: facts.reason,
  sealed: facts.sealed,
  user: facts.user,
})

/** An act with members of its own, in RFC 8785 order: these are few, and written rarely.
 *  @param own of a step of a round, a finding or an incident none: `asked` says everything */
export function actEntry(kind: string, facts: ActFacts, given: Given, own: Readonly<Record<string, unknown>> = {}): string {
  const members = { ...actMembers(facts, given), ...own, kind, v: formatVersion }
  return JSON.stringify(Object.fromEntries(Object.entries(members).sort(([one], [other]) => (one < other ? -1 : 1))))
}
