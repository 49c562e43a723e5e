// exchange.ts: one request to an upstream and what comes back: collected up to a bound, and beyond it piece by piece, as it is taken.
import { type Dispatcher, errors } from 'undici'
import { Pieces } from '../pieces.ts'
import { Refused } from '../problems.ts'

/** How an answer's bytes came. One that says when it ends cannot be cut without a trace. */
export interface UpstreamAnswer {
  readonly status: number
  readonly contentType: string | undefined
  readonly contentEncoding: string | undefined
  /** Whether its end is announced (Content-Length, chunked). Where it is not, whatever closes the connection ends it: undici takes even
   *  a reset for an end. So it is behind any other transfer coding (SPEC RFC 9112 §6.3). */
  readonly framed: boolean
  /** The beginning, and all of it where there is no `rest`. */
  readonly body: Buffer
  readonly rest?: Rest
}

/** What comes behind the beginning of an answer, taken as fast as it is read and no faster. Whoever has it reads it to its end, or
 *  cancels it. */
export interface Rest extends AsyncIterable<Buffer> {
  /** From here on only silence and its reader end it, whatever time it takes. */
  unlimited(): void
  /** Lets the upstream go. What was asked for already is thrown this reason. */
  cancel(reason: Refused): void
}

/** A caller that may leave while we wait: `leave` is then called once. */
export interface Departure {
  left: boolean
  leave: (() => void) | undefined
}

/** Told once each: when the answer is there, or that there is none; and when the connection is free. */
export interface ExchangeEnds {
  readonly answered: (answer: UpstreamAnswer | Refused) => void
  readonly over: () => void
}

const maxInterim = 8
/** Bytes that wait for who reads the rest before the upstream waits too. What comes at once, in however many chunks, is read at once. */
const mostWaiting = 64 * 1024

/** One request. It collects up to `bound` bytes, and hands over what is larger. */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #bound: number
  readonly #departure: Departure
  readonly #ends: ExchangeEnds
  #answered = false
  #over = false
  #failure: Refused | undefined
  #controller: Dispatcher.DispatchController | undefined
  #timer: NodeJS.Timeout | undefined
  #status = 0
  #contentType: string | undefined
  #contentEncoding: string | undefined
  #framed = false
  #interim = 0
  readonly #chunks = new Pieces()
  #wake: (() => void) | undefined

  /** @param bound bytes of an answer that are collected; 0: none is waited for */
  constructor(bound: number, departure: Departure, ends: ExchangeEnds) {
    this.#bound = bound
    this.#departure = departure
    this.#ends = ends
    if (departure.left) this.#finish(new Refused('client-left'))
    else departure.leave = () => this.#finish(new Refused('client-left'))
  }

  /** Nothing more comes of it. */
  get over(): boolean {
    return this.#over
  }

  /** All of it, or until it is `unlimited`, within so many milliseconds: an answer that drips is no answer. */
  limit(ms: number): void {
    if (!this.#over) this.#timer = setTimeout(() => this.#finish(new Refused('upstream-timeout', 'not whole in time')), ms)
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller
    if (this.#over) controller.abort(this.#failure ?? new Refused('client-left'))
  }

  onResponseStart(controller: Dispatcher.DispatchController, status: number, headers: Record<string, string | string[] | undefined>): void {
    if (status < 200) {
      this.#interim += 1
      if (this.#interim > maxInterim) this.#finish(new Refused('upstream-malformed', 'interim answers without end'))
      return
    }
    this.#status = status
    this.#contentType = single(headers['content-type'])
    this.#contentEncoding = single(headers['content-encoding'])
    const coding = single(headers['transfer-encoding'])
    this.#framed = coding === undefined ? headers['content-length'] !== undefined : coding.toLowerCase() === 'chunked'
    if (this.#bound === 0) this.#handOver(controller)
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // A parser that goes on gives an empty piece first: to wait for whoever takes that would be to wait for ever.
    if (this.#over || chunk.length === 0) return
    this.#chunks.push(chunk)
    if (this.#answered) {
      if (this.#chunks.length >= mostWaiting) controller.pause()
      this.#wake?.()
    } else if (this.#chunks.length > this.#bound) this.#handOver(controller)
  }

  onResponseEnd(): void {
    if (!this.#answered) this.#answer(this.#collected())
    this.#finish(undefined)
  }

  onResponseError(_: Dispatcher.DispatchController, error: Error): void {
    this.#finish(failure(error))
  }

  /** The upstream waits from here on for whoever reads the rest. */
  #handOver(controller: Dispatcher.DispatchController): void {
    controller.pause()
    const rest: Rest = {
      unlimited: () => clearTimeout(this.#timer),
      cancel: (reason) => this.#finish(reason),
      [Symbol.asyncIterator]: () => this.#pieces(),
    }
    this.#answer({ ...this.#collected(), rest })
  }

  #collected(): UpstreamAnswer {
    return {
      status: this.#status,
      contentType: this.#contentType,
      contentEncoding: this.#contentEncoding,
      framed: this.#framed,
      body: this.#chunks.take(),
    }
  }

  async *#pieces(): AsyncGenerator<Buffer, void> {
    try {
      for (;;) {
        if (this.#chunks.length > 0) yield this.#chunks.take()
        else if (this.#failure !== undefined) throw this.#failure
        else if (this.#over) return
        else {
          await new Promise<void>((wake) => {
            this.#wake = wake
            // It may bring what waits in the parser at once, and so the end.
            this.#controller?.resume()
          })
        }
      }
    } finally {
      this.#finish(new Refused('client-left'))
    }
  }

  #answer(answer: UpstreamAnswer | Refused): void {
    this.#answered = true
    this.#ends.answered(answer)
  }

  /** @param failure undefined at the end of a whole answer */
  #finish(failure: Refused | undefined): void {
    if (this.#over) return
    this.#over = true
    this.#failure = failure
    this.#departure.leave = undefined
    clearTimeout(this.#timer)
    if (failure !== undefined) this.#controller?.abort(failure)
    if (failure !== undefined && !this.#answered) this.#answer(failure)
    this.#wake?.()
    this.#ends.over()
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
