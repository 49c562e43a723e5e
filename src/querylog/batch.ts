// batch.ts: which entries a batch holds and which numbers they get: a function of the head that it extends.
import { monthOf } from '../calendar.ts'
import type { Hash } from '../canonical.ts'
import { type EntryId, type Given, maxEntryBytes, type Numbers, type OtherHead } from './entry.ts'
import { type KeyChange, type MonthNumbers, monthEntry } from './month-entry.ts'
import type { AgencyNumbers, Batch, Month, Slot } from './ports.ts'
import { type Grown, grow } from './tile.ts'
import { leafOf } from './tree.ts'

/** A slot's log as its writer holds it. Immutable: a batch that fails leaves it as it was, numbers and all. */
export interface LogState extends Grown {
  readonly slot: Slot
  readonly log: string
  readonly epoch: number
  /** Month of the last entry; absent in an empty log. */
  readonly month: Month | undefined
  /** `at` of the last entry, ms. */
  readonly lastAt: number
  readonly agencies: ReadonlyMap<string, AgencyNumbers>
  /** Verifier keys of those that sign checkpoints of this head: two during the month after a change, the older first. */
  readonly keys: readonly string[]
}

/** An entry that waits for a batch. `write` is called when its batch is sent, once for every attempt. */
export interface Draft {
  readonly write: (given: Given, numbers: Numbers) => string
  /** Whose `agency_seq` it takes: `query` entries only. */
  readonly agency?: string
  readonly counted?: boolean
  /** Its id, where it is tried again after a failure: one that stands all the same is not written twice. */
  readonly once?: EntryId
}

/** Entries of one call: they stand in one batch, one right behind the other, or none of them does. At most 100. */
export type Together = readonly Draft[]

/** Where an entry stands. */
export interface Placed {
  readonly index: number
  readonly leaf: Hash
}

/** What the turn of a month needs beside the state. */
export interface Turn {
  readonly id: EntryId
  readonly heads: readonly OtherHead[]
  /** Verifier key of a key that was prepared to take over. */
  readonly nextKey?: string | undefined
  readonly parameters: object
}

export interface BuiltBatch {
  readonly batch: Batch
  readonly state: LogState
  /** How many of what waits was taken, from the front. */
  readonly taken: number
  /** Where the entries stand of each that was taken, or why they could not be built. */
  readonly outcomes: readonly ({ readonly placed: readonly Placed[] } | { readonly error: unknown })[]
}

/** Entries of a batch, the `month` entry aside. */
export const maxEntriesOfBatch = 1000
const maxBytes = 1024 * 1024
const noNumbers: AgencyNumbers = { records: 0, counted: 0, recordsBefore: 0, countedBefore: 0 }

/** When an entry written now is dated: never before the entry before it, whatever the clock does. */
export const entryTime = (state: LogState, clock: number): number => Math.max(clock, state.lastAt)

/** Whether the next entry is the first of another month, and so needs a `month` entry before it. */
export function turnIsDue(state: LogState, clock: number): boolean {
  return state.month !== undefined && monthOf(entryTime(state, clock)) > state.month
}

/** Who signs behind a `month` entry: a change that began at the one before it is done, another may begin. */
export const keysAfterTurn = (keys: readonly string[], change: KeyChange | undefined): readonly string[] =>
  change === undefined ? keys.slice(-1) : [change.from, change.to]

function keyChangeOf({ keys }: LogState, { nextKey }: Turn): KeyChange | undefined {
  const from = keys.at(-1)
  return from === undefined || nextKey === undefined || nextKey === from ? undefined : { from, to: nextKey }
}

function monthNumbers(agencies: ReadonlyMap<string, AgencyNumbers>): MonthNumbers[] {
  return [...agencies]
    .map(([agency, now]) => ({
      agency,
      counted: now.counted - now.countedBefore,
      countedTo: now.counted,
      records: now.records - now.recordsBefore,
      recordsTo: now.records,
    }))
    .sort((a, b) => (a.agency < b.agency ? -1 : 1))
}

/** One batch being filled. */
class Filling {
  readonly entries: Buffer[] = []
  readonly leaves: Hash[] = []
  changed = new Map<string, AgencyNumbers>()
  readonly #state: LogState
  bytes = 0

  constructor(state: LogState) {
    this.#state = state
  }

  numbersOf(agency: string): AgencyNumbers {
    return this.changed.get(agency) ?? this.#state.agencies.get(agency) ?? noNumbers
  }

  add(entry: string): Placed {
    const { bytes, hash } = leafOf(entry)
    if (bytes.length > maxEntryBytes) throw new RangeError(`an entry: at most ${maxEntryBytes} bytes, found ${bytes.length}`)
    this.entries.push(bytes)
    this.leaves.push(hash)
    this.bytes += bytes.length
    return { index: this.#state.tree.size + this.entries.length - 1, leaf: hash }
  }

  /** Entries that belong together: where one cannot be built, or they come to more than a batch, they leave nothing behind. */
  addTogether(drafts: Together, given: Given): Placed[] {
    const { bytes } = this
    const { length } = this.entries
    // One that fails alone changes nothing.
    const changed = drafts.length > 1 ? new Map(this.changed) : undefined
    try {
      const placed = drafts.map((draft) => this.#addDraft(draft, given))
      if (this.bytes - bytes > maxBytes) throw new RangeError(`entries of one call: at most ${maxBytes} bytes, found ${this.bytes - bytes}`)
      return placed
    } catch (error) {
      this.entries.length = length
      this.leaves.length = length
      this.bytes = bytes
      if (changed !== undefined) this.changed = changed
      throw error
    }
  }

  /** Numbers are given only once the entry stands: one that cannot be built leaves no gap. */
  #addDraft(draft: Draft, given: Given): Placed {
    if (draft.agency === undefined) return this.add(draft.write(given, { agencySeq: 0, countedSeq: undefined }))
    const before = this.numbersOf(draft.agency)
    const records = before.records + 1
    const counted = before.counted + (draft.counted === true ? 1 : 0)
    const placed = this.add(draft.write(given, { agencySeq: records, countedSeq: draft.counted === true ? counted : undefined }))
    this.changed.set(draft.agency, { ...before, records, counted })
    return placed
  }

  /** The `month` entry, before anything of the new month. */
  turn(turn: Turn, ended: Month, begins: Month, keyChange: KeyChange | undefined, given: Given): void {
    const { heads, id, parameters } = turn
    const agencies = monthNumbers(this.#state.agencies)
    const [from, to] = [ended.slice(0, 7), begins.slice(0, 7)]
    this.add(monthEntry({ id, agencies, begins: to, ended: from, heads, keyChange, parameters }, given))
    for (const [agency, now] of this.#state.agencies)
      this.changed.set(agency, { ...now, recordsBefore: now.records, countedBefore: now.counted })
  }
}

/** Builds the next batch: as much of what waits as fits (1,000 entries; what begins within 1 MiB), dated and numbered from the head.
 *  What cannot be built fails alone. The turn must be given where `turnIsDue`.
 *  @param limit of what is taken, whatever it comes to in entries */
export function buildBatch(
  state: LogState,
  waiting: readonly Together[],
  clock: number,
  limit = maxEntriesOfBatch,
  turn?: Turn,
): BuiltBatch {
  const at = entryTime(state, clock)
  const month = monthOf(at)
  const given: Given = { at: new Date(at).toISOString(), clock: at === clock ? undefined : new Date(clock).toISOString() }
  const filling = new Filling(state)
  let { keys } = state
  if (state.month !== undefined && month > state.month) {
    if (turn === undefined) throw new Error('a new month needs its turn')
    const keyChange = keyChangeOf(state, turn)
    filling.turn(turn, state.month, month, keyChange, given)
    keys = keysAfterTurn(keys, keyChange)
  }
  const outcomes: BuiltBatch['outcomes'][number][] = []
  let count = 0
  for (const drafts of waiting) {
    // The `month` entry comes on top: the completions of a whole batch that was lost must fit behind it, or the mark could not pass them.
    if (outcomes.length >= limit || count + drafts.length > maxEntriesOfBatch || filling.bytes >= maxBytes - maxEntryBytes) break
    try {
      outcomes.push({ placed: filling.addTogether(drafts, given) })
      count += drafts.length
    } catch (error) {
      outcomes.push({ error })
    }
  }
  const { tree, edge, tiles } = grow(state, filling.leaves)
  const batch: Batch = {
    slot: state.slot,
    epoch: state.epoch,
    from: state.tree,
    to: tree,
    frontier: tree.frontier,
    month,
    entries: filling.entries,
    leafHashes: filling.leaves,
    tiles,
    agencies: filling.changed,
  }
  const agencies = filling.changed.size === 0 ? state.agencies : new Map([...state.agencies, ...filling.changed])
  return { batch, state: { ...state, tree, edge, month, lastAt: at, agencies, keys }, taken: outcomes.length, outcomes }
}
