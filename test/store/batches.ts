// batches.ts: batches as the log's writer would send them, with trees of their own.
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import type { Batch, ClaimedSlot } from '../../src/querylog/ports.ts'
import { type Grown, grow, nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'

/** What a batch extends: a claimed slot, and the tree of what it holds. */
export interface Place extends Grown {
  readonly slot: string
  readonly epoch: number
}

export const emptyPlace = (slot: string, { epoch }: ClaimedSlot): Place => ({ slot, epoch, ...nothingGrown })

export function batchOf(place: Place, entries: readonly string[], more: Partial<Batch> = {}): Batch {
  const leafHashes = entries.map(leafHash)
  const { tree: to, tiles } = grow(place, leafHashes)
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
    tiles,
    agencies: new Map(),
    ...more,
  }
}

export const after = (place: Place, batch: Batch): Place => {
  const { tree, edge } = grow(place, batch.leafHashes)
  return { ...place, tree, edge }
}

/** The checkpoint of a place, as somebody signed it whom nobody knows. */
export const noteOf = (log: string, { tree }: Place): string => `${checkpointText(log, tree)}\n— ${log} AAAAAAA=\n`

export const entry = (kind: string, more: object = {}): string => JSON.stringify({ agency: 'taipei-education', kind, ...more, v: 1 })
