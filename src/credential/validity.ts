// validity.ts: the days on which a credential is good.
import type { CivilDate } from '../calendar.ts'
import type { Credential } from '../policy/snapshot.ts'

/** One reading of the clock, for everything that is judged about a call's credential. */
export interface Moment {
  /** Milliseconds since 1970 UTC. */
  readonly now: number
  /** The same, as a day of Asia/Taipei. */
  readonly today: CivilDate
}

/** Not yet issued, past its last day (which counts to 24:00), or revoked, on whatever day. */
export function lapsed({ issued, expires, revoked }: Credential, today: CivilDate): boolean {
  return revoked !== undefined || today < issued || expires < today
}
