// recovery.ts: taking a slot, at start and after an outcome that is unknown: what stands in the database against what was signed.
import { monthOf } from '../calendar.ts'
import type { LogState } from './batch.ts'
import type { EntryId } from './entry.ts'
import type { Mark } from './mark.ts'
import type { ClaimedSlot, LogReaderStore, LogWriterStore, Slot } from './ports.ts'
import { LogRefusal } from './refusal.ts'
import { type Grown, grow, grownOver } from './tile.ts'
import { leafHash } from './tree.ts'

/** A query that stands beyond the mark: it was never released, and no completion says so yet. */
export interface NeverReleased {
  readonly agency: string
  readonly id: EntryId
  readonly index: number
}

export interface Recovered {
  readonly state: LogState
  readonly neverReleased: readonly NeverReleased[]
  readonly databaseTime: number
}

export interface SlotIdentity {
  readonly slot: Slot
  readonly log: string
  readonly verifierKey: string
}

/** Claims the slot and establishes its head from hashes: the mark's root from stored leaf hashes (or from `known`, the tree
 *  that this process signed), everything beyond it from the entries themselves. Stored roots and tiles are never believed: the tiles
 *  that the next entries complete are rebuilt from the same hashes on the way.
 *  @param lockWait how long a statement of a dead client may hold the row, ms
 *  @throws LogRefusal database-behind, other-history · StoreError when the database cannot be asked */
export async function recover(
  store: LogWriterStore,
  reader: LogReaderStore,
  identity: SlotIdentity,
  mark: Mark,
  lockWait: number,
  known?: Grown,
): Promise<Recovered> {
  const claimed = await store.claim(identity.slot, identity.log, identity.verifierKey, lockWait)
  if (claimed.log !== identity.log)
    throw new LogRefusal('other-history', `Slot ${identity.slot} of this database is ${claimed.log}, not ${identity.log}.`)
  const { head, epoch } = claimed
  if (head.size < mark.head.size || epoch <= mark.epoch) {
    throw new LogRefusal(
      'database-behind',
      `The database holds ${head.size} entries (epoch ${epoch}), the mark ${mark.head.size} (epoch ${mark.epoch}).`,
    )
  }
  const marked = known?.tree.size === mark.head.size ? known : await grownOver(reader.leafHashes(identity.slot, 0, mark.head.size))
  if (marked.tree.size !== mark.head.size || !marked.tree.root.equals(mark.head.root)) {
    throw new LogRefusal('other-history', `The first ${mark.head.size} entries of the database are not those that were signed.`)
  }
  const beyond = await readBeyond(reader, identity.slot, marked, claimed)
  const state = {
    ...identity,
    epoch,
    tree: beyond.grown.tree,
    edge: beyond.grown.edge,
    month: beyond.lastAt === undefined ? undefined : monthOf(beyond.lastAt),
    lastAt: beyond.lastAt ?? 0,
    agencies: claimed.agencies,
  }
  return { state, neverReleased: beyond.neverReleased, databaseTime: claimed.databaseTime }
}

interface Beyond {
  readonly grown: Grown
  readonly lastAt: number | undefined
  readonly neverReleased: readonly NeverReleased[]
}

async function readBeyond(reader: LogReaderStore, slot: Slot, marked: Grown, claimed: ClaimedSlot): Promise<Beyond> {
  const queries = new Map<number, NeverReleased>()
  let grown = marked
  let lastAt: number | undefined
  // The last entry below the mark is read too, for its time.
  for await (const { index, entry } of reader.entries(slot, Math.max(0, marked.tree.size - 1), claimed.head.size)) {
    const { agency, at, id, kind, of } = JSON.parse(entry)
    lastAt = Date.parse(at)
    if (index < marked.tree.size) continue
    if (index !== grown.tree.size) throw new LogRefusal('other-history', `Entry ${grown.tree.size} of slot ${slot} is missing.`)
    grown = grow(grown, [leafHash(entry)])
    if (kind === 'query') queries.set(index, { agency, id, index })
    if (kind === 'completion') queries.delete(of.index)
  }
  const { tree } = grown
  if (tree.size !== claimed.head.size || !tree.root.equals(claimed.head.root)) {
    throw new LogRefusal('other-history', `The entries of slot ${slot} do not give the head that its row states.`)
  }
  return { grown, lastAt, neverReleased: [...queries.values()] }
}
