// stored.ts: logs as they lie somewhere, in a database or a folder: what verification reads. Nothing of it is believed.
import type { Report } from './finding.ts'
import type { Hash } from './tree.ts'

export interface StoredEntry {
  readonly index: number
  /** Its exact bytes; undefined where at most its leaf hash is left. Valid until the next chunk is asked for. */
  readonly bytes: Uint8Array | undefined
  /** The leaf hash that is stored beside it. */
  readonly leaf?: Hash
}

export interface StoredCheckpoint {
  /** At which it is stored. */
  readonly size: number
  /** A signed note. */
  readonly note: string
}

/** What a place is searched by, row by row. */
export interface StoredSearchRow {
  /** Of the entry that it is of. */
  readonly index: number
  /** Its columns, as `searchLineOf` writes them (search.ts). */
  readonly line: string
}

/** The search columns of a log. */
export interface StoredSearch {
  /** Every entry below it is said to have its row, and none from it on. */
  readonly reach: number
  /** The first row that stands outside of that. */
  readonly stray: number | undefined
  /** Rows of [from, to), in order of their indexes. */
  rows(from: number, to: number): Promise<readonly StoredSearchRow[]>
}

/** One log. Reading is by chunks: memory stays the same whatever its size. */
export interface StoredLog {
  /** `1`–`64`, or `cli`. */
  readonly slot: string
  /** The name that it is stored under, `<host>/log/<slot>`. */
  readonly log: string
  /** How many entries it is said to hold; nothing beyond them is read. */
  readonly size: number
  /** The first entry that is stored outside of these. */
  readonly stray?: number
  /** What the place itself says of the log's head, where it says that beside the checkpoints. */
  readonly stated?: { readonly root: Hash; readonly source: string }
  /** Chunks of entries, each after the one before it, in order of their indexes.
   *  @param report told of what cannot be read as it must be */
  entries(report: Report): AsyncIterable<readonly StoredEntry[]>
  /** The newest checkpoint, a signed note; absent where there is none. */
  readonly newest?: string | undefined
  /** In order of their sizes. */
  checkpoints(): AsyncIterable<StoredCheckpoint>
  /** Entries that may state something of other logs, of months that were retired, of rules that came into force, of draws or of rounds: at
   *  least all those that do, in order. */
  statements(): AsyncIterable<StoredEntry>
  /** Completions that say that nothing was released: at least all those, in order. */
  notReleased(): AsyncIterable<StoredEntry>
  /** One entry's bytes, once more. */
  entry(index: number): Promise<Uint8Array | undefined>
  /** A stored tile of hashes (C2SP tlog-tiles): `width` of them, 32 bytes each; undefined where there is none. What a place keeps none of
   *  for itself it puts together of hashes that it does keep. Absent where a place keeps no tiles. */
  readonly tile?: (level: number, index: number, width: number) => Promise<Buffer | undefined>
  /** Absent where a place is not searched. */
  readonly search?: StoredSearch
}

/** A place where logs lie. */
export interface StoredLogs {
  readonly logs: readonly StoredLog[]
  /** The first entry of each slot under which entries are stored, and no log. */
  readonly strays?: readonly { readonly slot: string; readonly index: number }[]
  /** Whether tiles that are not full are kept too. */
  readonly partialTiles: boolean
  /** The bytes that are kept under a SHA-256 (hex); absent where a place keeps no documents. */
  readonly document?: (digest: string) => Promise<Buffer | undefined>
}
