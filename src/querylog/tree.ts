// tree.ts: the append-only Merkle tree of RFC 6962 §2.1, kept as the roots of its perfect subtrees.
import { type Hash, sha256 } from '../canonical.ts'

/** Root of the tree without leaves: SHA-256 of nothing. */
export const emptyRoot: Hash = sha256('')

/** Where entries are encoded: room for the longest, three bytes a character, behind the byte that is hashed before it. */
let encoded = Buffer.alloc(16 * 1024)

/** An entry's exact bytes and the hash of its leaf, SHA-256(0x00 ‖ entry). SPEC RFC 6962 §2.1.
 *  Encoded once: what is hashed is what is stored. Counting the bytes first would cost as much as encoding them. */
export function leafOf(entry: string): { readonly bytes: Buffer; readonly hash: Hash } {
  const room = 1 + entry.length * 3
  if (encoded.length < room) encoded = Buffer.alloc(room)
  const end = 1 + encoded.write(entry, 1)
  return { bytes: Buffer.from(encoded.subarray(1, end)), hash: sha256(encoded.subarray(0, end)) }
}

/** Hash of a leaf. SPEC RFC 6962 §2.1. */
export function leafHash(entry: string | Uint8Array): Hash {
  return typeof entry === 'string' ? leafOf(entry).hash : sha256(Buffer.concat([Buffer.of(0), entry]))
}

const pair = Buffer.alloc(65, 1)

/** Hash of two subtrees: SHA-256(0x01 ‖ left ‖ right). SPEC RFC 6962 §2.1. */
export function nodeHash(left: Hash, right: Hash): Hash {
  pair.set(left, 1)
  pair.set(right, 33)
  return sha256(pair)
}

/** A tree of `size` leaves: everything that is needed to append to it and to state its root, in ⌈log2(size)⌉ hashes.
 *  Immutable: `extended` gives a new one, so a batch that fails leaves nothing to undo. */
export class Tree {
  readonly size: number
  /** Roots of the perfect subtrees, largest (leftmost) first; one for each bit set in `size`. */
  readonly #perfect: readonly Hash[]
  #root: Hash | undefined

  constructor(size = 0, perfect: readonly Hash[] = []) {
    this.size = size
    this.#perfect = perfect
  }

  /** This tree with further leaves.
   *  @param eighths gets, at each eighth level (at 1 the 8th, at 2 the 16th), the roots of the perfect subtrees that the leaves
   *  complete, left to right: they are computed on the way, and are what stands in tiles */
  extended(leaves: readonly Hash[], eighths?: Hash[][]): Tree {
    const perfect = this.#perfect.slice()
    let size = this.size
    for (const leaf of leaves) {
      let right = leaf
      let height = 0
      // Each trailing one-bit of the size is a perfect subtree as large as the one that is carried.
      for (let rest = size; rest % 2 === 1; rest = (rest - 1) / 2) {
        const left = perfect.pop()
        if (left === undefined) throw new Error('a tree lacks a subtree that its size says it has')
        right = nodeHash(left, right)
        height += 1
        if (eighths !== undefined && height % 8 === 0) {
          eighths[height / 8] ??= []
          eighths[height / 8]?.push(right)
        }
      }
      perfect.push(right)
      size += 1
    }
    return new Tree(size, perfect)
  }

  /** MTH of all leaves. SPEC RFC 6962 §2.1. */
  get root(): Hash {
    this.#root ??= this.#perfect.length === 0 ? emptyRoot : this.#perfect.reduceRight((right, left) => nodeHash(left, right))
    return this.#root
  }

  /** The perfect subtrees' roots, concatenated. */
  get frontier(): Buffer {
    return Buffer.concat(this.#perfect)
  }
}
