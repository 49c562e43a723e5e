// load.ts: one round of load in a process of its own: connections, seconds and request come as JSON, the result goes back as a message.
import autocannon from 'autocannon'
import { type Arrivals, arrive } from './arrivals.ts'
import { type Signing, signAhead } from './assertions.ts'

/** Without a rate, a connection sends as soon as it is answered. */
type Round = Omit<Arrivals, 'rate'> & Partial<Pick<Arrivals, 'rate'>> & Signed

interface Signed {
  /** Each call has an assertion of its own. */
  readonly signing?: Signing
}
/** Signed calls a second for which a round is prepared: more than a core can verify. Who verifies nothing may get them again. */
const mostSigned = 8_000

/** Times of answers with 200 alone: what is refused is quick. */
const quantiles = (served: readonly number[]): { readonly p50: number; readonly p99: number } => {
  const sorted = [...served].sort((a, b) => a - b)
  const at = (share: number): number => Number((sorted[Math.floor((sorted.length - 1) * share)] ?? Number.NaN).toFixed(1))
  return { p50: at(0.5), p99: at(0.99) }
}

async function openLoop(round: Arrivals): Promise<void> {
  const [served, refused]: [number[], number[]] = [[], []]
  let [others, errors, withoutRetryAfter] = [0, 0, 0]
  await arrive(round, ({ status, ms, retryAfter }) => {
    if (status === 200) served.push(ms)
    else others += 1
    if (status === 503) refused.push(ms)
    if (status === 503 && !retryAfter) withoutRetryAfter += 1
    if (status === 0) errors += 1
  })
  const counts = { calls: served.length, others, refused: refused.length, errors, seconds: round.duration }
  process.send?.({ ...counts, ...quantiles(served), refusedP99: quantiles(refused).p99, withoutRetryAfter })
}

/** What gives each request the next assertion. */
function signedRequests(signing: Signing, { duration, connections, body }: Omit<Round, 'rate'>): autocannon.Request[] {
  // autocannon builds one request of each connection that it does not send.
  const assertions = signAhead(signing, body, duration * mostSigned + connections)
  let next = 0
  const setupRequest = (request: autocannon.Request): autocannon.Request => {
    const assertion = assertions[next++ % assertions.length]
    return { ...request, headers: { ...request.headers, authorization: `Bearer ${assertion}` } }
  }
  return [{ setupRequest }]
}

function closedLoop({ headers, signing, ...round }: Omit<Round, 'rate'>): void {
  const served: number[] = []
  const requests = signing && { requests: signedRequests(signing, { headers, ...round }) }
  const options = { ...round, ...requests, headers: { ...headers }, method: 'POST', pipelining: 1, timeout: 20 } as const
  const running = autocannon(options, (error, result) => {
    if (error instanceof Error) throw error
    process.send?.({
      calls: result['2xx'],
      others: result.non2xx + result.errors + result.timeouts,
      refused: result.statusCodeStats?.['503']?.count ?? 0,
      errors: result.errors + result.timeouts,
      seconds: result.duration,
      ...quantiles(served),
    })
  })
  running.on('response', (_, status, __, milliseconds) => {
    if (status === 200) served.push(milliseconds)
  })
}

process.on('message', ({ rate, ...round }: Round) => {
  if (rate === undefined) closedLoop(round)
  else openLoop({ ...round, rate })
})
process.on('disconnect', () => process.exit(0))
