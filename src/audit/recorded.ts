// recorded.ts: steps of rounds, findings and incidents as the log holds them: read from the exact entries, in order.
import type { Static, TSchema } from 'typebox'
import { Value } from 'typebox/value'
import { type CivilDate, civilDateOf } from '../calendar.ts'
import { type IncidentStep, incidentSteps } from '../querylog/incident-entry.ts'
import type { HistoryStore } from '../querylog/ports.ts'
import { type FindingStep, findingSteps, type RoundStep, roundSteps } from '../querylog/report-entry.ts'

/** Who recorded a step, when, why, and under which document. */
export interface Recording {
  readonly id: string
  /** `<host>/log/<slot>` and the index in it. */
  readonly log: string
  readonly index: number
  /** The day in Taipei on which it was recorded. */
  readonly on: CivilDate
  readonly agency: string
  readonly user: string
  readonly reason: string
  readonly document?: string
}

export interface Recorded<Step> {
  readonly step: Step
  readonly recording: Recording
}

/** All steps of a database, oldest first. */
export interface RecordedSteps {
  readonly rounds: readonly Recorded<RoundStep>[]
  readonly findings: readonly Recorded<FindingStep>[]
  readonly incidents: readonly Recorded<IncidentStep>[]
  /** Entries that are no step of this version. */
  readonly unread: readonly Pick<Recording, 'index' | 'log'>[]
}

const readers = {
  rounds: (asked: unknown): RoundStep | undefined => stepOf<RoundStep>(roundSteps, asked),
  findings: (asked: unknown): FindingStep | undefined => stepOf<FindingStep>(findingSteps, asked),
  incidents: (asked: unknown): IncidentStep | undefined => stepOf<IncidentStep>(incidentSteps, asked),
}

/** A step in the form that its name demands; members that were added later are let be. */
function stepOf<S extends { readonly step: string }>(schemas: Readonly<Record<S['step'], TSchema>>, asked: unknown): S | undefined {
  const name = isStep(asked) && Object.hasOwn(schemas, asked.step) ? asked.step : undefined
  if (name === undefined) return undefined
  const schema: TSchema = schemas[name as S['step']] // one of its own keys
  return Value.Check(schema, asked) ? (asked as Static<typeof schema> as S) : undefined // checked against the schema that S is the type of
}

const isStep = (asked: unknown): asked is { readonly step: string } =>
  typeof asked === 'object' && asked !== null && 'step' in asked && typeof asked.step === 'string'

/** What kinds of cases there are, and where their steps stand. */
export type CaseKind = 'rounds' | 'findings' | 'incidents'

const nothing: RecordedSteps = { rounds: [], findings: [], incidents: [], unread: [] }

/** One entry of kind `report` or `incident`.
 *  @param entry its exact text */
export function readStep(entry: string, log: string, index: number): RecordedSteps {
  const { agency, asked, at, document, id, kind, reason, user } = JSON.parse(entry)
  const on = civilDateOf(Date.parse(at))
  const recording: Recording = { id, log, index, on, agency, user, reason, ...(document !== undefined && { document }) }
  const which =
    kind === 'incident' ? 'incidents' : asked?.about === 'round' ? 'rounds' : asked?.about === 'finding' ? 'findings' : undefined
  return which === undefined ? { ...nothing, unread: [{ index, log }] } : recordedStep(which, asked, recording)
}

/** A step, in the form that its name demands; else it stands with what is unread. */
export function recordedStep(kind: CaseKind, asked: unknown, recording: Recording): RecordedSteps {
  const step = readers[kind](asked)
  return step === undefined
    ? { ...nothing, unread: [{ index: recording.index, log: recording.log }] }
    : { ...nothing, [kind]: [{ step, recording }] }
}

/** A step of a round that is to be recorded; undefined for other steps. */
export const readRoundStep = (asked: object): RoundStep | undefined =>
  'about' in asked && asked.about === 'round' ? readers.rounds(asked) : undefined

/** Steps, and those that follow them. */
export const joined = (...all: readonly RecordedSteps[]): RecordedSteps => ({
  rounds: all.flatMap(({ rounds }) => rounds),
  findings: all.flatMap(({ findings }) => findings),
  incidents: all.flatMap(({ incidents }) => incidents),
  unread: all.flatMap(({ unread }) => unread),
})

/** Reads every step that a database holds, oldest first: commands record in one log after another, never in two at once. */
export async function recordedSteps(reader: Pick<HistoryStore, 'heads' | 'ofKind'>): Promise<RecordedSteps> {
  const found: { readonly at: string; readonly index: number; readonly steps: RecordedSteps }[] = []
  for (const { log, slot } of await reader.heads()) {
    for (const kind of ['report', 'incident'])
      for await (const { index, entry } of reader.ofKind(slot, kind))
        found.push({ at: JSON.parse(entry).at, index, steps: readStep(entry, log, index) })
  }
  found.sort((one, other) => (one.at === other.at ? one.index - other.index : one.at < other.at ? -1 : 1))
  return joined(...found.map(({ steps }) => steps))
}
