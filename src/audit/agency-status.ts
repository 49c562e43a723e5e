// agency-status.ts: what each agency owes by when: downloads of a quarter, reports of a half-year, what findings ask; and what is held.
import { addDays, type CivilDate, civilDateOf } from '../calendar.ts'
import type { Agency } from '../policy/snapshot.ts'
import { type Standing, standingOn } from '../policy/standing.ts'
import type { AllCases } from './all-cases.ts'
import { type DownloadRule, type Quarter, quarterOf } from './due-dates.ts'
import { type FindingState, isOverdue } from './findings.ts'
import { type Hold, holdsOf } from './incidents.ts'
import { type Days, type Download, doneAt, missingDays } from './quarter-done.ts'
import { type HalfYearStatus, halfYearsOf, type Judged, linkedWithin } from './reporting.ts'

export interface QuarterStatus {
  readonly quarter: Quarter
  /** The day on which the last download that it took was asked for; absent while something is missing. */
  readonly done?: CivilDate
  readonly missingDays: readonly Days[]
  /** It was not whole by its due date, or is not, and that has passed. */
  readonly late: boolean
}

export interface FindingStatus {
  readonly number: string
  readonly state: FindingState
  readonly deadline: CivilDate
  /** Of a using unit never: it is told the deadline, and not listed as overdue (R10). */
  readonly overdue: boolean
}

export interface AgencyStatus {
  readonly agency: string
  readonly name: string
  readonly code: string
  readonly kind: Agency['kind']
  readonly standing: Standing
  /** The last quarter, and earlier ones that are not whole. */
  readonly quarters: readonly QuarterStatus[]
  /** Half-years that are not archived, and the last. */
  readonly halfYears: readonly HalfYearStatus[]
  /** Those that are not closed. */
  readonly findings: readonly FindingStatus[]
  /** Those that last: never shown to the agency (R17). */
  readonly holds: readonly Hold[]
}

/** What the log and the rules say, as far as a status needs it. */
export interface StatusFacts extends Judged {
  readonly downloadRule: DownloadRule
  readonly downloads: readonly Download[]
  readonly cases: AllCases
}

/** Quarters that have ended, since the log begins, oldest first. */
function quartersOf({ day, downloadRule, since }: Pick<StatusFacts, 'day' | 'downloadRule' | 'since'>): readonly Quarter[] {
  const quarters: Quarter[] = []
  for (let each = quarterOf(since, downloadRule); each.until < day; each = quarterOf(addDays(each.until, 1), downloadRule))
    quarters.push(each)
  return quarters
}

/** How an agency stands; undefined for one that owes nothing and has nothing to show: a using unit without a finding, an agency that is
 *  gone and whose last period is archived.
 *  @throws CalendarUnknown */
export function statusOf(agency: Agency, facts: StatusFacts): AgencyStatus | undefined {
  const { cases, day } = facts
  const linked = agency.kind === 'linked-agency'
  const own = [...cases.rounds.cases.values()].filter((each) => each.agency === agency.id)
  const all = linked ? halfYearsOf(agency, own, facts) : []
  const halfYears = all.filter(({ state }, at) => state !== 'done' || at === all.length - 1)
  const quarters = linked ? quarterStatuses(agency, facts) : []
  const findings = [...cases.findings.cases.values()].flatMap((finding) => {
    const { deadline, number, state } = finding
    return finding.agency !== agency.id || state === 'closed'
      ? []
      : [{ number, state, deadline, overdue: linked && isOverdue(finding, day) }]
  })
  const holds = holdsOf(cases.incidents.cases.values()).filter((each) => each.agency === agency.id && each.until === undefined)
  const { standing } = standingOn(agency, day)
  const owes = halfYears.some(({ state }) => state !== 'done') || quarters.some(({ done }) => done === undefined)
  const shows = (linked && (standing === 'approved' || standing === 'suspended')) || owes || findings.length > 0 || holds.length > 0
  const { code, id, kind, name } = agency
  return shows ? { agency: id, name, code, kind, standing, quarters, halfYears, findings, holds } : undefined
}

function quarterStatuses(agency: Agency, facts: StatusFacts): readonly QuarterStatus[] {
  const own = facts.downloads.filter((each) => each.agency === agency.id)
  const all = quartersOf(facts)
    .filter((each) => linkedWithin(agency, each))
    .map((quarter): QuarterStatus => {
      const at = doneAt(quarter, own)
      const done = at === undefined ? undefined : civilDateOf(at)
      const late = (done ?? facts.day) > quarter.due
      return { quarter, missingDays: missingDays(quarter, own), late, ...(done !== undefined && { done }) }
    })
  return all.filter(({ done }, at) => done === undefined || at === all.length - 1)
}

/** Whether something of it is overdue now. */
export const owesLate = ({ findings, halfYears, quarters }: AgencyStatus, day: CivilDate): boolean =>
  findings.some(({ overdue }) => overdue) ||
  quarters.some(({ done, late }) => done === undefined && late) ||
  halfYears.some(
    ({ corrections, state, timeliness }) =>
      (state === 'open' && timeliness === 'late') || corrections.some(({ deadline }) => deadline !== undefined && day > deadline),
  )
