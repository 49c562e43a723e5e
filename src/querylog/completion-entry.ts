// completion-entry.ts: the completion of a query that was never released, or whose stream was lost with its process.
import { type EarlierEntry, type EntryId, formatVersion, type Given, orderedEarlier } from './entry.ts'

/** How a recorded query ended, where its `query` entry alone would say otherwise. */
export interface CompletionFacts {
  readonly id: EntryId
  readonly agency: string
  /** The `query` entry. */
  readonly of: EarlierEntry
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
    of: orderedEarlier(facts.of),
    outcome: facts.outcome,
    v: formatVersion,
  })
}
