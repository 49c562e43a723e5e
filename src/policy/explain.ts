// explain.ts: a decision with the steps before it, in words: what a call passed, and the rule at which it ended. It runs decide itself.
import { type CivilDate, civilDateOf } from '../calendar.ts'
import type { Code } from '../problems.ts'
import { type Call, type Decision, type Deny, decide } from './decide.ts'
import { inNetwork } from './networks.ts'
import type { Said } from './schema/forms.ts'
import type { Credential, Rule, Snapshot } from './snapshot.ts'
import { standingOn } from './standing.ts'
import { trialOf } from './trial.ts'

/** The steps of a decision, in their order. The credential is judged before it, by whoever knows credentials. */
export const steps = {
  credential: { zh: '憑證', en: 'credential' },
  block: { zh: '緊急封鎖', en: 'blocks' },
  standing: { zh: '機關核可狀態', en: 'standing of the agency' },
  network: { zh: '來源網段', en: 'network' },
  contract: { zh: '受託契約', en: 'contract of the delegate' },
  operation: { zh: '核可之作業', en: 'operation' },
  mode: { zh: '介接方式', en: 'mode' },
  period: { zh: '核可期間', en: 'days of the grant' },
  purpose: { zh: '使用目的', en: 'purpose' },
  hours: { zh: '使用時段', en: 'hours' },
  user: { zh: '使用者', en: 'user' },
  assertion: { zh: '簽章憑證', en: 'signed assertion' },
  case: { zh: '案號', en: 'case' },
  reason: { zh: '查詢事由', en: 'reason' },
  fields: { zh: '資料項目', en: 'fields' },
  availability: { zh: '提供方式是否開放', en: 'whether it can be provided' },
} as const satisfies Record<string, Said>
export type Step = keyof typeof steps
const [, ...order] = Object.keys(steps) as Step[] // its own keys, in the order in which they are written, without the credential

export interface Passed {
  readonly step: Step
  /** The line that let it pass, where one did. */
  readonly rule?: Rule
}

export interface Explanation {
  readonly decision: Decision
  /** In order; without the one at which it ended. */
  readonly passed: readonly Passed[]
  /** Absent where it is permitted. */
  readonly ended?: Step
  /** What would be decided, were the agency’s lines on trial in force; absent where that is the same. */
  readonly trial?: Decision
}

const byCode: Partial<Record<Deny['code'], Step>> = {
  blocked: 'block',
  'agency-not-approved': 'standing',
  'agency-suspended': 'standing',
  'agency-terminated': 'standing',
  'network-not-allowed': 'network',
  'purpose-missing': 'purpose',
  'purpose-not-granted': 'purpose',
  'outside-hours': 'hours',
  'user-missing': 'user',
  'user-unknown': 'user',
  'user-inactive': 'user',
  'case-missing': 'case',
  'case-malformed': 'case',
  'reason-missing': 'reason',
  'fields-not-granted': 'fields',
  'mode-not-available': 'availability',
}

/** Whether a reason is one with which `decide` refuses; others come from what stands before and behind it. */
export const isDecided = (code: Code): boolean => code === 'grant-not-valid' || code === 'operation-not-granted' || code in byCode

/** At which step a refusal was made: some reasons belong to several, which their rules tell apart. */
function stepOf({ code, rule }: Deny): Step {
  if (code === 'grant-not-valid') return rule.endsWith('/contract') ? 'contract' : 'period'
  if (code === 'operation-not-granted') return rule.endsWith('/mode') ? 'mode' : rule.endsWith('/requires') ? 'assertion' : 'operation'
  const step = byCode[code]
  if (step === undefined) throw new Error(`no step refuses with ${code}`)
  return step
}

/** Decides a call and tells how it came to that.
 *  @param isGood whether a credential is valid on a day: one that is not opens nothing, whatever the rules say */
export function explain(
  policy: Snapshot,
  call: Call,
  isGood: (credential: Credential, day: CivilDate) => boolean = () => true,
): Explanation {
  const { credential } = call.holder
  if (!isGood(credential, civilDateOf(call.at)))
    return { decision: { effect: 'deny', code: 'credentials-expired', rule: credential.rule }, passed: [], ended: 'credential' }
  const decision = decide(policy, call)
  const ended = decision.effect === 'deny' ? stepOf(decision) : undefined
  const before = ended === undefined ? order : order.slice(0, order.indexOf(ended))
  const passed = before.flatMap((step): Passed[] => {
    if (step === 'contract' && call.holder.delegate === undefined) return []
    const rule = ruleOf(step, call, decision)
    return [rule === undefined ? { step } : { step, rule }]
  })
  const trial = trialOf(policy, call, decision)
  return { decision, passed, ...(ended !== undefined && { ended }), ...(trial !== undefined && { trial }) }
}

/** The line that a step stood on. */
function ruleOf(step: Step, { address, at, holder }: Call, { grant, user }: Decision): Rule | undefined {
  const day = civilDateOf(at)
  switch (step) {
    case 'standing':
      return standingOn(holder.agency, day).rule
    case 'network':
      return (holder.delegate ?? holder.agency).networks.find(
        (each) => each.purpose === 'calls' && each.from <= day && day <= each.until && inNetwork(address, each),
      )?.rule
    case 'contract':
      return holder.delegate && `${holder.delegate.rule}/contract`
    case 'operation':
    case 'period':
      return grant?.rule
    case 'mode':
      return `${holder.credential.rule}/mode`
    case 'purpose':
      return grant && `${grant.rule}/purposes`
    case 'hours':
      return grant && `${grant.rule}/hours`
    case 'user':
      return user?.rule
    case 'fields':
      return grant && `${grant.rule}/fields`
    default:
      return undefined
  }
}
