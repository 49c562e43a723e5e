// call.ts: one call, from first byte to last, in one line: whoever reads it knows what this gateway does.
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { checkBody } from '../credential/assertion.ts'
import type { Caller } from '../credential/authenticate.ts'
import { refuseIdentifiers } from '../credential/claims.ts'
import { decide, type Permit } from '../policy/decide.ts'
import { trialOf } from '../policy/trial.ts'
import { Refused } from '../problems.ts'
import { AnswerMalformed } from '../projection/malformed.ts'
import { receiptHeader } from '../querylog/receipt.ts'
import { NotRecorded } from '../querylog/refusal.ts'
import type { Recorded } from '../querylog/releaser.ts'
import type { TagsOfKind } from '../querylog/tag.ts'
import type { Found } from './answer-stream.ts'
import { AnswerSubjects } from './answer-subjects.ts'
import { checkRecords, subjectsOf, supplied, validate } from './asked.ts'
import { readBody, readBytes } from './body.ts'
import { CallInHand, type RecordPlace } from './call-in-hand.ts'
import { connectionOf } from './connection.ts'
import { countStranger, identify, raise, readRequest } from './entrance.ts'
import { fetchFrom } from './fetch-answer.ts'
import type { Gateway } from './gateway.ts'
import { random } from './ids.ts'
import { type Asking, missingOf } from './inference-limits.ts'
import { accountOf } from './limits.ts'
import type { Outcome } from './outcome.ts'
import { projectAnswer } from './project-answer.ts'
import { draftsOf } from './record.ts'
import { recordNamed } from './record-named.ts'
import { type Refusing, releaseBody, releaseProblem } from './release.ts'
import { type Letting, releaseStream } from './release-stream.ts'
import { retryAfterOf } from './retry-after.ts'
import { together } from './together.ts'
import { tryingAgain } from './trying-again.ts'
import { WithheldSubjects } from './withheld-subjects.ts'

/** Answers one call. Everything that an identified caller did ends in exactly one record, of a batch in one for each of its subjects,
 *  and nothing of an answer leaves before it. */
export async function answerCall(gateway: Gateway, request: FastifyRequest, response: ServerResponse): Promise<void> {
  const connection = connectionOf(request.raw.socket)
  if (connection.condemned) return
  const call = new CallInHand(gateway.policy, request, response, connection, Date.now())
  const line = outcomeOf(gateway, call)
  // Address and shape are read before anything is waited for, and so before what was sent behind this request is looked at.
  if (call.shape === undefined) connection.condemned = true
  const outcome = await line.catch((error) => notServed(gateway, call, error))
  if (call.caller === undefined) return await answerStranger(gateway, call, outcome)
  if (isRefusalBeyondBound(gateway, call, call.caller, outcome)) return void answer(gateway, call, outcome, undefined)
  const { caller } = call
  const { agency } = caller.holder
  const salt = random(32)
  const records = call.records()
  let recorded: readonly Recorded[] = []
  let places: readonly RecordPlace[] = []
  try {
    recorded = await gateway.log.appendTogether(draftsOf(gateway.log, call, records, caller, outcome, salt))
    places = records.map(({ id }, at) => ({ id, index: firstOf(recorded).index + at }))
    // Of a whole answer whom its entry has no place for; of a stream nobody yet.
    if (call.named !== undefined) await recordNamed(gateway, caller, call.named, firstOf(places))
  } catch (error) {
    outcome.stream?.cancel(new Refused('client-left'))
    answer(gateway, call, notServed(gateway, call, error), undefined)
    if (places.length > 0) await gateway.log.neverReleased(agency.id, places, tryingAgain(gateway, call.id))
    return
  }
  if (outcome.code === 'client-left') return counted(gateway, call, outcome)
  const receipt = receiptHeader(gateway.log.slot, firstOf(recorded), salt)
  if (await release(gateway, call, outcome, { caller, receipt, record: firstOf(places), records: places, salt })) return
  await gateway.log.neverReleased(agency.id, places, tryingAgain(gateway, call.id))
}

/** The first record of a call is the one that its receipt and whatever else speaks of it name. */
function firstOf<T>(records: readonly T[]): T {
  const [first] = records
  if (first === undefined) throw new Error('a call leaves a record')
  return first
}

/** The line itself: each step adds what it found to the call, or throws the reason why the call ends there. */
async function outcomeOf(gateway: Gateway, call: CallInHand): Promise<Outcome> {
  const { request, policy } = call
  const { raw } = request
  const { address, shape } = readRequest(gateway, call)
  const caller = await identify(gateway, call)
  const bytes = await readBytes(raw, shape, call.breach)
  await together()
  if (caller.auth.type === 'assertion') raise(checkBody(caller.auth, bytes))
  const body = readBody(bytes, shape)
  call.body = body
  const route = policy.route(shape.method, shape.path)
  call.route = route
  call.subjects = subjectsOf(route?.operation, body)
  const claims = checkClaims(call, caller)
  call.asked = {
    at: gateway.log.now(),
    address,
    holder: caller.holder,
    operation: route?.operation,
    user: claims.user,
    purpose: claims.purpose,
    case: claims.case,
    reason: claims.reason,
    fields: claims.fields,
    supplied: supplied(route, shape, body),
  }
  const decision = decide(policy.snapshot, call.asked)
  call.decision = decision
  call.trial = trialOf(policy.snapshot, call.asked, decision)
  await spend(gateway, call, caller)
  if (decision.effect === 'deny') throw new Refused(decision.code, decision.detail)
  if (route === undefined) throw new Error('a call was permitted that names no operation')
  validate(route, shape, body)
  checkRecords(call.subjects.length, decision.fields)
  const asking = gateway.inference.admit(askingOf(gateway, call, caller, decision))
  call.permitted = true
  const found = await fetchFrom(gateway, call, decision)
  await together()
  if (found === undefined) gateway.inference.notFound(asking, Math.max(1, call.subjects.length))
  if (found === undefined) return { code: 'subject-not-found' }
  const outcome = await project(gateway, call, caller, decision, found)
  if (outcome.projected !== undefined && decision.operation.maxSubjects !== undefined)
    gateway.inference.notFound(
      asking,
      missingOf(call.subjects.length, outcome.projected.rows, decision.fields, decision.operation.answer.rows),
    )
  return outcome
}

/** What of an answer may be released, and whom it is about: those whom it names to the caller, and the others. */
async function project({ log }: Gateway, call: CallInHand, { claims, holder }: Caller, decision: Permit, found: Found): Promise<Outcome> {
  const { policy } = call
  const { fields, operation } = decision
  const now = log.now()
  const agency = holder.agency.id
  const withheld = policy.withheldSubjects(operation, fields)
  const tagsOf = (kind: string): TagsOfKind => log.tagsOf(now, agency, kind)
  if (withheld.length > 0) call.withheld = new WithheldSubjects(withheld, tagsOf)
  const outcome = await projectAnswer(policy, decision, found, claims.fields === undefined ? undefined : fields, call.withheld)
  const kinds = policy.subjects(operation, fields)
  if (kinds.length === 0) return outcome
  const named = new AnswerSubjects(kinds, tagsOf)
  if (outcome.projected !== undefined) {
    named.push(outcome.projected.body)
    named.end()
  }
  // An answer in which somebody cannot be read is not released: then its record names nobody.
  call.named = named
  return outcome
}

/** Case and reason stand in the record in clear: an identifier, or a subject of this call, has no place in them. And fields stand in
 *  every record. What is not fit for that is left out of them, and refused. */
function checkClaims(call: CallInHand, caller: Caller): Caller['claims'] {
  const { claims, refusal } = refuseIdentifiers(
    caller.claims,
    call.subjects.map(({ identifier }) => identifier),
  )
  const { fields, ...others } = claims
  call.caller = { ...caller, claims: others }
  if (fields !== undefined) checkRecords(call.subjects.length, fields)
  call.caller = { ...caller, claims }
  raise(refusal)
  return claims
}

/** Counts the call against its grant and user, whatever was decided: refused calls count too, and a batch by its subjects. */
async function spend(gateway: Gateway, call: CallInHand, { holder, claims }: Caller): Promise<void> {
  const { decision, request } = call
  if (decision?.grant === undefined) return
  const { allowance, userExceeded } = await gateway.limits.spend(
    request,
    holder.agency.id,
    decision.grant,
    accountOf(holder.agency, claims.user),
    Math.max(1, call.subjects.length),
  )
  call.allowance = allowance
  if (decision.effect === 'deny') return
  if (allowance.minute.exceeded) throw new Refused('rate-limited')
  if (allowance.day.exceeded) throw new Refused('daily-limit-reached')
  if (userExceeded) throw new Refused('user-limit-reached')
}

/** What the inference limits count of a call, as its entry will hold it. */
function askingOf({ log }: Gateway, call: CallInHand, { holder, claims }: Caller, { grant, user }: Permit): Asking {
  const { id } = holder.agency
  call.tags = call.subjects.map(({ kind, identifier }) => log.tag(log.now(), id, kind, identifier))
  return { agency: id, grant, user: user?.account ?? claims.user, case: claims.case, tags: call.tags.map(({ tag }) => tag) }
}

/** What an error means for the call. What nobody raised as a refusal is ours: it says nothing to the caller. */
function notServed(gateway: Gateway, call: CallInHand, error: unknown): Outcome {
  if (error instanceof Refused) {
    const { code, detail } = error
    if (!code.startsWith('upstream')) return detail === undefined ? { code } : { code, detail }
    if (detail !== undefined) call.upstream = { ms: 0, ...call.upstream, problem: detail }
    return { code }
  }
  if (error instanceof NotRecorded) return { code: error.code }
  if (error instanceof AnswerMalformed) {
    call.upstream = { ms: 0, ...call.upstream, problem: error.problem }
    return { code: 'upstream-malformed' }
  }
  gateway.operational.error('a call failed', { request: call.id, error })
  return { code: 'internal-error' }
}

/** Nobody known: told no more than everybody is told. */
async function answerStranger(gateway: Gateway, call: CallInHand, outcome: Outcome): Promise<void> {
  answer(gateway, call, await countStranger(gateway, call, outcome), undefined)
}

/** Beyond so many refusals a minute of one credential, the rest are counted, not recorded one by one: so are calls that nobody had a
 *  place for. Nothing was asked for them, and in an overload a record each would take what those that are served need. */
function isRefusalBeyondBound(gateway: Gateway, call: CallInHand, { holder }: Caller, { code }: Outcome): boolean {
  if (call.permitted && code !== 'overloaded') return false
  const now = gateway.log.now()
  const minute = Math.floor(now / 60_000)
  const known = gateway.recordedRefusals.get(holder.credential.id)
  const of = known?.minute === minute ? known : { minute, count: 0 }
  const before = of.count
  const records = Math.max(1, call.subjects.length)
  of.count += records
  gateway.recordedRefusals.set(holder.credential.id, of)
  // A batch is recorded whole, or not one by one at all.
  if (before < call.policy.snapshot.recordedRefusalsPerMinute) return false
  gateway.log.refusals.countCredential(now, holder.agency.id, holder.credential.id, code, records)
  return true
}

/** Lets a recorded answer out, at once or while it comes. @returns whether anything left */
async function release(gateway: Gateway, call: CallInHand, outcome: Outcome, made: Omit<Letting, 'permit'>): Promise<boolean> {
  const { decision } = call
  if (outcome.stream === undefined) return answer(gateway, call, outcome, made.receipt) && (await call.wentOut())
  if (decision?.effect !== 'permit') throw new Error('a stream answers a call that was permitted')
  return await releaseStream(gateway, call, outcome.stream, { ...made, permit: decision })
}

/** Lets the answer out. @returns whether it was handed to a connection that still stood */
function answer(gateway: Gateway, call: CallInHand, outcome: Outcome, receipt: string | undefined): boolean {
  counted(gateway, call, outcome)
  const release = { id: call.id, receipt, allowance: call.allowance }
  if (outcome.projected !== undefined) gateway.undeclared.saw(call.route?.operation.api ?? '', outcome.projected.undeclaredAt)
  if (outcome.projected !== undefined) return releaseBody(call.response, release, outcome.projected.body, gateway.closing)
  if (outcome.code === 'released') throw new Error('a stream is let out while it comes')
  const retryAfter = call.retryAfter ?? retryAfterOf(outcome.code, call.allowance, gateway.log)
  const refusing: Refusing = {
    code: outcome.code,
    detail: outcome.detail,
    ...(retryAfter !== undefined && { retryAfter }),
    // Who is not known is told the same in the same way: whether a key was found, and its signature verified, would show in whether
    // the body had come meanwhile. And a body that was not read to its end leaves a connection that cannot be trusted.
    close: call.caller === undefined || !call.request.raw.complete,
  }
  return releaseProblem(call.response, release, refusing, gateway.closing)
}

/** A caller who left is answered nothing, and counts as one who called. */
function counted({ metrics }: Gateway, { route, started }: CallInHand, { code }: Outcome): void {
  metrics.called(code, route?.operation.api, (performance.now() - started) / 1000)
}
