// page-answer.ts: the line of a GET for what the gateway itself holds: who comes, whether it may be had, and one answer.
import type { ServerResponse } from 'node:http'
import type { FastifyRequest } from 'fastify'
import { checkBody } from '../credential/assertion.ts'
import type { Caller } from '../credential/authenticate.ts'
import type { Comer, Deny } from '../policy/decide.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { type Refusal, Refused } from '../problems.ts'
import { StoreError } from '../querylog/ports.ts'
import { NotRecorded } from '../querylog/refusal.ts'
import type { Turns } from '../upstream/turns.ts'
import { CallInHand } from './call-in-hand.ts'
import { connectionOf } from './connection.ts'
import { countStranger, identify, raise, readRequest } from './entrance.ts'
import type { Gateway } from './gateway.ts'
import { type Page, releaseNothing, releasePage, releaseProblem } from './release.ts'
import type { Shape } from './shape.ts'

interface NotGiven {
  readonly code: Refusal
  readonly detail?: string | undefined
}
/** Without a page it was let out already. */
type Given = { readonly code: 'released'; readonly page: Page | undefined }

/** What becomes of a GET. It asks about nobody, so it leaves no `query` of its own: what is refused is counted, by address or, once the
 *  caller is known, by credential.
 *  @param line reads who comes before it waits for anything else */
export const answeredByPage =
  (line: (gateway: Gateway, call: CallInHand) => Promise<Given | NotGiven>) =>
  async (gateway: Gateway, request: FastifyRequest, response: ServerResponse): Promise<void> => {
    const connection = connectionOf(request.raw.socket)
    if (connection.condemned) return
    const call = new CallInHand(gateway.policy, request, response, connection, Date.now())
    const running = line(gateway, call)
    // As in call.ts: read before anything is waited for, and so before what was sent behind this request is looked at.
    if (call.shape === undefined) connection.condemned = true
    const outcome = await running.catch((error) => notGiven(gateway, call, error))
    if (call.caller === undefined) return answer(gateway, call, await countStranger(gateway, call, outcome))
    // Nothing was refused, and nobody is there to be told.
    if (outcome.code === 'client-left') return gateway.metrics.page(outcome.code)
    if (outcome.code !== 'released') {
      const { agency, credential } = call.caller.holder
      gateway.log.refusals.countCredential(gateway.log.now(), agency.id, credential.id, outcome.code)
    }
    answer(gateway, call, outcome)
  }

/** The steps of a call as far as they concern who comes. No user, purpose, case or reason is asked for: nothing is queried.
 *  @param bar what refuses who comes, whatever is asked
 *  @throws Refused, NotRecorded */
export async function readComer(
  gateway: Gateway,
  call: CallInHand,
  bar: (snapshot: Snapshot, comer: Comer) => Deny | undefined,
): Promise<{ readonly at: number; readonly caller: Caller; readonly comer: Comer; readonly shape: Shape }> {
  const { address, shape } = readRequest(gateway, call)
  const caller = await identify(gateway, call)
  // A GET has no body (shape.ts); what was signed for must say so, too.
  if (caller.auth.type === 'assertion') raise(checkBody(caller.auth, Buffer.alloc(0)))
  const { holder, claims } = caller
  const at = gateway.log.now()
  const comer = { at, address, holder, user: claims.user }
  const denied = bar(call.policy.snapshot, comer)
  if (denied !== undefined) throw new Refused(denied.code, denied.detail)
  // Rules and blocks are in force once the log holds them: where it takes nothing, nobody knows whether this one may still come.
  gateway.log.check()
  const counted = await gateway.limits.page(call.request, holder.credential.id)
  if (counted.exceeded) {
    call.retryAfter = counted.resets
    throw new Refused('rate-limited')
  }
  return { at, caller, comer, shape }
}

/** Aborted where the caller leaves before it is answered. */
export function leaving({ departure }: CallInHand): AbortSignal {
  const stop = new AbortController()
  departure.leave = () => stop.abort(new Refused('client-left'))
  if (departure.left) departure.leave()
  return stop.signal
}

/** Reads where it is its turn. */
export type InTurn = <Read>(read: () => Promise<Read>) => Promise<Read>

/** The database is the calls' first: of pages only so many read at once, and of one agency fewer.
 *  @param stop nobody waits for it any more: rejects at once; the turn is another's when what the database was asked is answered
 *  @throws Refused overloaded; the reason of `stop` */
export async function inTurn<Read>(turns: Turns, agency: string, read: () => Promise<Read>, stop?: AbortSignal): Promise<Read> {
  stop?.throwIfAborted()
  turns.check(agency)
  return await behindOthers(turns, agency, read, stop)
}

/** The same for what goes on and is bounded itself, a file of each agency: it waits however many do, or whoever asks often would cut it.
 *  @throws the reason of `stop` */
export async function behindOthers<Read>(turns: Turns, agency: string, read: () => Promise<Read>, stop?: AbortSignal): Promise<Read> {
  stop?.throwIfAborted()
  const turn = Promise.withResolvers<void>()
  let came = false
  const giveUp = turns.enter(agency, () => {
    came = true
    turn.resolve()
  })
  try {
    await unlessStopped(turn.promise, stop)
  } catch (error) {
    if (came) turns.leave(agency)
    else giveUp?.()
    throw error
  }
  // Within a promise: what throws at once gives its turn back, too.
  const reading = (async () => await read())().finally(() => turns.leave(agency))
  return await unlessStopped(reading, stop)
}

/** What is waited for, unless nobody waits any more. */
async function unlessStopped<T>(waited: Promise<T>, stop: AbortSignal | undefined): Promise<T> {
  if (stop === undefined) return await waited
  const stopped = Promise.withResolvers<never>()
  const onStop = (): void => stopped.reject(stop.reason)
  stop.addEventListener('abort', onStop, { once: true })
  if (stop.aborted) onStop()
  try {
    return await Promise.race([waited, stopped.promise]) // what comes later, or fails later, is nobody's
  } finally {
    stop.removeEventListener('abort', onStop)
  }
}

function notGiven(gateway: Gateway, call: CallInHand, error: unknown): NotGiven {
  if (error instanceof Refused) return { code: error.code, detail: error.detail }
  if (error instanceof NotRecorded) return { code: error.code }
  gateway.operational.error('a page of the logs failed', { request: call.id, error })
  return { code: error instanceof StoreError ? 'query-log-unavailable' : 'internal-error' }
}

function answer(gateway: Gateway, call: CallInHand, outcome: Given | NotGiven): void {
  const { response } = call
  gateway.metrics.page(outcome.code)
  if (outcome.code === 'released') {
    if (outcome.page !== undefined) releasePage(response, outcome.page, gateway.closing)
    return
  }
  if (outcome.code === 'not-found') {
    releaseNothing(response, gateway.closing)
    return
  }
  const release = { id: call.id, receipt: undefined, allowance: undefined }
  const refusing = {
    code: outcome.code,
    detail: outcome.detail,
    ...(call.retryAfter !== undefined && { retryAfter: call.retryAfter }),
    close: call.caller === undefined || !call.request.raw.complete,
  }
  releaseProblem(response, release, refusing, gateway.closing)
}
