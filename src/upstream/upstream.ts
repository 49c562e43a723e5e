// upstream.ts: one welfare system: bounded in calls, bytes and time; nothing is retried, nothing of the agency's is sent.
import { Pool } from 'undici'
import { Breaker, type BreakerSettings } from './breaker.ts'
import type { Encoding } from './encoding.ts'
import { type Departure, Exchange, type UpstreamAnswer } from './exchange.ts'
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
  /** Without a further byte, of files. */
  readonly stream: number
  /** Accepted beside identity. */
  readonly encodings: readonly Encoding[]
  readonly inFlight: number
  readonly waiting: number
  readonly breaker: BreakerSettings
}

export interface UpstreamRequest {
  readonly method: 'GET' | 'POST'
  readonly target: string
  readonly body: Buffer | undefined
  readonly accept: string
  /** A file: it is not collected, and takes the time it takes. */
  readonly file: boolean
  /** Our id of the call. */
  readonly call: string
  readonly traceparent: string
}

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

  /** Encodings that its answers may have beside identity. */
  get encodings(): readonly Encoding[] {
    return this.#settings.encodings
  }

  /** Sends one request, once, when the agency's turn comes.
   *  @param bound bytes of an answer that are collected; what is larger comes with its `rest`, and a file with nothing else
   *  @throws Refused upstream-unavailable, upstream-timeout, upstream-malformed, client-left */
  fetch(agency: string, request: UpstreamRequest, bound: number, departure: Departure): Promise<UpstreamAnswer> {
    return new Promise<UpstreamAnswer>((resolve, reject) => {
      let sent = false
      let giveUp: (() => void) | undefined
      const exchange = new Exchange(request.file ? 0 : bound, departure, {
        answered: (outcome) => (outcome instanceof Error ? reject(outcome) : resolve(outcome)),
        over: () => (sent ? this.#turns.leave(agency) : giveUp?.()),
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
    const { authorization, encodings, body, stream } = this.#settings
    const headers = [
      'accept',
      request.accept,
      'accept-encoding',
      encodings.length === 0 ? 'identity' : encodings.join(', '),
      'linkage-call',
      request.call,
      'traceparent',
      request.traceparent,
    ]
    if (authorization !== undefined) headers.push('authorization', authorization)
    if (request.body !== undefined) headers.push('content-type', 'application/json')
    const bodyTimeout = request.file ? stream : body
    const { method, target: path } = request
    this.#pool.dispatch({ method, path, headers, body: request.body ?? null, bodyTimeout }, exchange)
  }

  async close(): Promise<void> {
    await this.#pool.destroy()
  }
}
