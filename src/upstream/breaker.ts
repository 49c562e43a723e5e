// breaker.ts: whether an upstream is asked at all: after so many failures in a row it is left alone for a while, and then tried with one call.
import { CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen, isBrokenCircuitError } from 'cockatiel'
import { Refused } from '../problems.ts'

export interface BreakerSettings {
  /** Failures without a success between them that open it. */
  readonly failures: number
  /** Milliseconds that it stays open before one call tries again. */
  readonly open: number
}

/** What counts: an answer that is late, none, or no answer. A refusal of one query is the query's. */
const failing: ReadonlySet<string> = new Set(['upstream-timeout', 'upstream-unavailable', 'upstream-malformed'])

const alone = 'left alone after failures in a row'

/** A circuit breaker (M. Nygard, Release It!): an upstream that hangs holds no calls for their whole time limit. One for each agency: calls
 *  that are sent together fail together, and one agency's would shut the upstream to all. */
export class Breaker {
  readonly #open: number
  readonly #circuit
  #tries = 0

  /** @param changed told when it opens, and when it closes */
  constructor({ failures, open }: BreakerSettings, changed: (open: boolean) => void) {
    this.#open = open
    const counts = (error: unknown): boolean => error instanceof Refused && failing.has(error.code)
    this.#circuit = circuitBreaker(handleWhen(counts), { halfOpenAfter: open, breaker: new ConsecutiveBreaker(failures) })
    this.#circuit.onBreak(() => {
      this.#tries = performance.now() + open
      changed(true)
    })
    this.#circuit.onReset(() => changed(false))
  }

  /** Seconds until it is tried again; undefined where calls go through. */
  get opensIn(): number | undefined {
    if (this.#circuit.state === CircuitState.Closed) return undefined
    const left = this.#circuit.state === CircuitState.HalfOpen ? this.#open : this.#tries - performance.now()
    return left > 0 ? Math.max(1, Math.ceil(left / 1000)) : undefined
  }

  /** Runs one call, unless it is open, or another call is trying.
   *  @param call told whether it is the one that tries: it is then heard to its end, whoever leaves, since cockatiel takes what does not
   *  count for a success
   *  @throws Refused upstream-unavailable; what the call throws */
  async run<T>(call: (trying: boolean) => Promise<T>): Promise<T> {
    // While one call tries, others would wait for what becomes of it.
    if (this.opensIn !== undefined) throw new Refused('upstream-unavailable', alone)
    try {
      return await this.#circuit.execute(() => call(this.#circuit.state === CircuitState.HalfOpen))
    } catch (error) {
      // It goes by the wall clock, which may have been set back meanwhile: then it is open for longer than it says.
      throw isBrokenCircuitError(error) ? new Refused('upstream-unavailable', alone) : error
    }
  }
}
