// due-dates.test.ts: R11c, R15, D-4, D-15, D-21: what is due by when, and what a rest day makes of it.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { dueDate, halfYearsBetween, lastQuarter, quarterOf, reportDue, timelinessOf } from '../../src/audit/due-dates.ts'
import { addDays, type CivilDate, civilDate, halfYearOf } from '../../src/calendar.ts'
import { Report } from '../../src/policy/finding.ts'
import { readRestDays } from '../../src/policy/rest-days.ts'

const calendars = new Map(
  [2026, 2027].map((year) => {
    const name = `${year}.csv`
    const text = readFileSync(join(import.meta.dirname, '..', '..', 'config', 'calendar', name), 'utf8')
    return [year, readRestDays(`calendar/${name}`, text, year, new Report()) ?? new Set<CivilDate>()] as const
  }),
)

t.test('六(一)6: 1 January–30 June is due on 31 July, 1 July–31 December on 31 January', async (t) => {
  for (const [day, due] of [
    ['2026-01-01', '2026-07-31'],
    ['2026-06-30', '2026-07-31'],
    ['2026-07-01', '2027-01-31'],
    ['2026-12-31', '2027-01-31'],
    ['2027-01-01', '2027-07-31'],
  ] as const)
    t.equal(reportDue(halfYearOf(civilDate(day))), due, day)
})

t.test('D-15: on a rest day the nominal date, the working day before and the one after are shown', async (t) => {
  for (const [nominal, before, after] of [
    ['2026-01-31', '2026-01-30', '2026-02-02'],
    ['2026-07-31', undefined, undefined],
    ['2027-01-31', '2027-01-29', '2027-02-01'],
    ['2027-07-31', '2027-07-30', '2027-08-02'],
  ] as const)
    t.same(dueDate(civilDate(nominal), calendars), { nominal, ...(before && { before, after }) })
})

t.test('a holiday counts as the calendar has it: a year that is not known is an error, not a year without holidays', async (t) => {
  const lunar = new Map([
    [2025, new Set(['2025-01-27', '2025-01-28', '2025-01-29', '2025-01-30', '2025-01-31', '2025-02-01', '2025-02-02'].map(civilDate))],
  ])
  t.same(dueDate(civilDate('2025-01-31'), lunar), { nominal: '2025-01-31', before: '2025-01-26', after: '2025-02-03' })
  t.throws(() => dueDate(civilDate('2028-01-31'), calendars), { code: 'settings', year: 2028, message: /calendar\/2028\.csv/ })
})

t.test('a report is in time up to the nominal day; the working day behind a rest day is for a person to decide', async (t) => {
  const due = dueDate(civilDate('2027-01-31'), calendars)
  for (const [day, expected] of [
    ['2027-01-31', 'in-time'],
    ['2027-02-01', 'after-rest-days'],
    ['2027-02-02', 'late'],
  ] as const)
    t.equal(timelinessOf(civilDate(day), due), expected)
  t.equal(timelinessOf(civilDate('2026-08-01'), dueDate(civilDate('2026-07-31'), calendars)), 'late')
})

t.test('D-4: a quarter is downloaded by the end of the month that follows it, or by its own end', async (t) => {
  for (const [day, name, from, until, due] of [
    ['2026-11-28', '2026-Q3', '2026-07-01', '2026-09-30', '2026-10-31'],
    ['2026-10-01', '2026-Q3', '2026-07-01', '2026-09-30', '2026-10-31'],
    ['2026-09-30', '2026-Q2', '2026-04-01', '2026-06-30', '2026-07-31'],
    ['2026-01-01', '2025-Q4', '2025-10-01', '2025-12-31', '2026-01-31'],
    ['2026-04-01', '2026-Q1', '2026-01-01', '2026-03-31', '2026-04-30'],
    ['2028-03-31', '2027-Q4', '2027-10-01', '2027-12-31', '2028-01-31'],
  ] as const)
    t.same(lastQuarter(civilDate(day), 'end-of-following-month'), { name, from, until, due }, day)
  t.equal(quarterOf(civilDate('2028-02-29'), 'end-of-quarter').due, '2028-03-31')
})

t.test('half-years follow one another without a hole', async (t) => {
  const halves = halfYearsBetween(civilDate('2026-03-15'), civilDate('2027-07-01'))
  t.same(
    halves.map(({ label }) => label),
    ['115H1', '115H2', '116H1', '116H2'],
  )
  for (const [nth, { until }] of halves.slice(0, -1).entries()) t.equal(halves[nth + 1]?.from, addDays(until, 1))
})
