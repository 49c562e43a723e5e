// memory-store.ts: a database of the log in memory, with the promises of ports.ts, that can be told how to fail.
import type { Hash } from '../../src/canonical.ts'
import type {
  AgencyNumbers,
  Batch,
  ClaimedSlot,
  EndedSlot,
  Head,
  LogReaderStore,
  LogWriterStore,
  Month,
  Slot,
  SlotEndStore,
  StoredEntry,
  StoreFailure,
} from '../../src/querylog/ports.ts'
import { StoreError } from '../../src/querylog/ports.ts'
import type { CompleteTile } from '../../src/querylog/tile.ts'
import { emptyRoot, leafHash, Tree } from '../../src/querylog/tree.ts'

/** What becomes of an append: stored or not, and what the writer is told. */
export type Fate = 'ok' | 'lost' | 'lost-but-stored' | 'rejected' | 'unavailable' | 'database-not-durable'

interface Row {
  epoch: number
  log: string
  head: Head
  month: Month | undefined
  agencies: Map<string, AgencyNumbers>
  ended?: string
}

export class MemoryStore implements LogWriterStore, LogReaderStore, SlotEndStore {
  readonly rows = new Map<Slot, Row>()
  readonly stored = new Map<Slot, string[]>()
  /** Tiles as they came with what was stored. */
  readonly tiles: CompleteTile[] = []
  /** Fate of each append, in turn; `ok` beyond the end. */
  fates: Fate[] = []
  /** Claims fail while the database is away. */
  away = false
  appends = 0
  claims = 0
  /** Sizes of heads whose batches brought a checkpoint, and the sizes that those state. */
  readonly brought: { readonly from: number; readonly states: number }[] = []
  databaseTime: () => number = () => 0
  /** Entries that the database would not take. */
  refuses: (entry: string) => boolean = () => false

  async claim(slot: Slot, log: string): Promise<ClaimedSlot> {
    if (this.away) throw new StoreError('unavailable', 'away')
    this.claims += 1
    const row = this.rows.get(slot) ?? emptyRow(log)
    if (row.ended !== undefined) throw failure('slot-ended')
    row.epoch += 1
    this.rows.set(slot, row)
    const { epoch, head, month, agencies } = row
    return {
      epoch,
      log: row.log,
      head,
      ...(month === undefined ? {} : { month }),
      agencies: new Map(agencies),
      databaseTime: this.databaseTime(),
    }
  }

  async append(batch: Batch): Promise<{ databaseTime: number }> {
    this.appends += 1
    await new Promise((resolve) => setImmediate(resolve))
    if (this.away) throw new StoreError('unavailable', 'away')
    const fate = this.fates.shift() ?? 'ok'
    if (fate === 'unavailable' || fate === 'rejected' || fate === 'database-not-durable') throw new StoreError(fate, fate)
    if (batch.entries.some((each) => this.refuses(each.toString()))) throw new StoreError('rejected', 'an entry')
    if (fate !== 'lost') this.#store(batch)
    if (fate !== 'ok') throw new StoreError('ambiguous', fate)
    return { databaseTime: this.databaseTime() }
  }

  #store(batch: Batch): void {
    const row = this.rows.get(batch.slot)
    if (row === undefined || row.epoch !== batch.epoch || row.head.size !== batch.from.size || !row.head.root.equals(batch.from.root))
      throw failure('head-moved')
    const entries = this.stored.get(batch.slot) ?? []
    this.stored.set(batch.slot, entries)
    if (batch.checkpoint !== undefined) this.brought.push({ from: batch.from.size, states: Number(batch.checkpoint.split('\n')[1]) })
    entries.push(...batch.entries.map((each) => each.toString()))
    this.tiles.push(...batch.tiles)
    row.head = { size: batch.to.size, root: batch.to.root }
    row.month = batch.month
    for (const [agency, numbers] of batch.agencies) row.agencies.set(agency, numbers)
    if (row.head.size !== entries.length) throw new Error('the batch misstates its size')
  }

  /** The database becomes one that holds these entries, as a backup would. */
  restore(slot: Slot, entries: readonly string[]): void {
    this.stored.set(slot, [...entries])
    const row = this.rows.get(slot)
    if (row !== undefined) row.head = { size: entries.length, root: this.rootOf(slot) }
  }

  entriesOf(slot: Slot): string[] {
    return this.stored.get(slot) ?? []
  }

  async endSlot(slot: Slot, log: string, key: string | undefined, order: string): Promise<EndedSlot> {
    const row = this.rows.get(slot) ?? (key === undefined ? undefined : emptyRow(log))
    if (row !== undefined) this.rows.set(slot, row)
    if (row === undefined || row.log !== log) throw failure('rejected')
    row.epoch += 1
    row.ended ??= order
    return { head: row.head, order: row.ended }
  }

  async putCheckpoint(): Promise<void> {}
  async putDocument(): Promise<void> {}
  async prepareMonth(): Promise<void> {}
  async close(): Promise<void> {}
  async probe(slot: Slot): Promise<{ epoch: number; head: Head; databaseTime: number }> {
    const row = this.rows.get(slot)
    if (this.away || row === undefined) throw failure('unavailable')
    return { epoch: row.epoch, head: row.head, databaseTime: this.databaseTime() }
  }

  async *leafHashes(slot: Slot, from: number, to: number): AsyncIterable<Buffer> {
    for (const entry of this.entriesOf(slot).slice(from, to)) yield leafHash(entry)
  }

  async *entries(slot: Slot, from: number, to: number): AsyncIterable<{ index: number; entry: string }> {
    for (const [at, entry] of this.entriesOf(slot).slice(from, to).entries()) yield { index: from + at, entry }
  }

  async lastOfKind(slot: Slot, kind: string, below = Number.POSITIVE_INFINITY): Promise<StoredEntry | undefined> {
    const index = this.entriesOf(slot).findLastIndex((each, at) => at < below && JSON.parse(each).kind === kind)
    const entry = this.entriesOf(slot)[index]
    return entry === undefined ? undefined : { index, entry }
  }
  async *streamsAndCompletions(slot: Slot, below: number): AsyncIterable<StoredEntry> {
    for (const [index, entry] of [...this.entriesOf(slot).slice(0, below).entries()].reverse()) {
      const { code, kind, released_hmac } = JSON.parse(entry)
      if (kind === 'completion' || (code === 'released' && released_hmac === undefined)) yield { index, entry }
    }
  }
  async heads(): Promise<{ slot: Slot; log: string; head: Head }[]> {
    return [...this.rows].map(([slot, { log, head }]) => ({ slot, log, head }))
  }
  async document(): Promise<undefined> {
    return undefined
  }

  rootOf(slot: Slot): Hash {
    return new Tree().extended(this.entriesOf(slot).map(leafHash)).root
  }
}

const emptyRow = (log: string): Row => ({ epoch: 0, log, head: { size: 0, root: emptyRoot }, month: undefined, agencies: new Map() })
const failure = (code: StoreFailure): StoreError => new StoreError(code, code)
