// roster-gaps.test.ts: a roster without anybody in a month that has records is one with a gap; one person's absence is none.
import t from 'tap'
import { rosterGaps } from '../../src/audit/roster-gaps.ts'
import { civilDate } from '../../src/calendar.ts'

const row = (from: string, until?: string) => ({
  account: 'a',
  person: 'E1',
  from: civilDate(from),
  ...(until !== undefined && { until: civilDate(until) }),
})
const months = (counts: Readonly<Record<string, number>>) => ({
  months: Object.entries(counts).map(([month, counted]) => ({ month, counted, countedTo: counted, index: 0, records: counted + 1 })),
})
const logs = [months({ '2026-02': 3 }), months({ '2026-02': 1, '2026-03': 2, '2026-04': 0 })]

t.test('D-11: a month with records and nobody on the roster is a gap', async (t) => {
  t.same(rosterGaps([], logs), ['2026-02', '2026-03'])
  t.same(rosterGaps([row('2026-01-01', '2026-02-28')], logs), ['2026-03'])
  t.same(rosterGaps([row('2026-01-01', '2026-01-31'), row('2026-03-31')], logs), ['2026-02'])
})

t.test('a day of the month is enough, and months without records need nobody', async (t) => {
  t.same(rosterGaps([row('2026-02-28')], logs), [])
  t.same(rosterGaps([row('2026-02-01', '2026-02-01'), row('2026-03-31', '2026-03-31')], logs), [])
  t.same(rosterGaps([], [months({ '2026-02': 0 })]), [])
})
