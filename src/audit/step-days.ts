// step-days.ts: days of a round's step against what it is about: its draw, the answers that it takes, and what it says of other days.
import type { CivilDate } from '../calendar.ts'
import type { RoundStep } from '../querylog/report-entry.ts'
import { StepRefused } from './step-refusal.ts'

/** What a step that is to be recorded is about. Steps that stand in logs are not held to it: earlier versions took other days. */
export interface DaysOfStep {
  /** On which its draw was recorded. */
  readonly drawn?: CivilDate | undefined
  /** The last on which anything of its results was audited. */
  readonly answered?: CivilDate | undefined
  /** On which it is recorded. */
  readonly on: CivilDate
}

/** @throws StepRefused */
export function requireDays(step: RoundStep, { answered, drawn, on }: DaysOfStep): void {
  const { day } = step
  if (drawn !== undefined && day < drawn)
    throw early(`日期 ${day} 早於抽樣登載之日 ${drawn}。`, `The day ${day} lies before ${drawn}, on which the draw was recorded.`)
  if (answered !== undefined && day < answered)
    throw early(
      `日期 ${day} 早於結果中最晚之稽核日期 ${answered}。`,
      `The day ${day} lies before ${answered}, on which something of the results was audited.`,
    )
  if (step.step === 'sent' && step.received !== undefined) {
    if (step.received < day)
      throw early(`收文日 ${step.received} 早於發文日 ${day}。`, `It was received on ${step.received}, before it was sent on ${day}.`)
    if (step.received > on)
      throw new StepRefused(
        'day-ahead',
        `收文日 ${step.received} 尚未到來（記錄日 ${on}）。`,
        `The day of receipt, ${step.received}, lies ahead of ${on}.`,
      )
  }
  if (step.step === 'returned' && step.deadline !== undefined && step.deadline < day)
    throw new StepRefused(
      'deadline-early',
      `補正期限 ${step.deadline} 早於發文日 ${day}。`,
      `The deadline ${step.deadline} lies before the day of the letter, ${day}.`,
    )
}

const early = (zh: string, en: string): StepRefused => new StepRefused('day-early', zh, en)
