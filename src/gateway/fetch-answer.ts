// fetch-answer.ts: the one question to the upstream behind a call that is permitted, and whether what came back is an answer.
import type { Permit } from '../policy/decide.ts'
import { Refused } from '../problems.ts'
import { type Expected, readAnswer } from '../upstream/answer.ts'
import type { UpstreamAnswer } from '../upstream/exchange.ts'
import { rebuildTarget } from '../upstream/target.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { Found } from './answer-stream.ts'
import type { CallInHand } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { traceparent } from './ids.ts'
import { wholeAnswer } from './project-answer.ts'

/** The upstream's answer; undefined where it holds nothing on the subject. Nothing is sent while the log is away or full. */
export async function fetchFrom(gateway: Gateway, call: CallInHand, { grant, operation }: Permit): Promise<Found | undefined> {
  const { body, caller, policy, route, shape } = call
  const upstream = upstreamOf(gateway, policy.snapshot.apis.get(operation.api)?.upstream)
  if (caller === undefined || shape === undefined || route === undefined || body === undefined)
    throw new Error('a call is forwarded once it is read')
  gateway.log.check()
  const agency = caller.holder.agency.id
  const breaker = upstream.breakerOf(agency)
  call.retryAfter = breaker.opensIn
  upstream.check(agency)
  const over = once(gateway.limits.enter(agency, grant))
  const started = performance.now()
  try {
    const { mediaType, notFound } = operation.answer
    const asked = {
      method: operation.method,
      target: rebuildTarget(upstream.prefix, operation.path, route.parameters, shape.query),
      body: body.bytes.length === 0 ? undefined : body.bytes,
      accept: mediaType,
      file: mediaType !== 'application/json',
      call: call.id,
      traceparent: traceparent(call.trace),
    }
    return await breaker.run(async (trying) => {
      // The call that tries an upstream again is heard to its end: what it learns is for the calls that come.
      const departure = trying ? { left: false, leave: undefined } : call.departure
      const answer = await upstream.fetch(agency, asked, wholeAnswer, departure)
      call.upstream = { bytes: answer.body.length, ms: Math.round(performance.now() - started), status: answer.status }
      return found(answer, { mediaType, notFound, encodings: upstream.encodings }, over)
    })
  } catch (error) {
    call.upstream ??= { ms: Math.round(performance.now() - started) }
    over()
    throw error
  }
}

/** An answer as far as it is one, and undefined where nobody was found; what is none is let go. */
function found(answer: UpstreamAnswer, expected: Expected, over: () => void): Found | undefined {
  try {
    const encoding = readAnswer(answer, expected)
    if (encoding !== 'not-found') return { answer, encoding, over }
  } catch (error) {
    answer.rest?.cancel(new Refused('upstream-malformed'))
    throw error
  }
  answer.rest?.cancel(new Refused('upstream-malformed'))
  over()
  return undefined
}

/** What gives something back gives it back once. */
function once(giveBack: () => void): () => void {
  let given = false
  return () => {
    if (!given) giveBack()
    given = true
  }
}

function upstreamOf(gateway: Gateway, id: string | undefined): Upstream {
  const upstream = id === undefined ? undefined : gateway.upstreams.get(id)
  if (upstream === undefined) throw new Refused('upstream-unavailable')
  return upstream
}
