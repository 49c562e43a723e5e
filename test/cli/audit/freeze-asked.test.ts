// freeze-asked.test.ts: a population takes the place of one of the same records alone: nothing else covers its months.
import t from 'tap'
import { roundFor } from '../../../src/audit/drand.ts'
import type { Samples } from '../../../src/audit/samples.ts'
import { populationsAsked, requireNotFrozen } from '../../../src/cli/audit/freeze-asked.ts'
import type { Snapshot } from '../../../src/policy/snapshot.ts'
import type { FreezeAsked } from '../../../src/querylog/sample-entry.ts'

const asked: FreezeAsked = { act: 'freeze', agency: 'education', from: '2026-01', round: 'self-audit', until: '2026-06' }
const frozen = (id: string, own: Partial<FreezeAsked> = {}) => ({ ref: { id, index: 0, log: 'host/log/cli' }, asked: { ...asked, ...own } })
const now = Date.parse('2026-07-03T02:00:00.000Z')
const freezes = [
  frozen('first'),
  frozen('earlier', { from: '2025-07', until: '2025-12' }),
  frozen('surprise', { round: 'unannounced' }),
  frozen('of-one', { round: 'unannounced', user: 'edu-wu' }),
  frozen('late', { supplements: 'first' }),
  frozen('police', { agency: 'police' }),
]
const samples = { draws: [{ freeze: { id: 'first' } }], freezes } as unknown as Samples // what of one is read here
const take = (replaces: string, own: Partial<FreezeAsked> = {}) => requireNotFrozen(samples, { ...asked, ...own, replaces }, now)

t.test('the same agency, months and kind', async (t) => {
  t.doesNotThrow(() => take('first'))
  t.doesNotThrow(() => take('surprise', { round: 'unannounced' }))
  t.doesNotThrow(() => take('of-one', { round: 'unannounced', user: 'edu-wu' }))
  t.doesNotThrow(() => take('late', { supplements: 'first' }))
})

t.test('any other is refused, with what it is of', async (t) => {
  const cases: readonly (readonly [replaces: string, own: Partial<FreezeAsked>, expected: RegExp])[] = [
    ['nothing', {}, /沒有封存 nothing/],
    ['police', {}, /沒有封存 police/],
    ['earlier', {}, /為 from 2025-07、until 2025-12，本次為 from 2026-01、until 2026-06.*\n.*same agency, months and kind/],
    ['first', { until: '2026-03' }, /為 until 2026-06，本次為 until 2026-03/],
    ['first', { round: 'unannounced' }, /為 round self-audit，本次為 round unannounced/],
    ['surprise', {}, /為 round unannounced，本次為 round self-audit/],
    ['of-one', { round: 'unannounced' }, /為 user edu-wu，本次為 user —/],
    ['of-one', { round: 'unannounced', user: 'edu-lin' }, /為 user edu-wu，本次為 user edu-lin/],
    ['late', {}, /為 supplements first，本次為 supplements —/],
    ['first', { supplements: 'first' }, /為 supplements —，本次為 supplements first/],
  ]
  for (const [replaces, own, expected] of cases)
    t.throws(() => take(replaces, own), { code: 'usage', message: expected }, `${replaces} ${JSON.stringify(own)}`)
})

t.test('a freeze of other records that names one in a log does not take its place', async (t) => {
  const naming = (own: Partial<FreezeAsked>) => ({ ...frozen('later', own), replaces: { id: 'first', index: 0, log: 'host/log/cli' } })
  const again = (own: Partial<FreezeAsked>) =>
    requireNotFrozen({ ...samples, freezes: [...freezes, naming(own)] } as unknown as Samples, { ...asked, until: '2026-03' }, now)
  for (const own of [{ agency: 'police' }, { from: '2025-07', until: '2025-12' }, { round: 'unannounced' }] as const)
    t.throws(() => again(own), { code: 'usage', message: /first/ }, JSON.stringify(own))
  t.throws(() => again({}), { code: 'usage', message: /later/ }, 'one of the same records stands in its place')
})

t.test('what was frozen anew is replaced and supplemented no more: what took its place is', async (t) => {
  const anew = (id: string, replaces: string, own: Partial<FreezeAsked> = {}) => ({
    ...frozen(id, own),
    replaces: { id: replaces, index: 0, log: 'host/log/cli' },
  })
  const replaced = [...freezes, anew('late-2', 'late', { supplements: 'first' }), anew('surprise-2', 'surprise', { round: 'unannounced' })]
  const ask = (of: readonly object[], own: Partial<FreezeAsked>) =>
    requireNotFrozen({ ...samples, freezes: of } as unknown as Samples, { ...asked, ...own }, now)
  t.throws(() => ask(replaced, { supplements: 'first', replaces: 'late' }), { code: 'usage', message: /請用 --replaces late-2/ })
  t.throws(() => ask(replaced, { round: 'unannounced', replaces: 'surprise' }), { code: 'usage', message: /請用 --replaces surprise-2/ })
  t.doesNotThrow(() => ask(replaced, { supplements: 'first', replaces: 'late-2' }))
  t.doesNotThrow(() => ask(replaced, { supplements: 'first' }))
  const all = [...replaced, anew('first-2', 'first')]
  t.throws(() => ask(all, { supplements: 'first' }), { code: 'usage', message: /已由 first-2 取代，請用 --supplements first-2/ })
  const others = [...replaced, anew('first-2', 'first', { until: '2026-03' })]
  t.doesNotThrow(() => ask(others, { supplements: 'first' }), 'one of other records took no place')
})

t.test('late records are added to what was drawn first, however often: one of a supplement is refused, with that', async (t) => {
  const add = (supplements: string) => requireNotFrozen(drawn, { ...asked, supplements }, now)
  const drawn = { freezes, draws: [{ freeze: { id: 'first' } }, { freeze: { id: 'late' } }] } as unknown as Samples // what of one is read here
  t.throws(() => add('late'), { code: 'usage', message: /本身為補充，請用 --supplements first；.*give --supplements first/ })
  t.doesNotThrow(() => add('first'), 'a second supplement')
})

t.test('the round of drand comes ten minutes behind the freeze at least', async (t) => {
  const fixed = (round: number) => () => requireNotFrozen({ ...samples, freezes: [] }, { ...asked, seed: { method: 'drand', round } }, now)
  t.doesNotThrow(fixed(roundFor(now)))
  t.throws(fixed(roundFor(now) - 1), { code: 'usage', message: /距封存不足十分鐘/ })
})

t.test('what a command freezes it freezes for one way of throwing', async (t) => {
  const snapshot = { agencies: new Map(['a', 'b'].map((id) => [id, { id, kind: 'linked-agency' }])) } as unknown as Snapshot // what is read here
  const seeds = (own: object) =>
    populationsAsked({ config: '', period: '115H1', method: 'dice', ...own }, snapshot, { ...samples, freezes: [] }, now).map(
      ({ seed }) => seed,
    )
  t.same(seeds({}), [{ method: 'dice' }, { method: 'dice' }])
  const [one, other] = seeds({ method: 'drand' })
  t.same(one, other, 'one round for all agencies')
  t.ok((one?.round ?? 0) > roundFor(now))
  t.same(seeds({ method: 'drand', drandRound: '40000000' })[0], { method: 'drand', round: 40_000_000 })
  t.throws(() => seeds({ drandRound: '7' }), { code: 'usage' })
  t.throws(() => seeds({ method: 'drand', drandRound: 'x' }), { code: 'usage' })
  t.throws(() => seeds({ agency: ['a'], method: 'drand', assertion: 'x' }), { code: 'usage', message: /--drand-round/ })
})
