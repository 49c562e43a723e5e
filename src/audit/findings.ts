// findings.ts: findings of the department (R18): 待說明 → 待改善 → 待確認 → 結案, each step recorded; 逾期 follows from the date.
import type { CivilDate } from '../calendar.ts'
import type { FindingStep } from '../querylog/report-entry.ts'
import { type Advance, type Case, type Cases, casesOf, holdToRule, type Rule } from './cases.ts'
import type { Recorded } from './recorded.ts'
import { StepRefused } from './step-refusal.ts'

export type FindingState = 'to-explain' | 'to-improve' | 'to-confirm' | 'closed'

export interface AgencyFinding extends Case<FindingState, FindingStep> {
  readonly matter: string
  readonly opened: CivilDate
  /** The last one that was given, the first where none was extended. */
  readonly deadline: CivilDate
  readonly lastDay: CivilDate
  /** Number of the round that it came of. */
  readonly round?: string
}

const open: readonly FindingState[] = ['to-explain', 'to-improve', 'to-confirm']

/** What each step needs, and where it leads. */
export const findingRules: Readonly<Record<FindingStep['step'], Rule<FindingState>>> = {
  opened: { from: 'begin', to: 'to-explain', document: true },
  explained: { from: ['to-explain'], to: 'to-improve', document: true },
  improved: { from: ['to-improve'], to: 'to-confirm', document: true },
  visited: { from: open },
  extended: { from: ['to-explain', 'to-improve'], document: true },
  returned: { from: ['to-confirm'], to: 'to-improve', document: true },
  closed: { from: ['to-confirm'], to: 'closed', document: true },
}

/** Words on screens and forms, of states and of steps. */
export const findingWords: Readonly<Record<FindingState | FindingStep['step'], string>> = {
  'to-explain': '待說明',
  'to-improve': '待改善',
  'to-confirm': '待確認',
  opened: '通知限期改善',
  explained: '說明',
  improved: '改善',
  visited: '實地稽核',
  extended: '展期',
  returned: '退回改善',
  closed: '結案',
}

/** The findings that recorded steps make; what was not lawful changed nothing, and is told. */
export const findingsOf = (recorded: Iterable<Recorded<FindingStep>>): Cases<AgencyFinding> => casesOf(recorded, advanceFinding)

/** @throws StepRefused */
export const advanceFinding: Advance<AgencyFinding, FindingStep> = (before, recorded) => {
  const { step } = recorded
  holdToRule(before, recorded, findingRules[step.step], findingWords, before?.lastDay)
  if (step.step === 'opened') {
    const { agency, day, deadline, matter, number, round } = step
    requireLater(deadline, day)
    const of = round !== undefined && { round }
    return { number, agency, matter, opened: day, deadline, lastDay: day, state: 'to-explain', steps: [recorded], ...of }
  }
  if (before === undefined) throw new TypeError('holdToRule refuses a step without its case')
  const next = { ...before, lastDay: step.day, steps: [...before.steps, recorded] }
  if (step.step === 'extended') requireLater(step.deadline, before.deadline)
  if (step.step === 'returned') requireLater(step.deadline, step.day)
  const deadline = step.step === 'extended' || step.step === 'returned' ? step.deadline : before.deadline
  // Where nothing is to be improved the explanation itself is what the department confirms.
  const state = step.step === 'explained' && !step.improvement ? 'to-confirm' : (findingRules[step.step].to ?? before.state)
  return { ...next, deadline, state }
}

function requireLater(deadline: CivilDate, than: CivilDate): void {
  if (deadline <= than)
    throw new StepRefused('deadline-early', `期限 ${deadline} 應晚於 ${than}。`, `The deadline ${deadline} must be later than ${than}.`)
}

/** 逾期: the agency owes an explanation or an improvement, and the deadline (to 24:00) has passed. What awaits the department is not late. */
export const isOverdue = ({ deadline, state }: AgencyFinding, day: CivilDate): boolean =>
  (state === 'to-explain' || state === 'to-improve') && day > deadline
