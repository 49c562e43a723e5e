// draw-of-round.test.ts: which draws a round may be of: no other agency's, none that was replaced, no supplement alone.
import t from 'tap'
import type { RecordedDraw, Samples } from '../../../src/audit/samples.ts'
import { requireFirst, requireOfRound, requireStanding } from '../../../src/cli/audit/draw-of-round.ts'

const ref = (id: string) => ({ id, index: 0, log: 'host/log/cli' })
const freeze = (id: string, own: object = {}) => ({
  ref: ref(id),
  asked: { agency: 'education', from: '2026-01', until: '2026-06' },
  ...own,
})
const seed = (id: string, freezes: readonly string[], replaces: readonly string[] = []) => ({
  ref: ref(id),
  freezes: freezes.map(ref),
  replaces: replaces.map(ref),
})
const draw = (id: string, of: string, under: string) => ({ ref: ref(id), freeze: ref(of), seed: ref(under) })
const police = { asked: { agency: 'police', from: '2026-01', until: '2026-06' } }
const samples = {
  freezes: [
    freeze('f'),
    freeze('late', { supplements: ref('f') }),
    freeze('p', police),
    freeze('old'),
    freeze('new', { replaces: ref('old') }),
    freeze('thrown'),
  ],
  seeds: [seed('s', ['f', 'late', 'p', 'old', 'new', 'thrown']), seed('again', ['thrown'], ['s'])],
  draws: [
    draw('first', 'f', 's'),
    draw('more', 'f', 's'),
    draw('supplement', 'late', 's'),
    draw('other', 'p', 's'),
    draw('replaced', 'old', 's'),
    draw('nicer', 'thrown', 's'),
    draw('second', 'thrown', 'again'),
  ],
} as unknown as Samples // what of one is read here
const round = { number: 'education-115H1', samples: [ref('first')], state: 'in-audit' } as const

t.test('a round begins with the draw that counts, and not with a supplement', async (t) => {
  for (const [id, expected] of [
    ['supplement', /為補充抽樣/],
    ['replaced', /已由另一次封存取代/],
    ['nicer', /已由 second 取代/],
    ['first', /已由 more 取代/],
  ] as const)
    t.throws(() => requireFirst(samples, id, []), { code: 'usage', message: expected }, id)
  for (const id of ['more', 'second', 'other']) t.doesNotThrow(() => requireFirst(samples, id, []), id)
})

t.test('a round takes an enlargement or a supplement of its own population, and of no other', async (t) => {
  for (const id of ['more', 'supplement']) t.doesNotThrow(() => requireOfRound(samples, id, round), id)
  for (const id of ['other', 'second']) t.throws(() => requireOfRound(samples, id, round), { code: 'usage', message: /另一次封存/ }, id)
  t.throws(() => requireOfRound(samples, 'replaced', round), { code: 'usage' })
})

t.test('a draw is audited once: by one round that is not void, in which it stands once', async (t) => {
  const having = { ...round, samples: [ref('first'), ref('more')] }
  const taken = { code: 'usage', message: /抽樣 more 已在 education-115H1 中/ }
  t.throws(() => requireOfRound(samples, 'more', having), taken)
  t.throws(() => requireFirst(samples, 'more', [having]), taken)
  t.doesNotThrow(() => requireFirst(samples, 'more', [{ ...having, state: 'withdrawn' }]))
})

t.test('results are of draws that count: of no population frozen anew, and of no seed thrown again', async (t) => {
  const drawOf = (id: string): RecordedDraw => {
    const found = samples.draws.find((each) => each.ref.id === id)
    if (found === undefined) throw new Error(id)
    return found
  }
  t.doesNotThrow(() => requireStanding(samples, drawOf('first'), 'r'), 'an enlargement that the round did not take')
  t.throws(() => requireStanding(samples, drawOf('replaced'), 'r'), { code: 'usage', message: /已由另一次封存取代.*round withdrawn/ })
  t.throws(() => requireStanding(samples, drawOf('nicer'), 'r'), { code: 'usage', message: /種子值已重擲.*round enlarged/ })
})
