// cases.ts: what has a number and goes through states by recorded steps: the state is a function of the steps, and of nothing else.
import type { CivilDate } from '../calendar.ts'
import type { Recorded, Recording } from './recorded.ts'
import { StepRefused } from './step-refusal.ts'

/** What every case says of itself. */
export interface Case<State extends string, Step> {
  readonly number: string
  readonly agency: string
  readonly state: State
  readonly steps: readonly Recorded<Step>[]
}

/** A step of the log that was not lawful where it stands: it changed nothing. */
export interface RefusedStep {
  readonly number: string
  readonly step: string
  readonly recording: Recording
  readonly refused: StepRefused
}

/** All cases of a kind, in the order in which they began. */
export interface Cases<C> {
  readonly cases: ReadonlyMap<string, C>
  readonly refused: readonly RefusedStep[]
}

/** What each step of a kind needs, and where it leads. */
export interface Rule<State extends string> {
  /** States in which it may be taken; `begin` for the first. */
  readonly from: readonly State[] | 'begin'
  /** Absent: the state stays. */
  readonly to?: State
  readonly document?: true
}

/** Steps that may be taken next. */
export function nextSteps<State extends string, Step extends string>(rules: Readonly<Record<Step, Rule<State>>>, state: State): Step[] {
  const names = Object.keys(rules) as Step[] // its own keys
  return names.filter((name) => rules[name].from !== 'begin' && rules[name].from.includes(state))
}

interface Numbered {
  readonly number: string
  readonly step: string
  readonly day: CivilDate
}

/** What a case becomes by a step that its rule allows.
 *  @throws StepRefused */
export type Advance<C, Step> = (before: C | undefined, recorded: Recorded<Step>, cases: ReadonlyMap<string, C>) => C

/** The cases that recorded steps make. */
export function casesOf<C, Step extends Numbered>(recorded: Iterable<Recorded<Step>>, advance: Advance<C, Step>): Cases<C> {
  const cases = new Map<string, C>()
  const refused: RefusedStep[] = []
  for (const each of recorded) {
    const { number, step } = each.step
    try {
      cases.set(number, advance(cases.get(number), each, cases))
    } catch (error) {
      if (!(error instanceof StepRefused)) throw error
      refused.push({ number, step, recording: each.recording, refused: error })
    }
  }
  return { cases, refused }
}

/** Holds a step against the rule of its name: order of states, document, and a day that has come and is not before the last.
 *  @param zhOf the words for states and steps
 *  @param notBefore day of the step that it follows
 *  @throws StepRefused */
export function holdToRule<State extends string>(
  before: { readonly state: State } | undefined,
  { step, recording }: Recorded<Numbered>,
  rule: Rule<State>,
  zhOf: Readonly<Record<string, string>>,
  notBefore: CivilDate | undefined,
): void {
  const { day, number } = step
  const word = (name: string): string => `${zhOf[name] ?? name} ${name}`
  if (rule.from === 'begin') {
    if (before !== undefined)
      throw new StepRefused('case-taken', `${number} 已有此編號，請另給編號。`, `${number} exists already: give another number.`)
  } else if (before === undefined) throw new StepRefused('case-unknown', `查無 ${number}。`, `There is no ${number}.`)
  else if (!rule.from.includes(before.state))
    throw new StepRefused(
      'out-of-order',
      `${number} 現為「${zhOf[before.state] ?? before.state}」，「${zhOf[step.step] ?? step.step}」只能在「${rule.from.map((each) => zhOf[each] ?? each).join('、')}」之後。`,
      `${number} is ${before.state}; ${step.step} follows only upon ${rule.from.join(', ')}.`,
    )
  if (rule.document === true && (recording.document ?? '').trim() === '')
    throw new StepRefused(
      'document-missing',
      `${word(step.step)} 需要文號（--document）。`,
      'It needs the number of its document (--document).',
    )
  if (day > recording.on)
    throw new StepRefused(
      'day-ahead',
      `日期 ${day} 尚未到來（記錄日 ${recording.on}）。`,
      `The day ${day} lies ahead of ${recording.on}, on which it is recorded.`,
    )
  if (notBefore !== undefined && day < notBefore)
    throw new StepRefused(
      'day-early',
      `日期 ${day} 早於前一步驟之 ${notBefore}。`,
      `The day ${day} lies before that of the step before it, ${notBefore}.`,
    )
}
