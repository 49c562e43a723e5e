// refusals-entry.ts: refusals of a minute that have no entry of their own, counted.
import { type EntryId, formatVersion, type Given } from './entry.ts'

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
