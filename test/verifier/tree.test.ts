// tree.test.ts: the published vectors of RFC 6962, and every proof of small trees against the definition.
import fc from 'fast-check'
import t from 'tap'
import { GrowingTree, hashOfChildren, hashOfLeaf, isConsistent, isIncluded, rootOfNothing } from '../../src/verifier/tree.ts'
import { type Consistency, forgedConsistencies, forgedInclusions, type Inclusion } from '../forged-proofs.ts'
import { consistencyByDefinition, leafByDefinition, pathByDefinition, published, rootByDefinition } from '../rfc6962.ts'

t.test('RFC 6962 §2.1: the published roots of no leaf and of one to eight', async (t) => {
  t.equal(rootOfNothing.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  const tree = new GrowingTree()
  t.same(tree.root(), rootOfNothing)
  for (const [index, root] of published.roots.entries()) {
    tree.add(hashOfLeaf(Buffer.from(published.leaves[index] ?? '', 'hex')))
    t.equal(tree.root().toString('hex'), root, `${index + 1} leaves`)
    t.equal(tree.size, index + 1)
  }
})

t.test('RFC 6962 §2.1: the published hash of a leaf, and leaves of any length', async (t) => {
  t.equal(hashOfLeaf(Buffer.from('L123456')).toString('hex'), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
  for (const length of [0, 1, 65_534, 65_535, 65_536, 200_000]) {
    const entry = Buffer.alloc(length, 7)
    t.ok(hashOfLeaf(entry).equals(leafByDefinition(entry)), `${length} bytes`)
  }
})

t.test('RFC 6962 §2.1: a tree has the root of the definition at every size up to 300', async (t) => {
  const leaves = Array.from({ length: 300 }, (_, index) => leafByDefinition(String(index)))
  const tree = new GrowingTree()
  for (const [index, leaf] of leaves.entries()) {
    tree.add(leaf)
    if (!tree.root().equals(rootByDefinition(leaves.slice(0, index + 1)))) t.fail(`${index + 1} leaves`)
  }
})

t.test('RFC 9162 §2.1.3.2: every leaf of every tree up to 70 is included by its path, and by no other', async (t) => {
  const all = Array.from({ length: 70 }, (_, index) => leafByDefinition(String(index)))
  const isTaken = ({ index, leaf, path, root, size }: Inclusion) => isIncluded(leaf, index, size, path, root)
  for (let size = 1; size <= all.length; size += 1) {
    const leaves = all.slice(0, size)
    const root = rootByDefinition(leaves)
    for (const [index, leaf] of leaves.entries()) {
      const inclusion = { leaf, index, size, path: pathByDefinition(index, leaves), root }
      if (!isTaken(inclusion)) t.fail(`index ${index} of ${size}`)
      for (const [name, forged] of forgedInclusions(inclusion)) if (isTaken(forged)) t.fail(`index ${index} of ${size}: ${name}`)
    }
  }
})

t.test('RFC 9162 §2.1.4.2: every tree up to 40 is consistent with those before it by its proof, and by no other', async (t) => {
  const all = Array.from({ length: 40 }, (_, index) => leafByDefinition(String(index)))
  const head = (size: number) => ({ size, root: rootByDefinition(all.slice(0, size)) })
  const isTaken = ({ first, proof, second }: Consistency) => isConsistent(first, second, proof)
  for (const [at] of all.entries()) {
    const second = head(at + 1)
    for (const [before] of all.slice(0, second.size).entries()) {
      const first = head(before + 1)
      const consistency = { first, second, proof: consistencyByDefinition(first.size, all.slice(0, second.size)) }
      if (!isTaken(consistency)) t.fail(`${first.size} to ${second.size}`)
      for (const [name, forged] of forgedConsistencies(consistency)) if (isTaken(forged)) t.fail(`${first.size} to ${second.size}: ${name}`)
    }
  }
  const [leaf = rootOfNothing, ...others] = all
  const [second, proof] = [head(4), [leaf, ...consistencyByDefinition(1, all.slice(0, 4))]]
  t.ok(isConsistent({ size: 1, root: leaf }, second, proof.slice(1)))
  t.notOk(isConsistent(head(0), second, []), 'of the empty tree nothing can be shown')
  t.notOk(isConsistent({ size: 0, root: leaf }, second, proof), 'nor under a root of its own')
  t.notOk(isConsistent({ size: 3, root: leaf }, head(2), [leaf, ...others.slice(0, 1)]), 'a larger tree does not come before')
})

t.test('RFC 9162 §2.1.4.2: the proof from six to eight of the published leaves', async (t) => {
  const base64 = (text: string) => Buffer.from(text, 'base64')
  const proof = [
    'DrxdNDf74tsVi58Sah0RjjCBgQMdCpSfje3t68VY72o=',
    'yoVOoSjtBQtBs1/8G4e46yveRh6eO1WW7Oa51ZdaCuA=',
    '037kGJdt2VdTwcc4Yrk5j6Kiz5tP8P3+izDNlSCWFLc=',
  ].map(base64)
  const six = { size: 6, root: base64('duZ9rbzfHhDht03cYIq9L5jfsW+851J3tSMqEn8gh+8=') }
  const eight = { size: 8, root: base64('XcnaeacGWamtVZy3Ad7ZoqudgjqtL0lgz+Nw7/RgQyg=') }
  t.equal(eight.root.toString('hex'), published.roots[7])
  t.ok(isConsistent(six, eight, proof))
})

t.test('proofs of sizes beyond 32 bits are followed, and sizes that are none are refused', async (t) => {
  // A tree of 2^40 equal leaves: each level has one hash.
  const levels = [leafByDefinition('same')]
  for (let at = 0; at < 40; at += 1) levels.push(hashOfChildren(levels[at] ?? rootOfNothing, levels[at] ?? rootOfNothing))
  const [leaf = rootOfNothing, root = rootOfNothing] = [levels[0], levels[40]]
  fc.assert(fc.property(fc.nat({ max: 2 ** 31 }), (low) => isIncluded(leaf, 2 ** 39 + low, 2 ** 40, levels.slice(0, 40), root)))
  for (const [index, size] of [
    [-1, 1],
    [0, 0],
    [0.5, 2],
    [0, Number.NaN],
    [0, 2 ** 60],
    [1, 1],
  ] as const)
    t.notOk(isIncluded(leaf, index, size, [], leaf), `${index} of ${size}`)
})
