// period.test.ts: rounds cover whole months, in either calendar.
import t from 'tap'
import { daysOf, monthsOf, readMonth, readPeriod } from '../../src/audit/period.ts'

t.test('half-years, months and spans are read in the ROC and in the Gregorian calendar', async (t) => {
  for (const [text, from, until] of [
    ['115H1', '2026-01', '2026-06'],
    ['115h2', '2026-07', '2026-12'],
    ['2026H2', '2026-07', '2026-12'],
    ['１１５Ｈ１', '2026-01', '2026-06'],
    ['115-03', '2026-03', '2026-03'],
    ['2026-03', '2026-03', '2026-03'],
    ['99-12', '2010-12', '2010-12'],
    ['115-11..116-02', '2026-11', '2027-02'],
    ['2026-01..2026-12', '2026-01', '2026-12'],
  ] as const)
    t.same(readPeriod(text), { from, until }, text)
})

t.test('what is no period is refused', async (t) => {
  for (const text of [
    '',
    '115',
    '115H3',
    '115-13',
    '000-01',
    '115-06..115-01',
    '115-01..116-01',
    '115-01..',
    '115-01..115-02..115-03',
    '2026-1-1',
  ])
    t.equal(readPeriod(text), undefined, text)
  t.equal(readMonth('0-01'), undefined)
})

t.test('the months of a period, and its first and last day', async (t) => {
  t.same(monthsOf({ from: '2026-11', until: '2027-02' }), ['2026-11', '2026-12', '2027-01', '2027-02'])
  t.same(daysOf({ from: '2026-01', until: '2026-02' }), { first: '2026-01-01', last: '2026-02-28' })
  t.same(daysOf({ from: '2026-07', until: '2026-12' }), { first: '2026-07-01', last: '2026-12-31' })
})
