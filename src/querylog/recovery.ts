// recovery.ts: taking a slot, at start and after an outcome that is unknown: what stands in the database against what was signed.
import { monthOf } from '../calendar.ts'
import { keysAfterTurn, type LogState } from './batch.ts'
import { type Clock, type Reading, readingOf } from './clock.ts'
import type { EntryId } from './entry.ts'
import type { OpenQuery } from './lost-streams.ts'
import type { Mark, MarkFile } from './mark.ts'
import { keyIdIn, signersOf } from './note.ts'
import { CountedBeyond, numbersDigest } from './numbers.ts'
import type { ClaimedSlot, LogReaderStore, LogWriterStore, Slot } from './ports.ts'
import { asRefusal, LogRefusal } from './refusal.ts'
import { type Grown, grow, grownOver } from './tile.ts'
import { leafHash } from './tree.ts'

export interface Recovered {
  readonly state: LogState
  /** Queries that stand beyond the mark: they were never released, and no completion says so yet. */
  readonly neverReleased: readonly OpenQuery[]
  /** Ids of the entries beyond the mark. */
  readonly beyond: ReadonlySet<EntryId>
  readonly databaseTime: number
  /** When the database said so: long ago, where there was much to read. */
  readonly heardAt: Reading
}

export interface SlotIdentity {
  readonly slot: Slot
  readonly log: string
  /** Of the opening: by it the slot is known, whichever key signs now. */
  readonly verifierKey: string
  /** Of every key in the key directory; absent where there is no other. */
  readonly keys?: readonly string[]
}

/** A slot, and what it is claimed by. */
export interface Claiming {
  readonly identity: SlotIdentity
  readonly store: Pick<LogWriterStore, 'claim'>
  readonly reader: LogReaderStore
  readonly mark: Pick<MarkFile, 'current'>
  readonly clock: Pick<Clock, 'monotonic' | 'wall'>
}

/** How long a statement of a dead client may hold the row, ms. */
const lockWait = 20_000

/** Claims the slot and establishes its head from hashes: the mark's root from stored leaf hashes (or from `known`, the tree
 *  that this process signed), everything beyond it from the entries themselves. Stored roots and tiles are never believed: the tiles
 *  that the next entries complete are rebuilt from the same hashes on the way.
 *  @throws LogRefusal database-behind, other-history, other-numbers, other-key, other-instance, slot-ended, keys-unreadable · StoreError when the database cannot be asked */
export async function recover(claiming: Claiming, known?: Grown): Promise<Recovered> {
  const { clock, identity, reader } = claiming
  const mark = claiming.mark.current
  const claimed = await claim(claiming)
  const heardAt = readingOf(clock)
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
  const beyond = await readBeyond(reader, identity.slot, marked, claimed, keysOf(mark, identity))
  checkNumbers(mark, claimed, beyond)
  const state = {
    slot: identity.slot,
    log: identity.log,
    epoch,
    tree: beyond.grown.tree,
    edge: beyond.grown.edge,
    month: beyond.lastAt === undefined ? undefined : monthOf(beyond.lastAt),
    lastAt: beyond.lastAt ?? 0,
    agencies: claimed.agencies,
    keys: beyond.keys,
  }
  return { state, neverReleased: beyond.neverReleased, beyond: beyond.ids, databaseTime: claimed.databaseTime, heardAt }
}

/** As `recover`. A start that cannot succeed says why by name; later, what a database forbids may pass, and is tried again.
 *  @throws LogRefusal also database-not-durable */
export async function recoverAtStart(claiming: Claiming): Promise<Recovered> {
  try {
    return await recover(claiming)
  } catch (error) {
    throw asRefusal(error, 'database-not-durable')
  }
}

async function claim({ identity: { slot, log, verifierKey }, store }: Claiming): Promise<ClaimedSlot> {
  try {
    return await store.claim(slot, log, verifierKey, lockWait)
  } catch (error) {
    throw asRefusal(error, 'other-key', 'slot-ended', 'other-instance')
  }
}

/** Who signs behind the mark: who signed the mark. The database is not asked; what stands beyond the mark may change it.
 *  @throws LogRefusal keys-unreadable */
function keysOf(mark: Mark, { keys = [], verifierKey }: SlotIdentity): readonly string[] {
  if (mark.checkpoint === '') return [verifierKey]
  return signersOf(mark.checkpoint).map((id) => {
    const key = [verifierKey, ...keys].find((each) => keyIdIn(each) === id)
    if (key === undefined) throw new LogRefusal('keys-unreadable', `The key ${id}, which signed the mark, is not in the key directory.`)
    return key
  })
}

/** @throws LogRefusal other-numbers where the row's numbers are not those of the entries: the next would repeat some, or leave some out */
function checkNumbers({ numbers }: Mark, { agencies }: ClaimedSlot, { counted }: Beyond): void {
  if (numbers === undefined) return
  const marked = counted.before(agencies)
  if (marked === undefined || numbersDigest(marked) !== numbers)
    throw new LogRefusal('other-numbers', 'The numbers of agencies in the row of the slot are not those that were signed.')
}

interface Beyond {
  readonly counted: CountedBeyond
  readonly grown: Grown
  readonly lastAt: number | undefined
  readonly neverReleased: readonly OpenQuery[]
  readonly ids: ReadonlySet<EntryId>
  readonly keys: readonly string[]
}

async function readBeyond(
  reader: LogReaderStore,
  slot: Slot,
  marked: Grown,
  claimed: ClaimedSlot,
  signers: readonly string[],
): Promise<Beyond> {
  const [queries, counted] = [new Map<number, OpenQuery>(), new CountedBeyond()]
  const ids = new Set<EntryId>()
  let [grown, keys] = [marked, signers]
  let lastAt: number | undefined
  // The last entry below the mark is read too, for its time.
  for await (const { index, entry } of reader.entries(slot, Math.max(0, marked.tree.size - 1), claimed.head.size)) {
    const { agencies, agency, at, counted_seq, id, key_change, kind, of } = JSON.parse(entry)
    lastAt = Date.parse(at)
    if (index < marked.tree.size) continue
    if (index !== grown.tree.size) throw new LogRefusal('other-history', `Entry ${grown.tree.size} of slot ${slot} is missing.`)
    grown = grow(grown, [leafHash(entry)])
    ids.add(id)
    if (kind === 'query') {
      queries.set(index, { agency, id, index })
      counted.query(agency, counted_seq !== undefined)
    }
    if (kind === 'completion') queries.delete(of.index)
    if (kind === 'month') {
      keys = keysAfterTurn(keys, key_change)
      counted.turn(agencies ?? [])
    }
  }
  const { tree } = grown
  if (tree.size !== claimed.head.size || !tree.root.equals(claimed.head.root)) {
    throw new LogRefusal('other-history', `The entries of slot ${slot} do not give the head that its row states.`)
  }
  return { counted, grown, lastAt, neverReleased: [...queries.values()], ids, keys }
}
