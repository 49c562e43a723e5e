// heads.ts: how the other slots of the database stand, stated in this one's log: so its newest checkpoint vouches for all of them.
import type { Draft } from './batch.ts'
import type { EntryId, OtherHead } from './entry.ts'
import type { LogReaderStore, Slot } from './ports.ts'
import type { Recorded } from './releaser.ts'
import { headsEntry } from './slot-entries.ts'

/** Heads of every other slot of the database, living or dead, by name. */
export async function otherHeads(reader: LogReaderStore, slot: Slot): Promise<readonly OtherHead[]> {
  const heads = await reader.heads()
  return heads
    .filter((each) => each.slot !== slot)
    .map((each) => ({ log: each.log, root: each.head.root.toString('base64'), size: each.head.size, slot: each.slot }))
    .sort((a, b) => (a.log < b.log ? -1 : 1))
}

interface Statement {
  /** Of the entry, ms. */
  readonly at: number
  readonly heads: readonly OtherHead[]
}

/** The newest entry that states other slots' heads: also one that another process of this slot wrote. */
async function lastStatement(reader: LogReaderStore, slot: Slot): Promise<Statement> {
  const found = await Promise.all(['heads', 'month', 'opening'].map((kind) => reader.lastOfKind(slot, kind)))
  const newest = found.reduce((a, b) => ((b?.index ?? -1) > (a?.index ?? -1) ? b : a), undefined)
  if (newest === undefined) return { at: Number.NEGATIVE_INFINITY, heads: [] }
  const { at, heads } = JSON.parse(newest.entry) // an entry that this slot's writer built
  return { at: Date.parse(at), heads }
}

const same = (a: OtherHead | undefined, b: OtherHead): boolean => a?.size === b.size && a.root === b.root

export interface HeadsOptions {
  readonly slot: Slot
  readonly reader: LogReaderStore
  readonly append: (draft: Draft) => Promise<Recorded>
  readonly newId: () => EntryId
  /** ms since 1970 UTC */
  readonly now: () => number
  /** Told of a log that is missing, or holds fewer entries than were stated of it: somebody took them away. */
  readonly fellBack: (log: string) => void
}

/** Asked every minute, it states what moved while the last statement is at most ten minutes old. */
const statedFor = 9 * 60_000

/** States the heads of other slots while they move, and only then. */
export class Heads {
  readonly #options: HeadsOptions
  readonly #told = new Set<string>()

  constructor(options: HeadsOptions) {
    this.#options = options
  }

  /** @throws NotRecorded, StoreError */
  async state(): Promise<void> {
    const { append, newId, now, reader, slot } = this.#options
    const [last, heads] = [await lastStatement(reader, slot), await otherHeads(reader, slot)]
    this.#watch(last.heads, heads)
    const before = new Map(last.heads.map((each) => [each.log, each]))
    if (now() - last.at < statedFor || heads.every((each) => same(before.get(each.log), each))) return
    const id = newId()
    await append({ write: (given) => headsEntry({ id, heads }, given) })
  }

  #watch(stated: readonly OtherHead[], heads: readonly OtherHead[]): void {
    for (const { log, size } of stated) {
      const head = heads.find((each) => each.log === log)
      if ((head !== undefined && head.size >= size) || this.#told.has(log)) continue
      this.#told.add(log)
      this.#options.fellBack(log)
    }
  }
}
