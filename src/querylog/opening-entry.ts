// opening-entry.ts: the first entry of a log: what it is, and whose place it takes.
import { type EntryId, formatVersion, type Given, type OtherHead, orderedHead } from './entry.ts'
import type { Slot } from './ports.ts'

/** The log whose place a new one takes, since the database no longer holds what its writer signed. */
export interface Supersedes {
  /** 文號 of the order. */
  readonly document: string
  /** What the database still holds of it, recomputed from the stored hashes: nothing is ever written behind it. */
  readonly head: OtherHead
  /** What its writer last signed, from its key directory. `checkpoint` is the signed note, absent for the empty log. */
  readonly mark: { readonly checkpoint: string | undefined; readonly epoch: number; readonly root: string; readonly size: number }
  readonly why: 'database-behind' | 'other-history'
}

/** The first entry of a log. */
export interface OpeningFacts {
  readonly id: EntryId
  readonly heads: readonly OtherHead[]
  readonly log: string
  /** What later draws from this log are bound to (audit settings), members in RFC 8785 order. */
  readonly parameters: object
  readonly slot: Slot
  readonly software: string
  readonly supersedes?: Supersedes | undefined
  /** C2SP verifier key of the log's checkpoints. */
  readonly verifierKey: string
}

export function openingEntry(facts: OpeningFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    heads: facts.heads.map(orderedHead),
    id: facts.id,
    kind: 'opening',
    log: facts.log,
    parameters: facts.parameters,
    slot: facts.slot,
    software: facts.software,
    supersedes: facts.supersedes && superseding(facts.supersedes),
    v: formatVersion,
    verifier_key: facts.verifierKey,
    zone: 'Asia/Taipei',
  })
}

const superseding = ({ document, head, mark, why }: Supersedes) => ({
  document,
  head: orderedHead(head),
  mark: { checkpoint: mark.checkpoint, epoch: mark.epoch, root: mark.root, size: mark.size },
  why,
})
