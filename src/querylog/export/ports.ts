// ports.ts: what an export needs of a database: chunks of rows, as their bytes.
import type { PublishedStore, Slot } from '../ports.ts'

/** Which entries of a span. */
export interface Which {
  /** Texts of which an entry holds each: members of its own, or, of a completion, of the query that it speaks of. */
  readonly members: readonly string[]
  /** Of queries without what is sealed, and with their leaf hashes: for tables. */
  readonly only: 'all' | 'queries'
}

/** Entries of a span. */
export interface Lines {
  /** Each entry's exact bytes and a line feed. */
  readonly entries: Buffer
  readonly indexes: readonly number[]
  /** Of queries: each entry's stored leaf hash, 32 bytes. */
  readonly leaves: Buffer
}

/** An entry bundle of C2SP tlog-tiles, as far as its entries are there. */
export interface Bundle {
  readonly index: number
  readonly count: number
  readonly bytes: Buffer
  /** Index of the first that is there. */
  readonly from: number
}

/** Reads in chunks that the caller chooses: no statement lasts longer than one. Every method rejects with StoreError only. */
export interface ExportStore extends Pick<PublishedStore, 'tile'> {
  /** Index of the first entry of [0, size) that is dated at or after an instant; `size` where none is.
   *  @param since milliseconds since 1970 UTC */
  firstSince(slot: Slot, since: number, size: number): Promise<number>
  /** Of entries [from, to) those that are asked for. */
  lines(slot: Slot, from: number, to: number, which: Which): Promise<Lines>
  /** Entries [from, to) in order, each as its exact bytes, for who reads many and keeps none: to be gone through once, and the bytes of one
   *  are good until the next is asked for. */
  entryBytes(slot: Slot, from: number, to: number): Promise<Iterable<Buffer>>
  /** Bundles [first, to); one without entries is left out.
   *  @param size entries from here on are left out */
  bundles(slot: Slot, first: number, to: number, size: number): Promise<readonly Bundle[]>
  /** Spans [from, to) of the log that retire entries say were taken out, in order. */
  retired(slot: Slot): Promise<readonly { readonly from: number; readonly to: number }[]>
  /** Whole tiles of a level, [first, to). */
  tiles(slot: Slot, level: number, first: number, to: number): Promise<readonly { readonly index: number; readonly hashes: Buffer }[]>
  /** Completions of [from, to): index of the query that each speaks of. */
  completions(slot: Slot, from: number, to: number): AsyncIterable<{ readonly of: number; readonly outcome: string }>
  /** The `key` entry of this id: exact text. */
  keyEntry(slot: Slot, id: string): Promise<string | undefined>
  /** Verifier keys that took over in entries below a size, oldest first. */
  keyChanges(slot: Slot, size: number): Promise<readonly string[]>
  /** Stored checkpoints below a size: of every 256 entries the last, and the last of those that the same two keys signed. What two signed
   *  shows that the older one vouched for the newer, and a quiet log may change its key more than once within so many. */
  checkpoints(slot: Slot, below: number): AsyncIterable<{ readonly size: number; readonly note: string }>
}
