// tile.ts: the tree's hashes in tiles of 256 (C2SP tlog-tiles): what they are called, where a hash stands, which ones leaves complete.
import type { Hash } from '../canonical.ts'
import { Tree } from './tree.ts'

/** Hashes of a whole tile; entries of a whole bundle. */
export const tileWidth = 256

/** A tile of hashes, or a bundle of entries. Hash i of tile n at level l is the root over the leaves [(256n + i)·256^l, (256n + i + 1)·256^l). */
export interface TileName {
  readonly level: number | 'entries'
  /** The how-manieth of its level, from 0. */
  readonly index: number
  /** 256, or less: a partial tile holds the first so many. What it holds is the same whatever the tree grew to: every hash in it is
   *  that of a subtree which is whole. */
  readonly width: number
}

/** A tile of hashes. */
export type HashTileName = TileName & { readonly level: number }

/** `tile/0/x001/x234/067.p/8`. SPEC C2SP tlog-tiles, "Merkle Tree". */
export function tilePath({ level, index, width }: TileName): string {
  const groups = String(index)
    .padStart(Math.ceil(String(index).length / 3) * 3, '0')
    .match(/\d{3}/g)
  const place = groups?.map((group, at) => (at < groups.length - 1 ? `x${group}` : group)).join('/')
  return `tile/${level}/${place}${width < tileWidth ? `.p/${width}` : ''}`
}

const path = /^tile\/(\d\d?|entries)\/((?:x\d{3}\/){0,5}\d{3})(?:\.p\/(\d{1,3}))?$/

/** Reads a tile's path.
 *  @returns undefined for whatever is not the one spelling of a tile that can be */
export function readTilePath(text: string): TileName | undefined {
  const [, level = '', place = '', width] = path.exec(text) ?? []
  const name: TileName = {
    level: level === 'entries' ? level : Number(level),
    index: Number(place.replaceAll(/[x/]/g, '')),
    width: width === undefined ? tileWidth : Number(width),
  }
  const sound = level !== '' && name.width > 0 && Number.isSafeInteger(name.index) && (level === 'entries' || Number(level) < 64)
  return sound && tilePath(name) === text ? name : undefined
}

/** How many hashes stand at a level in a tree of so many leaves: of whole subtrees only. */
export const hashesAt = (level: TileName['level'], size: number): number =>
  Math.floor(size / tileWidth ** (level === 'entries' ? 0 : level))

/** Whether a tree of so many leaves has everything that the tile holds. */
export const isCovered = ({ level, index, width }: TileName, size: number): boolean => index * tileWidth + width <= hashesAt(level, size)

/** A tile that is whole, and the one hash over its 256. */
export interface CompleteTile {
  readonly level: number
  readonly index: number
  readonly hashes: readonly Hash[]
  readonly root: Hash
}

/** A tree, and by level the hashes of the tile at its right edge that is not whole yet: all that is needed to add leaves to the tree and
 *  to complete tiles, at most 255 hashes a level, and seven levels. Immutable. */
export interface Grown {
  readonly tree: Tree
  readonly edge: readonly (readonly Hash[])[]
}

export const nothingGrown: Grown = { tree: new Tree(), edge: [] }

/** Adds leaves. No hash is computed for the tiles' sake: what stands in them falls out of the tree's own. */
export function grow({ tree, edge }: Grown, leaves: readonly Hash[]): Grown & { readonly tiles: readonly CompleteTile[] } {
  const added: Hash[][] = []
  const grown = tree.extended(leaves, added)
  const tiles: CompleteTile[] = []
  const levels: (readonly Hash[])[] = []
  for (let level = 0; level < Math.max(edge.length, added.length, 1); level += 1) {
    const hashes = [...(edge[level] ?? []), ...((level === 0 ? leaves : added[level]) ?? [])]
    const roots = added[level + 1] ?? []
    const first = Math.floor(hashesAt(level, tree.size) / tileWidth)
    for (const [at, root] of roots.entries()) {
      tiles.push({ level, index: first + at, hashes: hashes.slice(at * tileWidth, (at + 1) * tileWidth), root })
    }
    levels.push(roots.length === 0 ? hashes : hashes.slice(roots.length * tileWidth))
  }
  return { tree: grown, edge: levels, tiles }
}

/** The hashes that stand side by side in bytes.
 *  @throws RangeError where they are not whole hashes */
export function hashesIn(bytes: Buffer): Hash[] {
  if (bytes.length % 32 !== 0) throw new RangeError(`hashes: expected multiples of 32 bytes, found ${bytes.length}`)
  const hashes: Hash[] = []
  for (let at = 0; at < bytes.length; at += 32) hashes.push(bytes.subarray(at, at + 32) as Hash) // 32 bytes by the loop
  return hashes
}

/** What has grown from stored leaf hashes, whole hashes in chunks of any length.
 *  @throws RangeError when a chunk is not whole hashes */
export async function grownOver(chunks: AsyncIterable<Buffer>): Promise<Grown> {
  let grown = nothingGrown
  for await (const chunk of chunks) {
    const { tree, edge } = grow(grown, hashesIn(chunk))
    grown = { tree, edge }
  }
  return grown
}
