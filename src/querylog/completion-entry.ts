// completion-entry.ts: the completion of a query that was never released, or whose stream was lost with its process.
import { type EntryId, formatVersion, type Given } from './entry.ts'

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
