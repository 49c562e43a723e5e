// proof.test.ts: proofs from tiles are those of the definition, and an independent verifier takes them, and nothing else.
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import type { Hash } from '../../src/canonical.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import {
  consistencySpans,
  hashesOf,
  inclusionSpans,
  proofText,
  rootOver,
  type Span,
  type Tiles,
  tilesUnder,
} from '../../src/querylog/proof.ts'
import { grow, isCovered, nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import { Invalid } from '../../src/verifier/invalid.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { openProof } from '../../src/verifier/proof.ts'
import { isConsistent, isIncluded } from '../../src/verifier/tree.ts'
import { forgedInclusions, type Inclusion } from '../forged-proofs.ts'
import { consistencyByDefinition, pathByDefinition } from '../rfc6962.ts'

const entries = Array.from({ length: 66_100 }, (_, index) => `{"entry":${index}}`)
const leaves = entries.map(leafHash)
/** Everything that tiles hold of all the leaves: whole tiles, and the edge. */
const whole = grow(nothingGrown, leaves)

/** The tiles under spans as they stood when the tree had `size` leaves. */
function tilesAt(spans: readonly Span[], size: number): Tiles {
  return tilesUnder(spans, size).map((name) => {
    if (!isCovered(name, size)) throw new Error('a proof asks for a tile that the tree does not have')
    const tile = whole.tiles.find(({ level, index }) => level === name.level && index === name.index)
    const hashes = tile?.hashes ?? (typeof name.level === 'number' ? whole.edge[name.level] : undefined) ?? []
    return { name, hashes: hashes.slice(0, name.width) }
  })
}

const inclusion = (index: number, size: number) => hashesOf(inclusionSpans(index, size), tilesAt(inclusionSpans(index, size), size))
const consistency = (first: number, second: number) =>
  hashesOf(consistencySpans(first, second), tilesAt(consistencySpans(first, second), second))
const hex = (hashes: readonly Buffer[]): string[] => hashes.map((hash) => hash.toString('hex'))
const rootOf = (size: number) => grow(nothingGrown, leaves.slice(0, size)).tree.root

t.test('RFC 6962 §2.1.1, §2.1.2: every proof of every tree up to 70 leaves is that of the definition', async (t) => {
  for (let size = 1; size <= 70; size += 1) {
    const of = leaves.slice(0, size)
    const each = of.map((_, index) => index)
    t.same(
      each.map((index) => hex(inclusion(index, size))),
      each.map((index) => hex(pathByDefinition(index, of))),
      `leaves of ${size}`,
    )
    const [found, defined] = [consistency, (first: number) => consistencyByDefinition(first, of)].map((proof) =>
      each.map((index) => hex(proof(index + 1, size))),
    )
    t.same(found, defined, `trees in ${size}`)
  }
})

/** Whether both proofs are those of the definition, and the verifier takes them. */
function areRight(index: number, first: number, size: number): boolean {
  const of = leaves.slice(0, size)
  const [path, proof] = [inclusion(index, size), consistency(first, size)]
  const [root, leaf] = [rootOf(size), leaves[index] ?? leafHash('')]
  return (
    String(hex(path)) === String(hex(pathByDefinition(index, of))) &&
    String(hex(proof)) === String(hex(consistencyByDefinition(first, of))) &&
    isIncluded(leaf, index, size, path, root) &&
    rootOver(leaf, index, size, path).equals(root) &&
    isConsistent({ size: first, root: rootOf(first) }, { size, root }, proof)
  )
}

t.test('over tiles of three levels they are those of the definition, and the verifier takes them', async (t) => {
  for (const size of [255, 256, 257, 511, 512, 65_535, 65_536, 65_537, 66_100]) {
    for (const index of [0, 255, Math.floor(size / 2), size - 1].filter((each) => each < size))
      t.ok(areRight(index, index + 1, size), `${index} of ${size}`)
  }
  fc.assert(fc.property(fc.integer({ min: 1, max: 1_500 }), fc.nat(), (size, pick) => areRight(pick % size, (pick % size) + 1, size)))
})

t.test('a hash of a path that was changed leads to another root', async () => {
  fc.assert(
    fc.property(fc.integer({ min: 2, max: 1_500 }), fc.nat(), fc.nat(), (size, pick, which) => {
      const [index, root] = [pick % size, rootOf(size)]
      const path = inclusion(index, size)
      const changed = path.map((hash, at) => (at === which % path.length ? leafHash('changed') : hash))
      const leaf = leaves[index] ?? leafHash('')
      return !rootOver(leaf, index, size, changed).equals(root) && !isIncluded(leaf, index, size, changed, root)
    }),
  )
})

/** Whether the writer would give a path to anybody. What it gets are hashes of its own; those that are forged have any length. */
function isGiven({ index, leaf, path, root, size }: Inclusion): boolean {
  try {
    return rootOver(leaf as Hash, index, size, path as Hash[]).equals(root) // see above
  } catch (error) {
    if (error instanceof RangeError || /a proof: expected \d+ hashes/.test(String(error))) return false
    throw error
  }
}

t.test('RFC 6962 §2.1.1: of every tree up to 40 leaves the path of each leads to the root, and what was made of it does not', async (t) => {
  for (let size = 1; size <= 40; size += 1) {
    const root = rootOf(size)
    for (const [index, leaf] of leaves.slice(0, size).entries()) {
      const given = { leaf, index, size, path: inclusion(index, size), root }
      if (!isGiven(given)) t.fail(`index ${index} of ${size}`)
      for (const [name, forged] of forgedInclusions(given)) if (isGiven(forged)) t.fail(`index ${index} of ${size}: ${name}`)
    }
  }
})

t.test('what a tree does not have is not proven', async (t) => {
  for (const [index, size] of [
    [0, 0],
    [1, 1],
    [-1, 1],
    [0.5, 1],
    [Number.NaN, 1],
    [0, 2 ** 53],
  ] as const) {
    t.throws(() => inclusionSpans(index, size), RangeError, `leaf ${index} of ${size}`)
  }
  for (const [first, second] of [
    [0, 1],
    [0, 0],
    [2, 1],
    [1.5, 2],
  ] as const) {
    t.throws(() => consistencySpans(first, second), RangeError, `${first} of ${second}`)
  }
  const spans = inclusionSpans(0, 700)
  t.throws(() => hashesOf(spans, tilesAt(spans, 700).slice(1)), /lacks hashes/, 'without one of its tiles')
  t.throws(
    () =>
      hashesOf(
        spans,
        tilesAt(spans, 700).map(({ name, hashes }) => ({ name, hashes: hashes.slice(0, -1) })),
      ),
    /lacks hashes/,
  )
  t.throws(() => rootOver(leafHash(''), 0, 700, []), /expected 10 hashes, found 0/)
})

t.test('a tree of 2^53 - 1 leaves: spans and tiles are exact where floating point would not be', async (t) => {
  const size = Number.MAX_SAFE_INTEGER
  const spans = inclusionSpans(size - 1, size)
  t.equal(spans.length, 52)
  t.same(spans[0], { from: size - 3, to: size - 1 })
  t.same(spans.at(-1), { from: 0, to: 2 ** 52 })
  t.ok(tilesUnder(spans, size).every((name) => isCovered(name, size)))
  t.equal(inclusionSpans(0, size).length, 53)
})

t.test('C2SP tlog-proof: the verifier opens the text, and finds the entry where it is said to stand', async (t) => {
  const log = 'linkage.example/log/1'
  const signer = noteSigner(log, generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
  const trusted = [readVerifierKey(signer.verifierKey)]
  for (const [index, size] of [
    [0, 1],
    [0, 2],
    [299, 300],
    [7, 66_100],
  ] as const) {
    const checkpoint = signer.sign(checkpointText(log, { size, root: rootOf(size) }))
    const text = proofText(entries[index] ?? '', index, inclusion(index, size), checkpoint)
    const proven = openProof(text, log, trusted)
    t.match({ ...proven, entry: proven.entry.toString() }, { entry: entries[index], index, checkpoint: { size } })
    const other = proofText(entries[index + 1] ?? '', index, inclusion(index, size), checkpoint)
    t.throws(() => openProof(other, log, trusted), Invalid, 'with another entry')
  }
})
