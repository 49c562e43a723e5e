// logged.ts: stored `query` entries as calls that rules can be asked about again.
import type { LoggedCall } from '../policy/logged-call.ts'
import type { StoredEntry } from '../querylog/ports.ts'

/** @returns undefined for an entry of another kind. Members are those that the gateway wrote: `linkage log verify` says whether they are. */
export function loggedCall({ entry }: Pick<StoredEntry, 'entry'>): LoggedCall | undefined {
  const it = JSON.parse(entry)
  if (it.kind !== 'query') return undefined
  return {
    id: it.id,
    at: Date.parse(it.at),
    address: it.address,
    agency: it.agency,
    batch: it.batch,
    delegate: it.delegate,
    credential: it.credential,
    api: it.api,
    operation: it.operation,
    user: it.user,
    purpose: it.purpose,
    case: it.case,
    reason: it.reason,
    fieldsAsked: it.fields_asked,
    fieldsReleased: it.fields_released,
    decision: it.decision,
    code: it.code,
    rule: it.rule,
    policy: it.policy,
  }
}
