// rebuilt-tree.ts: the tree of a log as its entries give it, up to the first of which not even a hash is left.
import { GrowingTree, type Hash, type HashText, type Tile } from './tree.ts'

export class RebuiltTree {
  readonly #tree: GrowingTree
  /** Index of the first entry of which nothing is left: behind it no root can be rebuilt. */
  #gap: number | undefined

  /** @param onTile told of each tile once it is full */
  constructor(onTile?: (tile: Tile) => void) {
    this.#tree = new GrowingTree(onTile)
  }

  add(leaf: HashText): void {
    if (this.#gap === undefined) this.#tree.addText(leaf)
  }

  /** Nothing is left of the entry at an index. */
  miss(index: number): void {
    this.#gap ??= index
  }

  /** Whether a tree of so many entries holds one of which nothing is left. */
  lacks(size: number): boolean {
    return this.#gap !== undefined && size > this.#gap
  }

  /** Undefined where nothing is left of an entry. */
  readonly root = (): Hash | undefined => (this.#gap === undefined ? this.#tree.root() : undefined)

  /** Tiles that are not full; none where the tree cannot be rebuilt. */
  partialTiles(): readonly Tile[] {
    return this.#gap === undefined ? this.#tree.partialTiles() : []
  }
}
