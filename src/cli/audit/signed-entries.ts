// signed-entries.ts: entries of logs that were proven, each only as the head that its log was proven by has it.
import type { PublishedStore } from '../../querylog/ports.ts'
import { Unusable } from '../../verifier/archive/finding.ts'
import type { SignedTree } from '../../verifier/archive/tiles.ts'
import type { ProvenHeads } from '../../verifier/draws/proven.ts'
import { signedTree } from '../../verifier/draws/signed-tree.ts'
import { hashOfLeaf } from '../../verifier/tree.ts'

export class SignedEntries {
  readonly #reader: PublishedStore
  readonly #heads: ProvenHeads
  readonly #trees = new Map<string, SignedTree>()

  /** @param heads which checkpoint is stored meanwhile is whoever's who owns the database: it is not asked again */
  constructor(reader: PublishedStore, heads: ProvenHeads) {
    this.#reader = reader
    this.#heads = heads
  }

  /** How many entries of a log are signed. */
  sizeOf(slot: string): number {
    return this.#heads.get(slot)?.size ?? 0
  }

  /** The text of an entry; undefined where it is not there, or not the one that was signed. */
  async at(slot: string, index: number): Promise<string | undefined> {
    const leaf = await usable(async () => (await this.#treeOf(slot))?.leaf(index))
    for await (const { entry } of this.#reader.entries(slot, index, index + 1))
      if (leaf !== undefined && hashOfLeaf(Buffer.from(entry)).equals(leaf)) return entry
    return undefined
  }

  async #treeOf(slot: string): Promise<SignedTree | undefined> {
    const head = this.#heads.get(slot)
    if (head === undefined) return undefined
    const tile = (level: number, index: number, width: number) => this.#reader.tile(slot, { level, index, width })
    const tree = this.#trees.get(slot) ?? (await signedTree(head, { tile }))
    this.#trees.set(slot, tree)
    return tree
  }
}

/** Undefined where what is stored does not lead to the signed root. */
async function usable<T>(read: () => Promise<T | undefined>): Promise<T | undefined> {
  try {
    return await read()
  } catch (error) {
    if (error instanceof Unusable) return undefined
    throw error
  }
}
