// record-step.ts: one step of a round, a finding or an incident: held against the log, signed by who records it, and only then appended.
import { afterStep, allCases, nextOf, words } from '../../audit/all-cases.ts'
import type { Case } from '../../audit/cases.ts'
import { type CaseKind, joined, type Recording, recordedStep, recordedSteps } from '../../audit/recorded.ts'
import { StepRefused } from '../../audit/step-refusal.ts'
import { civilDateOf } from '../../calendar.ts'
import { canonicalJson } from '../../canonical.ts'
import type { Auditor, CommandAct } from '../../credential/command-assertion.ts'
import { incidentEntry } from '../../querylog/incident-entry.ts'
import { reportEntry } from '../../querylog/report-entry.ts'
import { type AuditorOptions, readAuditor } from '../auditor.ts'
import { type RecordedAct, recordAct } from '../command-log.ts'
import type { CommandPlace } from '../command-place.ts'
import { UsageError } from '../log/usage-error.ts'
import { HeldToDraws } from './round-held.ts'

/** A step to be recorded: as `asked` of its entry will hold it. */
export interface StepGiven {
  readonly kind: CaseKind
  readonly asked: { readonly number: string; readonly step: string }
  /** Whether its rule demands a document. */
  readonly needsDocument: boolean
  /** Bytes that the step names by SHA-256: kept with it, and held against the draws of the round. */
  readonly held?: Buffer
}

export interface StepTaken {
  readonly recorded: RecordedAct
  /** The case behind it. */
  readonly case: Case<string, unknown>
  /** Steps that may follow. */
  readonly next: readonly string[]
}

/** What stands in a recording before it is one. */
const unrecorded: Pick<Recording, 'agency' | 'id' | 'index' | 'log' | 'reason' | 'user'> = {
  agency: '',
  id: '',
  index: 0,
  log: '',
  reason: '',
  user: '',
}

/** What a step would make of its case today: refused before anybody signs it.
 *  @param document absent: whether there is one is asked when it is signed
 *  @param draws read once for all that a step is held against
 *  @throws UsageError */
export async function tryStep(
  place: CommandPlace,
  given: StepGiven,
  now: number,
  document = '文號',
  draws = new HeldToDraws(place),
): Promise<Case<string, unknown>> {
  const { of } = await taking(place, given, { ...unrecorded, document, on: civilDateOf(now) }, draws, now)
  return of
}

/** Records a step through slot `cli`. Refused under the lock of the log, too: of two at once the second is held against the first.
 *  @throws UsageError, AuditorRefused, ActRefused, and what recording throws: then nothing was recorded */
export async function recordStep(
  place: CommandPlace,
  keys: string,
  options: AuditorOptions,
  given: StepGiven,
  now: () => number = Date.now,
  draws = new HeldToDraws(place),
): Promise<StepTaken> {
  const { asked, held, kind, needsDocument } = given
  const command = kind === 'incidents' ? 'audit-incident' : 'audit-report'
  await tryStep(place, given, now(), options.document, draws)
  const act: CommandAct = { command, asked: canonicalJson(asked), needsDocument }
  const auditor = await readAuditor(options, act, place.snapshot)
  let taken: Omit<StepTaken, 'recorded'> | undefined
  const recorded = await recordAct(place, keys, {
    act,
    auditor,
    check: async () => {
      const at = now()
      const { next, of } = await taking(place, given, recordingOf(auditor, at), draws, at)
      taken = { case: of, next }
      if (held !== undefined) await place.store.writer.putDocument('results', held)
    },
    write: kind === 'incidents' ? incidentEntry : reportEntry,
  })
  if (taken === undefined) throw new TypeError('an act is checked before it is recorded')
  return { recorded, ...taken }
}

/** Holds a step against the log as it stands: the rules of its kind, then the draws of its round.
 *  @throws UsageError */
async function taking(
  { store }: CommandPlace,
  { asked, held, kind }: StepGiven,
  recording: Recording,
  draws: HeldToDraws,
  now: number,
): Promise<{ readonly of: Case<string, unknown>; readonly next: readonly string[] }> {
  try {
    const before = await recordedSteps(store.reader)
    const of = afterStep(kind, before, asked, recording)
    if (kind === 'rounds') await draws.require(before, asked, held, now)
    return { of, next: nextOf(kind, allCases(joined(before, recordedStep(kind, asked, recording))), of.number) }
  } catch (error) {
    throw error instanceof StepRefused ? new UsageError(error.message) : error
  }
}

const recordingOf = ({ document, reason, user }: Auditor, now: number): Recording => ({
  ...unrecorded,
  user: user.account,
  reason,
  on: civilDateOf(now),
  ...(document !== undefined && { document }),
})

/** What a person reads behind a step. */
export function takenText(kind: CaseKind, { case: of, next, recorded }: StepTaken): string {
  const word = (name: string): string => `${words[kind][name] ?? name} ${name}`
  return [
    `${of.number}：${word(of.state)}`,
    `    已記入 recorded: ${recorded.log} 第 ${recorded.index} 筆`,
    ...(next.length > 0 ? [`    下一步 next: ${next.map(word).join('、')}`] : []),
    '',
  ].join('\n')
}
