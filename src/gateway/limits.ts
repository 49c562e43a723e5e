// limits.ts: how much a grant, a user and an address may ask, counted in line.
import rateLimit from '@fastify/rate-limit'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { foldAccount } from '../identifier.ts'
import type { Address } from '../policy/networks.ts'
import type { Agency, Grant } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** What the limiter that runs next counts: one request object, several limiters in turn. */
    counting: { key: string; max: number }
  }
}

/** What is left of a grant, for the RateLimit header fields (IETF draft-ietf-httpapi-ratelimit-headers-10). */
export interface Allowance {
  readonly minute: Counted
  readonly day: Counted
}

export interface Counted {
  readonly max: number
  readonly remaining: number
  /** Seconds until the window ends. */
  readonly resets: number
  readonly exceeded: boolean
}

const day = 86_400_000
/** Names whose failures are counted at once: addresses, and keys that were forged at an address. What was not asked about for longest
 *  is forgotten first. */
const failing = 100_000
/** Pages of the logs that one credential may ask for: a mirror follows a busy log, and nobody's calls wait for it. */
const pagesAMinute = 600
const taipei = 8 * 3_600_000
const untilMidnight = (now: number): number => day - ((now + taipei) % day)

/** Counts by civil day of Asia/Taipei. Its keys begin with the day; yesterday's are dropped at the turn.
 *  In memory; it can be told what the log already holds of today. */
export class DayCounters {
  readonly #now: () => number
  #today = 0
  readonly #counts = new Map<string, number>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** Counts what happened before this process: rebuilt from the log at start. */
  add(key: string, count: number): void {
    this.#turn()
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + count)
  }

  /** Counts one call, or as many records as it leaves. */
  count(key: string, max: number, records = 1): Counted {
    const current = (this.#turn().get(key) ?? 0) + records
    this.#counts.set(key, current)
    return { max, remaining: Math.max(0, max - current), resets: Math.ceil(untilMidnight(this.#now()) / 1000), exceeded: current > max }
  }

  #turn(): Map<string, number> {
    const today = Math.floor((this.#now() + taipei) / day)
    if (today !== this.#today) this.#counts.clear()
    this.#today = today
    return this.#counts
  }
}

type Limiter = ReturnType<FastifyInstance['createRateLimit']>

/** What an address is counted as: IPv6 by its /64, since whoever holds one holds all of it. */
export function networkOf({ family, text, value }: Address): string {
  return family === 4 ? text : `${(value >> 64n).toString(16).padStart(16, '0')}::/64`
}

export const grantKey = (agency: string, grant: string): string => `grant ${agency} ${grant}`
export const downloadKey = (agency: string): string => `download ${agency}`
/** The account under which a user is counted, as the roster spells it. Whoever stands on none has nothing to spend: names that somebody
 *  makes up would be held until midnight, as many as come. */
export const accountOf = (agency: Agency | undefined, user = ''): string | undefined => agency?.roster.get(foldAccount(user))?.[0]?.account
export const userKey = (agency: string, account: string): string => `user ${agency} ${account}`

/** The store's size: read by the plugin's own store, missing from the option's type. */
const cache = (keys: number): object => ({ cache: keys })

interface Limiters {
  readonly minute: Limiter
  readonly failures: Limiter
}

/** Makes the limiters. The plugin's windows begin with their first call, so civil days are counted beside it (DayCounters).
 *  @param keys more than can exist: a counter that the cache forgets starts anew
 *  @param failuresAMinute failures before authentication that one address may have */
export async function openLimits(fastify: FastifyInstance, days: DayCounters, keys: number, failuresAMinute: number): Promise<Limits> {
  const counting = {
    keyGenerator: (request: FastifyRequest) => request.counting.key,
    max: (request: FastifyRequest) => request.counting.max,
    timeWindow: 60_000,
  }
  fastify.decorateRequest('counting')
  await fastify.register(rateLimit, { global: false })
  const minute = fastify.createRateLimit({ ...counting, ...cache(keys) })
  const failures = fastify.createRateLimit({ ...counting, ...cache(failing) })
  return new Limits({ minute, failures }, days, failuresAMinute)
}

/** Limits per grant and minute, day, concurrent calls; per user and day; failures before authentication per address. */
export class Limits {
  readonly #limiters: Limiters
  readonly #days: DayCounters
  readonly #failuresAMinute: number
  readonly #concurrent = new Map<string, number>()

  constructor(limiters: Limiters, days: DayCounters, failuresAMinute: number) {
    this.#limiters = limiters
    this.#days = days
    this.#failuresAMinute = failuresAMinute
  }

  /** Counts a call against its grant, and its user where one is known. Refused calls count too.
   *  @param records that it leaves: so often it counts in the day; in the minute it is one call */
  async spend(
    request: FastifyRequest,
    agency: string,
    grant: Grant,
    account: string | undefined,
    records: number,
  ): Promise<{ allowance: Allowance; userExceeded: boolean }> {
    const key = grantKey(agency, grant.id)
    const minute = await this.#count(this.#limiters.minute, request, key, grant.limits.perMinute)
    const day = this.#days.count(key, grant.limits.perDay, records)
    const user = account === undefined ? undefined : this.#days.count(userKey(agency, account), grant.limits.perUserPerDay, records)
    return { allowance: { minute, day }, userExceeded: user?.exceeded ?? false }
  }

  /** Takes one of the grant's concurrent calls; `release` gives it back.
   *  @throws Refused rate-limited */
  enter(agency: string, grant: Grant): () => void {
    const key = grantKey(agency, grant.id)
    const running = this.#concurrent.get(key) ?? 0
    if (running >= grant.limits.concurrent) throw new Refused('rate-limited', 'as many calls of this grant run as may')
    this.#concurrent.set(key, running + 1)
    return () => {
      const left = (this.#concurrent.get(key) ?? 1) - 1
      if (left === 0) this.#concurrent.delete(key)
      else this.#concurrent.set(key, left)
    }
  }

  /** Counts a page of the logs against the credential that asks for it. */
  page(request: FastifyRequest, credential: string): Promise<Counted> {
    return this.#count(this.#limiters.minute, request, `page ${credential}`, pagesAMinute)
  }

  /** Counts a download of an agency's own records against its day. */
  download(agency: string, max: number): Counted {
    return this.#days.count(downloadKey(agency), max)
  }

  /** Counts a failure before authentication against its address. */
  failed(request: FastifyRequest, network: string): Promise<Counted> {
    return this.#count(this.#limiters.failures, request, network, this.#failuresAMinute)
  }

  /** Whether an address has failed too often this minute; counts nothing. */
  async failsTooOften(request: FastifyRequest, network: string): Promise<boolean> {
    request.counting = { key: network, max: this.#failuresAMinute }
    const counted = await this.#limiters.failures(request, { increment: false })
    return !counted.isAllowed && counted.remaining <= 0
  }

  async #count(limiter: Limiter, request: FastifyRequest, key: string, max: number): Promise<Counted> {
    request.counting = { key, max }
    const counted = await limiter(request)
    if (counted.isAllowed) throw new Error('a limiter without an allow list let a call pass uncounted')
    return { max, remaining: counted.remaining, resets: counted.ttlInSeconds, exceeded: counted.isExceeded }
  }
}
