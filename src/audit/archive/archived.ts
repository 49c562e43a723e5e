// archived.ts: what an archive is made of: whose, which months, the logs as they are read, and the files that people handed in.
import type { CivilDate } from '../../calendar.ts'
import type { StoredEntry } from '../../querylog/ports.ts'
import type { HashTileName } from '../../querylog/tile.ts'
import type { Period } from '../period.ts'
import type { RetentionSetting } from '../retention.ts'

export interface ArchiveFacts {
  readonly agency: { readonly id: string; readonly code: string; readonly name: string }
  readonly period: Period
  /** 檔號; absent where it is not known yet: the label leaves room for it. */
  readonly fileNumber?: string | undefined
  /** The day on which it is archived (歸檔); absent as above. */
  readonly archivedOn?: CivilDate | undefined
  /** What it lacks of what is to be archived, as it was made; absent of what is no archive. */
  readonly wanting?: readonly string[]
  /** D-6. */
  readonly retention: RetentionSetting
  /** D-19 */
  readonly encryption: 'per-agency' | 'always' | 'never'
}

/** A log of the department, as far as it concerns the agency. Everything that it gives is the same whenever it is asked. */
export interface ArchivedLog {
  readonly slot: string
  readonly log: string
  /** Entries under the checkpoint. */
  readonly size: number
  /** The signed note. */
  readonly checkpoint: string
  /** Of its opening, and those that took over, oldest first. */
  readonly verifierKeys: readonly string[]
  /** Its opening, and the `month` entries that end a month of the period or begin one, or change the key; in order. */
  readonly frame: readonly StoredEntry[]
  /** Entries about the audit of the agency; in order. */
  readonly acts: readonly StoredEntry[]
  /** The agency's entries of the period: queries, and completions and subjects of these; in order. */
  records(): AsyncIterable<StoredEntry>
  /** How a query ended, where a completion says so. */
  outcomeOf(index: number): string | undefined
  /** The `key` entries of these ids; in order.
   *  @throws Error where one is not there */
  keys(ids: ReadonlySet<string>): Promise<readonly StoredEntry[]>
  /** Hashes side by side.
   *  @throws Error where they are not there */
  tile(name: HashTileName): Promise<Uint8Array>
}

/** A file as it was handed in: a form, a letter, a signed approval. */
export interface HandedIn {
  /** With its extension: `115H2_稽核紀錄表.ods`. */
  readonly name: string
  readonly size: number
  read(): AsyncIterable<Uint8Array>
}

export interface ArchiveContents {
  readonly logs: readonly ArchivedLog[]
  readonly files: readonly HandedIn[]
  /** What acts name by SHA-256, by that. */
  readonly documents: ReadonlyMap<string, Uint8Array>
  /** verify.html */
  readonly page: Uint8Array
}

/** Where an archive is written. */
export interface ArchiveSink {
  /** Adds to a file that grows. */
  append(path: string, bytes: Uint8Array): Promise<void>
  /** Writes a whole file. */
  put(path: string, bytes: Uint8Array): Promise<void>
}

/** It cannot be archived as it was asked: the message says what to do. */
export class ArchiveError extends Error {
  readonly code = 'usage'
}
