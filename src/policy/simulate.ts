// simulate.ts: recorded calls put to other rules: which would be decided otherwise, for whom and why. Nothing is written.
import { type CivilDate, civilDateOf } from '../calendar.ts'
import { decide } from './decide.ts'
import { isDecided } from './explain.ts'
import { callUnder, type LoggedCall } from './logged-call.ts'
import type { Credential, Rule, Snapshot } from './snapshot.ts'

/** What other rules make of a recorded call. */
export type Outcome =
  /** Decided as it was, with the same fields. */
  | { readonly kind: 'same' }
  /** Refused before or behind the decision (a limit, a body, an expired key): rules do not say what would come of it. */
  | { readonly kind: 'undecided' }
  /** It passed, and would be refused. */
  | { readonly kind: 'refused'; readonly code: string; readonly rule: Rule | undefined }
  /** It was refused, and would pass. */
  | { readonly kind: 'permitted'; readonly code: string; readonly rule: Rule }
  /** Refused then and now, for another reason. */
  | { readonly kind: 'reason'; readonly code: string; readonly rule: Rule | undefined }
  /** It would pass with other fields. */
  | { readonly kind: 'fields'; readonly more: readonly string[]; readonly fewer: readonly string[]; readonly rule: Rule }

/** Calls of one agency to which the same happens. */
export interface Difference {
  readonly agency: string
  readonly outcome: Exclude<Outcome, { readonly kind: 'same' | 'undecided' }>
  /** The reason that the record holds. */
  readonly before: string
  readonly count: number
  /** One of them: its record’s id. */
  readonly example: string
}

export interface Simulation {
  readonly calls: number
  readonly same: number
  readonly undecided: number
  /** Most calls first. */
  readonly differences: readonly Difference[]
}

/** Whether a credential is good on a day: what is judged before rules are asked. */
export type IsGood = (credential: Credential, day: CivilDate) => boolean

/** What rules make of one recorded call. */
export function outcomeUnder(policy: Snapshot, logged: LoggedCall, isGood: IsGood): Outcome {
  const permitted = logged.decision === 'permit'
  if (!permitted && !isDecided(logged.code)) return { kind: 'undecided' }
  const refused = (code: string, rule: Rule | undefined): Outcome => {
    if (permitted) return { kind: 'refused', code, rule }
    return code === logged.code ? { kind: 'same' } : { kind: 'reason', code, rule }
  }
  const call = callUnder(policy, logged)
  if ('missing' in call) return refused(call.missing === 'operation' ? 'operation-not-granted' : 'credentials-invalid', undefined)
  const { credential } = call.holder
  if (!isGood(credential, civilDateOf(call.at))) return refused('credentials-expired', credential.rule)
  const decision = decide(policy, call)
  if (decision.effect === 'deny') return refused(decision.code, decision.rule)
  if (!permitted) return { kind: 'permitted', code: 'released', rule: decision.rule }
  // What passed is known where an answer was released; of others only that they were allowed.
  const before = logged.fieldsReleased
  if (before === undefined) return { kind: 'same' }
  const more = decision.fields.filter((each) => !before.includes(each))
  const fewer = before.filter((each) => !decision.fields.includes(each))
  return more.length + fewer.length === 0 ? { kind: 'same' } : { kind: 'fields', more, fewer, rule: decision.rule }
}

/** Gathers what other rules make of calls, by agency, outcome and reason. */
export class Simulated {
  readonly #policy: Snapshot
  readonly #isGood: IsGood
  readonly #differences = new Map<string, { readonly of: Omit<Difference, 'count'>; count: number }>()
  #calls = 0
  #same = 0
  #undecided = 0

  constructor(policy: Snapshot, isGood: IsGood) {
    this.#policy = policy
    this.#isGood = isGood
  }

  /** @param logged a record: of a call about several people, decided once, the first counts */
  add(logged: LoggedCall): void {
    if (logged.batch !== undefined && logged.batch.at > 1) return
    this.#calls += 1
    const outcome = outcomeUnder(this.#policy, logged, this.#isGood)
    if (outcome.kind === 'same') this.#same += 1
    else if (outcome.kind === 'undecided') this.#undecided += 1
    else {
      const key = JSON.stringify([logged.agency, logged.code, outcome])
      const known = this.#differences.get(key)
      if (known !== undefined) known.count += 1
      else this.#differences.set(key, { of: { agency: logged.agency, outcome, before: logged.code, example: logged.id }, count: 1 })
    }
  }

  result(): Simulation {
    const differences = [...this.#differences.values()].map(({ of, count }) => ({ ...of, count }))
    return {
      calls: this.#calls,
      same: this.#same,
      undecided: this.#undecided,
      differences: differences.sort((one, other) => other.count - one.count || (one.agency < other.agency ? -1 : 1)),
    }
  }
}
