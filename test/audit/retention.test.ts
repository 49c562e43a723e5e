// retention.test.ts: R16, table by table: what keeps a month, until when, and that nothing is taken out while one agency's time has not come.
import fc from 'fast-check'
import t from 'tap'
import { type Archiving, keptUntil, type RetentionFacts, whatKeeps } from '../../src/audit/retention.ts'
import { addDays, civilDate, periodEnd } from '../../src/calendar.ts'

const setting = { years: 5, plus_years: 1 }
const education = { agency: 'taipei-education', archives: true }
const police = { agency: 'taipei-police', archives: true }
const unit = { agency: 'social-relief', archives: false }
const archived = (agency: string, day: string, from = '2026-01', until = '2026-06'): Archiving => ({
  agency,
  day: civilDate(day),
  from,
  until,
})
const facts = (more: Partial<RetentionFacts>): RetentionFacts => ({
  month: '2026-03',
  agencies: [education, police],
  archivings: [archived('taipei-education', '2026-08-20'), archived('taipei-police', '2026-09-01')],
  holds: [],
  openCases: [],
  earlier: undefined,
  today: civilDate('2033-01-01'),
  setting,
  ...more,
})

t.test('六(一)7, D-6: kept to 31 December of the archive year plus five, and one year more', async (t) => {
  for (const [since, until] of [
    ['2026-08-20', '2032-12-31'],
    ['2026-12-31', '2032-12-31'],
    ['2027-01-01', '2033-12-31'],
    ['2024-02-29', '2030-12-31'],
  ] as const)
    t.equal(keptUntil(civilDate(since), setting), until, since)
})

t.test('六(一)7: five years are a floor, whatever is set', async (t) => {
  t.equal(keptUntil(civilDate('2026-08-20'), { years: 0, plus_years: 0 }), periodEnd(civilDate('2026-08-20'), 60))
  t.equal(keptUntil(civilDate('2026-12-31'), { years: 5, plus_years: 0 }), '2031-12-31')
})

t.test('a month that every agency in it archived may be taken out the day after its time, and not on its last', async (t) => {
  t.same(whatKeeps(facts({})), [])
  t.same(whatKeeps(facts({ today: civilDate('2032-12-31') })), [
    { why: 'kept', agency: undefined, since: '2026-03-31', until: '2032-12-31' },
    { why: 'kept', agency: 'taipei-education', since: '2026-08-20', until: '2032-12-31' },
    { why: 'kept', agency: 'taipei-police', since: '2026-09-01', until: '2032-12-31' },
  ])
})

t.test('one agency of several that archived late keeps the month of all', async (t) => {
  const archivings = [archived('taipei-education', '2026-08-20'), archived('taipei-police', '2028-02-01')]
  t.same(whatKeeps(facts({ archivings })), [{ why: 'kept', agency: 'taipei-police', since: '2028-02-01', until: '2034-12-31' }])
})

t.test('the last archiving of an agency counts, whatever order they stand in', async (t) => {
  const late = archived('taipei-education', '2029-05-05', '2026-03', '2026-03')
  const archivings = [late, ...facts({}).archivings]
  t.same(whatKeeps(facts({ archivings })), [{ why: 'kept', agency: 'taipei-education', since: '2029-05-05', until: '2035-12-31' }])
  t.same(whatKeeps(facts({ archivings: archivings.toReversed() })), whatKeeps(facts({ archivings })))
})

t.test('an agency that has records in the month and never archived it keeps it for ever', async (t) => {
  for (const archivings of [
    [archived('taipei-education', '2026-08-20')],
    [archived('taipei-education', '2026-08-20'), archived('taipei-police', '2026-09-01', '2026-04', '2026-06')],
    [archived('taipei-education', '2026-08-20'), archived('taipei-police', '2026-09-01', '2025-07', '2026-02')],
  ])
    t.same(whatKeeps(facts({ archivings, today: civilDate('2099-01-01') })), [{ why: 'not-archived', agency: 'taipei-police' }])
})

t.test('an archiving dated before the month’s end does not shorten its time', async (t) => {
  const archivings = [archived('taipei-education', '2020-01-01'), archived('taipei-police', '2020-01-01')]
  t.same(whatKeeps(facts({ archivings })), [])
  t.match(whatKeeps(facts({ archivings, today: civilDate('2032-12-31') })), [{ why: 'kept', since: '2026-03-31', until: '2032-12-31' }])
})

t.test('R10: a using unit burns no discs; its records are kept as long from the month’s end', async (t) => {
  t.same(whatKeeps(facts({ agencies: [unit], archivings: [] })), [])
  t.match(whatKeeps(facts({ agencies: [unit], archivings: [], today: civilDate('2032-12-31') })), [{ why: 'kept', since: '2026-03-31' }])
})

t.test('a month in which nobody called is kept as long', async (t) => {
  t.same(whatKeeps(facts({ agencies: [], archivings: [] })), [])
  t.match(whatKeeps(facts({ agencies: [], archivings: [], today: civilDate('2027-01-01') })), [{ why: 'kept', agency: undefined }])
})

t.test('never under a hold: of one agency, or of all', async (t) => {
  const from = civilDate('2031-05-01')
  t.same(whatKeeps(facts({ holds: [{ agency: 'taipei-police', from }] })), [{ why: 'held', agency: 'taipei-police', since: from }])
  t.same(whatKeeps(facts({ holds: [{ agency: 'all', from }] })), [{ why: 'held', agency: 'all', since: from }])
  t.same(whatKeeps(facts({ agencies: [], archivings: [], holds: [{ agency: 'all', from }] })), [
    { why: 'held', agency: 'all', since: from },
  ])
  t.same(whatKeeps(facts({ holds: [{ agency: 'taipei-fire', from }] })), [], 'of an agency that has nothing in it')
  t.match(whatKeeps(facts({ holds: [{ agency: 'all', from: civilDate('2040-01-01') }] })), [{ why: 'held' }], 'also one that is to begin')
})

t.test('a hold that was lifted keeps nothing from that day on', async (t) => {
  const hold = { agency: 'taipei-police', from: civilDate('2031-05-01') }
  t.match(whatKeeps(facts({ holds: [{ ...hold, until: civilDate('2033-01-02') }] })), [{ why: 'held' }])
  t.same(whatKeeps(facts({ holds: [{ ...hold, until: civilDate('2033-01-01') }] })), [])
})

t.test('what was recorded of a case stays until the case is over: a hold is not taken out with its own month', async (t) => {
  const openCases = [{ number: '115-3', months: ['2026-02', '2026-03'] }]
  t.same(whatKeeps(facts({ openCases })), [{ why: 'case-open', number: '115-3' }])
  t.same(whatKeeps(facts({ month: '2026-04', openCases })), [])
})

t.test('months go in order: an archiving stands behind the records that it is of', async (t) => {
  t.same(whatKeeps(facts({ earlier: '2026-02' })), [{ why: 'earlier-month', month: '2026-02' }])
})

t.test('what is no month is refused', async (t) => {
  for (const month of ['2026-13', '2026', '115-03', '2026-03-01x', '']) t.throws(() => whatKeeps(facts({ month })), RangeError, month)
})

t.test('what may be taken out was archived by everybody who has to, five years ago and longer', async (t) => {
  const day = fc.integer({ min: 0, max: 2_500 }).map((days) => addDays(civilDate('2025-01-01'), days))
  const month = fc.constantFrom('2026-01', '2026-03', '2026-06')
  const archiving = fc.record({ agency: fc.constantFrom('taipei-education', 'taipei-police'), day, from: month, until: month })
  const years = fc.record({ years: fc.integer({ min: 0, max: 7 }), plus_years: fc.integer({ min: 0, max: 2 }) })
  let gone = 0
  fc.assert(
    fc.property(fc.array(archiving, { maxLength: 8 }), fc.constant('2026-03'), years, (archivings, month, setting) => {
      const today = civilDate('2036-06-30')
      if (whatKeeps(facts({ archivings, month, setting, today })).length > 0) return
      gone += 1
      for (const { agency } of [education, police]) {
        const own = archivings.filter((each) => each.agency === agency && each.from <= month && month <= each.until)
        if (own.length === 0) throw new Error(`${agency} never archived it`)
        for (const { day } of own) if (today <= periodEnd(day, 60)) throw new Error(`${agency} archived it on ${day}`)
      }
    }),
    { numRuns: 300 },
  )
  t.ok(gone > 10, `${gone} of 300 may be taken out`)
})
