// round-draw.test.ts: which draws a round's results are of: all of those under the seed that counts, the newest first.
import t from 'tap'
import { roundDraws, roundNamed } from '../../../src/cli/audit/round-draw.ts'
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
  const reports = [begun, ...draws.map((index) => round('enlarged', { sample: refOf(index) }))]
  const entries: Readonly<Record<string, readonly string[]>> = { sample: samples, report: reports }
  return {
    heads: async () => [{ slot: 'cli', log: commands }],
    async *ofKind(_: string, kind: string) {
      for (const [index, entry] of (entries[kind] ?? []).entries()) yield { index, entry }
    },
    document: async (digest: string) => written.documents.get(digest),
  }
}
async function idsOf(...draws: readonly number[]): Promise<readonly string[]> {
  const reader = readerOf(...draws) as never // what of a store is read here
  const found = await roundDraws(reader, await roundNamed(reader, 'r'), await samplesOf(reader))
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
