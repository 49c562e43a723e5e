// reporting.ts: how the half-years of an agency stand (R14, R15): months without a round, what was sent when, what is late.
import type { CivilDate, HalfYear } from '../calendar.ts'
import type { AuditFile } from '../policy/schema/audit.ts'
import type { Agency } from '../policy/snapshot.ts'
import { type Standing, standingAfter, standingOn } from '../policy/standing.ts'
import { type DueDate, dueDate, halfYearsBetween, type Quarter, reportDue, type Timeliness, timelinessOf } from './due-dates.ts'
import { daysOf, type MonthName, monthsOf } from './period.ts'
import type { Round, RoundState } from './rounds.ts'

const isLinked = (standing: Standing): boolean => standing === 'approved' || standing === 'suspended'

/** Whether an agency was linked on any day of a month: while it is suspended its duty to audit goes on (R20). */
export function linkedIn(agency: Pick<Agency, 'rule' | 'standing'>, month: MonthName): boolean {
  const { first, last } = daysOf({ from: month, until: month })
  const turned = agency.standing.filter(({ effective }) => first <= effective && effective <= last)
  return isLinked(standingOn(agency, first).standing) || turned.some(({ action }) => isLinked(standingAfter(action)))
}

/** The same of days: whether it was linked on any day of the months in which they lie. */
export const linkedWithin = (agency: Pick<Agency, 'rule' | 'standing'>, { from, until }: Pick<Quarter, 'from' | 'until'>): boolean =>
  monthsOf({ from: from.slice(0, 7), until: until.slice(0, 7) }).some((month) => linkedIn(agency, month))

export interface HalfYearStatus {
  readonly half: HalfYear
  readonly due: DueDate
  /** `open`: something is still to be done before it is sent; `done`: everything is archived. */
  readonly state: 'open' | 'sent' | 'to-be-corrected' | 'on-record' | 'done'
  /** Of the last round that was sent, or, while one is not, of the day that is asked about. */
  readonly timeliness: Timeliness
  /** Months in which the agency was linked, and that no round covers (R14). */
  readonly uncovered: readonly MonthName[]
  readonly rounds: readonly { readonly number: string; readonly from: string; readonly until: string; readonly state: RoundState }[]
  /** Until when what is to be corrected comes back. */
  readonly corrections: readonly { readonly number: string; readonly deadline?: CivilDate }[]
}

/** What half-years are judged by. */
export interface Judged {
  readonly day: CivilDate
  /** The first day of the log: what was before it nobody can audit. */
  readonly since: CivilDate
  readonly audit: Pick<AuditFile, 'D-21'>
  readonly restDays: ReadonlyMap<number, ReadonlySet<CivilDate>>
}

/** Half-years of an agency that have ended, oldest first, those in which it was not linked left out.
 *  @param rounds of this agency
 *  @throws CalendarUnknown */
export function halfYearsOf(
  agency: Pick<Agency, 'rule' | 'standing'>,
  rounds: readonly Round[],
  judged: Judged,
): readonly HalfYearStatus[] {
  const live = rounds.filter(({ audit, state }) => audit === 'self-audit' && state !== 'withdrawn')
  return halfYearsBetween(judged.since, judged.day).flatMap((half) => {
    const months = monthsOf({ from: monthOfDay(half.from), until: monthOfDay(half.until) }).filter(
      (month) => month >= monthOfDay(judged.since) && linkedIn(agency, month),
    )
    return half.until >= judged.day || months.length === 0 ? [] : [halfYearOf(half, months, live, judged)]
  })
}

const monthOfDay = (day: CivilDate): MonthName => day.slice(0, 7)

function halfYearOf(
  half: HalfYear,
  months: readonly MonthName[],
  rounds: readonly Round[],
  { audit, day, restDays }: Judged,
): HalfYearStatus {
  const own = rounds.filter(({ from, until }) => months.some((month) => from <= month && month <= until))
  const uncovered = months.filter((month) => !own.some(({ from, until }) => from <= month && month <= until))
  const due = dueDate(reportDue(half), restDays)
  const sent = own.map((round) => sentOn(round, audit['D-21']))
  const whole = uncovered.length === 0 && sent.every((each) => each !== undefined)
  const last = sent
    .flatMap((each) => each ?? [])
    .sort()
    .at(-1)
  return {
    half,
    due,
    state: whole ? stateOf(own) : 'open',
    timeliness: timelinessOf(whole ? (last ?? day) : day, due),
    uncovered,
    rounds: own.map(({ from, number, state, until }) => ({ number, from, until, state })),
    corrections: own.flatMap(({ correction, number }) =>
      correction === undefined ? [] : [{ number, ...(correction.deadline !== undefined && { deadline: correction.deadline }) }],
    ),
  }
}

/** D-21: the day of dispatch, or of receipt; of the first letter: a correction makes nothing late that was in time. */
function sentOn({ sent: [first] }: Round, rule: AuditFile['D-21']): CivilDate | undefined {
  return rule === 'receipt' ? first?.received : first?.day
}

function stateOf(rounds: readonly Round[]): HalfYearStatus['state'] {
  if (rounds.some(({ correction }) => correction !== undefined)) return 'to-be-corrected'
  if (rounds.every(({ state }) => state === 'archived')) return 'done'
  return rounds.every(({ state }) => state === 'archived' || state === 'on-record') ? 'on-record' : 'sent'
}
