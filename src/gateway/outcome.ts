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
