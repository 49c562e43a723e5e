// ports.ts: what a draw reads of the logs: counted records by their numbers. `store/` implements it on the search columns.
import type { Slot } from '../querylog/ports.ts'

/** An agency's counted numbers [from, to] in one log, of entries below an index. */
export interface CountedSpan {
  readonly slot: Slot
  readonly agency: string
  readonly from: number
  readonly to: number
  /** The log as it is frozen: completions from here on say nothing of it. */
  readonly below: number
}

/** Which records alone: of an unannounced audit. */
export interface Only {
  /** Spellings of a person's accounts. */
  readonly accounts?: readonly string[]
  /** `subject.tag` */
  readonly subject?: string
}

/** A counted record, as its search columns tell it. */
export interface CountedRecord {
  readonly countedSeq: number
  readonly index: number
  readonly account: string
}

/** Reads in chunks: no statement lasts longer than one. Every method rejects with StoreError only. What search has not read yet is not
 *  found: whoever asks looks at `search.progress` before. */
export interface CountedStore {
  /** How many counted records each account has. */
  accounts(span: CountedSpan, only: Only): Promise<ReadonlyMap<string, number>>
  /** In order of their numbers. */
  records(span: CountedSpan, only: Only): AsyncIterable<readonly CountedRecord[]>
  /** Those with these numbers, as far as there are any. */
  numbered(span: CountedSpan, numbers: readonly number[]): Promise<readonly CountedRecord[]>
  /** Counted records that a completion calls not released, in order of their numbers. */
  notReleased(span: CountedSpan): AsyncIterable<CountedRecord & { readonly completion: number }>
  /** File transfers, with their rows as the entry or its completion says, in order of their numbers. */
  transfers(span: CountedSpan): AsyncIterable<{ readonly countedSeq: number; readonly index: number; readonly rows: number }>
  /** Records of these APIs or decided by these grants, in order of their numbers. */
  ofApisOrGrants(
    span: CountedSpan,
    only: Only,
    which: { readonly apis: readonly string[]; readonly grants: readonly string[] },
  ): AsyncIterable<readonly CountedRecord[]>
  /** How many counted records came by each mode. */
  modes(span: CountedSpan): Promise<ReadonlyMap<string, number>>
}

/** Entries of a log as it is frozen, dated [since, before): milliseconds since 1970 UTC. */
export interface DatedSpan {
  readonly slot: Slot
  readonly agency: string
  readonly below: number
  readonly since: number
  readonly before: number
  /** Counted entries of the span that were never released: indexes. */
  readonly skipped: readonly number[]
}

/** A call that does not count (D-10): refused, failed, or recorded as counted and never released. */
export interface NotCountedCall {
  readonly index: number
  /** Milliseconds since 1970 UTC. */
  readonly at: number
  readonly account: string
  /** Codes of the entry; empty where the call was refused before it was known what it asks for. */
  readonly api: string
  readonly operation: string
  readonly mode: string
  readonly permitted: boolean
  readonly code: string
  /** A completion says that nothing of it left the gateway. */
  readonly notReleased: boolean
  /** Digest of the rules that decided it. */
  readonly policy: string
}

/** How many calls do not count, and where the first and the last of them stand. */
export interface NotCountedCount {
  readonly count: number
  readonly first: number
  readonly last: number
}

/** What the annex of calls that do not count reads of the logs. As `CountedStore`: in chunks, and only what search has read. */
export interface NotCounted {
  countNotCounted(span: DatedSpan, only: Only): Promise<NotCountedCount>
  /** In order of their dates. */
  notCounted(span: DatedSpan, only: Only): AsyncIterable<readonly NotCountedCall[]>
}

/** Accounts of an agency in one log as it is frozen, before an instant. */
export interface UsesAsked {
  readonly slot: Slot
  readonly agency: string
  /** Spellings of the entries. */
  readonly accounts: readonly string[]
  readonly below: number
  /** Milliseconds since 1970 UTC. */
  readonly before: number
}

/** What a review of accounts (帳號清查) reads of the logs. As `CountedStore`: what search has not read yet is not found. */
export interface AccountUses {
  /** When each account was last used: its last counted record, milliseconds since 1970 UTC; absent for one that has none. */
  lastUses(asked: UsesAsked): Promise<ReadonlyMap<string, number>>
}
