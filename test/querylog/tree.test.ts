// tree.test.ts: the published vectors of RFC 6962's tree, and the tree against its definition.
import fc from 'fast-check'
import t from 'tap'
import { type Hash, sha256 } from '../../src/canonical.ts'
import { emptyRoot, leafHash, nodeHash, Tree, treeOver } from '../../src/querylog/tree.ts'

const leaves = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f']
const roots = [
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
]
const byteLeaf = (hex: string): Hash => sha256(Buffer.concat([Buffer.of(0), Buffer.from(hex, 'hex')]))

t.test('RFC 6962 §2.1: the published roots of one to eight leaves', async (t) => {
  t.equal(emptyRoot.toString('hex'), 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855')
  t.same(new Tree().root, emptyRoot)
  for (const [index, root] of roots.entries()) {
    t.equal(new Tree().extended(leaves.slice(0, index + 1).map(byteLeaf)).root.toString('hex'), root, `${index + 1} leaves`)
  }
})

t.test('RFC 6962 §2.1: the published hashes of a leaf and of a node', async (t) => {
  t.equal(leafHash('L123456').toString('hex'), '395aa064aa4c29f7010acfe3f25db9485bbd4b91897b6ad7ad547639252b4d56')
  const node = sha256(Buffer.concat([Buffer.of(1), Buffer.from('N123'), Buffer.from('N456')]))
  t.equal(node.toString('hex'), 'aa217fe888e47007fa15edab33c2b492a722cb106c64667fc2b044444de66bbb')
  const [left, right] = [sha256('left'), sha256('right')]
  t.same(nodeHash(left, right), sha256(Buffer.concat([Buffer.of(1), left, right])))
})

/** MTH by its recursive definition: split at the largest power of two below n. */
function byDefinition(hashes: readonly Hash[]): Hash {
  const [first] = hashes
  if (first === undefined) return emptyRoot
  if (hashes.length === 1) return first
  const split = 2 ** (Math.ceil(Math.log2(hashes.length)) - 1)
  return nodeHash(byDefinition(hashes.slice(0, split)), byDefinition(hashes.slice(split)))
}

t.test('every size up to 300 has the root of the definition, however its leaves came', async (t) => {
  const all = Array.from({ length: 300 }, (_, index) => leafHash(`entry ${index}`))
  for (let size = 0; size <= all.length; size += 1) {
    const expected = byDefinition(all.slice(0, size))
    t.ok(new Tree().extended(all.slice(0, size)).root.equals(expected), `${size} leaves at once`)
  }
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 60 }), { maxLength: 8 }), (steps) => {
      let tree = new Tree()
      for (const step of steps) tree = tree.extended(all.slice(tree.size, Math.min(all.length, tree.size + step)))
      return tree.root.equals(byDefinition(all.slice(0, tree.size)))
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

t.test('a tree is rebuilt from stored hashes, and refuses half a hash', async (t) => {
  const hashes = Array.from({ length: 10 }, (_, index) => leafHash(String(index)))
  async function* chunks() {
    yield Buffer.concat(hashes.slice(0, 7))
    yield Buffer.concat(hashes.slice(7))
  }
  t.same((await treeOver(chunks())).root, byDefinition(hashes))
  async function* torn() {
    yield Buffer.alloc(33)
  }
  await t.rejects(treeOver(torn()), RangeError)
})
