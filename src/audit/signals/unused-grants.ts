// unused-grants.ts: grants that nobody used for long: what is not needed may be withdrawn.
import { type CivilDate, daysBetween } from '../../calendar.ts'
import type { Grant } from '../../policy/snapshot.ts'
import type { GrantUse } from './counts.ts'

export interface UnusedGrant extends GrantUse {
  /** Without use, up to the last day of the month. */
  readonly days: number
}

/** Grants in force on a day, and from when on a use of them would have been seen.
 *  @param begun first day of the logs */
export const grantsInForce = (
  grants: readonly Pick<Grant, 'from' | 'id' | 'until'>[],
  day: CivilDate,
  begun: CivilDate,
): readonly Omit<GrantUse, 'last'>[] =>
  grants.filter(({ from, until }) => from <= day && day <= until).map(({ from, id }) => ({ grant: id, since: from > begun ? from : begun }))

/** Every grant with the days that it was not used, the longest first. */
export const unusedFor = (grants: readonly GrantUse[], last: CivilDate): readonly UnusedGrant[] =>
  grants
    .map((each) => ({ ...each, days: daysBetween(each.last !== undefined && each.last > each.since ? each.last : each.since, last) }))
    .sort((one, other) => other.days - one.days || (one.grant < other.grant ? -1 : 1))
