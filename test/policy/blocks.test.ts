// blocks.test.ts: blocks are read by themselves, act while the rest is invalid, and change a snapshot in nothing else.
import t from 'tap'
import { blocksIn, readBlocks, targetText, withAdded, withBlocks } from '../../src/policy/blocks.ts'
import { AGENCY, type Files, load, withFolder } from './good-folder.ts'
import { B, blocks } from './mistakes/changes.ts'

const read = (changes: Files) => withFolder(changes, readBlocks)
const { snapshot } = load()

t.test('no block is an empty list', async (t) => {
  t.same(read({}), { blocks: [], content: { blocks: [] }, findings: [], asRead: Buffer.from('blocks: []\n') })
})

t.test('a block names its target, when, by whom and why, and its line', async (t) => {
  const { blocks: [block] = [] } = read(blocks('credential: edu-key, document: 北市社資字第9號'))
  t.same(block, {
    target: { kind: 'credential', id: 'edu-key' },
    at: '2026-11-24T22:15:00+08:00',
    by: '值班',
    reason: '外洩',
    document: '北市社資字第9號',
    rule: 'blocks.yaml#/blocks/0',
  })
  t.match(read(blocks('network: 203.0.113.0/28')).blocks?.[0]?.target, {
    kind: 'network',
    family: 4,
    first: 0xcb007100n,
    last: 0xcb00710fn,
  })
  t.same(read(blocks('account: edu-lin, agency: education')).blocks?.[0]?.target, {
    kind: 'account',
    agency: 'education',
    account: 'edu-lin',
  })
})

t.test('they are read where everything else is broken', async (t) => {
  const broken = { ...blocks('agency: education'), [AGENCY]: ':::', 'gateway.yaml': undefined }
  t.equal(load(broken).snapshot, undefined)
  t.same(read(broken).blocks?.map(({ target }) => target), [{ kind: 'agency', id: 'education' }]) // biome-ignore format: short
})

t.test('a file with a mistake gives no blocks: those in force stay', async (t) => {
  for (const changes of [
    blocks('agency: education, credential: x'),
    { [B]: 'blocks: [' },
    { [B]: undefined },
    { [B]: '' },
    { [B]: 'blocks:\n' },
  ]) {
    const reading = read(changes)
    t.equal(reading.blocks, undefined)
    t.ok(reading.findings.length > 0)
    if (snapshot !== undefined) t.throws(() => withBlocks(snapshot, reading), RangeError)
  }
})

t.test('a snapshot under other blocks has another digest, and is otherwise the same', async (t) => {
  if (snapshot === undefined) throw new Error('the good folder loads')
  const changes = blocks('agency: education')
  const under = withBlocks(snapshot, read(changes))
  t.equal(under.blocks.length, 1)
  t.not(under.digest, snapshot.digest)
  t.equal(under.apis, snapshot.apis)
  t.equal(under.agencies, snapshot.agencies)
  const whole = load(changes).snapshot
  t.equal(under.digest, whole?.digest, 'the digest is that of the folder loaded whole')
  t.equal(under.bytes, whole?.bytes)
  t.same([...under.files], [...(whole?.files ?? [])])
  t.equal(withBlocks(under, read({})).digest, snapshot.digest, 'and lifting them leads back')
})

t.test('a file that lifts one block and adds another: what it adds can be taken up alone', async (t) => {
  if (snapshot === undefined) throw new Error('the good folder loads')
  const under = withBlocks(snapshot, read(blocks('agency: education')))
  const other = read(blocks('credential: edu-key'))
  const more = withAdded(under, other)
  if (more === undefined) throw new Error('it adds one')
  const both = withBlocks(under, more)
  t.same(both.blocks.map(targetText), ['agency education', 'credential edu-key'])
  t.same(both.blocks.map(({ rule }) => rule), ['blocks.yaml#/blocks/0', 'blocks.yaml#/blocks/1']) // biome-ignore format: short
  t.notOk(both.asRead.has(B), 'no file says it')
  const text = JSON.stringify(more.content)
  t.equal(both.digest, withBlocks(snapshot, read({ [B]: text })).digest, 'the digest is of what is blocked')
  t.equal(withAdded(both, other), undefined, 'nothing more is added by it')
  t.equal(withAdded(both, read({})), undefined)
  t.equal(withBlocks(both, blocksIn(under)).digest, under.digest)
})
