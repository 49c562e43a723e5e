// slot-entries.ts: entries of one log about logs: how others stand, which one ended, which month was taken out.
import { type EntryId, formatVersion, type Given, type OtherHead, orderedHead } from './entry.ts'

/** How every other slot of the database stood. */
export interface HeadsFacts {
  readonly id: EntryId
  readonly heads: readonly OtherHead[]
}

export function headsEntry(facts: HeadsFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    heads: facts.heads.map(orderedHead),
    id: facts.id,
    kind: 'heads',
    v: formatVersion,
  })
}

/** A log that ended because its key directory is lost. */
export interface AbandonFacts {
  readonly id: EntryId
  /** Its newest signed checkpoint that is known; absent where none is. */
  readonly checkpoint: string | undefined
  /** 文號 of the order. */
  readonly document: string
  /** What the database holds of it, recomputed from the stored hashes: nothing is ever written behind it. */
  readonly head: OtherHead
}

export function abandonEntry(facts: AbandonFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    checkpoint: facts.checkpoint,
    clock: given.clock,
    document: facts.document,
    head: orderedHead(facts.head),
    id: facts.id,
    kind: 'abandon',
    v: formatVersion,
  })
}

/** A month whose entries are taken out after their time. Leaf hashes stay, as tiles. */
export interface RetireFacts {
  readonly id: EntryId
  /** 文號 of the order. */
  readonly document: string
  /** Index of the month's first entry. */
  readonly from: number
  /** Verifier keys that have to sign the checkpoint of size `to`: who looks for them finds no opening any more. */
  readonly keys: readonly string[]
  readonly log: string
  /** `2026-11` */
  readonly month: string
  /** Root of the log at size `to`, standard base64. */
  readonly root: string
  /** Index behind the month's last entry. */
  readonly to: number
}

export function retireEntry(facts: RetireFacts, given: Given): string {
  return JSON.stringify({
    at: given.at,
    clock: given.clock,
    document: facts.document,
    from: facts.from,
    id: facts.id,
    keys: facts.keys,
    kind: 'retire',
    log: facts.log,
    month: facts.month,
    root: facts.root,
    to: facts.to,
    v: formatVersion,
  })
}
