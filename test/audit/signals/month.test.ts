// month.test.ts: office hours by the official calendar, days around the first and last day on the roster, and agencies beside each other.
import { ok, deepStrictEqual as same } from 'node:assert/strict'
import fc from 'fast-check'
import t from 'tap'
import { compare } from '../../../src/audit/signals/comparison.ts'
import type { AgencyTotals } from '../../../src/audit/signals/counts.ts'
import { multirangeOf, officeSpans, restDaysOf } from '../../../src/audit/signals/office-hours.ts'
import { tenureWindows } from '../../../src/audit/signals/tenure.ts'
import { signalSettings, thresholdNames } from '../../../src/audit/signals/thresholds.ts'
import { grantsInForce, unusedFor } from '../../../src/audit/signals/unused-grants.ts'
import { civilDate, startOfDay } from '../../../src/calendar.ts'
import { parseHours } from '../../../src/policy/hours.ts'

const hours = (...texts: string[]) => texts.flatMap((text) => parseHours(text) ?? [])
const { thresholds } = signalSettings({})

t.test('office hours are those of workdays, by the calendar and not by the day of the week', async (t) => {
  const rest = restDaysOf(
    '2026-10',
    new Map([[2026, new Set([civilDate('2026-10-09'), civilDate('2026-10-10'), civilDate('2026-11-01')])]]),
  )
  t.same([...rest], ['2026-10-09', '2026-10-10'])
  const spans = officeSpans(
    '2026-10',
    hours('08:00-12:00 workdays', '13:30-17:30 workdays', '12:00-12:30 workdays', '10:00-11:00 restdays'),
    rest,
  )
  t.equal(spans.length, 29 * 2 + 2)
  const at = (day: string, time: string) => Date.parse(`${day}T${time}:00+08:00`)
  t.same(
    spans.slice(0, 2),
    [
      { from: at('2026-10-01', '08:00'), until: at('2026-10-01', '12:30') },
      { from: at('2026-10-01', '13:30'), until: at('2026-10-01', '17:30') },
    ],
    'spans that touch are one',
  )
  t.same(spans[16], { from: at('2026-10-09', '10:00'), until: at('2026-10-09', '11:00') })
  t.equal(multirangeOf([]), '{}')
  t.match(multirangeOf(spans.slice(0, 2)), /^\{\[2026-10-01T00:00:00\.000Z,2026-10-01T04:30:00\.000Z\),\[.*\)\}$/)
  t.throws(() => restDaysOf('2027-01', new Map()), /calendar\/2027\.csv/)
})

t.test('no span of office hours touches another, whatever is set', async () => {
  const time = fc.nat(1439)
  const span = fc.record({
    days: fc.constantFrom('workdays' as const, 'restdays' as const, 'all' as const),
    from: time,
    length: fc.nat(400),
  })
  fc.assert(
    fc.property(fc.array(span, { maxLength: 4 }), fc.subarray(['2026-10-03', '2026-10-10', '2026-10-31']), (all, days) => {
      const spans = officeSpans(
        '2026-10',
        all.map(({ days, from, length }) => ({ days, from, until: Math.min(1440, from + length + 1) })),
        new Set(days.map(civilDate)),
      )
      for (const [nth, { from, until }] of spans.entries()) {
        ok(from < until && from >= startOfDay(civilDate('2026-10-01')) && until <= startOfDay(civilDate('2026-11-01')))
        const next = spans[nth + 1]
        if (next !== undefined) ok(until < next.from)
      }
    }),
    { numRuns: 60 },
  )
})

t.test('the days after joining, before leaving and after it, within the month', async (t) => {
  const row = (account: string, from: string, until?: string) => ({
    account,
    from: civilDate(from),
    ...(until !== undefined && { until: civilDate(until) }),
  })
  const of = (...rows: ReturnType<typeof row>[]) =>
    tenureWindows('2026-10', new Map([['a', rows]]), thresholds).map(({ day, from, kind, until }) => [kind, day, from, until])
  t.same(of(row('a', '2026-10-05')), [['joined', '2026-10-05', '2026-10-05', '2026-10-11']])
  t.same(of(row('a', '2026-09-28')), [['joined', '2026-09-28', '2026-10-01', '2026-10-04']], 'of the month before, as far as it reaches')
  t.same(of(row('a', '2026-09-01')), [])
  t.same(of(row('a', '2026-01-05', '2026-10-20')), [
    ['leaving', '2026-10-20', '2026-10-07', '2026-10-20'],
    ['left', '2026-10-20', '2026-10-21', '2026-10-31'],
  ])
  t.same(of(row('a', '2026-01-05', '2026-11-05')), [['leaving', '2026-11-05', '2026-10-23', '2026-10-31']])
  t.same(of(row('a', '2026-01-05', '2026-06-30')), [['left', '2026-06-30', '2026-10-01', '2026-10-31']])
  t.same(of(row('a', '2026-01-05', '2026-10-10'), row('a', '2026-10-11')), [], 'another unit is no leaving')
  t.same(
    of(row('a', '2026-10-20'), row('a', '2026-01-05', '2026-09-30')),
    [
      ['left', '2026-09-30', '2026-10-01', '2026-10-19'],
      ['joined', '2026-10-20', '2026-10-20', '2026-10-26'],
    ],
    'who comes back has joined again',
  )
  t.same(of(row('a', '2026-10-05', '2026-10-07')), [
    ['joined', '2026-10-05', '2026-10-05', '2026-10-07'],
    ['leaving', '2026-10-07', '2026-10-05', '2026-10-07'],
    ['left', '2026-10-07', '2026-10-08', '2026-10-31'],
  ])
})

const totals = (agency: string, change: Partial<AgencyTotals> = {}): AgencyTotals => ({
  ...{ agency, mode: 'api', records: 1_000, answered: 900, notFound: 90, refused: 100, offHours: 50, accounts: 10 },
  ...change,
})
const kindOf = (agency: string): string | undefined =>
  agency.startsWith('unit') ? 'using-unit' : agency === 'gone' ? undefined : 'linked-agency'
const three = ['b', 'c', 'd'].map((agency, nth) => totals(agency, { offHours: 100 * (nth + 1) }))

t.test('too few agencies or records are said, and no figure is given', async (t) => {
  const of = (all: readonly AgencyTotals[], agency = 'a') => compare(agency, all, kindOf, thresholds)
  t.same(of([totals('a'), ...three.slice(0, 2)]), { state: 'too-few-agencies', similar: 2 })
  t.same(of([totals('a', { records: 99 }), ...three]), { state: 'too-few-records', records: 99 })
  t.same(of(three), { state: 'too-few-records', records: 0 }, 'none at all')
  t.same(
    of([totals('a'), ...three.slice(0, 2), totals('d', { records: 99 })]),
    { state: 'too-few-agencies', similar: 2 },
    'the others need as many records',
  )
  t.same(of([totals('a'), ...three.slice(0, 2), totals('unit')]), { state: 'too-few-agencies', similar: 2 }, 'of another kind')
  t.same(
    of([totals('a'), ...three.slice(0, 2), totals('d', { mode: 'file' })]),
    { state: 'too-few-agencies', similar: 2 },
    'of another mode',
  )
  t.same(of([totals('gone'), ...three], 'gone'), { state: 'too-few-agencies', similar: 0 }, 'nobody knows what it was like')
  t.match(of([totals('a'), ...three]), {
    state: 'compared',
    similar: 3,
    figures: [{ figure: 'off-hours', own: 50, median: 200, higher: 3, of: 3 }, {}, {}, {}],
  })
  const unanswered = of([totals('a', { answered: 0, notFound: 0 }), ...three])
  const compared = unanswered.state === 'compared' ? unanswered.figures.map(({ figure }) => figure) : []
  t.same(compared, ['off-hours', 'refused', 'per-account'], 'nothing is divided by nothing')
})

t.test('a comparison is of no order, gives at least as many others as are set, and names nobody', async () => {
  const any = fc.record({
    records: fc.nat(300),
    answered: fc.nat(300),
    notFound: fc.nat(300),
    refused: fc.nat(300),
    offHours: fc.nat(300),
    accounts: fc.nat(9),
    mode: fc.constantFrom('api', 'file'),
  })
  fc.assert(
    fc.property(fc.array(any, { maxLength: 9 }), (all) => {
      const named = all.map((each, nth) => totals(`canary-${nth}`, each))
      const found = compare('canary-0', named, () => 'k', thresholds)
      same(
        compare('canary-0', named.toReversed(), () => 'k', thresholds),
        found,
      )
      ok(!JSON.stringify(found).includes('canary'))
      if (found.state === 'compared') for (const { higher, of } of found.figures) ok(of >= thresholds.similar_agencies && higher <= of)
    }),
    { numRuns: 100 },
  )
})

t.test('grants in force at the month’s end, and how long each was not used', async (t) => {
  const grant = (id: string, from: string, until: string) => ({ id, from: civilDate(from), until: civilDate(until) })
  const last = civilDate('2026-10-31')
  const inForce = grantsInForce(
    [
      grant('old', '2025-01-01', '2027-12-31'),
      grant('new', '2026-10-01', '2027-12-31'),
      grant('over', '2025-01-01', '2026-10-30'),
      grant('to-come', '2026-11-01', '2027-12-31'),
    ],
    last,
    civilDate('2026-03-01'),
  )
  t.same(
    inForce,
    [
      { grant: 'old', since: '2026-03-01' },
      { grant: 'new', since: '2026-10-01' },
    ],
    'before the logs began nothing was seen',
  )
  const used = unusedFor(
    [
      { grant: 'a', since: civilDate('2026-03-01'), last: civilDate('2026-10-31') },
      { grant: 'b', since: civilDate('2026-03-01') },
      { grant: 'c', since: civilDate('2026-10-30'), last: civilDate('2026-09-01') },
    ],
    last,
  )
  t.same(
    used.map(({ days, grant }) => [grant, days]),
    [
      ['b', 244],
      ['c', 1],
      ['a', 0],
    ],
  )
})

t.test('what audit.yaml does not set is our default, and is told apart', async (t) => {
  const { officeHours, thresholds: all, unset } = signalSettings({})
  t.same(officeHours, ['08:00-18:00 workdays'])
  t.equal(unset.size, thresholdNames.length + 1)
  const six = {
    off_hours_calls_per_day: 1,
    calls_per_user_per_hour: 2,
    subjects_per_user_per_day: 3,
    users_per_subject_per_month: 4,
    refusals_per_credential_per_day: 5,
    addresses_per_account_per_day: 6,
  }
  const set = signalSettings({ signals: { ...six, office_hours: ['09:00-17:00 all'] } })
  t.same(set.thresholds, { ...all, ...six })
  t.same(set.hours, [{ days: 'all', from: 540, until: 1020 }])
  t.notOk(set.unset.has('office_hours') || set.unset.has('off_hours_calls_per_day'))
})
