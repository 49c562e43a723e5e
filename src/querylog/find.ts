// find.ts: which recorded calls are looked for, and the port that finds them: by their search columns; what is shown stands in their entries.
import type { Slot } from './ports.ts'

/** Absent: whatever it is. */
export interface Sought {
  /** Canonical text. */
  readonly address?: string
  readonly agency?: string
  readonly credential?: string
  /** Spellings of one account. */
  readonly accounts?: readonly string[]
  /** Only what was refused. */
  readonly refused?: boolean
  /** Milliseconds since 1970 UTC, the first that counts. */
  readonly since: number
  /** … and the first that counts no more. */
  readonly before?: number
}

export interface FoundCall {
  readonly slot: Slot
  readonly index: number
  /** Where to go on behind it. */
  readonly cursor: string
  /** Exact text of its entry. */
  readonly entry: string
  /** How it ended, where a completion says so: the text of that, and where it stands in the same log. */
  readonly completion?: string
  readonly completedAt?: number
}

export interface FoundEntry {
  readonly slot: Slot
  readonly index: number
  readonly entry: string
}

/** Milliseconds: `refusals` entries are written within a minute of what they count, or as soon as the log is back. So far behind a span
 *  they are looked for; what they say is the minute. */
export const refusalsLate = 3_600_000

/** Logs as they stood at some sizes: nothing that came since is found. Every method rejects with StoreError only. What search has not read
 *  yet is not found: `search.progress` says how far it is. */
export interface FindStore {
  /** Calls in order of their dates, at most so many, behind one that was found. */
  calls(sought: Sought, after: FoundCall | undefined, most: number): Promise<readonly FoundCall[]>
  /** `refusals` entries dated in a span, in order. */
  refusals(since: number, before: number | undefined): AsyncIterable<FoundEntry>
  /** `subjects` entries of queries of one slot, and of which query each is. */
  subjects(slot: Slot, of: readonly number[]): AsyncIterable<FoundEntry & { readonly of: number }>
}
