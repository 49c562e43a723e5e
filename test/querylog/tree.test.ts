// tree.test.ts: the published vectors of RFC 6962's tree, and the tree against its definition.
import fc from 'fast-check'
import t from 'tap'
import { type Hash, sha256 } from '../../src/canonical.ts'
import { emptyRoot, leafHash, nodeHash, Tree } from '../../src/querylog/tree.ts'
import { published, rootByDefinition } from '../rfc6962.ts'

const byteLeaf = (hex: string): Hash => sha256(Buffer.concat([Buffer.of(0), Buffer.from(hex, 'hex')]))

t.test('RFC 6962 §2.1: the published roots of one to eight leaves', async (t) => {
  t.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.same(new Tree().root, emptyRoot)
  for (const [index, root] of published.roots.entries()) {
    t.equal(new Tree().extended(published.leaves.slice(0, index + 1).map(byteLeaf)).root.toString('hex'), root, `${index + 1} leaves`)
  }
})

t.test('RFC 6962 §2.1: the published hashes of a leaf and of a node', async (t) => {
  t.equal(leafHash('L123456').toString('hex'), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
  const node = sha256(Buffer.concat([Buffer.of(1), Buffer.from('N123'), Buffer.from('N456')]))
  t.equal(node.toString('hex'), 'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb')
  const [left, right] = [sha256('left'), sha256('right')]
  t.same(nodeHash(left, right), sha256(Buffer.concat([Buffer.of(1), left, right])))
})

t.test('every size up to 300 has the root of the definition, however its leaves came', async (t) => {
  const all = Array.from({ length: 300 }, (_, index) => leafHash(`entry ${index}`))
  for (let size = 0; size <= all.length; size += 1) {
    const expected = rootByDefinition(all.slice(0, size))
    t.ok(new Tree().extended(all.slice(0, size)).root.equals(expected), `${size} leaves at once`)
  }
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (steps) => {
      let tree = new Tree()
      for (const step of steps) tree = tree.extended(all.slice(tree.size, Math.min(all.length, tree.size + step)))
      return tree.root.equals(rootByDefinition(all.slice(0, tree.size)))
    }),
  )
})

t.test('a batch that fails leaves the tree as it was', async (t) => {
  const tree = new Tree().extended([leafHash('a'), leafHash('b'), leafHash('c')])
  const before = tree.root
  tree.extended([leafHash('d')])
  t.same(tree.root, before)
  t.equal(tree.size, 3)
  t.equal(tree.frontier.length, 64)
})
