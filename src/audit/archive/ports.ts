// ports.ts: what an archive reads of the logs beside what exports do. `store/` implements it.
import type { ExportStore } from '../../querylog/export/ports.ts'
import type { HistoryStore, Slot, StoredEntry } from '../../querylog/ports.ts'

/** Reads in chunks: no statement lasts longer than one. Every method rejects with StoreError only. */
export interface ArchiveStore extends Pick<ExportStore, 'completions' | 'firstSince' | 'keyChanges' | 'tile'> {
  /** Queries, completions and subjects of an agency at [from, to), in order. */
  ofAgency(slot: Slot, from: number, to: number, agency: string): Promise<readonly StoredEntry[]>
  /** Completions and subjects of an agency at [from, to), in order. */
  aboutAgency(slot: Slot, from: number, to: number, agency: string): AsyncIterable<StoredEntry>
  /** The smallest stored checkpoint of at least so many entries; undefined where none is stored yet. */
  checkpointFrom(slot: Slot, size: number): Promise<{ readonly size: number; readonly note: string } | undefined>
  /** Indexes [from, to) that hold no entry any more. */
  gone(slot: Slot, from: number, to: number): Promise<number>
}

/** What is read of a department's logs as a whole. */
export type ArchiveReader = Pick<HistoryStore, 'document' | 'entries' | 'heads' | 'ofKind'>
