// replay.ts: which assertions were used, so that none is used twice.
import { hash } from 'node:crypto'

/** `full`: too many are remembered to remember one more; the call must be refused. */
export type Use = 'fresh' | 'seen' | 'full'

/** Remembers (iss, jti) pairs. */
export interface ReplayStore {
  /** Milliseconds since 1970 UTC: of what was used before, this store knows nothing. An assertion issued earlier is refused. */
  readonly since: number
  /** Marks a pair as used. Atomic: of any number of calls with one pair, whenever they come, at most one gets `fresh`.
   *  @param until milliseconds since 1970 UTC up to which the pair must be remembered
   *  @param now the clock's reading; one that steps back never makes a used pair fresh again */
  use(iss: string, jti: string, until: number, now: number): Promise<Use>
}

const ENTRIES_AT_MOST = 1_000_000
/** Of these one issuer may take half: whoever signs without end is refused, and the others are not. */
const OF_ONE = 0.5

/** Pairs that may be forgotten together. */
interface Bucket {
  readonly pairs: string[]
  /** How many of them are whose. */
  readonly issuers: Map<string, number>
}

/** Forgotten when the process ends; for a single instance. 1,000,000 pairs take 110 MB. */
export class MemoryReplayStore implements ReplayStore {
  readonly since: number
  readonly #atMost: number
  /** Pairs by a digest of fixed length: memory depends on their number alone. */
  readonly #used = new Set<string>()
  /** How many of them are whose. */
  readonly #ofIssuer = new Map<string, number>()
  /** The same pairs by the second in which they may be forgotten. */
  readonly #buckets = new Map<number, Bucket>()
  /** Everything that ends before this second is forgotten, and therefore never fresh again. */
  #horizon: number

  /** @param since start of this process, milliseconds since 1970 UTC */
  constructor(since: number, atMost = ENTRIES_AT_MOST) {
    this.since = since
    this.#atMost = atMost
    this.#horizon = Math.floor(since / 1000)
  }

  get size(): number {
    return this.#used.size
  }

  async use(iss: string, jti: string, until: number, now: number): Promise<Use> {
    this.#forget(Math.floor(now / 1000))
    const bucket = Math.floor(until / 1000)
    if (bucket < this.#horizon) return 'seen'
    const pair = hash('sha256', JSON.stringify([iss, jti]), 'binary').slice(0, 16)
    if (this.#used.has(pair)) return 'seen'
    const own = this.#ofIssuer.get(iss) ?? 0
    if (this.#used.size >= this.#atMost || own >= this.#atMost * OF_ONE) return 'full'
    this.#used.add(pair)
    this.#ofIssuer.set(iss, own + 1)
    const { issuers, pairs } = this.#buckets.get(bucket) ?? { issuers: new Map<string, number>(), pairs: [] }
    pairs.push(pair)
    issuers.set(iss, (issuers.get(iss) ?? 0) + 1)
    this.#buckets.set(bucket, { issuers, pairs })
    return 'fresh'
  }

  /** Once a second; there are as many buckets as an assertion has seconds to live. */
  #forget(second: number): void {
    if (second <= this.#horizon) return
    this.#horizon = second
    for (const [bucket, { issuers, pairs }] of this.#buckets) {
      if (bucket >= second) continue
      for (const pair of pairs) this.#used.delete(pair)
      for (const [iss, count] of issuers) this.#giveBack(iss, count)
      this.#buckets.delete(bucket)
    }
  }

  #giveBack(iss: string, count: number): void {
    const left = (this.#ofIssuer.get(iss) ?? 0) - count
    if (left > 0) this.#ofIssuer.set(iss, left)
    else this.#ofIssuer.delete(iss)
  }
}
