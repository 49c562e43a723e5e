// retry-after.ts: when a caller who met a limit may come back (RFC 9110 §10.2.3).
import type { Refusal } from '../problems.ts'
import { untilNextHour } from './inference-limits.ts'
import type { Allowance } from './limits.ts'

/** Seconds until the window of the limit ends; undefined where the code is no limit's, or nothing of a grant was counted.
 *  @param clock read only where the hour decides */
export function retryAfterOf(code: Refusal, allowance: Allowance | undefined, clock: { now(): number }): number | undefined {
  switch (code) {
    case 'rate-limited':
      return allowance?.minute.resets
    case 'daily-limit-reached':
    case 'user-limit-reached':
    case 'case-limit-reached':
      return allowance?.day.resets
    case 'not-found-limit-reached':
      return untilNextHour(clock.now())
    default:
      return undefined
  }
}
