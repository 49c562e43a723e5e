// proof.ts: inclusion and consistency proofs from tiles: which hashes they are made of, in which tiles those stand, and their text.
import type { Hash } from '../canonical.ts'
import { type HashTileName, hashesAt, tilePath, tileWidth } from './tile.ts'
import { nodeHash, Tree } from './tree.ts'

/** Leaves [from, to): a proof states the one hash over them. */
export interface Span {
  readonly from: number
  readonly to: number
}

/** Where a tree of so many leaves, more than one, parts: the largest power of two below. SPEC RFC 6962 §2.1. */
function halfOf(size: number): number {
  let half = 1
  while (half * 2 < size) half *= 2
  return half
}

/** Splits a span of at least two leaves as its tree does. */
function parted({ from, to }: Span): readonly [left: Span, right: Span] {
  const middle = from + halfOf(to - from)
  return [
    { from, to: middle },
    { from: middle, to },
  ]
}

function checkRange(what: string, value: number, least: number, most: number): void {
  if (Number.isSafeInteger(value) && least <= value && value <= most) return
  throw new RangeError(`${what}: expected ${least} to ${most}, found ${value}`)
}

/** PATH(index, D[size]): what stands beside the way from a leaf to the root, the leaf's sibling first. SPEC RFC 6962 §2.1.1.
 *  @throws RangeError for a leaf that the tree does not have */
export function inclusionSpans(index: number, size: number): Span[] {
  checkRange('size', size, 1, Number.MAX_SAFE_INTEGER)
  checkRange('index', index, 0, size - 1)
  const spans: Span[] = []
  let within: Span = { from: 0, to: size }
  while (within.to - within.from > 1) {
    const [left, right] = parted(within)
    within = index < left.to ? left : right
    spans.push(within === left ? right : left)
  }
  return spans.reverse()
}

/** PROOF(first, D[second]): that the first so many leaves of a tree are those of a smaller one. SPEC RFC 6962 §2.1.2.
 *  @throws RangeError unless 1 ≤ first ≤ second: of the tree without leaves nothing can be shown */
export function consistencySpans(first: number, second: number): Span[] {
  checkRange('second', second, 1, Number.MAX_SAFE_INTEGER)
  checkRange('first', first, 1, second)
  const spans: Span[] = []
  let within: Span = { from: 0, to: second }
  while (within.to !== first) {
    const [left, right] = parted(within)
    within = first <= left.to ? left : right
    spans.push(within === left ? right : left)
  }
  // The smaller tree itself is what the verifier has.
  if (within.from > 0) spans.push(within)
  return spans.reverse()
}

/** Where the hash over a perfect subtree stands: hashes [first, first + count) of a tile, and what they hash to. */
interface Place {
  readonly level: number
  readonly index: number
  readonly first: number
  readonly count: number
}

/** The perfect subtrees of a span, largest first. Their hashes are all that tiles hold; the span's own is made of them. */
function placesOf({ from, to }: Span): Place[] {
  const places: Place[] = []
  for (let at = from; at < to; ) {
    // A span begins where a subtree at least as large as its largest does: the sizes fall, and each is aligned.
    let leaves = 1
    let height = 0
    while (leaves * 2 <= to - at) {
      leaves *= 2
      height += 1
    }
    const level = Math.floor(height / 8)
    const place = at / tileWidth ** level
    places.push({ level, index: Math.floor(place / tileWidth), first: place % tileWidth, count: 2 ** (height % 8) })
    at += leaves
  }
  return places
}

/** The tiles in which the hashes of spans stand, each once; partial where a tree of so many leaves has no more of them. */
export function tilesUnder(spans: readonly Span[], size: number): HashTileName[] {
  const tiles = new Map<string, HashTileName>()
  for (const { level, index } of spans.flatMap(placesOf)) {
    const name = { level, index, width: Math.min(tileWidth, hashesAt(level, size) - index * tileWidth) }
    tiles.set(tilePath(name), name)
  }
  return [...tiles.values()]
}

/** Hashes by tile. */
export type Tiles = readonly { readonly name: HashTileName; readonly hashes: readonly Hash[] }[]

/** The hashes of spans.
 *  @param tiles those of `tilesUnder`
 *  @throws Error where one is missing, or too short */
export function hashesOf(spans: readonly Span[], tiles: Tiles): Hash[] {
  return spans.map((span) => {
    const subtrees = placesOf(span).map((place) => rootAt(place, tiles))
    return subtrees.reduceRight((right, left) => nodeHash(left, right))
  })
}

function rootAt({ level, index, first, count }: Place, tiles: Tiles): Hash {
  const hashes = tiles.find(({ name }) => name.level === level && name.index === index)?.hashes.slice(first, first + count)
  if (hashes?.length !== count) throw new Error(`a proof: tile ${level}/${index} lacks hashes ${first} to ${first + count}`)
  return new Tree().extended(hashes).root
}

/** The root that a leaf and its path lead to: what a path is held against before it is given to anybody. */
export function rootOver(leaf: Hash, index: number, size: number, path: readonly Hash[]): Hash {
  const spans = inclusionSpans(index, size)
  if (spans.length !== path.length) throw new Error(`a proof: expected ${spans.length} hashes, found ${path.length}`)
  return path.reduce((reached, sibling, at) => {
    const isLeft = (spans[at]?.from ?? 0) < index
    return isLeft ? nodeHash(sibling, reached) : nodeHash(reached, sibling)
  }, leaf)
}

/** An entry's C2SP tlog-proof: the entry itself as `extra`, its index, its path, the signed checkpoint that they lead to. */
export function proofText(entry: string, index: number, path: readonly Hash[], checkpoint: string): string {
  const hashes = path.map((hash) => `${hash.toString('base64')}\n`).join('')
  return `c2sp.org/tlog-proof@v1\nextra ${Buffer.from(entry).toString('base64')}\nindex ${index}\n${hashes}\n${checkpoint}`
}
