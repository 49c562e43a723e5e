// downloads.test.ts: which quarter an agency should have downloaded by a day, and until when (R11c, D-4).
import t from 'tap'
import { civilDate } from '../../src/calendar.ts'
import { downloadsOf, lastQuarter } from '../../src/cli/downloads.ts'
import type { Agency } from '../../src/policy/snapshot.ts'

t.test('the last quarter that has ended, and the end of the month that follows it', async (t) => {
  for (const [day, name, ended, due] of [
    ['2026-11-28', '2026-Q3', '2026-10-01', '2026-10-31'],
    ['2026-10-01', '2026-Q3', '2026-10-01', '2026-10-31'],
    ['2026-09-30', '2026-Q2', '2026-07-01', '2026-07-31'],
    ['2026-01-01', '2025-Q4', '2026-01-01', '2026-01-31'],
    ['2026-04-01', '2026-Q1', '2026-04-01', '2026-04-30'],
    ['2028-03-31', '2027-Q4', '2028-01-01', '2028-01-31'],
  ] as const)
    t.same(lastQuarter(civilDate(day)), { name, ended, due }, day)
})

t.test('who has downloaded since it ended, by its own export entries; an auditor’s export of it is not its download', async (t) => {
  const agencies = ['a', 'b', 'c'].map((id) => ({ id, name: id }) as Agency) // what is looked at of one
  const exported = [
    { agency: 'a', at: '2026-10-01T00:00:00.000Z' },
    { agency: 'b', at: '2026-09-30T15:59:59.999Z' },
    { agency: 'ethics-office', asked: { agency: 'c' }, at: '2026-10-05T00:00:00.000Z' },
  ]
  const reader = {
    heads: async () => [{ slot: '1', log: 'l', head: { size: 3, root: Buffer.alloc(32) as never } }],
    async *ofKind() {
      for (const [index, each] of exported.entries()) yield { index, entry: JSON.stringify(each) }
    },
  }
  const quarter = lastQuarter(civilDate('2026-11-28'))
  const { missing } = await downloadsOf(reader, agencies, quarter, civilDate('2026-10-31'))
  t.same(missing, [
    { agency: 'b', name: 'b', overdue: false },
    { agency: 'c', name: 'c', overdue: false },
  ])
  const late = await downloadsOf(reader, agencies, quarter, civilDate('2026-11-01'))
  t.ok(late.missing.every(({ overdue }) => overdue))
})
