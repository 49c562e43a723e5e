// record.ts: what a call leaves in the log: the members of its `query` entry, and the text that is sealed into it.

import type { Caller } from '../credential/authenticate.ts'
import { problems } from '../problems.ts'
import type { Auth, QueryFacts } from '../querylog/entry.ts'
import type { QueryLog } from '../querylog/log.ts'
import { saltedDigest } from '../querylog/salted.ts'
import type { TaggedSubjects } from '../querylog/subjects-entry.ts'
import type { CallInHand } from './call-in-hand.ts'
import type { Outcome } from './outcome.ts'

/** What nobody but recipients may read: who was asked about, the exact sizes, what upstream sent beyond the released. */
function sealedText(call: CallInHand, caller: Caller, outcome: Outcome, salt: Buffer): string {
  const { auth } = caller
  return JSON.stringify({
    assertion: auth.type === 'assertion' ? auth.token : undefined,
    beyond: outcome.projected?.beyond,
    bytes: outcome.stream === undefined ? (outcome.projected?.body.length ?? 0) : undefined,
    key: auth.type === 'assertion' ? auth.jwk : undefined,
    salt: salt.toString('hex'),
    subject: call.subject?.identifier,
    upstream: call.upstream,
  })
}

/** Bytes as clear members tell them. */
export const kib = (bytes: number): number => Math.ceil(bytes / 1024) * 1024

function authOf({ auth }: Caller): Auth {
  const bound = auth.certificate === undefined ? {} : { certificate: auth.certificate }
  if (auth.type === 'api-key') return { ...bound, type: 'api-key' }
  return { ...bound, kid: auth.kid, token: auth.tokenDigest, type: 'assertion' }
}

/** The record of an identified caller's call.
 *  @param named whom the answer identifies to the caller, as far as this entry holds them
 *  @param salt random, 32 bytes: the caller gets it once, in the receipt
 *  @throws LogRefusal where the subject cannot be tagged */
export function queryFacts(
  log: QueryLog,
  call: CallInHand,
  caller: Caller,
  outcome: Outcome,
  salt: Buffer,
  named?: readonly TaggedSubjects[],
): QueryFacts {
  const { body, decision, route, subject } = call
  const { holder, claims } = caller
  const grant = decision?.grant
  const { projected: released, stream } = outcome
  return {
    id: call.id,
    address: call.address?.text ?? '',
    agency: holder.agency.id,
    answerSubjects: named === undefined || named.length === 0 ? undefined : named,
    api: route?.operation.api,
    application: grant?.application.document,
    auth: authOf(caller),
    bytes: stream === undefined ? kib(released?.body.length ?? 0) : undefined,
    case: claims.case,
    code: outcome.code,
    credential: holder.credential.id,
    decision: decision?.effect === 'permit' && call.permitted ? 'permit' : 'deny',
    delegate: holder.delegate?.id,
    fieldsAsked: claims.fields,
    fieldsReleased: outcome.code !== 'released' || decision?.effect !== 'permit' ? undefined : decision.fields,
    grant: grant?.id,
    mode: holder.credential.mode,
    operation: route?.operation.id,
    policy: call.policy.snapshot.digest,
    purpose: claims.purpose,
    reason: claims.reason,
    releasedHmac: released === undefined ? undefined : saltedDigest(salt, released.body),
    requestHmac: body === undefined || body.bytes.length === 0 ? undefined : saltedDigest(salt, body.bytes),
    rows: stream === undefined ? (released?.rows ?? 0) : undefined,
    rule: decision?.rule ?? holder.credential.rule,
    sealed: log.seal(call.id, sealedText(call, caller, outcome, salt)),
    status: problems[outcome.code].status,
    subject: subject === undefined ? undefined : (call.tag ?? log.tag(log.now(), holder.agency.id, subject.kind, subject.identifier)),
    trace: call.trace,
    user: decision?.user?.account ?? claims.user,
  }
}
