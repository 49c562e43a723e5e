// statements.test.ts: what logs state of each other, held against the log that it is of as that is read, in memory that grows with neither.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import { canonicalJson } from '../../src/canonical.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import type { Finding } from '../../src/verifier/finding.ts'
import type { StoredEntry, StoredLog } from '../../src/verifier/stored.ts'
import { findingsOf, muchLater, storedLog } from './verifying.ts'
import { log, newId } from './written-log.ts'

setFlagsFromString('--expose-gc')
/** What is not kept is gone: whatever is left then is kept. */
const collect: () => void = runInNewContext('gc')
const another = 'linkage.example/log/2'

/** Of a log of so many entries the leaf hashes, chunk by chunk. */
function hashesOnly(size: number, between: () => void = () => undefined): StoredLog {
  return {
    ...storedLog([], []),
    size,
    async *entries() {
      for (let from = 0; from < size; from += 250) {
        between()
        yield Array.from({ length: 250 }, (_, at) => ({ index: from + at, bytes: undefined, leaf: leafOf(from + at) }))
      }
    },
  }
}

const leafOf = (index: number) => leafHash(`entry ${index}`)
const leaves = Array.from({ length: 10_000 }, (_, index) => leafOf(index))
const rootAt = (size: number): Buffer => new Tree().extended(leaves.slice(0, size)).root

const heads = (...of: { size: number; root: Buffer }[]): Buffer =>
  Buffer.from(
    canonicalJson({
      at: '2026-11-24T02:00:00.000Z',
      heads: of.map(({ root, size }) => ({ log, root: root.toString('base64'), size, slot: '1' })),
      id: newId(),
      kind: 'heads',
      v: 1,
    }),
  )

/** Another log, of which nothing is looked at but what it states. */
const stating = (statements: () => Iterable<StoredEntry>): StoredLog => ({
  ...storedLog([], [], { slot: '2', log: another }),
  async *statements() {
    for (const each of statements()) {
      if (each.index % 1000 === 0) await new Promise((turned) => setImmediate(turned))
      yield each
    }
  },
})

const verified = (logs: readonly StoredLog[]): Promise<readonly Finding[]> =>
  findingsOf({ logs, partialTiles: false }, { now: muchLater, trusted: [], kept: [], slots: new Set(['1']) })

const aboutHeads = (findings: readonly Finding[]): string[] =>
  findings.filter(({ code }) => /^(known|head)/.test(code)).map(({ code, index }) => `${index} ${code}`)

t.test('each head is held against the log at its size, in whatever order they come, and however often', async (t) => {
  const right = (size: number) => ({ size, root: rootAt(size) })
  const wrong = (size: number) => ({ size, root: leafHash(`wrong ${size}`) })
  const run = async (...of: { size: number; root: Buffer }[]): Promise<string[]> =>
    aboutHeads(await verified([hashesOnly(10_000), stating(() => of.map((each, index) => ({ index, bytes: heads(each) })))]))
  t.same(await run(right(0), right(100), right(5_000), right(5_000), right(4_900), right(9_000), right(10_000)), [])
  t.same(await run(right(0), wrong(100), wrong(4_900), right(5_000)), ['100 known-root', '4900 known-root'])
  t.same(await run(right(5_000), wrong(4_900)), ['4900 known-root'], 'an export states a log as far as it was signed')
  t.same(await run(right(5_000), wrong(5_000), wrong(5_000)), ['5000 known-root'])
  t.same(await run(right(9_000), right(100), wrong(200), wrong(200), right(9_500)), ['200 known-root'], 'also of a log that went back')
  t.same(await run(right(10_000), wrong(20_000), wrong(20_000), wrong(30_000)), ['10000 known-beyond', '10000 known-beyond'])
  t.same(await run(wrong(0)), ['0 known-root'])
  const back = [right(9_900), ...Array.from({ length: 10_001 }, (_, at) => wrong(at % 5_000 === 0 ? 1 : 1 + (at % 5_000)))]
  t.ok(back.length > 10_000)
  t.ok((await run(...back)).includes('1 known-root'))
})

t.test('heads that no log had in that order are bounded, and the first one too many is told', async (t) => {
  const many = Array.from({ length: 10_002 }, (_, index) => ({
    index,
    bytes: heads(index === 0 ? { size: 9_900, root: rootAt(9_900) } : { size: 7, root: leafHash(`other ${index}`) }),
  }))
  const found = aboutHeads(await verified([hashesOnly(10_000), stating(() => many)]))
  t.equal(found.filter((each) => each === '7 known-root').length, 100)
  t.ok(found.includes('10001 head-step-back'))
})

t.test('memory does not grow with what is stated', { timeout: 120_000 }, async (t) => {
  const root = leafHash('x')
  const count = 120_000
  function* all(): Generator<StoredEntry> {
    for (let index = 0; index < count; index += 1) yield { index, bytes: heads({ size: index, root }) }
  }
  const used = (): number => {
    collect()
    return process.memoryUsage().heapUsed + process.memoryUsage().arrayBuffers
  }
  const before = used()
  const grown: number[] = []
  let chunks = 0
  const watched = hashesOnly(count, () => {
    chunks += 1
    if (chunks % 20 === 0) grown.push(used() - before)
  })
  const found = await verified([watched, stating(all)])
  t.ok(found.some(({ code }) => code === 'known-root'))
  const most = Math.max(...grown)
  t.ok(grown.length > 1, 'it was looked at on the way')
  t.ok(most < 24 * 2 ** 20, `${Math.round(most / 2 ** 20)} MiB for ${count} statements`)
})
