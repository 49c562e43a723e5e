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
export function hashOfLeaf(entry: Uint8Array): Hash {
  if (entry.length >= leafInput.length) leafInput = Buffer.alloc(1 + entry.length)
  leafInput.set(entry, 1)
  return sha256(leafInput.subarray(0, 1 + entry.length))
}

const childInput = Buffer.alloc(65, 1)

/** SHA-256(0x01 ‖ left ‖ right). SPEC RFC 6962 §2.1. */
export function hashOfChildren(left: Hash, right: Hash): Hash {
  childInput.set(left, 1)
  childInput.set(right, 33)
  return sha256(childInput)
}

/** A tree that leaves are added to, in memory that does not grow with it: a binary counter of complete subtrees. */
export class GrowingTree {
  /** By height: the root of the complete subtree of 2^height leaves, where the size has that bit. */
  readonly #subtrees: (Hash | undefined)[] = []
  #size = 0

  get size(): number {
    return this.#size
  }

  add(leaf: Hash): void {
    let carried = leaf
    let height = 0
    for (let left = this.#subtrees[0]; left !== undefined; left = this.#subtrees[height]) {
      carried = hashOfChildren(left, carried)
      this.#subtrees[height] = undefined
      height += 1
    }
    this.#subtrees[height] = carried
    this.#size += 1
  }

  /** MTH of all leaves so far. SPEC RFC 6962 §2.1. */
  root(): Hash {
    let root: Hash | undefined
    for (const subtree of this.#subtrees) {
      if (subtree !== undefined) root = root === undefined ? subtree : hashOfChildren(subtree, root)
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
