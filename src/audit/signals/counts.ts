// counts.ts: what the signals of a month are made from: counts of an agency's records, and the port that gives them. Records themselves are
// not among them.
import type { CivilDate } from '../../calendar.ts'
import type { Slot } from '../../querylog/ports.ts'
import type { Span } from './office-hours.ts'
import type { TenureKind, TenureWindow } from './tenure.ts'
import type { Thresholds } from './thresholds.ts'

/** How records ended. A record is a `query` entry: a call about several people leaves one for each. */
export interface Outcomes {
  readonly records: number
  /** `released`, and `subject-not-found`: somebody was looked up. */
  readonly answered: number
  /** Of `answered`, those that found nobody. */
  readonly notFound: number
  /** `decision` is `deny`. */
  readonly refused: number
}

/** Records of an agency in one hour of Asia/Taipei; hours without any are left out. */
export interface HourCount extends Outcomes {
  readonly day: CivilDate
  /** 0–23 */
  readonly hour: number
  readonly offHours: number
}

/** Refusals of a credential, by day and reason. */
export interface RefusalCount {
  readonly credential: string
  readonly day: CivilDate
  readonly code: string
  /** With an entry of their own … */
  readonly recorded: number
  /** … and beyond them, counted by the minute in `refusals` entries. */
  readonly counted: number
}

/** Records of an account in the month. */
export interface AccountCount extends Outcomes {
  readonly account: string
  readonly offHours: number
  /** Different subjects of the month, and the most of a day. */
  readonly subjects: number
  readonly subjectsOfDay: number
  /** Days on which the subjects reach their threshold. */
  readonly subjectDays: number
  readonly cases: number
  /** The most records of one hour. */
  readonly ofHour: number
  /** Hours in which the records reach their threshold. */
  readonly bursts: number
  /** Different addresses of the month, and the most of a day. */
  readonly addresses: number
  readonly addressesOfDay: number
  readonly addressDays: number
  /** How often a record came from another address than the one before it, within the minutes that count as at once. */
  readonly switches: number
  /** First record of the month, and the last one before the month where there is one: milliseconds since 1970 UTC. */
  readonly first: number
  readonly before?: number
}

/** How many there are, and the first of them in order. */
export interface Listed<T> {
  readonly total: number
  readonly rows: readonly T[]
}

/** A subject whom as many users asked about as the threshold says, or more: by tag, nothing is opened. */
export interface SharedSubject {
  readonly subject: string
  readonly users: number
  readonly records: number
  /** At most `mostNamed` of them. */
  readonly accounts: readonly string[]
}

/** A case number under which as many subjects were asked about as the threshold says, or more. */
export interface WideCase {
  readonly case: string
  readonly subjects: number
  readonly users: number
  readonly records: number
}

/** Records in the days of a window; windows without any are left out. */
export interface TenureCount {
  readonly account: string
  readonly kind: TenureKind
  readonly day: CivilDate
  readonly records: number
  readonly answered: number
  readonly subjects: number
}

/** Sealed parts of an agency's records that an auditor opened. */
export interface OpeningCount {
  /** Unit of the auditor. */
  readonly unit: string
  readonly auditor: string
  /** `disclosure` entries. */
  readonly acts: number
  readonly opened: number
}

/** A grant that is in force on the last day of the month. */
export interface GrantUse {
  readonly grant: string
  /** From when on a use would have been seen: the grant's first day, or that of the logs. */
  readonly since: CivilDate
  /** Day of the last record that it answered, up to the month's end; absent where there is none. */
  readonly last?: CivilDate
}

/** An agency's month, as it is compared with that of others. */
export interface AgencyTotals extends Outcomes {
  readonly agency: string
  /** The one with the most records; absent where no record names one. */
  readonly mode?: string
  readonly offHours: number
  readonly accounts: number
}

/** Records of an account on a day. */
export interface AccountDay {
  readonly account: string
  readonly day: CivilDate
  readonly records: number
}

/** Everything that is counted of one agency, its accounts apart: of these there may be many. */
export interface SignalCounts {
  readonly hours: readonly HourCount[]
  readonly refusals: readonly RefusalCount[]
  readonly subjects: Listed<SharedSubject>
  readonly cases: Listed<WideCase>
  readonly tenure: readonly TenureCount[]
  readonly openings: readonly OpeningCount[]
  readonly grants: readonly GrantUse[]
}

/** At most so many rows of a list, and names in a row. */
export const mostListed = 50
export const mostNamed = 20

/** Reads one month, of logs as far as they were signed and searched. Every method rejects with StoreError only. */
export interface SignalsStore {
  /** Of every agency with records, by id. */
  totals(): Promise<readonly AgencyTotals[]>
  counts(agency: string, windows: readonly TenureWindow[]): Promise<Omit<SignalCounts, 'grants'>>
  /** Day of the last answered record under each of these grants, up to the month's end; those without any are left out. */
  grantUses(agency: string, grants: readonly string[]): Promise<ReadonlyMap<string, CivilDate>>
  /** In chunks: no account twice. */
  accounts(agency: string): AsyncIterable<readonly AccountCount[]>
  /** Of some accounts of an agency. */
  days(agency: string, accounts: readonly string[]): Promise<readonly AccountDay[]>
  close(): Promise<void>
}

/** What is read, and by which thresholds. */
export interface SignalsAsked {
  /** `2026-10` */
  readonly month: string
  readonly office: readonly Span[]
  /** By slot: entries from here on are not read. */
  readonly sizes: ReadonlyMap<Slot, number>
  readonly thresholds: Thresholds
}
