// batches.ts: batches as the log's writer would send them, with trees of their own.
import type { Batch, ClaimedSlot } from '../../src/querylog/ports.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'

/** What a batch extends: a claimed slot, and the tree of what it holds. */
export interface Place {
  readonly slot: string
  readonly epoch: number
  readonly tree: Tree
}

export const emptyPlace = (slot: string, { epoch }: ClaimedSlot): Place => ({ slot, epoch, tree: new Tree() })

export function batchOf(place: Place, entries: readonly string[], more: Partial<Batch> = {}): Batch {
  const leafHashes = entries.map(leafHash)
  const to = place.tree.extended(leafHashes)
  const { slot, epoch, tree } = place
  return {
    slot,
    epoch,
    from: tree,
    to,
    frontier: to.frontier,
    month: '2026-11-01',
    entries: entries.map((each) => Buffer.from(each)),
    leafHashes,
    agencies: new Map(),
    ...more,
  }
}

export const after = (place: Place, batch: Batch): Place => ({ ...place, tree: place.tree.extended(batch.leafHashes) })

export const entry = (kind: string, more: object = {}): string => JSON.stringify({ agency: 'taipei-education', kind, ...more, v: 1 })
