// published-keys.ts: public keys that an agency publishes at a URL (RFC 7517 §5): kept for ten minutes, asked for at most twice a minute.
import { createRemoteJWKSet, customFetch, errors } from 'jose'
import { parseJson } from '../json.ts'
import { isUsableKey } from '../policy/public-key.ts'
import { forms } from '../policy/schema/forms.ts'
import type { PublicJwk } from '../policy/snapshot.ts'
import { isMembers, type Members } from './token.ts'

/** Finds the one key of a set that has this id and algorithm. Never throws: what cannot be known opens nothing. */
export interface PublishedKeys {
  find(uri: string, kid: string, alg: PublicJwk['alg']): Promise<PublicJwk | undefined>
}

/** Fetches a set's bytes, once, bounded; no redirect is followed.
 *  @throws where the answer is not 200, too long, or none */
export type FetchKeys = (uri: string, signal: AbortSignal) => Promise<Uint8Array>

export interface KeyTimes {
  /** Milliseconds for which a set is good: a key that was withdrawn opens no longer than this. */
  readonly good: number
  /** Between two fetches of one set, whatever key ids are asked for, and whatever came of the last. */
  readonly apart: number
  /** For one fetch. */
  readonly fetch: number
}

const usual: KeyTimes = { good: 600_000, apart: 30_000, fetch: 2_000 }
const keysAtMost = 100

export class RemoteKeys implements PublishedKeys {
  readonly #fetch: FetchKeys
  readonly #failed: (uri: string, error: unknown) => void
  readonly #times: KeyTimes
  readonly #sets = new Map<string, RemoteSet>()

  /** @param failed told of each fetch that brought no set */
  constructor(fetch: FetchKeys, failed: (uri: string, error: unknown) => void, times: KeyTimes = usual) {
    this.#fetch = fetch
    this.#failed = failed
    this.#times = times
  }

  find(uri: string, kid: string, alg: PublicJwk['alg']): Promise<PublicJwk | undefined> {
    let set = this.#sets.get(uri)
    if (set === undefined) {
      set = new RemoteSet(
        (signal) => this.#fetch(uri, signal),
        (error) => this.#failed(uri, error),
        this.#times,
      )
      this.#sets.set(uri, set)
    }
    return set.find(kid, alg)
  }
}

/** One set. jose keeps it, shares a fetch among all who wait for it, and asks again for an unknown id; what is in it is read by us. */
class RemoteSet {
  readonly #resolve: ReturnType<typeof createRemoteJWKSet>
  #keys: readonly PublicJwk[] = []
  #failedAt = Number.NEGATIVE_INFINITY
  #fetchedAt = Number.NEGATIVE_INFINITY
  readonly #times: KeyTimes

  constructor(fetch: (signal: AbortSignal) => Promise<Uint8Array>, failed: (error: unknown) => void, times: KeyTimes) {
    this.#times = times
    const options = { cacheMaxAge: times.good, cooldownDuration: times.apart, timeoutDuration: times.fetch }
    const fetched = async (_: string, { signal }: { readonly signal: AbortSignal }): Promise<Response> => {
      // jose spares a server that answers; one that does not would be asked by every call.
      if (performance.now() - this.#failedAt < times.apart) throw new errors.JWKSTimeout()
      try {
        const bytes = await fetch(signal)
        this.#keys = readKeySet(bytes)
        this.#fetchedAt = performance.now()
        return Response.json({ keys: this.#keys })
      } catch (error) {
        this.#failedAt = performance.now()
        failed(error)
        throw error
      }
    }
    // Its URL is only a name here: `fetch` knows where.
    this.#resolve = createRemoteJWKSet(new URL('https://set.invalid/'), { ...options, [customFetch]: fetched })
  }

  async find(kid: string, alg: PublicJwk['alg']): Promise<PublicJwk | undefined> {
    try {
      // jose goes by the wall clock: set back, it would let a withdrawn key open for as long.
      if (performance.now() - this.#fetchedAt > this.#times.good) await this.#resolve.reload()
      await this.#resolve({ kid, alg })
      this.#renew()
    } catch {
      // No such key, two of them, or no set: the fetch that failed was reported, and to a caller all of it is one.
      return undefined
    }
    return this.#keys.find((key) => key.kid === kid && key.alg === alg)
  }

  /** Before the set ends, beside the calls: one fetch that fails then refuses nobody. */
  #renew(): void {
    const now = performance.now()
    if (now - this.#fetchedAt < this.#times.good / 2 || now - this.#failedAt < this.#times.apart) return
    this.#resolve.reload().catch(() => undefined) // it was reported
  }
}

/** A set that is no set, or holds what nobody may publish. */
export class KeySetInvalid extends Error {
  readonly code = 'key-set-invalid'
}

/** Reads a set strictly (a member that comes twice is refused); keys of other uses and algorithms are passed over.
 *  @throws KeySetInvalid, JsonError */
export function readKeySet(bytes: Uint8Array): readonly PublicJwk[] {
  const set = parseJson(Buffer.from(bytes), 8)
  const keys = isMembers(set) ? set.keys : undefined
  if (!Array.isArray(keys) || keys.length > keysAtMost) throw new KeySetInvalid(`expected {"keys": [ … ]} with at most ${keysAtMost} keys`)
  return keys.flatMap((key) => {
    if (!isMembers(key)) throw new KeySetInvalid('expected every key to be an object')
    if (['d', 'k', 'p', 'q'].some((name) => name in key)) throw new KeySetInvalid('a private key is published: replace it')
    return readKey(key) ?? []
  })
}

const kinds: Readonly<
  Record<string, { readonly alg: string; readonly crv?: string; readonly members: readonly ('x' | 'y' | 'n' | 'e')[] }>
> = {
  OKP: { alg: 'EdDSA', crv: 'Ed25519', members: ['x'] },
  EC: { alg: 'ES256', crv: 'P-256', members: ['x', 'y'] },
  RSA: { alg: 'PS256', members: ['n', 'e'] },
}

function readKey(key: Members): PublicJwk | undefined {
  const { kty, alg, kid, use, crv } = key
  const kind = typeof kty === 'string' && Object.hasOwn(kinds, kty) ? kinds[kty] : undefined
  if (kind === undefined || alg !== kind.alg || crv !== kind.crv) return undefined
  // It will stand in clear in records: what a key id in the rules may be, and nothing else.
  if (typeof kid !== 'string' || !forms['key-id'].accepts(kid)) return undefined
  if (use !== undefined && use !== 'sig') return undefined
  const values = kind.members.map((name) => [name, key[name]] as const)
  if (!values.every(([, value]) => typeof value === 'string' && /^[A-Za-z0-9_-]{1,2048}$/.test(value))) return undefined
  const jwk = { kty, alg, kid, ...(crv !== undefined && { crv }), ...Object.fromEntries(values) } as PublicJwk // of one kind, member by member
  return isUsableKey(jwk) ? jwk : undefined
}
