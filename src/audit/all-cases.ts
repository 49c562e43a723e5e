// all-cases.ts: every round, finding and incident that the log holds, and what of the log is no lawful step.
import { type Case, type Cases, nextSteps } from './cases.ts'
import { type AgencyFinding, findingRules, findingsOf, findingWords } from './findings.ts'
import { type Incident, incidentRules, incidentsOf, incidentWords } from './incidents.ts'
import { type CaseKind, joined, type RecordedSteps, type Recording, recordedStep } from './recorded.ts'
import { nextOfRound, type Round, roundsOf, roundWords } from './rounds.ts'

export interface AllCases {
  readonly rounds: Cases<Round>
  readonly findings: Cases<AgencyFinding>
  readonly incidents: Cases<Incident>
  readonly unread: RecordedSteps['unread']
}

export const allCases = ({ findings, incidents, rounds, unread }: RecordedSteps): AllCases => ({
  rounds: roundsOf(rounds),
  findings: findingsOf(findings),
  incidents: incidentsOf(incidents),
  unread,
})

/** Words on screens, of states and steps. */
export const words: Readonly<Record<CaseKind, Readonly<Record<string, string>>>> = {
  rounds: roundWords,
  findings: findingWords,
  incidents: incidentWords,
}

/** A case of any kind, as it stands after a step.
 *  @throws StepRefused where the step is not lawful; TypeError where it is not in the form of a step */
export function afterStep(
  kind: CaseKind,
  before: RecordedSteps,
  asked: { readonly number: string },
  recording: Recording,
): Case<string, unknown> {
  const one = recordedStep(kind, asked, recording)
  if (one[kind].length === 0) throw new TypeError(`no step of ${kind}: ${JSON.stringify(asked)}`)
  const { cases, refused } = allCases(joined(before, one))[kind]
  const last = refused.find((each) => each.recording === recording)
  if (last !== undefined) throw last.refused
  const found = cases.get(asked.number)
  if (found === undefined) throw new TypeError('a step that was taken has a case')
  return found
}

/** Steps that a case may take next. */
export function nextOf(kind: CaseKind, { findings, incidents, rounds }: AllCases, number: string): readonly string[] {
  if (kind === 'rounds') {
    const round = rounds.cases.get(number)
    return round === undefined ? [] : nextOfRound(round)
  }
  const finding = kind === 'findings' ? findings.cases.get(number) : undefined
  if (finding !== undefined) return nextSteps(findingRules, finding.state)
  const incident = kind === 'incidents' ? incidents.cases.get(number) : undefined
  return incident === undefined ? [] : nextSteps(incidentRules, incident.state)
}
