// retire.ts: a month whose time is over leaves the database: what its logs need of it is kept, entries say so, and then it is detached.
import { keysAfterTurn } from './batch.ts'
import type { EntryId } from './entry.ts'
import type { QueryLog } from './log.ts'
import type { HistoryStore, LogReaderStore, Month, Slot } from './ports.ts'
import { type RetireFacts, retireEntry } from './slot-entries.ts'
import { grownOver } from './tile.ts'

/** What is asked cannot be done: what was found, and what to do. */
export class CannotRetire extends Error {
  readonly code = 'cannot-retire'
}

/** Where the entries of a month stand. */
export type MonthPlace =
  /** A part of the log. */
  | 'attached'
  /** The database was interrupted while it detached them: nobody finds them, and nothing else can be detached. */
  | 'detaching'
  /** No part of it any more, and not yet put away. */
  | 'detached'
  /** Put away, beside the log. */
  | 'kept'
  /** There are none: dropped, or never written. */
  | 'none'

/** Entries of a month in one log. */
export interface LogOfMonth {
  readonly slot: Slot
  readonly log: string
  /** Indexes [from, to). */
  readonly from: number
  readonly to: number
  /** How many of them are there. */
  readonly count: number
  /** Entries in the log. */
  readonly size: number
  /** Whether the slot was superseded or abandoned. */
  readonly ended: boolean
}

/** What of a database a retirement asks. Every method rejects with StoreError only; each can be done again. */
export interface RetentionStore {
  place(month: Month): Promise<MonthPlace>
  /** Of each log that has entries in an attached month; none otherwise. */
  logs(month: Month): Promise<readonly LogOfMonth[]>
  /** Agencies that have records in it: queries, what belongs to them, refusals in aggregate. */
  agencies(month: Month): Promise<readonly string[]>
  /** The first earlier month that holds entries. */
  earlier(month: Month): Promise<Month | undefined>
  /** Keeps what outlives the entries: leaf hashes of tiles that are not whole, and `key` entries under which later ones are sealed.
   *  Durable once it resolves. */
  keepBeyond(month: Month): Promise<void>
  /** Takes the entries out of the log. Waits for every transaction that reads the log, blocks nobody meanwhile, and goes on with one
   *  that was interrupted. */
  detach(month: Month): Promise<void>
  /** Puts away what was detached, and drops what it was searched by; refused for entries of which no retire entry speaks. @param drop for good */
  putAway(month: Month, drop: boolean): Promise<void>
}

type Reader = Pick<HistoryStore, 'heads' | 'ofKind'> & Pick<LogReaderStore, 'leafHashes'>

/** What a retire entry says, without its id. */
export type Retired = Omit<RetireFacts, 'id'>

/** Every retire entry, whichever log it stands in. */
async function allRetired(reader: Pick<Reader, 'heads' | 'ofKind'>): Promise<readonly Retired[]> {
  const found: Retired[] = []
  for (const { slot } of await reader.heads())
    for await (const { entry } of reader.ofKind(slot, 'retire')) {
      const { document, from, keys, log, month, root, to } = JSON.parse(entry) // an entry that a writer built
      found.push({ document, from, keys, log, month, root, to })
    }
  return found
}

/** Retire entries of a month. */
export const retiredAlready = async (reader: Reader, month: string): Promise<readonly Retired[]> =>
  (await allRetired(reader)).filter((each) => each.month === month)

/** What is to be said of a month, log by log: roots are made of the stored leaf hashes.
 *  @throws CannotRetire where entries are missing, or a log that goes on has its last entry in it */
export async function retirementsOf(
  reader: Reader,
  logs: readonly LogOfMonth[],
  { document, month, through }: { readonly document: string; readonly month: string; readonly through: Slot },
): Promise<readonly Retired[]> {
  const before = await allRetired(reader)
  const all: Retired[] = []
  for (const { count, ended, from, log, size, slot, to } of logs) {
    if (count !== to - from)
      throw new CannotRetire(
        `${log}：${month} 缺 ${to - from - count} 筆，請先查核（linkage log verify）。 ${to - from - count} entries of ${month} are missing: verify the log first.`,
      )
    if (to === size && !ended && slot !== through)
      throw new CannotRetire(
        `${log}：最後一筆在 ${month} 內，其寫入槽須先寫入新紀錄或終止（linkage log abandon）。 The log ends in ${month}: its slot has to write again first, or be abandoned.`,
      )
    const { tree } = await grownOver(reader.leafHashes(slot, 0, to))
    if (tree.size !== to)
      throw new CannotRetire(`${log}：雜湊不全，僅 ${tree.size} 筆。 Of ${to} leaf hashes ${tree.size} are stored: verify the log first.`)
    const keys = await keysAt(reader, slot, to, lastOf(before.filter((each) => each.log === log && each.to < to)))
    all.push({ document, from, keys, log, month, root: tree.root.toString('base64'), to })
  }
  return all
}

/** The one that reaches furthest. */
const lastOf = (retired: readonly Retired[]): Retired | undefined =>
  retired.reduce<Retired | undefined>((last, each) => (last !== undefined && last.to >= each.to ? last : each), undefined)

/** Verifier keys that have to sign the checkpoint of a size: from the opening on, or, where that went, from the month that went last. */
async function keysAt(reader: Reader, slot: Slot, size: number, gone: Retired | undefined): Promise<readonly string[]> {
  // One that was written before entries had them names none.
  let keys: readonly string[] = gone?.keys ?? []
  const known = gone?.to ?? 0
  for await (const { index, entry } of reader.ofKind(slot, 'opening')) if (index < size) keys = [JSON.parse(entry).verifier_key]
  for await (const { index, entry } of reader.ofKind(slot, 'month'))
    if (index >= known && index < size) keys = keysAfterTurn(keys, JSON.parse(entry).key_change)
  return keys
}

/** Says in one commit of a living log that the month is taken out of each.
 *  @throws NotRecorded, StoreError */
export async function recordRetirement(living: QueryLog, retired: readonly Retired[], newId: () => EntryId): Promise<readonly number[]> {
  const drafts = retired.map((each) => {
    const facts: RetireFacts = { id: newId(), ...each }
    return { write: (given: Parameters<typeof retireEntry>[1]) => retireEntry(facts, given) }
  })
  return (await living.appendTogether(drafts)).map(({ index }) => index)
}
