// calendar.test.ts: civil time of Taipei, and the calendar's law by its vectors.
import fc from 'fast-check'
import t from 'tap'
import {
  addDays,
  type CivilDate,
  civilDate,
  civilDateOf,
  daysBetween,
  halfYearOf,
  minuteOfDay,
  monthOf,
  periodEnd,
  readCivilDate,
  readRocDate,
  showRocDate,
  showRocDateShort,
  startOfDay,
  weekdayOf,
} from '../src/calendar.ts'

const day = fc
  .date({ min: new Date('1912-01-01T00:00:00Z'), max: new Date('2899-12-31T00:00:00Z'), noInvalidDate: true })
  .map((date) => civilDate(date.toISOString().slice(0, 10)))

t.test('only days that exist are days', async (t) => {
  for (const text of ['2026-02-28', '2024-02-29', '2000-02-29', '2026-12-31']) t.equal(readCivilDate(text), text)
  for (const text of [
    '2026-02-29',
    '1900-02-29',
    '2026-04-31',
    '2026-13-01',
    '2026-00-10',
    '2026-01-00',
    '0000-01-01',
    '2026-1-1',
    '20260101',
    '2026/01/01',
    ' 2026-01-01',
    '2026-01-01T00:00:00Z',
    '２０２６-01-01',
    '',
  ]) {
    t.equal(readCivilDate(text), undefined, text)
    t.throws(() => civilDate(text), RangeError, text)
  }
})

t.test('the day begins at 16:00 UTC the day before', async (t) => {
  const at = Date.parse('2026-06-30T15:59:59.999Z')
  t.equal(civilDateOf(at), '2026-06-30')
  t.equal(civilDateOf(at + 1), '2026-07-01')
  t.equal(monthOf(at), '2026-06-01')
  t.equal(monthOf(at + 1), '2026-07-01')
  t.equal(minuteOfDay(at), 1439)
  t.equal(minuteOfDay(at + 1), 0)
  t.equal(minuteOfDay(Date.parse('2026-11-24T22:15:59+08:00')), 22 * 60 + 15)
  t.equal(startOfDay(civilDate('2026-07-01')), at + 1)
})

t.test('a day is the time from its start to the start of the next', async () => {
  fc.assert(
    fc.property(day, fc.integer({ min: 0, max: 86_399_999 }), (date, ms) => {
      const at = startOfDay(date) + ms
      return civilDateOf(at) === date && minuteOfDay(at) === Math.floor(ms / 60_000)
    }),
  )
})

t.test('before 1970 too', async (t) => {
  t.equal(civilDateOf(-1), '1970-01-01')
  t.equal(minuteOfDay(-1), 7 * 60 + 59)
  t.equal(minuteOfDay(-8 * 3_600_000 - 1), 1439)
  t.equal(civilDateOf(-8 * 3_600_000 - 1), '1969-12-31')
})

t.test('days are added and counted across months and leap years', async (t) => {
  t.equal(addDays(civilDate('2024-02-28'), 1), '2024-02-29')
  t.equal(addDays(civilDate('2026-03-01'), -1), '2026-02-28')
  t.equal(daysBetween(civilDate('2026-02-01'), civilDate('2027-01-31')), 364)
  fc.assert(fc.property(day, fc.integer({ min: -10_000, max: 10_000 }), (date, n) => daysBetween(date, addDays(date, n)) === n))
  t.equal(weekdayOf(civilDate('2027-01-31')), 0, 'a Sunday')
})

const periods: readonly [months: number, event: string, end: string][] = [
  [1, '2026-03-15', '2026-04-15'],
  [1, '2026-01-28', '2026-02-28'],
  [1, '2026-01-29', '2026-02-28'],
  [1, '2026-01-30', '2026-02-28'],
  [1, '2026-01-31', '2026-02-28'],
  [1, '2026-02-28', '2026-03-31'],
  [1, '2026-04-30', '2026-05-31'],
  [1, '2023-11-30', '2023-12-31'],
  [1, '2024-01-29', '2024-02-29'],
  [1, '2024-02-29', '2024-03-31'],
  [1, '2026-10-31', '2026-11-30'],
  [3, '2026-03-15', '2026-06-15'],
  [3, '2026-01-29', '2026-04-29'],
  [3, '2026-01-30', '2026-04-30'],
  [3, '2026-01-31', '2026-04-30'],
  [3, '2026-02-28', '2026-05-31'],
  [3, '2026-04-30', '2026-07-31'],
  [3, '2023-11-30', '2024-02-29'],
  [3, '2025-11-28', '2026-02-28'],
  [3, '2025-11-29', '2026-02-28'],
  [3, '2025-11-30', '2026-02-28'],
  [3, '2026-10-31', '2027-01-31'],
]

t.test('民法 §121: a period in months ends on the day before the corresponding day', async (t) => {
  for (const [months, event, end] of periods) t.equal(periodEnd(civilDate(event), months), end, `${event} + ${months}`)
  t.equal(addDays(periodEnd(civilDate('2026-02-28'), 1), 1), '2026-04-01', '六(六): the earliest termination')
  for (const months of [0, -1, 1.5, Number.NaN]) t.throws(() => periodEnd(civilDate('2026-01-01'), months), RangeError)
})

t.test('a later event never ends its period earlier', async () => {
  fc.assert(
    fc.property(
      day,
      fc.integer({ min: 1, max: 40 }),
      (date, months) => periodEnd(date, months) <= periodEnd(addDays(date, 1), months) && periodEnd(date, months) > date,
    ),
  )
})

t.test('ROC dates are read in the forms that people write', async (t) => {
  for (const text of [
    '1150131',
    '115/01/31',
    '115/1/31',
    '115.01.31',
    '115-01-31',
    '民國115年1月31日',
    '民國 115 年 1 月 31 日',
    '中華民國115年01月31日',
    '115年1月31日',
    '１１５０１３１',
    '１１５／０１／３１',
    ' 1150131 ',
  ]) {
    t.equal(readRocDate(text), '2026-01-31', text)
  }
  for (const text of ['0990131', '990131', '99/1/31', '民國99年1月31日']) t.equal(readRocDate(text), '2010-01-31', text)
  t.equal(readRocDate('民國1年1月1日'), '1912-01-01')
  t.equal(readRocDate('113/02/29'), '2024-02-29')
})

t.test('what is no ROC date is refused', async (t) => {
  for (const text of [
    '114/02/29',
    '1140229',
    '0000131',
    '民國0年1月1日',
    '00/01/31',
    '2026-01-31',
    '20260131',
    '115/01.31',
    '115/13/01',
    '9/1/31',
    '115',
    '',
  ]) {
    t.equal(readRocDate(text), undefined, text)
  }
})

t.test('ROC dates are shown, and read back as the same day', async (t) => {
  t.equal(showRocDate(civilDate('2026-01-31')), '民國115年1月31日')
  t.equal(showRocDateShort(civilDate('2010-01-31')), '99/01/31')
  t.throws(() => showRocDate(civilDate('1911-12-31')), RangeError)
  const back = (date: CivilDate) => date < '1921-01-01' || readRocDate(showRocDateShort(date)) === date
  fc.assert(fc.property(day, (date) => readRocDate(showRocDate(date)) === date && back(date)))
})

t.test('half-years: January to June, July to December', async (t) => {
  t.same(halfYearOf(civilDate('2026-06-30')), { label: '115H1', from: '2026-01-01', until: '2026-06-30' })
  t.same(halfYearOf(civilDate('2026-07-01')), { label: '115H2', from: '2026-07-01', until: '2026-12-31' })
})
