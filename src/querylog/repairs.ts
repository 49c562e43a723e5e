// repairs.ts: completions of what a claim found: queries beyond the mark, which were never released, and streams that were left behind.
import type { Draft } from './batch.ts'
import { type CompletionFacts, completionEntry } from './completion-entry.ts'
import type { EntryId } from './entry.ts'
import type { OpenQuery } from './lost-streams.ts'
import type { Recovered } from './recovery.ts'
import type { Recorded } from './releaser.ts'
import type { Waiting } from './waiting.ts'

/** A completion that comes before anything new. One that fails is found again by the next claim. */
export interface Repair extends Waiting {
  /** Resolves when it stands. */
  readonly settled: Promise<unknown>
}

/** Those beyond the mark are the first. */
export function repairsOf({ neverReleased }: Recovered, lost: readonly OpenQuery[], newId: () => EntryId): readonly Repair[] {
  return [
    ...neverReleased.map((each) => ({ ...repair(newId(), each, 'not-released'), beyondMark: true as const })),
    ...lost.map((each) => repair(newId(), each, 'lost')),
  ]
}

function repair(own: EntryId, { agency, id, index }: OpenQuery, outcome: CompletionFacts['outcome']): Repair {
  const draft: Draft = { write: (given) => completionEntry({ id: own, agency, of: { id, index }, outcome }, given) }
  const { promise: settled, resolve, reject } = Promise.withResolvers<readonly Recorded[]>()
  settled.catch(() => undefined)
  return { drafts: [draft], resolve, reject, settled }
}
