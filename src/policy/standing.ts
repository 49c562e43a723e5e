// standing.ts: an agency's standing on a day: approve → (suspend → restore | suspend → reapprove)* → terminate → (reapprove)* (R5, R20, R21).
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

const allowed: Readonly<Record<Standing, readonly StandingAction[]>> = {
  'not-approved': ['approve'],
  approved: ['suspend', 'terminate'],
  suspended: ['restore', 'reapprove', 'terminate'],
  terminated: ['reapprove'],
}

/** What may follow a standing: a history that takes another step is an error of the configuration. */
export const mayFollow = (standing: Standing, action: StandingAction): boolean => allowed[standing].includes(action)

/** The standing after the last line that is due; effective from 00:00 of its day in Asia/Taipei. */
export function standingOn(agency: Agency, day: CivilDate): { readonly standing: Standing; readonly rule: Rule } {
  let found: { standing: Standing; rule: Rule } = { standing: 'not-approved', rule: `${agency.rule}/standing` }
  for (const { effective, action, rule } of agency.standing) if (effective <= day) found = { standing: after[action], rule }
  return found
}
