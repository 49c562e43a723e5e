// trial.ts: what would have been decided on a call, were the lines on trial of its agency in force.
import { type Call, type Decision, decide } from './decide.ts'
import type { Snapshot } from './snapshot.ts'

/** Decides once more with the agency as it would be. Nothing is opened by it: it is for the record alone.
 *  @returns undefined where the agency tries nothing, or it would make no difference */
export function trialOf(policy: Snapshot, call: Call, decision: Decision): Decision | undefined {
  const { agency, credential, delegate } = call.holder
  const tried = agency.onTrial
  if (tried === undefined) return undefined
  const chained = tried.delegates.find(({ id }) => id === delegate?.id)
  const would = decide(policy, { ...call, holder: { agency: tried, credential, ...(chained !== undefined && { delegate: chained }) } })
  return same(decision, would) ? undefined : would
}

function same(one: Decision, other: Decision): boolean {
  const codeOf = (each: Decision): string | undefined => (each.effect === 'deny' ? each.code : undefined)
  return codeOf(one) === codeOf(other) && one.rule === other.rule
}
