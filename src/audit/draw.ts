// draw.ts: what a draw is: a month's numbers, the users covered, each record with why it was drawn, and who is reviewed instead.
import type { DrawnCoverage, DrawnMonth, DrawParameters, EntryRef, FreezeAsked } from '../querylog/sample-entry.ts'

/** Why a record is in the sample: by its month's quota, for one of its user, or as a protection case (D-17). Sorted. */
export type Why = 'coverage' | 'month' | 'protection'

/** One audit item. With D-9 `row`, one row of a transfer. */
export interface DrawnRecord {
  readonly countedSeq: number
  /** Index of its entry. */
  readonly index: number
  readonly log: string
  readonly month: string
  /** 人員代號 of who asked; absent where the roster has no row of the account. */
  readonly person?: string
  /** From 1: which row of the transferred file. */
  readonly row?: number
  /** The account, as the entry has it. */
  readonly user: string
  readonly why: readonly Why[]
}

/** A person without a record that counts, to be reviewed by their accounts (帳號清查). */
export interface Review {
  /** Spellings of the roster; of the log, where the roster has no row. */
  readonly accounts: readonly string[]
  readonly person?: string
}

/** A counted number that does not count: nothing of it left the gateway. */
export interface Skipped {
  /** Index of the completion that says so. */
  readonly completion: number
  readonly countedSeq: number
  readonly index: number
  readonly log: string
  readonly month: string
}

/** A file transfer, each of whose rows is an item (D-9 `row`). */
export interface Transfer {
  readonly countedSeq: number
  readonly index: number
  readonly log: string
  readonly month: string
  /** At least 1. */
  readonly rows: number
}

/** How many counted records of a month came by each mode: printed besides (D-8). */
export interface ModeOfMonth {
  readonly counted: number
  readonly mode: string
  readonly month: string
}

/** Of a population of some records alone (R11b): which counted numbers of a log it is of. */
export interface OnlyNumbers {
  readonly log: string
  readonly numbers: readonly number[]
}

/** What was drawn: everything that the form, the round and the archive work from. */
export interface Draw {
  readonly agency: string
  readonly round: FreezeAsked['round']
  /** First and last month. */
  readonly from: string
  readonly until: string
  readonly parameters: DrawParameters
  readonly freeze: EntryRef
  readonly seed: EntryRef
  readonly months: readonly DrawnMonth[]
  readonly coverage: DrawnCoverage
  readonly protection: { readonly drawn: number; readonly records: number }
  /** By month, log, counted number, row. */
  readonly drawn: readonly DrawnRecord[]
  /** In the order in which the seed put the persons. */
  readonly reviews: readonly Review[]
  readonly skipped: readonly Skipped[]
  readonly transfers: readonly Transfer[]
  readonly modes: readonly ModeOfMonth[]
  /** Absent: of all. */
  readonly only?: readonly OnlyNumbers[]
}
