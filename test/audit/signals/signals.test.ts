// signals.test.ts: R17: signs as a function of counts: of no order, of everybody alone, in bounded memory, and with nothing of a draw.

import { deepStrictEqual as same } from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import { AccountSigns } from '../../../src/audit/signals/account-signs.ts'
import { mostListed } from '../../../src/audit/signals/counts.ts'
import { accounts, counts, nothing, quiet, rules, signalsOf } from './counted.ts'

/** The same rows in another order. */
const shuffled = <T>(rows: readonly T[], seed: number): T[] =>
  rows
    .map((row, nth) => ({ row, key: Math.sin(seed + nth * 12.9898) * 43758.5453 }))
    .toSorted((one, other) => (one.key % 1) - (other.key % 1))
    .map(({ row }) => row)

t.test('the order of rows never matters', async () => {
  fc.assert(
    fc.property(counts, accounts(80), fc.nat(), (of, all, seed) => {
      const other = {
        ...of,
        hours: shuffled(of.hours, seed),
        refusals: shuffled(of.refusals, seed),
        tenure: shuffled(of.tenure, seed),
        openings: shuffled(of.openings, seed),
        grants: shuffled(of.grants, seed),
      }
      same(signalsOf(other, shuffled(all, seed)), signalsOf(of, all))
    }),
    { numRuns: 60 },
  )
})

t.test('another user who asks nothing worth a look changes no sign of anybody', async () => {
  const found = ({ agency }: ReturnType<typeof signalsOf>) => agency.signs.map(({ found, sign }) => [sign, found])
  const signed = ({ users }: ReturnType<typeof signalsOf>) => users.users.rows.filter(({ signs }) => signs.length > 0)
  fc.assert(
    fc.property(counts, accounts(20), (of, all) => {
      const [alone, joined] = [signalsOf(of, all), signalsOf(of, [...all, quiet('zz-quiet')])]
      same(found(joined), found(alone))
      same(signed(joined), signed(alone))
      same(joined.users.users.total, alone.users.users.total)
    }),
    { numRuns: 60 },
  )
})

t.test('each user is judged by their own counts alone', async () => {
  fc.assert(
    fc.property(accounts(20), (all) => {
      for (const { signs, ...each } of signalsOf(nothing, all).users.users.rows) {
        const alone = new AccountSigns(rules.thresholds)
        alone.add(each)
        same(alone.listed.rows, [{ ...each, signs }])
      }
    }),
    { numRuns: 40 },
  )
})

t.test('days of a month and hours of a day add up to its records, and reasons to its refusals', async () => {
  fc.assert(
    fc.property(counts, (of) => {
      const { agency } = signalsOf(of, [])
      const sum = (numbers: readonly number[]): number => numbers.reduce((all, each) => all + each, 0)
      const records = sum(of.hours.map((each) => each.records))
      same(agency.totals.records, records)
      same(sum(agency.days.map((each) => each.records)), records)
      same(sum(agency.byHour.map((each) => each.workdays + each.restDays)), records)
      same(sum(agency.refusals.map((each) => each.recorded + each.counted)), sum(of.refusals.map((each) => each.recorded + each.counted)))
      same(agency.days.length, 31)
    }),
    { numRuns: 60 },
  )
})

t.test('from the threshold on it is a sign, below it none', async (t) => {
  const { thresholds } = rules
  const sign = (change: object, name: string) => {
    const all = new AccountSigns(thresholds)
    all.add({ ...quiet('user'), ...change })
    return all.listed.rows[0]?.signs.includes(name as never) // whatever it is called
  }
  const idle = (days: number) => ({ before: quiet('').first - days * 86_400_000 })
  for (const [name, below, on] of [
    ['not-found', { answered: 100, notFound: thresholds.not_found_percent - 1 }, { answered: 100, notFound: thresholds.not_found_percent }],
    [
      'not-found',
      { answered: thresholds.not_found_answers - 1, notFound: thresholds.not_found_answers - 1 },
      { answered: thresholds.not_found_answers, notFound: thresholds.not_found_answers },
    ],
    ['idle', idle(thresholds.idle_days - 0.001), idle(thresholds.idle_days)],
    ['at-once', { switches: 0 }, { switches: 1 }],
  ] as const) {
    t.equal(sign(below, name), false, `${name} below`)
    t.equal(sign(on, name), true, name)
  }
  const refusals = (recorded: number, counted: number) => [{ credential: 'k', day: '2026-10-05' as never, code: 'c', recorded, counted }] // a day
  const found = (recorded: number, counted: number) => {
    const { agency } = signalsOf({ ...nothing, refusals: refusals(recorded, counted) }, [])
    return agency.signs.find(({ sign }) => sign === 'refusals')?.found
  }
  t.same([found(49, 0), found(50, 0), found(20, 29), found(20, 30)], [0, 1, 0, 1], 'recorded and only counted ones together')
})

t.test('however many accounts there are, a list ends and says how many there were', async (t) => {
  const all = new AccountSigns(rules.thresholds)
  for (let nth = 0; nth < 10_000; nth += 1)
    all.add({ ...quiet(`user-${String(nth).padStart(5, '0')}`), subjects: nth % 777, switches: nth % 2 })
  const { rows, total } = all.listed
  t.same([total, all.accounts], [5_000, 10_000])
  t.ok(rows.length <= mostListed + 10)
  t.equal(rows[0]?.subjects, 776, 'the most subjects first')
  t.ok(rows.filter(({ signs }) => signs.length > 0).length === mostListed)
})

t.test('R17: nothing of the signals feeds a draw, a quota, a form or an archive', async (t) => {
  const src = join(import.meta.dirname, '../../../src')
  const may = /^(audit\/signals\/|store\/(open|signals-statements|signals-store)\.ts|cli\/audit\/(command|signals[a-z-]*)\.ts)/
  const files = readdirSync(src, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.ts'))
  const readers = files.filter((name) => /from '[^']*signals[^']*'/.test(readFileSync(join(src, name), 'utf8')))
  t.ok(readers.length > 10)
  t.same(
    readers.filter((name) => !may.test(name)),
    [],
    'who may read them: their own command',
  )
})
