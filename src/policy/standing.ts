// standing.ts: whether an agency may connect on a day, by its history of approval, suspension and termination (R20, R21).
import type { CivilDate } from '../calendar.ts'
import type { Agency, Rule, StandingAction } from './snapshot.ts'

export type Standing = 'not-approved' | 'approved' | 'suspended' | 'terminated'

const after: Readonly<Record<StandingAction, Standing>> = {
  approve: 'approved',
  suspend: 'suspended',
  restore: 'approved',
  reapprove: 'approved',
  terminate: 'terminated',
}

/** What may follow in each standing. A suspended agency may also end: by its own notice, or because the body is abolished. */
export const nextActions: Readonly<Record<Standing, readonly StandingAction[]>> = {
  'not-approved': ['approve'],
  approved: ['suspend', 'terminate'],
  suspended: ['restore', 'reapprove', 'terminate'],
  terminated: ['reapprove'],
}

/** The standing after an action, whatever came before. */
export function standingAfter(action: StandingAction): Standing {
  return after[action]
}

/** The standing on a day, and the line that made it: the last one that is due decides, from 00:00 of its day. */
export function standingOn(
  agency: Pick<Agency, 'standing' | 'rule'>,
  day: CivilDate,
): { readonly standing: Standing; readonly rule: Rule } {
  const line = agency.standing.findLast(({ effective }) => effective <= day)
  if (line === undefined) return { standing: 'not-approved', rule: `${agency.rule}/standing` }
  return { standing: after[line.action], rule: line.rule }
}
