// published.ts: what of the logs is published: checkpoints, tiles, entries and proofs, and nothing beyond the newest signed checkpoint.
import { statedHead } from './checkpoint.ts'
import { NoteError } from './note.ts'
import type { Head, PublishedStore, Slot, StoredLog } from './ports.ts'
import { hashesOf, inclusionSpans, proofText, rootOver, type Tiles, tilesUnder } from './proof.ts'
import { type HashTileName, hashesIn, isCovered, type TileName, tilePath, tileWidth } from './tile.ts'
import { leafHash } from './tree.ts'

/** A head with the checkpoint that states it. */
export interface SignedHead extends Head {
  readonly log: string
  /** The signed note. */
  readonly checkpoint: string
}

export interface ListedLog {
  readonly slot: Slot
  readonly log: string
  /** Key of its opening; `month` entries say which took over. */
  readonly verifierKey: string
  /** Entries under its newest checkpoint; absent where there is none yet, or none that can be read. */
  readonly size: number | undefined
  /** What is stored as its newest checkpoint is none of it: nothing of this log can be given. */
  readonly unreadable: boolean
}

/** An entry that a signed head covers. */
export interface CoveredEntry {
  readonly slot: Slot
  readonly index: number
  /** The exact text. */
  readonly entry: string
  readonly head: SignedHead
}

/** The log that this process writes: its newest checkpoint reaches the database only with the next batch. */
export interface OwnLog {
  readonly slot: Slot
  readonly log: string
  readonly signed: { readonly head: Head; readonly checkpoint: string }
}

/** Reads every log of the database as far as it is signed. Methods reject with StoreError where the database cannot be asked, and with
 *  Error where it does not hold what was signed: nothing is then published. */
export class PublishedLogs {
  readonly #store: PublishedStore
  readonly #own: OwnLog | undefined

  /** @param own absent in a process that writes none */
  constructor(store: PublishedStore, own?: OwnLog) {
    this.#store = store
    this.#own = own
  }

  /** Every log, living or dead: one that is spoilt is there, and keeps no other from being listed. */
  async list(): Promise<readonly ListedLog[]> {
    const logs = await this.#store.logs()
    return logs.map((stored) => {
      const { slot, log, verifierKey } = stored
      try {
        return { slot, log, verifierKey, size: this.#headOf(stored)?.size, unreadable: false }
      } catch (error) {
        if (!(error instanceof NoteError)) throw error
        return { slot, log, verifierKey, size: undefined, unreadable: true }
      }
    })
  }

  /** The newest signed head; undefined where there is no such log, or nothing of it is signed. */
  async head(slot: Slot): Promise<SignedHead | undefined> {
    if (slot === this.#own?.slot) return ownHead(this.#own)
    const stored = (await this.#store.logs()).find((each) => each.slot === slot)
    return stored && this.#headOf(stored)
  }

  /** The bytes of a tile: hashes side by side, or a bundle of entries, each behind its length (SPEC C2SP tlog-tiles, "Log Entries").
   *  Undefined for what the newest checkpoint does not cover, and for entries of a month that was retired. */
  async tile(slot: Slot, name: TileName): Promise<Buffer | undefined> {
    const head = await this.head(slot)
    if (head === undefined || !isCovered(name, head.size)) return undefined
    const { level } = name
    return level === 'entries' ? await this.#bundle(slot, name) : await this.#hashes(slot, { ...name, level }, head)
  }

  /** An entry, with the head that covers it. */
  async entry(slot: Slot, index: number): Promise<CoveredEntry | undefined> {
    const head = await this.head(slot)
    if (head === undefined || index >= head.size) return undefined
    for await (const stored of this.#store.entries(slot, index, index + 1)) {
      if (stored.index === index) return { slot, index, entry: stored.entry, head }
    }
    return undefined
  }

  /** The completion that says how the call of a query ended, as far as search is: undefined until it found it. */
  async completionOf({ slot, index }: CoveredEntry): Promise<CoveredEntry | undefined> {
    const at = await this.#store.completionOf(slot, index)
    const covered = at === undefined ? undefined : await this.entry(slot, at)
    // Search is derived, and anybody's who owns the database: the entry says itself what it completes.
    const { kind, of } = covered === undefined ? {} : JSON.parse(covered.entry)
    return kind === 'completion' && of?.index === index ? covered : undefined
  }

  /** The C2SP tlog-proof of an entry under its head. */
  async proof({ slot, index, entry, head }: CoveredEntry): Promise<string> {
    const spans = inclusionSpans(index, head.size)
    const tiles: Tiles[number][] = []
    // One after the other: whoever asks for a proof takes one connection of the database, not all.
    for (const name of tilesUnder(spans, head.size)) tiles.push({ name, hashes: hashesIn(await this.#hashes(slot, name, head)) })
    const path = hashesOf(spans, tiles)
    if (!rootOver(leafHash(entry), index, head.size, path).equals(head.root))
      throw new Error(`${head.log}: what is stored does not lead from entry ${index} to the signed root of ${head.size} entries`)
    return proofText(entry, index, path, head.checkpoint)
  }

  #headOf({ slot, log, checkpoint }: StoredLog): SignedHead | undefined {
    if (slot === this.#own?.slot) return ownHead(this.#own)
    return checkpoint === undefined ? undefined : { log, checkpoint, ...statedHead(checkpoint, log) }
  }

  async #hashes(slot: Slot, name: HashTileName, { log, size }: SignedHead): Promise<Buffer> {
    const hashes = await this.#store.tile(slot, name)
    if (hashes === undefined) throw new Error(`${log}: ${tilePath(name)} is not stored, and the checkpoint of ${size} entries covers it`)
    return hashes
  }

  async #bundle(slot: Slot, { index, width }: TileName): Promise<Buffer | undefined> {
    const parts: Buffer[] = []
    const first = index * tileWidth
    for await (const { entry } of this.#store.entries(slot, first, first + width)) {
      const bytes = Buffer.from(entry)
      const length = Buffer.alloc(2)
      length.writeUInt16BE(bytes.length)
      parts.push(length, bytes)
    }
    return parts.length === 2 * width ? Buffer.concat(parts) : undefined
  }
}

function ownHead({ log, signed: { checkpoint, head } }: OwnLog): SignedHead | undefined {
  return checkpoint === '' ? undefined : { log, checkpoint, size: head.size, root: head.root }
}
