// incidents.ts: breaches that were found (R17): who was told, what is concerned, and the hold (R16) that lasts until a document lifts it.
import type { CivilDate } from '../calendar.ts'
import type { IncidentStep } from '../querylog/incident-entry.ts'
import type { EntryPlace } from '../querylog/step-parts.ts'
import { type Advance, type Case, type Cases, casesOf, holdToRule, type Rule } from './cases.ts'
import type { Recorded } from './recorded.ts'
import { StepRefused } from './step-refusal.ts'

/** 待通報 → 調查中 → 結案. */
export type IncidentState = 'found' | 'notified' | 'closed'

/** Days of which all records of the agency are concerned; absent: open at that end. */
interface Span {
  readonly from?: CivilDate
  readonly until?: CivilDate
}

export interface Incident extends Case<IncidentState, IncidentStep> {
  readonly found: CivilDate
  readonly foundBy: string
  readonly matter: string
  readonly records: readonly EntryPlace[]
  readonly spans: readonly Span[]
  readonly notice?: { readonly day: CivilDate; readonly document: string }
  readonly closed?: { readonly day: CivilDate; readonly document: string }
  readonly lastDay: CivilDate
}

/** What each step needs, and where it leads. */
export const incidentRules: Readonly<Record<IncidentStep['step'], Rule<IncidentState>>> = {
  found: { from: 'begin', to: 'found' },
  notified: { from: ['found'], to: 'notified', document: true },
  widened: { from: ['found', 'notified'] },
  closed: { from: ['notified'], to: 'closed', document: true },
}

/** Words on screens and forms, of states and of steps. */
export const incidentWords: Readonly<Record<IncidentState | IncidentStep['step'], string>> = {
  found: '發現（待通報）',
  notified: '已通報政風及資訊單位',
  widened: '擴大範圍',
  closed: '結案',
}

/** The incidents that recorded steps make; what was not lawful changed nothing, and is told. */
export const incidentsOf = (recorded: Iterable<Recorded<IncidentStep>>): Cases<Incident> => casesOf(recorded, advanceIncident)

/** @throws StepRefused */
export const advanceIncident: Advance<Incident, IncidentStep> = (before, recorded) => {
  const { recording, step } = recorded
  holdToRule(before, recorded, incidentRules[step.step], incidentWords, before?.lastDay)
  if (step.step === 'found') {
    const { agency, day, found_by: foundBy, matter, number } = step
    const concerned = { records: step.records ?? [], spans: spansOf(step) }
    return { number, agency, state: 'found', found: day, foundBy, matter, ...concerned, lastDay: day, steps: [recorded] }
  }
  if (before === undefined) throw new TypeError('holdToRule refuses a step without its case')
  const next = { ...before, lastDay: step.day, state: incidentRules[step.step].to ?? before.state, steps: [...before.steps, recorded] }
  const letter = { day: step.day, document: recording.document ?? '' }
  if (step.step === 'closed') return { ...next, closed: letter }
  if (step.step === 'notified') {
    if (new Set(step.to).size < 2)
      throw new StepRefused(
        'notice-incomplete',
        '應會同通報政風及資訊單位（六（二））。',
        'The ethics office and the IT office are both to be told (六(二)).',
      )
    return { ...next, notice: letter }
  }
  const spans = spansOf(step)
  if (spans.length === 0 && step.records === undefined)
    throw new StepRefused(
      'records-unnamed',
      '請指明紀錄（--record）或期間（--from、--until）。',
      'Name records, or days: --record, --from, --until.',
    )
  return { ...next, records: [...before.records, ...(step.records ?? [])], spans: [...before.spans, ...spans] }
}

/** @throws StepRefused where the last day comes before the first */
function spansOf({ from, until }: Span): readonly Span[] {
  if (from !== undefined && until !== undefined && from > until)
    throw new StepRefused('period-invalid', `${until} 早於 ${from}。`, `The last day ${until} comes before the first, ${from}.`)
  return from === undefined && until === undefined ? [] : [{ ...(from !== undefined && { from }), ...(until !== undefined && { until }) }]
}

/** Nothing of an agency is taken out of the log while it is held (R16). */
export interface Hold {
  readonly incident: string
  readonly agency: string
  readonly from: CivilDate
  /** The day on which a document lifted it; absent while it lasts. */
  readonly until?: CivilDate
}

/** Every incident holds all records of its agency from the day on which it was found until it is closed. */
export function holdsOf(incidents: Iterable<Incident>): readonly Hold[] {
  return [...incidents].map(({ agency, closed, found, number }) => ({
    incident: number,
    agency,
    from: found,
    ...(closed !== undefined && { until: closed.day }),
  }))
}
