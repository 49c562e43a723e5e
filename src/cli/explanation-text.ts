// explanation-text.ts: an explained decision for people and for machines: the steps that it passed, the line of each, and how it ended.
import type { Decision } from '../policy/decide.ts'
import { type Explanation, steps } from '../policy/explain.ts'
import { harmless } from '../policy/finding.ts'
import type { Loaded } from '../policy/load.ts'
import { problems } from '../problems.ts'
import { painter } from './terminal-text.ts'

type Placed = Pick<Loaded, 'place'>

/** Where a rule stands, `file:line:column`; its pointer where it stands in no file that was read. */
export const placeOf = (rule: string | undefined, { place }: Placed): string | undefined => {
  const at = rule === undefined ? undefined : place(rule)
  return at === undefined ? rule : `${at.file}:${at.line}:${at.column}`
}

/** A whole report for machines. */
export function asJson(explanation: Explanation, loaded: Placed): string {
  return `${JSON.stringify(shownOf(explanation, loaded), null, 2)}\n`
}

/** An explanation for machines. */
export function shownOf({ decision, ended, passed, trial }: Explanation, loaded: Placed): object {
  return {
    ...decidedOf(decision, loaded),
    detail: decision.effect === 'deny' ? decision.detail : undefined,
    fields: decision.effect === 'permit' ? decision.fields : undefined,
    passed: passed.map((each) => ({ ...each, place: placeOf(each.rule, loaded) })),
    ended,
    trial: trial && decidedOf(trial, loaded),
  }
}

function decidedOf(decision: Decision, loaded: Placed): object {
  const { effect, rule } = decision
  return { effect, code: decision.effect === 'deny' ? decision.code : 'released', rule, place: placeOf(rule, loaded) }
}

/** What lines on trial would have made of it. */
function trialText(trial: Decision, loaded: Placed): string {
  const place = placeOf(trial.rule, loaded)
  if (trial.effect === 'permit')
    return `試行 on trial：若開放，將准予 were it in force, it would pass  ${place}；${trial.fields.join(', ')}\n`
  return `試行 on trial：若開放，將拒絕 were it in force, it would be refused [${trial.code}]  ${place}\n`
}

/** An explanation for people: each step, then how it ended. */
export function asText(explanation: Explanation, loaded: Placed, coloured: boolean): string {
  const { trial } = explanation
  return `${stepsText(explanation, loaded, coloured)}${trial === undefined ? '' : trialText(trial, loaded)}`
}

function stepsText({ decision, ended, passed }: Explanation, loaded: Placed, coloured: boolean): string {
  const paint = painter(coloured)
  const lines = passed.map(
    ({ rule, step }) =>
      `${paint('green', '✔')} ${steps[step].zh} ${steps[step].en}${rule === undefined ? '' : `  ${paint('dim', placeOf(rule, loaded) ?? '')}`}`,
  )
  if (decision.effect === 'permit') {
    return `${[...lines, paint('green', `准予 permitted  ${placeOf(decision.rule, loaded)}`), `資料項目 fields: ${decision.fields.join(', ')}`].join('\n')}\n`
  }
  const { title, titleZh, remedy, remedyZh } = problems[decision.code]
  if (ended !== undefined) lines.push(`${paint('red', '✘')} ${steps[ended].zh} ${steps[ended].en}  ${placeOf(decision.rule, loaded)}`)
  lines.push(paint('red', `拒絕 refused：${titleZh} ${title} [${decision.code}]`))
  if (decision.detail !== undefined) lines.push(`  ${harmless(decision.detail)}`)
  return `${[...lines, `  ${remedyZh}`, `  ${paint('dim', remedy)}`].join('\n')}\n`
}
