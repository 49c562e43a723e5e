// own-records.ts: an agency's download of its own records: what was asked, how it ended, and what is read of a database for it.
import type { CivilDate } from '../calendar.ts'
import type { DigestHex } from '../canonical.ts'
import { type EarlierEntry, type EntryId, formatVersion, type Given, orderedEarlier } from './entry.ts'
import type { Outcome } from './export/outcomes.ts'
import type { ExportStore } from './export/ports.ts'
import type { Slot } from './ports.ts'

/** NDJSON of the exact entries, or a table for spreadsheets. */
export type RecordsFile = 'csv' | 'ndjson' | 'ods'

/** `asked` of an `export` entry, members in RFC 8785 order. */
export interface RecordsAsked {
  /** Whose records: the entry's own agency. */
  readonly agency: string
  readonly file: RecordsFile
  readonly form: 'records'
  /** First and last day in Asia/Taipei. */
  readonly from: CivilDate
  /** Bytes of the file that an earlier download gave already; absent for none. */
  readonly offset?: number
  readonly until: CivilDate
}

/** The agency's queries of one log that stand in a file. */
export interface RecordsOfLog {
  /** First and last `agency_seq`, without a gap between them. */
  readonly first: number
  readonly last: number
  readonly log: string
}

export interface DownloadEndFacts {
  readonly id: EntryId
  readonly agency: string
  /** The `export` entry. */
  readonly of: EarlierEntry
  /** `whole`: to its end. `cut`: the connection was reset, and no end was ever sent. */
  readonly outcome: 'whole' | 'cut'
  /** Why it was cut; absent where it was not. */
  readonly code: string | undefined
  /** Bytes of the file that had left the gateway, what an earlier download gave included. */
  readonly bytes: number
  /** Of these bytes. */
  readonly sha256: DigestHex
  /** Queries in the file as far as it was made, by log; logs without one are left out. */
  readonly records: readonly RecordsOfLog[]
}

/** How a download ended: a `completion` of its `export` entry. */
export function downloadEndEntry(facts: DownloadEndFacts, given: Given): string {
  return JSON.stringify({
    agency: facts.agency,
    at: given.at,
    bytes: facts.bytes,
    clock: given.clock,
    code: facts.code,
    id: facts.id,
    kind: 'completion',
    of: orderedEarlier(facts.of),
    outcome: facts.outcome,
    records: facts.records.map(({ first, last, log }) => ({ first, last, log })),
    sha256: facts.sha256,
    v: formatVersion,
  })
}

/** A download as the log holds it: exact texts. */
export interface StoredDownload {
  readonly slot: Slot
  readonly log: string
  readonly index: number
  readonly entry: string
  /** Its completion, where there is one. */
  readonly end?: { readonly index: number; readonly entry: string }
}

/** An agency's numbers in a month, over all logs. */
export interface NumbersOfMonth {
  /** `2026-07` */
  readonly month: string
  readonly records: number
  readonly counted: number
}

/** `2026-07` */
export interface GoneMonths {
  readonly months: readonly string[]
  readonly before?: string
}

/** Every method rejects with StoreError only. */
export interface OwnRecordsStore extends Pick<ExportStore, 'firstSince' | 'lines'> {
  /** Of completions in [from, to) those of an agency, among so many as one short statement looks at.
   *  @returns with the index from which on more are to be read; `to` where there are none */
  outcomes(slot: Slot, from: number, to: number, agency: string): Promise<{ readonly found: readonly Outcome[]; readonly next: number }>
  /** Downloads of own records, of every agency, oldest first within each log. */
  downloads(): Promise<readonly StoredDownload[]>
  /** Those of an agency in a log from an index on, oldest first, among so many entries as one short statement looks at.
   *  @returns with the index from which on more are to be read; absent where there are none */
  downloadsFrom(slot: Slot, from: number, agency: string): Promise<{ readonly found: readonly StoredDownload[]; readonly next?: number }>
  /** One of them, where its `export` entry stands there. */
  downloadAt(slot: Slot, index: number): Promise<StoredDownload | undefined>
  /** When the first query of an agency at or behind an index was recorded, of those dated since an instant; undefined where none was.
   *  @param since milliseconds since 1970 UTC, as what is returned */
  firstBehind(slot: Slot, index: number, since: number, agency: string): Promise<number | undefined>
  /** As `month` entries state them, and of the month that runs as the slots' rows do. */
  numbers(agency: string): Promise<readonly NumbersOfMonth[]>
  /** Months whose entries are no longer here: of which a retire entry says so, and all before one of a log that begins behind its first
   *  entry: what said so of them may be gone, too. */
  gone(): Promise<GoneMonths>
  /** Date of the oldest entry that is there, milliseconds since 1970 UTC; undefined where none is. */
  oldest(): Promise<number | undefined>
}
