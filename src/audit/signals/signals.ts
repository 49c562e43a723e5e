// signals.ts: what a month of an agency's records shows (R17): first without identities, then with users. A list of risks beside the random
// draw: nothing of it feeds a draw, and nothing of it is a finding.
import { type CivilDate, civilDate } from '../../calendar.ts'
import type { MonthName } from '../period.ts'
import type { AccountRow, AccountSignName, AccountSigns, Found } from './account-signs.ts'
import type {
  HourCount,
  Listed,
  OpeningCount,
  Outcomes,
  RefusalCount,
  SharedSubject,
  SignalCounts,
  TenureCount,
  WideCase,
} from './counts.ts'
import { mostListed } from './counts.ts'
import { everyDay } from './office-hours.ts'
import type { TenureKind } from './tenure.ts'
import type { ThresholdName, Thresholds } from './thresholds.ts'
import { type UnusedGrant, unusedFor } from './unused-grants.ts'

export type SignName = AccountSignName | TenureKind | 'off-hours' | 'refusals' | 'shared-subjects' | 'unused-grants' | 'wide-cases'

/** One line of the overview. */
export interface Sign extends Found {
  readonly sign: SignName
  /** Absent: everything of its kind is listed. */
  readonly threshold?: { readonly name: ThresholdName; readonly value: number }
}

export interface DayOfMonth extends Outcomes {
  readonly day: CivilDate
  readonly rest: boolean
  readonly offHours: number
}

/** Records of an hour of the day, over the month. */
export interface HourOfDay {
  readonly hour: number
  readonly workdays: number
  readonly restDays: number
}

export interface ReasonCount {
  readonly code: string
  readonly recorded: number
  readonly counted: number
}

/** No account, address, credential, case or tag stands in it, and nothing of what auditors do: an audit that the agency is not told of, or an
 *  incident, would show. */
export interface AgencySignals {
  readonly totals: Outcomes & { readonly accounts: number; readonly offHours: number; readonly countedRefusals: number }
  /** Every day of the month. */
  readonly days: readonly DayOfMonth[]
  /** Every hour, 0–23. */
  readonly byHour: readonly HourOfDay[]
  /** The most first. */
  readonly refusals: readonly ReasonCount[]
  readonly signs: readonly Sign[]
  /** Grants that reach their threshold, the longest unused first. */
  readonly unusedGrants: readonly UnusedGrant[]
}

export interface CredentialDay {
  readonly credential: string
  readonly day: CivilDate
  readonly refused: number
}

export interface UserSignals {
  readonly users: Listed<AccountRow>
  readonly subjects: Listed<SharedSubject>
  readonly cases: Listed<WideCase>
  readonly credentials: Listed<CredentialDay>
  readonly tenure: readonly TenureCount[]
  readonly openings: readonly OpeningCount[]
}

export interface Signals {
  readonly agency: AgencySignals
  readonly users: UserSignals
}

export interface SignalRules {
  readonly month: MonthName
  /** Rest days of the month. */
  readonly rest: ReadonlySet<CivilDate>
  readonly thresholds: Thresholds
}

/** @param counts rows in any order
 *  @param accounts everybody's counts, added in any order */
export function signals(counts: SignalCounts, accounts: AccountSigns, rules: SignalRules): Signals {
  const days = daysOfMonth(counts.hours, rules)
  const unused = unusedFor(counts.grants, days.at(-1)?.day ?? civilDate(`${rules.month}-01`))
  const credentials = credentialDays(counts.refusals, rules.thresholds)
  return {
    agency: {
      totals: totalsOf(counts, accounts.accounts),
      days,
      byHour: hoursOfDay(counts.hours, rules.rest),
      refusals: reasonsOf(counts.refusals),
      signs: signsOf(counts, accounts, { days, credentials, unused }, rules.thresholds),
      unusedGrants: unused.filter((each) => each.days >= rules.thresholds.unused_grant_days),
    },
    users: {
      users: accounts.listed,
      subjects: counts.subjects,
      cases: counts.cases,
      credentials: { total: credentials.reached.length, rows: credentials.reached.slice(0, mostListed) },
      tenure: counts.tenure.toSorted(
        (one, other) =>
          tenureOrder[one.kind] - tenureOrder[other.kind] || other.records - one.records || byText(one.account, other.account),
      ),
      openings: counts.openings.toSorted(
        (one, other) => other.opened - one.opened || byText(`${one.unit} ${one.auditor}`, `${other.unit} ${other.auditor}`),
      ),
    },
  }
}

const tenureOrder: Readonly<Record<TenureKind, number>> = { left: 0, leaving: 1, joined: 2 }
const byText = (one: string, other: string): number => (one < other ? -1 : one === other ? 0 : 1)
const sumOf = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((sum, row) => sum + of(row), 0)
const mostOf = <T>(rows: readonly T[], of: (row: T) => number): number => rows.reduce((most, row) => Math.max(most, of(row)), 0)

const outcomesOf = (rows: readonly (Outcomes & { readonly offHours: number })[]) => ({
  records: sumOf(rows, ({ records }) => records),
  answered: sumOf(rows, ({ answered }) => answered),
  notFound: sumOf(rows, ({ notFound }) => notFound),
  refused: sumOf(rows, ({ refused }) => refused),
  offHours: sumOf(rows, ({ offHours }) => offHours),
})

const totalsOf = ({ hours, refusals }: SignalCounts, accounts: number): AgencySignals['totals'] => ({
  ...outcomesOf(hours),
  accounts,
  countedRefusals: sumOf(refusals, ({ counted }) => counted),
})

function daysOfMonth(hours: readonly HourCount[], { month, rest }: SignalRules): readonly DayOfMonth[] {
  const byDay = Map.groupBy(hours, ({ day }) => day)
  return everyDay(month).map((day) => ({ day, rest: rest.has(day), ...outcomesOf(byDay.get(day) ?? []) }))
}

const hoursOfDay = (hours: readonly HourCount[], rest: ReadonlySet<CivilDate>): readonly HourOfDay[] =>
  Array.from({ length: 24 }, (_, hour) => {
    const of = hours.filter((each) => each.hour === hour)
    return {
      hour,
      workdays: sumOf(of, ({ day, records }) => (rest.has(day) ? 0 : records)),
      restDays: sumOf(of, ({ day, records }) => (rest.has(day) ? records : 0)),
    }
  })

const reasonsOf = (refusals: readonly RefusalCount[]): readonly ReasonCount[] =>
  [...Map.groupBy(refusals, ({ code }) => code)]
    .map(([code, rows]) => ({ code, recorded: sumOf(rows, (row) => row.recorded), counted: sumOf(rows, (row) => row.counted) }))
    .sort((one, other) => other.recorded + other.counted - one.recorded - one.counted || byText(one.code, other.code))

interface CredentialDays {
  /** Those that reach the threshold, the most refusals first. */
  readonly reached: readonly CredentialDay[]
  readonly most: number
}

function credentialDays(refusals: readonly RefusalCount[], { refusals_per_credential_per_day: threshold }: Thresholds): CredentialDays {
  const all = [...Map.groupBy(refusals, ({ credential, day }) => `${day} ${credential}`).values()].flatMap((rows) => {
    const [first] = rows
    if (first === undefined) return []
    return [{ credential: first.credential, day: first.day, refused: sumOf(rows, ({ counted, recorded }) => counted + recorded) }]
  })
  const reached = all
    .filter(({ refused }) => refused >= threshold)
    .sort((one, other) => other.refused - one.refused || byText(one.day, other.day) || byText(one.credential, other.credential))
  return { reached, most: mostOf(all, ({ refused }) => refused) }
}

/** What was added up of the counts. */
interface Added {
  readonly days: readonly DayOfMonth[]
  readonly credentials: CredentialDays
  readonly unused: readonly UnusedGrant[]
}

function signsOf(
  { cases, subjects, tenure }: SignalCounts,
  accounts: AccountSigns,
  { credentials, days, unused }: Added,
  thresholds: Thresholds,
): readonly Sign[] {
  const { found } = accounts
  const by = (sign: SignName, name: ThresholdName, of: Found): Sign => ({ sign, threshold: { name, value: thresholds[name] }, ...of })
  const offHours = days.filter((day) => day.offHours >= thresholds.off_hours_calls_per_day)
  const around = (kind: TenureKind): Found => {
    const rows = tenure.filter((each) => each.kind === kind)
    return { found: new Set(rows.map(({ account }) => account)).size, most: mostOf(rows, ({ records }) => records) }
  }
  return [
    by('off-hours', 'off_hours_calls_per_day', { found: offHours.length, most: mostOf(days, (day) => day.offHours) }),
    by('bursts', 'calls_per_user_per_hour', found.bursts),
    by('subjects', 'subjects_per_user_per_day', found.subjects),
    by('shared-subjects', 'users_per_subject_per_month', { found: subjects.total, most: mostOf(subjects.rows, ({ users }) => users) }),
    by('wide-cases', 'subjects_per_case_per_month', { found: cases.total, most: mostOf(cases.rows, (each) => each.subjects) }),
    by('refusals', 'refusals_per_credential_per_day', { found: credentials.reached.length, most: credentials.most }),
    by('not-found', 'not_found_percent', found['not-found']),
    by('addresses', 'addresses_per_account_per_day', found.addresses),
    by('at-once', 'address_change_minutes', found['at-once']),
    by('joined', 'days_after_joining', around('joined')),
    by('leaving', 'days_before_leaving', around('leaving')),
    { sign: 'left', ...around('left') },
    by('idle', 'idle_days', found.idle),
    by('unused-grants', 'unused_grant_days', {
      found: unused.filter((each) => each.days >= thresholds.unused_grant_days).length,
      most: mostOf(unused, (each) => each.days),
    }),
  ]
}
