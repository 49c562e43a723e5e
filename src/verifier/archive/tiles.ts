// tiles.ts: leaf hashes out of tiles (C2SP tlog-tiles) that are believed only once they lead to the signed root.
import { full, type TileName, tilePath } from '../layout.ts'
import { areEqual, hexOf } from '../octets.ts'
import { Unusable } from './finding.ts'

const hashLength = 32

type Sha256 = (bytes: Uint8Array) => Uint8Array

/** SHA-256(0x00 ‖ entry). SPEC RFC 6962 §2.1. */
export function hashOfLeaf(entry: Uint8Array, sha256: Sha256): Uint8Array {
  const prefixed = new Uint8Array(1 + entry.length)
  prefixed.set(entry, 1)
  return sha256(prefixed)
}

/** SHA-256(0x01 ‖ left ‖ right). SPEC RFC 6962 §2.1. */
function hashOfChildren(left: Uint8Array, right: Uint8Array, sha256: Sha256): Uint8Array {
  const children = new Uint8Array(1 + 2 * hashLength)
  children[0] = 1
  children.set(left, 1)
  children.set(right, 1 + hashLength)
  return sha256(children)
}

const hashAt = (tile: Uint8Array, at: number): Uint8Array => tile.subarray(at * hashLength, (at + 1) * hashLength)

/** Root over hashes [from, from + count) of a tile; count is a power of two. */
function rootOver(tile: Uint8Array, from: number, count: number, sha256: Sha256): Uint8Array {
  if (count === 1) return hashAt(tile, from)
  const half = count / 2
  return hashOfChildren(rootOver(tile, from, half, sha256), rootOver(tile, from + half, half, sha256), sha256)
}

/** A tree that is signed, read out of as many of its tiles as there are: the partial ones at its right edge lead to the root, every full
 *  one to a hash of the tile above it. Holds one tile of each level. */
export class SignedTree {
  readonly #folder: string
  readonly #size: number
  readonly #root: Uint8Array
  readonly #read: (path: string) => Promise<Uint8Array | undefined>
  readonly #sha256: Sha256
  /** By level: the partial tile at the right edge. */
  readonly #edge: (Uint8Array | undefined)[] = []
  /** By level: the full tile that was read last. */
  readonly #last: ({ readonly index: number; readonly tile: Uint8Array } | undefined)[] = []

  private constructor(
    folder: string,
    head: { readonly size: number; readonly root: Uint8Array },
    read: (path: string) => Promise<Uint8Array | undefined>,
    sha256: Sha256,
  ) {
    this.#folder = folder
    this.#size = head.size
    this.#root = head.root
    this.#read = read
    this.#sha256 = sha256
  }

  /** @param folder of the log, in which its tiles stand
   *  @param read gives a file by its path; undefined where there is none
   *  @throws Unusable where the right edge does not lead to the root */
  static async open(
    folder: string,
    head: { readonly size: number; readonly root: Uint8Array },
    read: (path: string) => Promise<Uint8Array | undefined>,
    sha256: Sha256,
  ): Promise<SignedTree> {
    const tree = new SignedTree(folder, head, read, sha256)
    await tree.#readEdge()
    return tree
  }

  /** The hash of the leaf at an index.
   *  @param index below the size
   *  @throws Unusable where a tile on the way is missing, or does not lead to the one above it */
  leaf(index: number): Promise<Uint8Array> {
    return this.#node(0, index)
  }

  async #readEdge(): Promise<void> {
    const subtrees: Uint8Array[] = []
    for (let level = 0, nodes = this.#size; nodes > 0; level += 1, nodes = Math.floor(nodes / full)) {
      const width = nodes % full
      const tile = width === 0 ? undefined : await this.#tile({ level, index: Math.floor(nodes / full), width })
      this.#edge.push(tile)
      if (tile !== undefined) subtrees.unshift(...perfectRoots(tile, width, this.#sha256))
    }
    const root = subtrees.reduceRight(
      (right, left) => hashOfChildren(left, right, this.#sha256),
      subtrees.pop() ?? this.#sha256(new Uint8Array()),
    )
    if (areEqual(root, this.#root)) return
    const expected = `${hexOf(this.#root)}, which the checkpoint of ${this.#size} entries states`
    throw new Unusable({ code: 'tile-mismatch', file: `${this.#folder}/tile`, found: `root ${hexOf(root)}`, expected })
  }

  async #node(level: number, at: number): Promise<Uint8Array> {
    const index = Math.floor(at / full)
    const nodes = Math.floor(this.#size / full ** level)
    const isEdge = index === Math.floor(nodes / full)
    const tile = isEdge ? this.#edge[level] : await this.#fullTile(level, index)
    if (tile === undefined) throw new RangeError(`level ${level} has no node ${at}`)
    return hashAt(tile, at % full)
  }

  async #fullTile(level: number, index: number): Promise<Uint8Array> {
    const last = this.#last[level]
    if (last?.index === index) return last.tile
    const name = { level, index, width: full }
    const tile = await this.#tile(name)
    const above = await this.#node(level + 1, index)
    const root = rootOver(tile, 0, full, this.#sha256)
    if (!areEqual(root, above)) {
      const file = `${this.#folder}/${tilePath(name)}`
      throw new Unusable({
        code: 'tile-mismatch',
        file,
        found: `root ${hexOf(root)}`,
        expected: `${hexOf(above)}, as the level above it says`,
      })
    }
    this.#last[level] = { index, tile }
    return tile
  }

  async #tile(name: TileName): Promise<Uint8Array> {
    const file = `${this.#folder}/${tilePath(name)}`
    const tile = await this.#read(file)
    const expected = `${name.width} hashes of ${hashLength} bytes`
    if (tile === undefined) throw new Unusable({ code: 'tile-missing', file, found: 'no such file', expected })
    if (tile.length === name.width * hashLength) return tile
    throw new Unusable({ code: 'tile-mismatch', file, found: `${tile.length} bytes`, expected })
  }
}

/** Roots of the perfect subtrees of a partial tile, from the left, largest first. */
function perfectRoots(tile: Uint8Array, width: number, sha256: Sha256): Uint8Array[] {
  const roots: Uint8Array[] = []
  let from = 0
  for (let count = full / 2; count >= 1; count /= 2) {
    if (width - from < count) continue
    roots.push(rootOver(tile, from, count, sha256))
    from += count
  }
  return roots
}
