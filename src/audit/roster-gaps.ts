// roster-gaps.ts: months of a population in which its roster has nobody: records without a unit, and users that D-11 cannot count.
import type { FrozenLog } from '../querylog/sample-entry.ts'
import type { UserRow } from './frozen-roster.ts'
import { daysOf } from './period.ts'

/** Months with counted records on whose days nobody was on the roster. One person's days may well have a gap (leave, a transfer): whoever
 *  asked then is a user by the log (D-11), and stands on the form as not on the roster of that day.
 *  @returns in order */
export function rosterGaps(roster: readonly UserRow[], logs: readonly Pick<FrozenLog, 'months'>[]): readonly string[] {
  const months = new Set(logs.flatMap((log) => log.months.filter(({ counted }) => counted > 0).map(({ month }) => month)))
  const covered = (month: string): boolean => {
    const { first, last } = daysOf({ from: month, until: month })
    return roster.some(({ from, until }) => from <= last && (until ?? last) >= first)
  }
  return [...months].filter((month) => !covered(month)).sort()
}
