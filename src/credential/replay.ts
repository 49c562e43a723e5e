// replay.ts: which assertions were used, so that none is used twice.
import { hash } from 'node:crypto'

/** `full`: too many are remembered to remember one more; the call must be refused. */
export type Use = 'fresh' | 'seen' | 'full'

/** A number, whose it is, and which agency answers for that issuer: the issuer itself, or the one whose delegate it is. */
export interface UsedNumber {
  readonly agency: string
  readonly iss: string
  readonly jti: string
}

/** Remembers (iss, jti) pairs. */
export interface ReplayStore {
  /** Milliseconds since 1970 UTC: of what was used before, this store knows nothing. An assertion issued earlier is refused. */
  readonly since: number
  /** Marks a pair as used. Atomic: of any number of calls with one pair, whenever they come, at most one gets `fresh`.
   *  @param until milliseconds since 1970 UTC up to which the pair must be remembered
   *  @param now the clock's reading; one that steps back never makes a used pair fresh again */
  use(number: UsedNumber, until: number, now: number): Promise<Use>
}

const ENTRIES_AT_MOST = 1_000_000
/** Of these one agency and its delegates may take half: whoever signs without end is refused, and the others are not. */
const OF_ONE = 0.5

/** Pairs that may be forgotten together. */
interface Bucket {
  readonly pairs: string[]
  /** How many of them are whose. */
  readonly agencies: Map<string, number>
}

/** Forgotten when the process ends; for a single instance. 1,000,000 pairs take 110 MB. */
export class MemoryReplayStore implements ReplayStore {
  readonly since: number
  readonly #atMost: number
  /** Pairs by a digest of fixed length: memory depends on their number alone. */
  readonly #used = new Set<string>()
  /** How many of them are whose. */
  readonly #ofAgency = new Map<string, number>()
  /** The same pairs by the second in which they may be forgotten. */
  readonly #buckets = new Map<number, Bucket>()
  /** Everything that ends before this second is forgotten, and therefore never fresh again. */
  #horizon: number

  /** @param since start of this process, or later where what was used before it may be dated later; milliseconds since 1970 UTC */
  constructor(since: number, atMost = ENTRIES_AT_MOST) {
    this.since = since
    this.#atMost = atMost
    this.#horizon = Math.floor(since / 1000)
  }

  get size(): number {
    return this.#used.size
  }

  async use({ agency, iss, jti }: UsedNumber, until: number, now: number): Promise<Use> {
    this.#forget(Math.floor(now / 1000))
    const bucket = Math.floor(until / 1000)
    if (bucket < this.#horizon) return 'seen'
    const pair = hash('sha256', JSON.stringify([iss, jti]), 'binary').slice(0, 16)
    if (this.#used.has(pair)) return 'seen'
    const own = this.#ofAgency.get(agency) ?? 0
    if (this.#used.size >= this.#atMost || own >= this.#atMost * OF_ONE) return 'full'
    this.#used.add(pair)
    this.#ofAgency.set(agency, own + 1)
    const { agencies, pairs } = this.#buckets.get(bucket) ?? { agencies: new Map<string, number>(), pairs: [] }
    pairs.push(pair)
    agencies.set(agency, (agencies.get(agency) ?? 0) + 1)
    this.#buckets.set(bucket, { agencies, pairs })
    return 'fresh'
  }

  /** Once a second; there are as many buckets as an assertion has seconds to live. */
  #forget(second: number): void {
    if (second <= this.#horizon) return
    this.#horizon = second
    for (const [bucket, { agencies, pairs }] of this.#buckets) {
      if (bucket >= second) continue
      for (const pair of pairs) this.#used.delete(pair)
      for (const [agency, count] of agencies) this.#giveBack(agency, count)
      this.#buckets.delete(bucket)
    }
  }

  #giveBack(agency: string, count: number): void {
    const left = (this.#ofAgency.get(agency) ?? 0) - count
    if (left > 0) this.#ofAgency.set(agency, left)
    else this.#ofAgency.delete(agency)
  }
}
