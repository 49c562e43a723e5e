// report.ts: what a report of one agency's month is made of.
import type { CivilDate } from '../../../calendar.ts'
import type { MonthName } from '../../period.ts'
import type { Comparison } from '../comparison.ts'
import type { AccountDay } from '../counts.ts'
import type { AgencySignals, UserSignals } from '../signals.ts'
import type { SignalSettings } from '../thresholds.ts'

/** A log, and how far it was read: what is signed and searched. */
export interface ReadTo {
  readonly log: string
  readonly slot: string
  /** Entries in the log, of them signed, of them searched. */
  readonly size: number
  readonly signed: number
  readonly searched: number
  /** Entries below it were read. */
  readonly read: number
}

/** Who an account is, by the roster. */
export interface Holder {
  readonly name: string
  readonly unit: string
  readonly title: string
  readonly kind: 'person' | 'system'
}

/** The named reader, as the log has them. */
export interface Reader {
  readonly unit: string
  readonly account: string
  readonly name: string
  readonly reason: string
  readonly document: string | undefined
  /** The entry that says so. */
  readonly log: string
  readonly index: number
}

export interface NamedPart {
  readonly reader: Reader
  readonly users: UserSignals
  /** Of the accounts that are listed. */
  readonly days: readonly AccountDay[]
  readonly holders: ReadonlyMap<string, Holder>
  /** Whether users are what the agency's system says, unsigned: it has an API key. */
  readonly claimed: boolean
}

export interface AgencyReport {
  readonly agency: { readonly id: string; readonly name: string; readonly code?: string }
  readonly month: MonthName
  /** The day on which it was made. */
  readonly made: CivilDate
  /** The month has not ended. */
  readonly provisional: boolean
  readonly logs: readonly ReadTo[]
  /** Entries that may be of the month and were not read: neither signed nor searched yet. */
  readonly unread: number
  readonly settings: SignalSettings
  readonly signals: AgencySignals
  readonly comparison: Comparison
  /** By which docs/signals.sql gives the same numbers. */
  readonly reproduction: string
  /** Absent: the report holds no identity. */
  readonly named?: NamedPart
}
