// round-draw.test.ts: which draws a round's results are of: all of those under the seed that counts, the newest first.
import t from 'tap'
import { recordedSteps } from '../../../src/audit/recorded.ts'
import { sha256Hex } from '../../../src/canonical.ts'
import { DrawnLists, roundDraws, roundNamed } from '../../../src/cli/audit/round-draw.ts'
import { HeldToDraws } from '../../../src/cli/audit/round-held.ts'
import { samplesOf } from '../../../src/cli/audit/sampling.ts'
import { entryOf } from '../../audit/recorded-steps.ts'
import { at, commands, writeDraw } from '../../verifier/written-draw.ts'
import { edited, education, newId } from '../../verifier/written-log.ts'

const written = await writeDraw()
const [seed, draw] = [newId(), newId()]
const order = '北市社政字第1150000310號'
const thrown = edited(written.commands[at.seed], (it) =>
  Object.assign(it, { id: seed, at: '2027-01-05T02:00:00.000Z', document: order, replaces: [] }),
)
const drawn = edited(written.commands[at.draw], (it) => {
  Object.assign(it, { id: draw, at: '2027-01-05T03:00:00.000Z' })
  it.seed = { id: seed, index: 4, log: commands }
})
const samples = [...written.commands, thrown, drawn].map((each) => each.toString('utf8'))
const refOf = (index: number) => ({ id: JSON.parse(samples[index] ?? '').id, index, log: commands })
const round = (step: string, members: object) => entryOf({ about: 'round', day: '2027-01-06', number: 'r', step, ...members }, '2027-01-06')
const begun = round('sampled', { agency: education, audit: 'self-audit', from: '2026-11', until: '2026-12', sample: refOf(at.draw) })

/** What the commands' log holds of a round of draws. */
const readerOf = (...draws: readonly number[]) => {
  const asked: string[] = []
  const reports = [begun, ...draws.map((index) => round('enlarged', { sample: refOf(index) }))]
  const entries: Readonly<Record<string, readonly string[]>> = { sample: samples, report: reports }
  return {
    asked,
    heads: async () => [{ slot: 'cli', log: commands }],
    async *ofKind(_: string, kind: string) {
      for (const [index, entry] of (entries[kind] ?? []).entries()) yield { index, entry }
    },
    async *entries(_: string, index: number) {
      yield { index, entry: written.queries[index]?.toString('utf8') }
    },
    document: async (digest: string) => {
      asked.push(digest)
      return written.documents.get(digest)
    },
  }
}
async function idsOf(...draws: readonly number[]): Promise<readonly string[]> {
  const reader = readerOf(...draws) as never // what of a store is read here
  const found = await roundDraws(new DrawnLists(reader), await roundNamed(reader, 'r'), await samplesOf(reader))
  return found.map(({ recorded }) => recorded.ref.id)
}

t.test('an enlargement stands before the draw that it holds', async (t) => {
  t.same(await idsOf(at.enlarge), [refOf(at.enlarge).id, refOf(at.draw).id])
})

t.test('draws under a seed that was thrown again are left out: their records are not drawn any more', async (t) => {
  t.same(await idsOf(at.enlarge, 5), [draw])
  t.same(await idsOf(5), [draw])
})

t.test('a round that is not there is told from those that are', async (t) => {
  await t.rejects(roundNamed(readerOf() as never, 'other'), { code: 'usage', message: /查無稽核 other，現有：r/ })
})

t.test('a command reads each list once, however often a step is held against the draws of its round', async (t) => {
  const reader = readerOf(at.enlarge)
  async function* ofKind(slot: string, kind: string) {
    for await (const each of reader.ofKind(slot, kind)) if (kind !== 'sample' || each.index <= at.enlarge) yield each
  }
  const store = { ...reader, ofKind } as never // what of a store is read here
  const draws = new HeldToDraws({ audit: { 'D-20': 3 } as never, store: { reader: store } as never })
  const bytes = Buffer.from('no results')
  const months = ['2026-11', '2026-12'].map((month) => ({ audited: 1, month, population: 1, quota: 1 }))
  const outcomes = { abnormal: 0, normal: 2, to_explain: 0 }
  const users = { audited: 1, reviewed: 0, total: 1, with_records: 1 }
  const results = { document: sha256Hex(bytes), months, outcomes, users }
  const step = { about: 'round', day: '2027-01-07', number: 'r', results, step: 'audited' }
  // Before it is signed, and under the lock of the log.
  for (let times = 0; times < 2; times += 1)
    await t.rejects(draws.require(await recordedSteps(store), step, bytes, Date.parse('2027-01-07')), { code: 'results-mismatch' })
  for (const index of [at.draw, at.enlarge]) {
    const { digest } = JSON.parse(written.commands[index]?.toString() ?? '').sample
    t.equal(reader.asked.filter((each) => each === digest).length, 1, `the list of entry ${index}`)
  }
})
