// record.ts: what a call leaves in the log: the members of its `query` entry, and the text that is sealed into it.

import type { Caller } from '../credential/authenticate.ts'
import type { Decision } from '../policy/decide.ts'
import { problems } from '../problems.ts'
import type { Together } from '../querylog/batch.ts'
import type { Given, Numbers } from '../querylog/entry.ts'
import type { QueryLog } from '../querylog/log.ts'
import { type Auth, type QueryFacts, queryEntry } from '../querylog/query-entry.ts'
import { saltedDigest } from '../querylog/salted.ts'
import { sealedText } from '../querylog/seal.ts'
import type { TaggedSubjects } from '../querylog/subjects-entry.ts'
import type { CallInHand, RecordOfCall } from './call-in-hand.ts'
import { counts, type Outcome } from './outcome.ts'

/** What nobody but recipients may read: who was asked about, the exact sizes, what upstream sent beyond the released. What a call's
 *  records have in common stands in the first. */
function sealedOf(call: CallInHand, { batch, subject }: RecordOfCall, caller: Caller, outcome: Outcome, salt: Buffer): string {
  const { auth } = caller
  if (batch !== undefined && batch.at > 1) return JSON.stringify({ salt: salt.toString('hex'), subject: subject?.identifier })
  const known = {
    // Always of one length.
    answer_subjects: outcome.projected === undefined ? undefined : call.withheld?.sealed,
    assertion: auth.type === 'assertion' ? auth.token : undefined,
    bytes: outcome.stream === undefined ? (outcome.projected?.body.length ?? 0) : undefined,
    key: auth.type === 'assertion' ? auth.jwk : undefined,
    salt: salt.toString('hex'),
    subject: subject?.identifier,
  }
  return sealedText(known, { beyond: outcome.projected?.beyond, upstream: call.upstream })
}

/** Bytes as clear members tell them. */
export const kib = (bytes: number): number => Math.ceil(bytes / 1024) * 1024

function authOf({ auth }: Caller): Auth {
  const bound = auth.certificate === undefined ? {} : { certificate: auth.certificate }
  if (auth.type === 'api-key') return { ...bound, type: 'api-key' }
  return { ...bound, kid: auth.kid, token: auth.tokenDigest, type: 'assertion' }
}

/** People whom the entry of a query holds; more have entries of their own. */
const inEntry = 100

/** The records of an identified caller's call, as they are to be written: whom a whole answer identifies stands in the first.
 *  @param salt random, 32 bytes, one for all records of a call: the caller gets it once, in the receipt */
export function draftsOf(
  log: QueryLog,
  call: CallInHand,
  records: readonly RecordOfCall[],
  caller: Caller,
  outcome: Outcome,
  salt: Buffer,
): Together {
  const named = call.named?.take(inEntry)
  return records.map((record, at) => ({
    agency: caller.holder.agency.id,
    counted: counts(outcome.code),
    // Digested, tagged, sealed and written when its batch is built, one record after the other: alone, between two turns of the
    // event loop, a sealing costs 31 µs; beside others 7.
    write: (given: Given, numbers: Numbers) =>
      queryEntry(queryFacts(log, given.at, call, record, caller, outcome, salt, at === 0 ? named : undefined), given, numbers),
  }))
}

/** What would have been. Fields are not told one by one: the rule names them, in the rules of the record's own policy. */
function trialFacts(would: Decision | undefined): QueryFacts['trial'] {
  if (would === undefined) return undefined
  const { rule } = would
  return would.effect === 'permit' ? { decision: 'permit', rule } : { code: would.code, decision: 'deny', rule }
}

/** One of them.
 *  @param named whom the answer identifies to the caller, as far as this entry holds them
 *  @throws LogRefusal where the subject cannot be tagged */
function queryFacts(
  log: QueryLog,
  entryAt: string,
  call: CallInHand,
  record: RecordOfCall,
  caller: Caller,
  outcome: Outcome,
  salt: Buffer,
  named?: readonly TaggedSubjects[],
): QueryFacts {
  const { body, decision, route } = call
  const { batch, subject, tag } = record
  const { holder, claims } = caller
  const grant = decision?.grant
  const { projected: released, stream } = outcome
  return {
    id: record.id,
    address: call.address?.text ?? '',
    agency: holder.agency.id,
    answerSubjects: named === undefined || named.length === 0 ? undefined : named,
    api: route?.operation.api,
    application: grant?.application.document,
    auth: authOf(caller),
    batch,
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
    sealed: log.seal(entryAt, record.id, sealedOf(call, record, caller, outcome, salt)),
    status: problems[outcome.code].status,
    subject: subject === undefined ? undefined : (tag ?? log.tag(log.now(), holder.agency.id, subject.kind, subject.identifier)),
    trace: call.trace,
    trial: trialFacts(call.trial),
    user: decision?.user?.account ?? claims.user,
  }
}
