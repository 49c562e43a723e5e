// running-streams.ts: answers that are being released, and what ends them before their end: other rules, a block, the end of the process.
import { civilDateOf } from '../calendar.ts'
import type { DigestHex } from '../canonical.ts'
import { lapsed } from '../credential/validity.ts'
import { type Call, decideRunning } from '../policy/decide.ts'
import type { Answer, Credential, Holder, Rule, Snapshot } from '../policy/snapshot.ts'
import type { Refusal } from '../problems.ts'

/** Why a stream was cut: the reason why it would have been refused; or `client-stalled`: the caller took nothing for too long;
 *  `too-long`; `gateway-stopped`. */
export interface Cut {
  readonly code: Refusal | 'client-stalled' | 'too-long' | 'gateway-stopped'
  /** The rule that refused, and the digest of its policy. */
  readonly rule?: Rule
  readonly policy?: DigestHex
  /** Whether that policy came into force, where the log does not hold it yet. */
  readonly inForce?: Promise<boolean>
}

/** An answer of a call. */
interface OfCall {
  /** The call as it was decided. */
  readonly asked: Call
  /** Fields that it releases. */
  readonly fields: readonly string[]
}

/** Another that knows by itself which rules refuse it. */
interface OfItself {
  readonly refusedBy: (next: Snapshot, at: number) => Pick<Cut, 'code' | 'rule'> | undefined
}

export type RunningStream = (OfCall | OfItself) & {
  readonly cut: (why: Cut) => void
  /** Resolves once its completion is recorded, or cannot be. */
  readonly ended: Promise<unknown>
}

/** Every stream of this process, from its record on: one that waits for its turn on a connection is one. */
export class RunningStreams {
  readonly #running = new Set<RunningStream>()

  get size(): number {
    return this.#running.size
  }

  enter(stream: RunningStream): void {
    this.#running.add(stream)
    stream.ended.finally(() => this.#running.delete(stream))
  }

  /** Judges every stream by the rules that are in force now: what they would refuse is cut.
   *  @param at milliseconds since 1970 UTC, as decisions use it
   *  @param inForce of rules that the log does not hold yet: whether they came into force */
  judge(next: Snapshot, at: number, inForce?: Promise<boolean>): void {
    for (const stream of this.#running) {
      const refusal = 'refusedBy' in stream ? stream.refusedBy(next, at) : refusedBy(next, stream, at)
      if (refusal !== undefined) stream.cut({ ...refusal, policy: next.digest, ...(inForce !== undefined && { inForce }) })
    }
  }

  cutAll(why: Cut): void {
    for (const stream of this.#running) stream.cut(why)
  }

  /** Resolves when none runs that runs now. */
  async ended(): Promise<void> {
    await Promise.all([...this.#running].map((each) => each.ended))
  }
}

/** Why these rules would refuse a stream; undefined where they would not. */
export function refusedBy(next: Snapshot, { asked, fields }: OfCall, at: number): Pick<Cut, 'code' | 'rule'> | undefined {
  const holder = holderUnder(next, asked.holder, at)
  if ('code' in holder) return holder
  const before = asked.operation
  const operation = before && next.apis.get(before.api)?.operations.get(before.id)
  const decision = decideRunning(next, { ...asked, at, holder, operation })
  if (decision.effect === 'deny') return { code: decision.code, rule: decision.rule }
  const mayStill = fields.every((each) => decision.fields.includes(each))
  if (!mayStill || protectsMore(decision.operation.answer, before?.answer, fields))
    return { code: 'fields-not-granted', rule: `${decision.grant.rule}/fields` }
  return undefined
}

/** The holder of a credential as other rules have it, or what refuses one that is gone, or past its last day. */
export function holderUnder(next: Snapshot, before: Holder, at: number): Holder | Required<Pick<Cut, 'code' | 'rule'>> {
  const { agency, credential } = before
  const holder = sameHolder(next, before)
  if (holder !== undefined && !lapsed(holder.credential, civilDateOf(at))) return holder
  return { code: 'credentials-expired', rule: holder?.credential.rule ?? next.agencies.get(agency.id)?.rule ?? credential.rule }
}

/** The same credential under other rules, with the agency and delegate whose it is there. */
function sameHolder(next: Snapshot, { agency, credential, delegate }: Holder): Holder | undefined {
  const issuer = delegate?.id ?? agency.id
  const found: Holder<Credential> | undefined =
    credential.type === 'api-key'
      ? next.apiKeys.get(credential.sha256)
      : next.assertionKeys.get(issuer)?.find((each) => each.credential.id === credential.id)
  return found?.agency.id === agency.id && found.credential.id === credential.id && found.delegate?.id === delegate?.id ? found : undefined
}

/** Whether protected persons are told otherwise, or what is released helps to find a person as it did not: its filter does not know. */
function protectsMore(now: Answer, before: Answer | undefined, fields: readonly string[]): boolean {
  return (
    now.protectedMarker !== before?.protectedMarker || fields.some((each) => now.locates.has(each) && before?.locates.has(each) !== true)
  )
}
