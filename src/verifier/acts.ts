// acts.ts: what auditors did, held against the rules of the gateways: whoever reads records is known by rules that were in force.

import type { Finding } from './finding.ts'
import type { OtherHead } from './other-heads.ts'

/** Acts by the rules that the auditor was known by. */
export class ActsByPolicy {
  /** The first act under each. */
  readonly #first = new Map<string, { readonly slot: string; readonly index: number }>()
  readonly #read = new Set<string>()

  /** @param read logs that were read */
  take(slot: string, index: number, policy: string, read: readonly OtherHead[]): void {
    if (!this.#first.has(policy)) this.#first.set(policy, { slot, index })
    for (const { log } of read) this.#read.add(log)
  }

  get any(): boolean {
    return this.#first.size > 0
  }

  /** Logs that acts speak of: rules may have been entered there. */
  get read(): Iterable<string> {
    return this.#read
  }

  /** @param entered digests of all rules that `policy` entries entered, before the act or after it: what is entered is kept, and shown */
  *faults(entered: ReadonlySet<string>): Generator<Finding> {
    for (const [policy, { slot, index }] of this.#first) {
      if (entered.has(policy)) continue
      yield { slot, index, code: 'act-policy-unknown', found: policy, expected: 'the digest of a policy entry of one of the logs' }
    }
  }
}
