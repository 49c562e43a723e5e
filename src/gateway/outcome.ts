// outcome.ts: what a call came to: the one value that is recorded and then released.

import type { Code, Refusal } from '../problems.ts'
import type { Projected } from '../projection/projector.ts'

export interface Served {
  readonly code: 'released'
  readonly projected: Projected
}

/** Refused, failed, or nobody found: answered by the problem table, with no byte of an upstream. */
export interface NotServed {
  readonly code: Refusal
  readonly detail?: string
}

export type Outcome = Served | NotServed

/** D-10: served and "not found" count for quotas; refusals, and failures before any release, do not. */
export const counts = (code: Code): boolean => code === 'released' || code === 'subject-not-found'

/** A caller that was allowed: refusals after the decision are failures of ours or the upstream's. */
export const permitted = new Set<Code>([
  'released',
  'subject-not-found',
  'upstream-refused',
  'upstream-malformed',
  'upstream-timeout',
  'upstream-unavailable',
  'client-left',
  'internal-error',
  'overloaded',
])
