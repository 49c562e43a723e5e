// spent-today.test.ts: what is read of the logs at a start, also of logs whose first months were taken out.
import t from 'tap'
import { lastAssertion, spentToday } from '../../src/cli/spent-today.ts'
import { InferenceLimits } from '../../src/gateway/inference-limits.ts'
import { DayCounters, grantKey } from '../../src/gateway/limits.ts'
import type { LogReaderStore } from '../../src/querylog/ports.ts'
import { emptyRoot } from '../../src/querylog/tree.ts'
import { snapshot } from '../credential/department.ts'

const now = Date.parse('2026-11-24T04:00:00Z')
const minute = 60_000
const query = (at: number, type: string, code = 'released') =>
  JSON.stringify({ agency: 'taipei-education', at: new Date(at).toISOString(), auth: { type }, code, grant: 'fee-waiver', kind: 'query' })

/** A log of so many calls, one a minute, the last just now; the first of them taken out. */
function reader(
  slots: Readonly<Record<string, { readonly calls: number; readonly retired: number; readonly type?: string; readonly code?: string }>>,
) {
  const heads = Object.entries(slots).map(([slot, { calls }]) => ({ slot, log: `x/log/${slot}`, head: { size: calls, root: emptyRoot } }))
  const entries: LogReaderStore['entries'] = async function* (slot, from, to) {
    const { calls = 0, retired = 0, type = 'assertion', code } = slots[slot] ?? {}
    for (let index = Math.max(from, retired); index < Math.min(to, calls); index += 1)
      yield { index, entry: query(now - (calls - 1 - index) * minute, type, code) }
  }
  return { heads: async () => heads, entries }
}

t.test('calls of today count, and none of before, however much of the log was taken out', async (t) => {
  const today = 12 * 60 + 1 // since midnight in Taipei
  for (const retired of [0, 100, 1_500, 2_000, 2_200]) {
    const counters = new DayCounters(() => now)
    const inference = new InferenceLimits(() => now, { users: 10, pairs: 10 })
    await spentToday(reader({ 1: { calls: 3_000, retired } }), { now: () => now }, counters, inference, snapshot)
    t.equal(counters.count(grantKey('taipei-education', 'fee-waiver'), 10_000).remaining, 10_000 - today - 1, `${retired} taken out`)
  }
  const counters = new DayCounters(() => now)
  await spentToday(
    reader({ 1: { calls: 100, retired: 100 } }),
    { now: () => now },
    counters,
    new InferenceLimits(() => now, { users: 10, pairs: 10 }),
    snapshot,
  )
  t.equal(counters.count(grantKey('taipei-education', 'fee-waiver'), 10).remaining, 9, 'all of a log that nobody writes any more')
})

t.test('the last use of an assertion is looked for in the logs of gateways, and only lately', async (t) => {
  const since = now - minute / 2
  t.equal(await lastAssertion(reader({ 1: { calls: 10, retired: 9 }, 2: { calls: 5, retired: 0, type: 'api-key' } }), since), now)
  t.equal(await lastAssertion(reader({ 1: { calls: 10, retired: 0, type: 'api-key' }, cli: { calls: 10, retired: 0 } }), since), undefined)
  t.equal(await lastAssertion(reader({ 1: { calls: 10, retired: 0 } }), now + 1), undefined)
  t.equal(await lastAssertion(reader({}), since), undefined)
  const again = { calls: 10, retired: 0, code: 'assertion-replayed' }
  t.equal(await lastAssertion(reader({ 1: again }), since), undefined, 'what was refused for it is no use')
})
