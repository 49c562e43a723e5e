// upstream.ts: one welfare system: bounded in calls, bytes and time; nothing is retried, nothing of the agency's is sent.
import { type Dispatcher, errors, Pool } from 'undici'
import { Refused } from '../problems.ts'
import { Breaker, type BreakerSettings } from './breaker.ts'
import { Turns } from './turns.ts'

export interface UpstreamSettings {
  /** `https://host:port` and an optional path prefix, without a trailing slash. */
  readonly base: string
  /** The upstream's own credential: an Authorization header's value. */
  readonly authorization?: string
  /** Milliseconds. */
  readonly connect: number
  readonly answer: number
  readonly body: number
  readonly inFlight: number
  readonly waiting: number
  readonly breaker: BreakerSettings
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST'
  readonly target: string
  readonly body: Buffer | undefined
  readonly accept: string
  /** Our id of the call. */
  readonly call: string
  readonly traceparent: string
}

export interface UpstreamAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  readonly body: Buffer
}

/** A caller that may leave while we wait: `leave` is then called once. */
export interface Departure {
  left: boolean
  leave: (() => void) | undefined
}

const maxInterim = 8
const maxHeaderBytes = 16 * 1024

/** A welfare system behind a pool of connections. */
export class Upstream {
  readonly id: string
  readonly prefix: string
  readonly #pool: Pool
  readonly #settings: UpstreamSettings
  readonly #turns: Turns
  readonly #breakers = new Map<string, Breaker>()
  readonly #changed: (agency: string, open: boolean) => void

  /** @param changed told when it is left alone by an agency's calls, and when it is asked again */
  constructor(id: string, settings: UpstreamSettings, changed: (agency: string, open: boolean) => void) {
    const { origin, pathname } = new URL(settings.base)
    this.id = id
    this.prefix = pathname === '/' ? '' : pathname
    this.#settings = settings
    this.#turns = new Turns({ atOnce: settings.inFlight, waiting: settings.waiting })
    this.#changed = changed
    this.#pool = new Pool(origin, {
      connections: settings.inFlight,
      pipelining: 1,
      connect: { timeout: settings.connect },
      headersTimeout: settings.answer,
      bodyTimeout: settings.body,
      maxHeaderSize: maxHeaderBytes,
      strictContentLength: true,
    })
  }

  /** Whether it is asked at all for an agency. */
  breakerOf(agency: string): Breaker {
    let breaker = this.#breakers.get(agency)
    if (breaker === undefined) {
      breaker = new Breaker(this.#settings.breaker, (open) => this.#changed(agency, open))
      this.#breakers.set(agency, breaker)
    }
    return breaker
  }

  /** @throws Refused overloaded, where as many calls wait as may, or as many of this agency's */
  check(agency: string): void {
    this.#turns.check(agency)
  }

  /** Sends one request, once, when the agency's turn comes.
   *  @param bound bytes of an answer; beyond it `upstream-malformed`
   *  @throws Refused upstream-unavailable, upstream-timeout, upstream-malformed, client-left */
  fetch(agency: string, request: UpstreamRequest, bound: number, departure: Departure): Promise<UpstreamAnswer> {
    return new Promise<UpstreamAnswer>((resolve, reject) => {
      let sent = false
      let giveUp: (() => void) | undefined
      const exchange = new Exchange(bound, departure, (outcome) => {
        if (sent) this.#turns.leave(agency)
        else giveUp?.()
        if (outcome instanceof Error) reject(outcome)
        else resolve(outcome)
      })
      if (exchange.over) return
      exchange.limit(this.#settings.connect + this.#settings.answer + this.#settings.body)
      giveUp = this.#turns.enter(agency, () => {
        sent = true
        this.#send(request, exchange)
      })
    })
  }

  #send(request: UpstreamRequest, exchange: Exchange): void {
    const { authorization } = this.#settings
    const headers = [
      'accept',
      request.accept,
      'accept-encoding',
      'identity',
      'linkage-call',
      request.call,
      'traceparent',
      request.traceparent,
    ]
    if (authorization !== undefined) headers.push('authorization', authorization)
    if (request.body !== undefined) headers.push('content-type', 'application/json')
    this.#pool.dispatch({ method: request.method, path: request.target, headers, body: request.body ?? null }, exchange)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}

/** One request and what comes back, collected up to its bound. Exactly one outcome. */
class Exchange implements Dispatcher.DispatchHandler {
  readonly #bound: number
  readonly #departure: Departure
  #done: ((outcome: UpstreamAnswer | Refused) => void) | undefined
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #status = 0
  #contentType: string | undefined
  #contentEncoding: string | undefined
  #interim = 0
  #bytes = 0
  readonly #chunks: Buffer[] = []

  constructor(bound: number, departure: Departure, done: (outcome: UpstreamAnswer | Refused) => void) {
    this.#bound = bound
    this.#departure = departure
    this.#done = done
    if (departure.left) this.#finish(new Refused('client-left'))
    else departure.leave = () => this.#finish(new Refused('client-left'))
  }

  /** Its one outcome was given. */
  get over(): boolean {
    return this.#done === undefined
  }

  /** All of it within so many milliseconds: an answer that drips is no answer. */
  limit(ms: number): void {
    if (this.#done !== undefined) this.#timer = setTimeout(() => this.#finish(new Refused('upstream-timeout', 'not whole in time')), ms)
  }

  #finish(outcome: UpstreamAnswer | Refused): void {
    const done = this.#done
    if (done === undefined) return
    this.#done = undefined
    this.#departure.leave = undefined
    clearTimeout(this.#timer)
    if (outcome instanceof Refused) this.#controller?.abort(outcome)
    done(outcome)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#done === undefined) controller.abort(new Refused('client-left'))
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) {
      this.#interim += 1
      if (this.#interim > maxInterim) this.#finish(new Refused('upstream-malformed', 'interim answers without end'))
      return
    }
    this.#status = status
    this.#contentType = single(headers['content-type'])
    this.#contentEncoding = single(headers['content-encoding'])
    if (Number(headers['content-length'] ?? 0) > this.#bound) this.#finish(new Refused('upstream-malformed', 'larger than its bound'))
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    this.#bytes += chunk.length
    if (this.#bytes > this.#bound) this.#finish(new Refused('upstream-malformed', 'larger than its bound'))
    else if (this.#done !== undefined) this.#chunks.push(chunk)
  }

  onResponseEnd(): void {
    const [first = Buffer.alloc(0)] = this.#chunks
    const body = this.#chunks.length <= 1 ? first : Buffer.concat(this.#chunks, this.#bytes)
    this.#finish({ status: this.#status, contentType: this.#contentType, contentEncoding: this.#contentEncoding, body })
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(failure(error))
  }
}

/** A header that must stand once: twice is as good as a wrong one. */
const single = (value: string | string[] | undefined): string | undefined => (Array.isArray(value) ? value.join(', ') : value)

/** What undici's errors say of an answer. The words stand in the sealed part of the record, and nowhere else. */
const failures: ReadonlyMap<string, Refused> = new Map([
  ['UND_ERR_HEADERS_TIMEOUT', new Refused('upstream-timeout', 'no head in time')],
  ['UND_ERR_BODY_TIMEOUT', new Refused('upstream-timeout', 'no further byte in time')],
  ['UND_ERR_HEADERS_OVERFLOW', new Refused('upstream-malformed', 'a head beyond its bound')],
  ['UND_ERR_RES_CONTENT_LENGTH_MISMATCH', new Refused('upstream-malformed', 'another length than announced')],
])

/** No answer, an answer that is late, an answer that is none. */
function failure(error: Error): Refused {
  // The parser's errors have a code only where it says which token was wrong.
  if (error instanceof errors.HTTPParserError) return new Refused('upstream-malformed', 'not HTTP/1.1')
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'without a code'
  return failures.get(code) ?? new Refused('upstream-unavailable', `no connection that lasted: ${code}`)
}
