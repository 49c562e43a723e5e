// merged.ts: what comes of a list of users and the roster that there is, and what decides it where the list is silent.
import type { CivilDate } from '../../calendar.ts'
import type { Cells, Problem } from './listing.ts'

export interface Change {
  readonly cells: Cells
  readonly what: string
}

export interface Merged {
  /** The roster as it would be, in its own order, new rows last. */
  readonly rows: readonly Cells[]
  readonly joined: readonly Change[]
  readonly left: readonly Change[]
  readonly changed: readonly Change[]
  readonly unchanged: number
  /** Of whom a last day is recorded that is yet to come, and the list says none: it stands. */
  readonly stopping: readonly Cells[]
  /** … and of whom a person said that it stands no more. */
  readonly takenBack: readonly Change[]
  /** In service, and not on the list: nothing is concluded from that. */
  readonly absent: readonly Cells[]
  readonly problems: readonly Problem[]
}

/** What a person has said of somebody who is not on the list. */
export interface Departure {
  readonly day: CivilDate
  readonly reason: string
}

export interface MergeOptions {
  readonly today: CivilDate
  /** The day from which another unit or title holds, where the list gives none. */
  readonly changesFrom?: CivilDate
  /** By folded account. */
  readonly departures: ReadonlyMap<string, Departure>
  /** Folded accounts whose recorded last day, yet to come, is taken back. */
  readonly takeBack?: ReadonlySet<string>
  /** Of rows that are added, where the list names none. */
  readonly document?: string
  /** Of new users, where the list names none. */
  readonly from?: CivilDate
  /** Columns that the list has. */
  readonly columns: ReadonlySet<string>
}
