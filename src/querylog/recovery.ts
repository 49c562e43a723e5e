// recovery.ts: taking a slot, at start and after an outcome that is unknown: what stands in the database against what was signed.
import { monthOf } from '../calendar.ts'
import type { LogState } from './batch.ts'
import type { EntryId } from './entry.ts'
import type { Mark } from './mark.ts'
import type { ClaimedSlot, LogReaderStore, LogWriterStore, Slot } from './ports.ts'
import { LogRefusal } from './refusal.ts'
import { leafHash, type Tree, treeOver } from './tree.ts'

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
 *  that this process signed), everything beyond it from the entries themselves. Stored roots are never believed.
 *  @param lockWait how long a statement of a dead client may hold the row, ms
 *  @throws LogRefusal database-behind, other-history · StoreError when the database cannot be asked */
export async function recover(
  store: LogWriterStore,
  reader: LogReaderStore,
  identity: SlotIdentity,
  mark: Mark,
  lockWait: number,
  known?: Tree,
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
  const marked = known?.size === mark.head.size ? known : await treeOver(reader.leafHashes(identity.slot, 0, mark.head.size))
  if (marked.size !== mark.head.size || !marked.root.equals(mark.head.root)) {
    throw new LogRefusal('other-history', `The first ${mark.head.size} entries of the database are not those that were signed.`)
  }
  const beyond = await readBeyond(reader, identity.slot, marked, claimed)
  const state = {
    ...identity,
    epoch,
    tree: beyond.tree,
    month: beyond.lastAt === undefined ? undefined : monthOf(beyond.lastAt),
    lastAt: beyond.lastAt ?? 0,
    agencies: claimed.agencies,
  }
  return { state, neverReleased: beyond.neverReleased, databaseTime: claimed.databaseTime }
}

interface Beyond {
  readonly tree: Tree
  readonly lastAt: number | undefined
  readonly neverReleased: readonly NeverReleased[]
}

async function readBeyond(reader: LogReaderStore, slot: Slot, marked: Tree, claimed: ClaimedSlot): Promise<Beyond> {
  const queries = new Map<number, NeverReleased>()
  let tree = marked
  let lastAt: number | undefined
  // The last entry below the mark is read too, for its time.
  for await (const { index, entry } of reader.entries(slot, Math.max(0, marked.size - 1), claimed.head.size)) {
    const { agency, at, id, kind, of } = JSON.parse(entry)
    lastAt = Date.parse(at)
    if (index < marked.size) continue
    if (index !== tree.size) throw new LogRefusal('other-history', `Entry ${tree.size} of slot ${slot} is missing.`)
    tree = tree.extended([leafHash(entry)])
    if (kind === 'query') queries.set(index, { agency, id, index })
    if (kind === 'completion') queries.delete(of.index)
  }
  if (tree.size !== claimed.head.size || !tree.root.equals(claimed.head.root)) {
    throw new LogRefusal('other-history', `The entries of slot ${slot} do not give the head that its row states.`)
  }
  return { tree, lastAt, neverReleased: [...queries.values()] }
}
