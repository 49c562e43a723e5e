// forged-proofs.ts: what is no proof, made of one that is: the classes of the published vectors of transparency-dev/merkle.
import { leafByDefinition, sha256, split } from './rfc6962.ts'

/** That a leaf stands in a tree. */
export interface Inclusion {
  readonly leaf: Buffer
  readonly index: number
  readonly size: number
  readonly path: readonly Buffer[]
  readonly root: Buffer
}

/** That a tree is another with leaves added. */
export interface Consistency {
  readonly first: Head
  readonly second: Head
  readonly proof: readonly Buffer[]
}

interface Head {
  readonly size: number
  readonly root: Buffer
}

/** A hash that stands in no tree here, and that of the tree without leaves. */
const strays = { stray: leafByDefinition('stray'), 'root of nothing': sha256() }

const named = (what: string, hashes: Readonly<Record<string, Buffer>>): (readonly [string, Buffer])[] =>
  Object.entries(hashes).map(([name, hash]) => [`${what} ${name}`, hash])

const withBit = (hash: Buffer, bit: number): Buffer =>
  Buffer.from(hash.map((byte, at) => (at === Math.floor(bit / 8) ? byte ^ (1 << (bit % 8)) : byte)))

/** Hashes that are not those: too many, too few, another.
 *  @param known what whoever forges has at hand, by name
 *  @param bit 0 to 255: which is changed */
function otherHashes(
  hashes: readonly Buffer[],
  known: Readonly<Record<string, Buffer>>,
  bit: number,
): (readonly [string, readonly Buffer[]])[] {
  const garbage = { 'a hash of no bytes': Buffer.alloc(0), ...strays, ...known }
  const more = [
    ...named('behind it', garbage).map(([name, each]) => [name, [...hashes, each]] as const),
    ...named('before it', garbage).map(([name, each]) => [name, [each, ...hashes]] as const),
  ]
  if (hashes.length === 0) return more
  const changed = hashes.map((hash, at) => [`a bit of hash ${at}`, hashes.with(at, withBit(hash, bit))] as const)
  return [...more, ...changed, ['no hash', []], ['cut at its end', hashes.slice(0, -1)], ['cut at its beginning', hashes.slice(1)]]
}

/** A leaf as one of the half of its tree in which it stands, and its parent as a leaf. */
function partsOf(of: Inclusion): (readonly [string, Inclusion])[] {
  const { index, leaf, path, size } = of
  const [sibling, ...above] = path
  if (sibling === undefined) return []
  const middle = split(size)
  return [
    ['of its half alone', index < middle ? { ...of, size: middle } : { ...of, index: index - middle, size: size - middle }],
    ['its parent for the leaf, its sibling right', { ...of, leaf: sha256(Buffer.of(1), leaf, sibling), path: above }],
    ['its parent for the leaf, its sibling left', { ...of, leaf: sha256(Buffer.of(1), sibling, leaf), path: above }],
  ]
}

/** @returns by class; whoever takes one of them takes what is not so */
export function forgedInclusions(of: Inclusion): (readonly [string, Inclusion])[] {
  const { index, leaf, path, root, size } = of
  const bit = (index * 37 + size) % 256
  return [
    ...[index - 1, index + 1, index ^ 2].map((other) => [`index ${other}`, { ...of, index: other }] as const),
    ...[size * 2, Math.floor(size / 2)].map((other) => [`size ${other}`, { ...of, size: other }] as const),
    ...partsOf(of),
    ...named('leaf', { ...strays, changed: withBit(leaf, bit) }).map(([name, other]) => [name, { ...of, leaf: other }] as const),
    ...named('root', { ...strays, changed: withBit(root, bit) }).map(([name, other]) => [name, { ...of, root: other }] as const),
    ...otherHashes(path, { root, leaf }, bit).map(([name, other]) => [name, { ...of, path: other }] as const),
  ]
}

/** @returns likewise */
export function forgedConsistencies(of: Consistency): (readonly [string, Consistency])[] {
  const { first, second, proof } = of
  const bit = (first.size * 37 + second.size) % 256
  const sized = (head: Head, sizes: readonly number[]) => sizes.map((size) => [`${head.size} as ${size}`, { ...head, size }] as const)
  const rooted = (head: Head) =>
    named(`${head.size} with root`, { ...strays, changed: withBit(head.root, bit) }).map(
      ([name, root]) => [name, { ...head, root }] as const,
    )
  const firsts = [...sized(first, [first.size - 1, first.size + 1, first.size ^ 2]), ...rooted(first)]
  const seconds = [...sized(second, [second.size * 2, Math.floor(second.size / 2)]), ...rooted(second)]
  const forged = [
    ...firsts.map(([name, other]) => [`first, ${name}`, { ...of, first: other }] as const),
    ...seconds.map(([name, other]) => [`second, ${name}`, { ...of, second: other }] as const),
    ...otherHashes(proof, { first: first.root, second: second.root }, bit).map(([name, other]) => [name, { ...of, proof: other }] as const),
  ]
  if (first.size === second.size) return forged
  const exchanged = { first: { ...first, root: second.root }, second: { ...second, root: first.root } }
  return [...forged, ['roots exchanged', { ...of, ...exchanged }], ['trees exchanged', { ...of, first: second, second: first }]]
}
