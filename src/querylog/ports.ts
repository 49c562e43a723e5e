// ports.ts: what the query log needs of a database, and what each promise means. `store/` implements it on PostgreSQL.
import type { Hash } from '../canonical.ts'
import type { CompleteTile, HashTileName } from './tile.ts'

/** `1`–`64`, or `cli` for the commands' own log. */
export type Slot = string
/** First day of a calendar month of Asia/Taipei, `2026-11-01`. */
export type Month = string

export interface Head {
  readonly size: number
  /** RFC 6962 tree hash of `size` leaves; of no leaf, SHA-256 of the empty string. */
  readonly root: Hash
}

/** An agency's running numbers in one log. They only grow; a failed batch gives them back. */
export interface AgencyNumbers {
  /** Last `agency_seq` given: all of the agency's `query` entries. */
  readonly records: number
  /** Last `counted_seq` given: those that count for the regulation's quotas. */
  readonly counted: number
  /** Both as they stood at the last turn of the month. */
  readonly recordsBefore: number
  readonly countedBefore: number
}

export interface ClaimedSlot {
  /** Grows by one with every claim, under the row's lock; every append compares it. */
  readonly epoch: number
  /** `<host>/log/<slot>`. */
  readonly log: string
  readonly head: Head
  /** Month of the last entry; absent in an empty log. */
  readonly month?: Month
  readonly agencies: ReadonlyMap<string, AgencyNumbers>
  /** The database's clock at the claim, milliseconds since 1970 UTC. */
  readonly databaseTime: number
}

/** A slot that is never written again. */
export interface EndedSlot {
  /** As its row states it. */
  readonly head: Head
  /** The newest checkpoint that the database was given; absent where it has none. */
  readonly checkpoint?: string
  /** By which order: the first that ended it. */
  readonly order: string
}

export interface Batch {
  readonly slot: Slot
  readonly epoch: number
  readonly from: Head
  readonly to: Head
  /** Roots of the perfect subtrees of `to`, largest first, 32 bytes each, concatenated: kept for people who look; never believed. */
  readonly frontier: Buffer
  /** All entries of a batch stand in one month; the turn begins a new batch. */
  readonly month: Month
  /** Exact bytes of the entries (UTF-8), index `from.size` onwards: encoded once, hashed and stored as they are. */
  readonly entries: readonly Buffer[]
  readonly leafHashes: readonly Hash[]
  /** The tiles that these entries complete, level by level, each level from the left: none in most batches. */
  readonly tiles: readonly CompleteTile[]
  /** Only the agencies whose numbers change. */
  readonly agencies: ReadonlyMap<string, AgencyNumbers>
  /** The checkpoint signed for `from`, stored with this batch (absent for the first). */
  readonly checkpoint?: string
}

export interface Appended {
  readonly databaseTime: number
}

/** Why a statement of the log's writer failed: the writer's next step depends on nothing else. */
export type StoreFailure =
  /** (epoch, size, root) of the slot's row are not what the batch extends: somebody else wrote. Nothing was stored. */
  | 'head-moved'
  /** The server would not keep what it acknowledges: fsync, full_page_writes, synchronous_commit or encoding. Nothing was stored. */
  | 'database-not-durable'
  /** The slot belongs to another key. Nothing was stored, and its writer was not fenced off. */
  | 'other-key'
  /** The slot was superseded or abandoned. Nothing was stored. */
  | 'slot-ended'
  /** A gateway that must be the only one of its database found another. Nothing was stored. */
  | 'other-instance'
  /** The server refused the data of this batch (a check, an encoding, a size). Nothing was stored; the connection lives. */
  | 'rejected'
  /** No connection could be had. Nothing was sent. */
  | 'unavailable'
  /** Sent, and the outcome is unknown: lost connection, no answer in time, a warning. Only a new claim tells (design §9, Writing 5). */
  | 'ambiguous'

export class StoreError extends Error {
  readonly code: StoreFailure
  constructor(code: StoreFailure, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'StoreError'
    this.code = code
  }
}

/** The writer's side: one connection, one statement in flight at a time. Every method rejects with StoreError only. */
export interface LogWriterStore {
  /** Takes the slot on a new connection, under its row's lock, so that statements of a dead client have ended: epoch + 1.
   *  Makes the row and this month's and the next month's partitions where they do not exist.
   *  @param wait how long a lock may be waited for, ms */
  claim(slot: Slot, log: string, verifierKey: string, wait: number): Promise<ClaimedSlot>
  /** Durable once it resolves: entries, hashes, complete tiles and head in one commit, one round trip.
   *  @param within ms after which an unanswered statement is `ambiguous`; its connection is then destroyed */
  append(batch: Batch, within: number): Promise<Appended>
  /** The checkpoint that nothing followed yet. */
  putCheckpoint(slot: Slot, size: number, checkpoint: string): Promise<void>
  /** Stores bytes under their SHA-256; storing them again changes nothing. Durable once it resolves: in one commit with what is given
   *  beside them. */
  putDocument(kind: string, bytes: Buffer, beside?: { readonly kind: string; readonly bytes: Buffer }): Promise<void>
  /** Head row and settings read without writing: what readiness asks. Rejects as `append` would. */
  probe(slot: Slot): Promise<{ readonly epoch: number; readonly head: Head; readonly databaseTime: number }>
  /** Partitions for the month after the given one; off the call path. */
  prepareMonth(month: Month): Promise<void>
  close(): Promise<void>
}

/** What commands of operations ask beside it. Every method rejects with StoreError only. */
export interface SlotEndStore {
  /** Ends a slot for good, under its row's lock: whoever writes it is fenced off, nobody claims it again. Ending it again changes nothing.
   *  @param verifierKey of its opening, where its row is to be made if the database lost it
   *  @param order by which order it ends, in words
   *  @throws StoreError rejected where the slot is another log's, or there is none */
  endSlot(slot: Slot, log: string, verifierKey: string | undefined, order: string, wait: number): Promise<EndedSlot>
}

export interface StoredEntry {
  readonly index: number
  readonly entry: string
}

/** The reading side: its own connections, keyset chunks, constant memory. */
export interface LogReaderStore {
  /** Leaf hashes of [from, to), in order, in chunks of whole hashes; of months that a retire entry says were taken out those that were
   *  kept. Others that are missing are left out. */
  leafHashes(slot: Slot, from: number, to: number): AsyncIterable<Buffer>
  /** Entries of [from, to), in order. */
  entries(slot: Slot, from: number, to: number): AsyncIterable<StoredEntry>
  /** The newest entry of a kind, or the newest below an index, found by the stored bytes; absent where there is none. */
  lastOfKind(slot: Slot, kind: string, below?: number): Promise<StoredEntry | undefined>
  /** Queries that were released while the answer came (their digest is not known then) and completions, newest first, below an index. */
  streamsAndCompletions(slot: Slot, below: number): AsyncIterable<StoredEntry>
  /** Every slot of the database: what `opening`, `month` and `heads` entries vouch for. */
  heads(): Promise<readonly { readonly slot: Slot; readonly log: string; readonly head: Head }[]>
  document(digest: string): Promise<Buffer | undefined>
  close(): Promise<void>
}

/** A log of the database, as its row says. */
export interface StoredLog {
  readonly slot: Slot
  /** `<host>/log/<slot>`. */
  readonly log: string
  readonly verifierKey: string
  /** The newest checkpoint that its writer handed over: a signed note, not yet looked at. */
  readonly checkpoint?: string
}

/** What is read of logs to publish them. Every method rejects with StoreError only. */
export interface PublishedStore extends Pick<LogReaderStore, 'entries'> {
  /** Every log of the database. */
  logs(): Promise<readonly StoredLog[]>
  /** The hashes of a tile, side by side; of a partial one also where the tile is whole by now. Undefined where so many are not there. */
  tile(slot: Slot, name: HashTileName): Promise<Buffer | undefined>
  /** Index of the first completion of a query, as far as the search columns are. */
  completionOf(slot: Slot, index: number): Promise<number | undefined>
}

/** An address from which calls of an agency, or of one of its delegates, came. */
export interface Caller {
  readonly agency: string
  readonly delegate?: string
  readonly address: string
}

/** What is read of logs to tell what was in force, and what was decided under it. Every method rejects with StoreError only. */
export interface HistoryStore extends Pick<LogReaderStore, 'document' | 'entries' | 'heads'> {
  /** All entries of a kind other than `query`, oldest first, found by the stored bytes. */
  ofKind(slot: Slot, kind: string): AsyncIterable<StoredEntry>
  /** From which addresses calls came since an instant, as far as the search columns are.
   *  @param within milliseconds after which it is `unavailable` */
  callers(since: number, within?: number): Promise<readonly Caller[]>
  /** Where an entry stands, by its id: as far as the search columns are. */
  find(id: string): Promise<{ readonly slot: Slot; readonly index: number } | undefined>
}

/** How far the search columns of one slot's log are. */
export interface SearchProgress {
  readonly slot: Slot
  /** Entries in the log. */
  readonly size: number
  /** Entries below it are found. */
  readonly next: number
  /** Date of the first entry that is not found yet, milliseconds since 1970 UTC; absent where there is none, or it cannot be read. */
  readonly since?: number
}

/** The search columns, filled off the call path. Every method rejects with StoreError only. */
export interface LogSearchStore {
  /** Fills one chunk: of each log that no other process is at, that first whose entry waits longest.
   *  @param most entries of the chunk
   *  @returns how many entries it filled; fewer than that where nothing else waits */
  fill(most: number): Promise<number>
  progress(): Promise<readonly SearchProgress[]>
  close(): Promise<void>
}
