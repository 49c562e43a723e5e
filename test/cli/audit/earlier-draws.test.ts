// earlier-draws.test.ts: what counts as drawn before late records: by the order in the log, and without what was frozen anew until then.
import t from 'tap'
import type { Freeze, Samples } from '../../../src/audit/samples.ts'
import { canonicalJson, sha256Hex } from '../../../src/canonical.ts'
import { earlierOf } from '../../../src/cli/audit/frozen-population.ts'
import { samplesOf } from '../../../src/cli/audit/sampling.ts'
import { at as places, writeDraw } from '../../verifier/written-draw.ts'
import { edited } from '../../verifier/written-log.ts'

const at = '2027-01-05T02:00:00.000Z'
const log = 'host/log/cli'
const ref = (id: string, index = 0) => ({ id, index, log })
const frozen = (id: string, index: number, own: { supplements?: string; replaces?: string } = {}) => ({
  ref: ref(id, index),
  at,
  asked: { agency: 'education', from: '2026-11', round: 'self-audit', until: '2026-11', ...own },
  logs: [{ log: id, months: [] }],
  ...(own.supplements !== undefined && { supplements: ref(own.supplements) }),
  ...(own.replaces !== undefined && { replaces: ref(own.replaces) }),
})
const documents = new Map<string, Buffer>()
const drawn = (of: string, index: number) => {
  const list = { agency: 'education', drawn: [], modes: [], reviews: [{ accounts: [`by ${of}`] }], skipped: [], transfers: [] }
  const bytes = Buffer.from(canonicalJson(list))
  documents.set(sha256Hex(bytes), bytes)
  const months = [{ month: '2026-11', population: 1 }]
  return {
    ref: ref(`draw of ${of}`, index),
    at,
    freeze: ref(of),
    seed: ref('s'),
    months,
    coverage: { users: index },
    sample: { digest: sha256Hex(bytes) },
  }
}
const reader = { document: async (digest: string) => documents.get(digest) }

/** In one millisecond, as two commands of a script may be. */
const freezes = [
  frozen('first', 0),
  frozen('late', 4, { supplements: 'first' }),
  frozen('later', 5, { supplements: 'first' }),
  frozen('late again', 6, { supplements: 'first', replaces: 'late' }),
  frozen('last', 7, { supplements: 'first' }),
  frozen('in place of all', 8, { replaces: 'first' }),
  frozen('of other records', 9, { supplements: 'first', replaces: 'first' }),
]
const samples = {
  freezes,
  seeds: [{ ref: ref('s'), freezes: freezes.map((each) => each.ref) }],
  draws: freezes.map(({ ref: { id, index } }) => drawn(id, index)),
} as unknown as Samples // what of one is read here

async function countedFor(id: string, of = samples): Promise<readonly string[] | undefined> {
  const freeze = of.freezes.find((each) => each.ref.id === id) as Freeze // one of them
  return (await earlierOf(reader, of, { ...freeze }))?.accounts
}

t.test('what was frozen in the same millisecond counts by its place in the log', async (t) => {
  t.equal(await countedFor('first'), undefined)
  t.same(await countedFor('late'), ['by first'])
  t.same(await countedFor('later'), ['by first', 'by late'])
})

t.test('what a supplement replaces does not count before it, nor before those behind it', async (t) => {
  t.same(await countedFor('late again'), ['by first', 'by later'])
  t.same(await countedFor('last'), ['by first', 'by later', 'by late again'])
  const { freezes, draws } = samples
  const undrawn = { ...samples, draws: draws.filter(({ freeze }) => freeze.id !== 'late') }
  t.same(await countedFor('late again', undrawn), ['by first', 'by later'], 'drawn or not')
  await t.rejects(countedFor('later', undrawn), { code: 'usage', message: /draw --freeze late/ })
  t.same(
    await countedFor('later', { ...samples, freezes: freezes.toReversed() }),
    ['by late', 'by first'],
    'in whichever order they are read',
  )
})

t.test('what is frozen anew later changes nothing of what was frozen before: an enlargement only adds', async (t) => {
  const before = { ...samples, freezes: samples.freezes.slice(0, 3) }
  t.same(await countedFor('later'), await countedFor('later', before))
})

t.test('steps of a log stand in its order, those of logs that followed one another by their dates', async (t) => {
  const { commands } = await writeDraw()
  const entryAt = (index: number, at: string) => ({
    index,
    entry: edited(commands[places.freeze], (it) => Object.assign(it, { at })).toString(),
  })
  const logs = {
    second: [entryAt(0, '2027-01-05T02:00:00.001Z'), entryAt(1, '2027-01-06T02:00:00.000Z')],
    third: [entryAt(7, at), entryAt(9, at), entryAt(30, at)],
  }
  const read = {
    heads: async () => Object.keys(logs).map((slot) => ({ log: slot, slot })),
    async *ofKind(slot: 'second' | 'third') {
      yield* logs[slot].toReversed()
    },
  }
  const { freezes } = await samplesOf(read as never) // what of a store is read here
  t.same(
    freezes.map(({ ref: { index, log } }) => `${log} ${index}`),
    ['third 7', 'third 9', 'third 30', 'second 0', 'second 1'],
  )
})
