// counted.ts: counts of a month as fast-check draws them.
import fc from 'fast-check'
import { AccountSigns } from '../../../src/audit/signals/account-signs.ts'
import type { AccountCount, HourCount, RefusalCount, SignalCounts, TenureCount } from '../../../src/audit/signals/counts.ts'
import type { SignalRules } from '../../../src/audit/signals/signals.ts'
import { signals } from '../../../src/audit/signals/signals.ts'
import { signalSettings } from '../../../src/audit/signals/thresholds.ts'
import { addDays, civilDate } from '../../../src/calendar.ts'

const first = civilDate('2026-10-01')
export const rules: SignalRules = { month: '2026-10', rest: new Set([civilDate('2026-10-10')]), thresholds: signalSettings({}).thresholds }

const count = fc.nat(300)
const day = fc.nat(30).map((nth) => addDays(first, nth))

/** An account that asked nothing worth a look. */
export const quiet = (account: string): AccountCount => ({
  ...{ account, records: 1, answered: 1, notFound: 0, refused: 0, offHours: 0, subjects: 1, subjectsOfDay: 1, subjectDays: 0, cases: 1 },
  ...{ ofHour: 1, bursts: 0, addresses: 1, addressesOfDay: 1, addressDays: 0, switches: 0, first: Date.parse('2026-10-05T02:00:00Z') },
})

const account: fc.Arbitrary<Omit<AccountCount, 'account'>> = fc
  .record({
    answered: count,
    notFound: count,
    refused: count,
    offHours: count,
    subjects: fc.nat(5),
    subjectDays: fc.nat(3),
    bursts: fc.nat(3),
    addressDays: fc.nat(3),
    switches: fc.nat(3),
    idle: fc.nat(400),
  })
  .map(({ idle, ...each }) => {
    const { account: _, ...others } = quiet('')
    const notFound = Math.min(each.notFound, each.answered)
    return { ...others, ...each, notFound, records: each.answered + each.refused, before: others.first - idle * 86_400_000 }
  })

export const accounts = (most: number): fc.Arbitrary<AccountCount[]> =>
  fc.array(account, { maxLength: most }).map((all) => all.map((each, nth) => ({ ...each, account: `user-${nth}` })))

const hours: fc.Arbitrary<HourCount[]> = fc.uniqueArray(
  fc.record({ day, hour: fc.nat(23), records: count, answered: count, notFound: count, refused: count, offHours: count }),
  { selector: (each) => `${each.day} ${each.hour}`, maxLength: 40 },
)
const refusals: fc.Arbitrary<RefusalCount[]> = fc.uniqueArray(
  fc.record({
    credential: fc.constantFrom('key-a', 'key-b'),
    day,
    code: fc.constantFrom('outside-hours', 'rate-limited'),
    recorded: count,
    counted: count,
  }),
  { selector: (each) => `${each.credential} ${each.day} ${each.code}`, maxLength: 30 },
)
const tenure: fc.Arbitrary<TenureCount[]> = fc.uniqueArray(
  fc.record({
    account: fc.constantFrom('user-1', 'user-2', 'user-3'),
    kind: fc.constantFrom('joined', 'leaving', 'left'),
    day,
    records: count,
    answered: count,
    subjects: count,
  }),
  { selector: (each) => `${each.account} ${each.kind}`, maxLength: 9 },
)

export const counts: fc.Arbitrary<SignalCounts> = fc.record({
  hours,
  refusals,
  tenure,
  subjects: fc.constant({ total: 0, rows: [] }),
  cases: fc.constant({ total: 0, rows: [] }),
  grants: fc.uniqueArray(fc.record({ grant: fc.constantFrom('g1', 'g2', 'g3'), since: day, last: day }), {
    selector: ({ grant }) => grant,
  }),
  openings: fc.uniqueArray(
    fc.record({ unit: fc.constant('ethics-office'), auditor: fc.constantFrom('a', 'b', 'c'), acts: count, opened: count }),
    { selector: ({ auditor }) => auditor },
  ),
})

export const signalsOf = (of: SignalCounts, all: readonly AccountCount[]) => {
  const signs = new AccountSigns(rules.thresholds)
  for (const each of all) signs.add(each)
  return signals(of, signs, rules)
}

/** Nothing was counted. */
export const nothing: SignalCounts = {
  ...{ hours: [], refusals: [], tenure: [], openings: [], grants: [] },
  ...{ subjects: { total: 0, rows: [] }, cases: { total: 0, rows: [] } },
}
