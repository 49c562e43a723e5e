// outcome.ts: what a call came to: the one value that is recorded and then released.

import type { Code, Refusal } from '../problems.ts'
import type { Projected } from '../projection/projector.ts'
import type { AnswerStream } from './answer-stream.ts'

export interface Served {
  readonly code: 'released'
  readonly projected: Projected
  readonly stream?: undefined
}

/** Released while it comes: its rows, bytes and end stand in a completion. */
export interface Streamed {
  readonly code: 'released'
  readonly stream: AnswerStream
  readonly projected?: undefined
}

/** Refused, failed, or nobody found: answered by the problem table, with no byte of an upstream. */
export interface NotServed {
  readonly code: Refusal
  readonly detail?: string
  readonly projected?: undefined
  readonly stream?: undefined
}

export type Outcome = Served | Streamed | NotServed

/** D-10: served and "not found" count for quotas; refusals, and failures before any release, do not. */
export const counts = (code: Code): boolean => code === 'released' || code === 'subject-not-found'
