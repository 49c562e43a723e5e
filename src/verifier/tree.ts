// tree.ts: Merkle trees of RFC 6962, from the verifier's side: roots rebuilt leaf by leaf, proofs checked.
import { hash } from 'node:crypto'

/** 32 bytes. */
export type Hash = Buffer

/** As text first: cheaper than a hash that is asked for as bytes. */
const sha256 = (bytes: Uint8Array | string): Hash => Buffer.from(hash('sha256', bytes, 'binary'), 'latin1')

/** Root of the tree without leaves. SPEC RFC 6962 §2.1. */
export const rootOfNothing: Hash = sha256('')

let leafInput = Buffer.alloc(1 + 65_535)

/** SHA-256(0x00 ‖ entry). SPEC RFC 6962 §2.1. */
export const hashOfLeaf = (entry: Uint8Array): Hash => hashOf(leafTextOf(entry))

const childInput = Buffer.alloc(65, 1)

/** SHA-256(0x01 ‖ left ‖ right). SPEC RFC 6962 §2.1. */
export function hashOfChildren(left: Hash, right: Hash): Hash {
  childInput.set(left, 1)
  childInput.set(right, 33)
  return sha256(childInput)
}

/** A hash as 32 characters of Latin-1: what OpenSSL's one-shot hash gives fastest, and what is written into place without an object. */
export type HashText = string

const textOf = (of: Hash): HashText => of.toString('latin1')
export const hashOf = (text: HashText): Hash => Buffer.from(text, 'latin1')

/** As hashOfLeaf. */
export function leafTextOf(entry: Uint8Array): HashText {
  if (entry.length >= leafInput.length) leafInput = Buffer.alloc(1 + entry.length)
  leafInput.set(entry, 1)
  return hash('sha256', leafInput.subarray(0, 1 + entry.length), 'binary')
}

/** A tile of the tree: nodes of one height, 32 bytes each. Its bytes are the receiver's to keep. SPEC C2SP tlog-tiles. */
export interface Tile {
  readonly level: number
  readonly index: number
  readonly hashes: Buffer
}

const hashesOfTile = 256
const heightOfTile = 8

/** A tree that leaves are added to, in memory that does not grow with it: a binary counter of complete subtrees, and the tiles being filled. */
export class GrowingTree {
  /** By height: 0x01 ‖ left ‖ right. The left half is the complete subtree of 2^height leaves where the size has that bit. */
  readonly #children: Buffer[] = []
  /** By level: the tile that is being filled. */
  readonly #tiles: Buffer[] = []
  readonly #onTile: ((tile: Tile) => void) | undefined
  #size = 0

  /** @param onTile told of each tile once it is full */
  constructor(onTile?: (tile: Tile) => void) {
    this.#onTile = onTile
  }

  get size(): number {
    return this.#size
  }

  add(leaf: Hash): void {
    this.addText(textOf(leaf))
  }

  addText(leaf: HashText): void {
    let carried = leaf
    let height = 0
    let place = this.#size
    this.#size += 1
    for (;;) {
      if (height % heightOfTile === 0) this.#keep(height / heightOfTile, place, carried)
      const children = this.#children[height] ?? Buffer.alloc(65, 1)
      this.#children[height] = children
      if (place % 2 === 0) {
        children.write(carried, 1, 32, 'latin1')
        return
      }
      children.write(carried, 33, 32, 'latin1')
      carried = hash('sha256', children, 'binary')
      height += 1
      place = (place - 1) / 2
    }
  }

  #keep(level: number, place: number, node: HashText): void {
    if (this.#onTile === undefined) return
    const hashes = this.#tiles[level] ?? Buffer.alloc(hashesOfTile * 32)
    this.#tiles[level] = hashes
    const at = place % hashesOfTile
    hashes.write(node, at * 32, 32, 'latin1')
    if (at < hashesOfTile - 1) return
    this.#onTile({ level, index: (place - at) / hashesOfTile, hashes })
    this.#tiles[level] = Buffer.alloc(hashesOfTile * 32)
  }

  /** The tiles that are not full. */
  partialTiles(): Tile[] {
    const partial: Tile[] = []
    for (const [level, hashes] of this.#tiles.entries()) {
      const nodes = Math.floor(this.#size / hashesOfTile ** level)
      const width = nodes % hashesOfTile
      if (width > 0) partial.push({ level, index: (nodes - width) / hashesOfTile, hashes: hashes.subarray(0, width * 32) })
    }
    return partial
  }

  /** MTH of all leaves so far. SPEC RFC 6962 §2.1. */
  root(): Hash {
    let root: Hash | undefined
    let rest = this.#size
    for (const children of this.#children) {
      const left = children.subarray(1, 33)
      if (rest % 2 === 1) root = root === undefined ? Buffer.from(left) : hashOfChildren(left, root)
      rest = Math.floor(rest / 2)
    }
    return root ?? rootOfNothing
  }
}

const isOdd = (value: number): boolean => value % 2 === 1
const half = (value: number): number => Math.floor(value / 2)

/** A node's place and that of the last node on its level, on the way up. */
class Climb {
  #node: number
  #last: number

  constructor(node: number, last: number) {
    this.#node = node
    this.#last = last
  }

  get atRoot(): boolean {
    return this.#last === 0
  }

  /** Whether the next hash of a proof stands left of the node. */
  get siblingIsLeft(): boolean {
    return isOdd(this.#node) || this.#node === this.#last
  }

  up(): void {
    this.#node = half(this.#node)
    this.#last = half(this.#last)
  }

  /** To the highest level on which the node has no right sibling yet. */
  upWhileRight(): void {
    while (isOdd(this.#node)) this.up()
  }

  /** Up past the levels on which the node is the last and has no sibling. */
  upToSibling(): void {
    while (!isOdd(this.#node) && this.#node !== 0) this.up()
  }
}

/** Whether the leaf stands at the index in the tree of that size and root. SPEC RFC 9162 §2.1.3.2.
 *  @param proof the audit path, leaf's sibling first */
export function isIncluded(leaf: Hash, index: number, size: number, proof: readonly Hash[], root: Hash): boolean {
  if (!Number.isSafeInteger(size) || !Number.isSafeInteger(index) || index < 0 || index >= size) return false
  const climb = new Climb(index, size - 1)
  let reached = leaf
  for (const sibling of proof) {
    if (climb.atRoot) return false
    if (climb.siblingIsLeft) {
      reached = hashOfChildren(sibling, reached)
      climb.upToSibling()
    } else reached = hashOfChildren(reached, sibling)
    climb.up()
  }
  return climb.atRoot && reached.equals(root)
}

/** A tree as it was signed. */
export interface Head {
  readonly size: number
  readonly root: Hash
}

/** Whether the second tree is the first with leaves added. SPEC RFC 9162 §2.1.4.2.
 *  Of the tree without leaves nothing can be shown: false. */
export function isConsistent(first: Head, second: Head, proof: readonly Hash[]): boolean {
  if (!Number.isSafeInteger(second.size) || !Number.isSafeInteger(first.size) || first.size < 1 || first.size > second.size) return false
  if (first.size === second.size) return proof.length === 0 && first.root.equals(second.root)
  if (proof.length === 0) return false
  // Of a complete first tree its root, which the verifier has, is the first node.
  const [start, ...rest] = isPowerOfTwo(first.size) ? [first.root, ...proof] : proof
  if (start === undefined) return false
  const climb = new Climb(first.size - 1, second.size - 1)
  climb.upWhileRight()
  let older = start
  let newer = start
  for (const sibling of rest) {
    if (climb.atRoot) return false
    if (climb.siblingIsLeft) {
      older = hashOfChildren(sibling, older)
      newer = hashOfChildren(sibling, newer)
      climb.upToSibling()
    } else newer = hashOfChildren(newer, sibling)
    climb.up()
  }
  return climb.atRoot && older.equals(first.root) && newer.equals(second.root)
}

function isPowerOfTwo(value: number): boolean {
  let rest = value
  while (rest > 1 && !isOdd(rest)) rest /= 2
  return rest === 1
}
