// tile.test.ts: what tiles are called, and that leaves complete the tiles of the definition, however they came.
import fc from 'fast-check'
import t, { type Test } from 'tap'
import {
  type CompleteTile,
  type Grown,
  grow,
  grownOver,
  hashesAt,
  isCovered,
  nothingGrown,
  readTilePath,
  tilePath,
} from '../../src/querylog/tile.ts'
import { leafHash } from '../../src/querylog/tree.ts'
import { rootByDefinition } from '../rfc6962.ts'

t.test('C2SP tlog-tiles: every tile has one name, and nothing else is one', async (t) => {
  for (const [name, path] of [
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 273, width: 112 }, 'tile/0/273.p/112'],
    [{ level: 2, index: 0, width: 1 }, 'tile/2/000.p/1'],
    [{ level: 0, index: 999, width: 256 }, 'tile/0/999'],
    [{ level: 0, index: 1000, width: 256 }, 'tile/0/x001/000'],
    [{ level: 63, index: 1_234_067, width: 255 }, 'tile/63/x001/x234/067.p/255'],
    [{ level: 'entries', index: 1_234_067, width: 256 }, 'tile/entries/x001/x234/067'],
    [{ level: 0, index: Number.MAX_SAFE_INTEGER, width: 256 }, 'tile/0/x009/x007/x199/x254/x740/991'],
  ] as const) {
    t.equal(tilePath(name), path)
    t.same(readTilePath(path), name)
  }
  for (const path of [
    'tile/0/0',
    'tile/0/1.p/256',
    'tile/0/001.p/256',
    'tile/0/001.p/0',
    'tile/0/001.p/01',
    'tile/0/001.p/',
    'tile/0/001.p',
    'tile/0/001.p/-1',
    'tile/0/001.p/1.p/1',
    'tile/0/x001',
    'tile/0/x1/001',
    'tile/0/x000/001',
    'tile/0/001/x001',
    'tile/0/001/001',
    'tile/0/X001/001',
    'tile/0/0001',
    'tile/0/+01',
    'tile/0/1e2',
    'tile/0/٠٠١',
    'tile/00/001',
    'tile/64/001',
    'tile/-1/001',
    'tile/entry/001',
    'tile/0/x009/x007/x199/x254/x740/992',
    'tile/0/x001/x000/x000/x000/x000/x000/000',
    'tile/0/',
    'tile//001',
    'tile/0/001 ',
    'tile/0/001\n',
    '/tile/0/001',
    'checkpoint',
    '',
  ]) {
    t.equal(readTilePath(path), undefined, path)
  }
  fc.assert(
    fc.property(fc.nat({ max: 63 }), fc.maxSafeNat(), fc.integer({ min: 1, max: 256 }), (level, index, width) => {
      t.strictSame(readTilePath(tilePath({ level, index, width })), { level, index, width })
    }),
  )
})

t.test('C2SP tlog-tiles: 70,000 entries are 273 whole tiles and one of 112, one and one of 17, and one of 1', async (t) => {
  t.same(
    [0, 1, 2, 3].map((level) => hashesAt(level, 70_000)),
    [70_000, 273, 1, 0],
  )
  for (const [path, covered] of [
    ['tile/0/272', true],
    ['tile/0/273', false],
    ['tile/0/273.p/112', true],
    ['tile/0/273.p/113', false],
    ['tile/0/274.p/1', false],
    ['tile/1/000', true],
    ['tile/1/001.p/17', true],
    ['tile/1/001.p/18', false],
    ['tile/2/000.p/1', true],
    ['tile/2/000.p/2', false],
    ['tile/3/000.p/1', false],
    ['tile/63/000.p/1', false],
    ['tile/entries/273.p/112', true],
    ['tile/entries/273.p/113', false],
  ] as const) {
    const name = readTilePath(path)
    t.equal(name !== undefined && isCovered(name, 70_000), covered, path)
  }
})

const leaves = Array.from({ length: 66_000 }, (_, index) => leafHash(`entry ${index}`))

/** What a tile holds, by the definition. */
const hashesOf = (level: number, index: number, width: number): Buffer[] =>
  Array.from({ length: width }, (_, at) =>
    rootByDefinition(leaves.slice((index * 256 + at) * 256 ** level, (index * 256 + at + 1) * 256 ** level)),
  )

function checkTile(t: Test, { level, index, hashes, root }: CompleteTile): void {
  t.ok(Buffer.concat(hashes).equals(Buffer.concat(hashesOf(level, index, 256))), `tile ${level}/${index}`)
  t.ok(root.equals(rootByDefinition(hashes)), `the root of tile ${level}/${index}`)
}

/** Grows by batches of the given sizes. */
function grownBy(sizes: readonly number[], from: Grown = nothingGrown): { grown: Grown; tiles: CompleteTile[] } {
  const tiles: CompleteTile[] = []
  let grown = from
  for (const size of sizes) {
    const next = grow(grown, leaves.slice(grown.tree.size, grown.tree.size + size))
    tiles.push(...next.tiles)
    grown = next
  }
  return { grown, tiles }
}

const namesOf = (tiles: readonly CompleteTile[]): string[] => tiles.map(({ level, index }) => `${level}/${index}`).sort()

t.test('two levels: 66,000 leaves complete 257 tiles below and one above, and the edge holds what is left', async (t) => {
  const { grown, tiles } = grownBy(Array.from({ length: 66 }, () => 1000))
  t.equal(tiles.length, 258)
  for (const tile of tiles) if (tile.level === 1 || tile.index % 64 === 0) checkTile(t, tile)
  t.same(
    namesOf(tiles).filter((name) => name.startsWith('1')),
    ['1/0'],
  )
  t.same(
    grown.edge.map((hashes) => hashes.length),
    [66_000 % 256, 257 % 256, 1],
  )
  for (const [level, hashes] of grown.edge.entries()) {
    const index = Math.floor(hashesAt(level, 66_000) / 256)
    t.ok(Buffer.concat(hashes).equals(Buffer.concat(hashesOf(level, index, hashes.length))), `the edge of level ${level}`)
  }
  const once = grownBy([66_000])
  t.same(namesOf(once.tiles), namesOf(tiles), 'in one batch')
  t.same(once.grown.edge, grown.edge)
})

t.test('whatever the batches, each tile is completed once, by the batch that holds its last leaf', async () => {
  fc.assert(
    fc.property(fc.array(fc.nat({ max: 600 }), { maxLength: 8 }), (sizes) => {
      let grown: Grown = nothingGrown
      for (const size of sizes) {
        const from = grown.tree.size
        const next = grow(grown, leaves.slice(from, from + size))
        const due = Array.from({ length: Math.floor((from + size) / 256) - Math.floor(from / 256) }, (_, at) => Math.floor(from / 256) + at)
        if (String(next.tiles.map(({ index }) => index)) !== String(due)) return false
        for (const { level, index, hashes } of next.tiles) {
          if (level !== 0 || !Buffer.concat(hashes).equals(Buffer.concat(leaves.slice(index * 256, index * 256 + 256)))) return false
        }
        grown = next
      }
      return grown.tree.root.equals(rootByDefinition(leaves.slice(0, grown.tree.size)))
    }),
  )
})

t.test('a batch that fails leaves the edge as it was', async (t) => {
  const { grown } = grownBy([255])
  const first = grow(grown, [leafHash('one')])
  const second = grow(grown, [leafHash('another')])
  t.same([first.tiles[0]?.hashes[255], second.tiles[0]?.hashes[255]], [leafHash('one'), leafHash('another')])
  t.equal(grown.edge[0]?.length, 255)
})

t.test('tree and edge are rebuilt from stored hashes in mid-tile, and half a hash is refused', async (t) => {
  const { grown } = grownBy([700])
  async function* chunks() {
    yield Buffer.concat(leaves.slice(0, 7))
    yield Buffer.concat(leaves.slice(7, 700))
  }
  const again = await grownOver(chunks())
  t.ok(again.tree.root.equals(grown.tree.root))
  const [next, expected] = [again, grown].map((each) => grow(each, leaves.slice(700, 800)).tiles)
  t.same(next, expected, 'and completes the same tile')
  t.same(namesOf(next ?? []), ['0/2'])
  async function* torn() {
    yield Buffer.alloc(33)
  }
  await t.rejects(grownOver(torn()), RangeError)
})
