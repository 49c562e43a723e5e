// freeze-asked.test.ts: a population takes the place of one of the same records alone: nothing else covers its months.
import t from 'tap'
import type { Samples } from '../../../src/audit/samples.ts'
import { requireNotFrozen } from '../../../src/cli/audit/freeze-asked.ts'
import type { FreezeAsked } from '../../../src/querylog/sample-entry.ts'

const asked: FreezeAsked = { act: 'freeze', agency: 'education', from: '2026-01', round: 'self-audit', until: '2026-06' }
const frozen = (id: string, own: Partial<FreezeAsked> = {}) => ({ ref: { id, index: 0, log: 'host/log/cli' }, asked: { ...asked, ...own } })
const freezes = [
  frozen('first'),
  frozen('earlier', { from: '2025-07', until: '2025-12' }),
  frozen('surprise', { round: 'unannounced' }),
  frozen('of-one', { round: 'unannounced', user: 'edu-wu' }),
  frozen('late', { supplements: 'first' }),
  frozen('police', { agency: 'police' }),
]
const samples = { draws: [{ freeze: { id: 'first' } }], freezes } as unknown as Samples // what of one is read here
const take = (replaces: string, own: Partial<FreezeAsked> = {}) => requireNotFrozen(samples, { ...asked, ...own, replaces })

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
    requireNotFrozen({ ...samples, freezes: [...freezes, naming(own)] } as unknown as Samples, { ...asked, until: '2026-03' })
  for (const own of [{ agency: 'police' }, { from: '2025-07', until: '2025-12' }, { round: 'unannounced' }] as const)
    t.throws(() => again(own), { code: 'usage', message: /first/ }, JSON.stringify(own))
  t.throws(() => again({}), { code: 'usage', message: /later/ }, 'one of the same records stands in its place')
})

t.test(
  'late records are added to what was drawn first, however often: a supplement of a supplement is refused, with that one',
  async (t) => {
    const add = (supplements: string) => requireNotFrozen(drawn, { ...asked, supplements })
    const drawn = { freezes, draws: [{ freeze: { id: 'first' } }, { freeze: { id: 'late' } }] } as unknown as Samples // what of one is read here
    t.throws(() => add('late'), { code: 'usage', message: /本身為補充，請用 --supplements first；.*give --supplements first/ })
    t.doesNotThrow(() => add('first'), 'a second supplement')
  },
)
