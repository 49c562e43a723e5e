// assertion.ts: signed assertions: whose they are, whether they were made for this request, and used once.
import { type CryptoKey, compactVerify, errors, importJWK } from 'jose'
import { type DigestHex, sha256, sha256Hex } from '../canonical.ts'
import type { JsonValue } from '../json.ts'
import type { AssertionCredential, Holder, PublicJwk, Snapshot } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'
import { type Bound, boundTo, type ReadCertificate } from './certificate.ts'
import { gatherClaims, type ReadClaims } from './claims.ts'
import { type LinkageHeaders, readFields } from './linkage-headers.ts'
import type { PublishedKeys } from './published-keys.ts'
import type { ReplayStore, Use } from './replay.ts'
import { type Members, readToken, type Token } from './token.ts'
import { lapsed, type Moment } from './validity.ts'

/** What of a request an assertion is bound to, the body aside, and what stands beside the assertion. */
export interface BoundRequest {
  readonly method: string
  /** As received, with its query. */
  readonly target: string
  readonly linkage: LinkageHeaders
}

export interface AssertionAuth {
  readonly type: 'assertion'
  readonly kid: string
  /** Thumbprint of the certificate that the assertion was used with; absent where its credential is bound to none. */
  readonly certificate?: string
  /** The key that verified it, where the rules hold only where it was published: for the sealed part of the record alone. */
  readonly jwk?: PublicJwk | undefined
  /** The assertion itself: for the sealed part of the record alone. */
  readonly token: string
  readonly tokenDigest: DigestHex
  /** Base64url SHA-256 of the body that was signed for; held against the body by `checkBody` once that is read. */
  readonly bodySha256: string
}

/** Signed by this holder, whatever else is wrong with it: from here on refusals are recorded under its agency. */
export interface VerifiedAssertion extends ReadClaims {
  readonly holder: Holder<AssertionCredential>
  readonly auth: AssertionAuth
}

/** Seconds that clocks may differ, and that an assertion may live. */
const SKEW = 30
const LIFE_AT_MOST = 300
const claimNames: ReadonlySet<string> = new Set(
  ['iss', 'aud', 'sub', 'iat', 'nbf', 'exp', 'jti', 'purpose', 'case', 'reason', 'fields', 'htm', 'htu', 'body_sha256'], //
)

/** What telling who calls needs beside the rules. */
export interface Means {
  readonly replay: ReplayStore
  readonly certificate: ReadCertificate
  readonly published: PublishedKeys
  /** Absent where nobody sends without end. */
  readonly forgeries?: Forgeries
}

/** Signatures that were none, by the key that they named: to verify one is what costs. */
export interface Forgeries {
  tooMany(key: string): Promise<boolean>
  count(key: string): Promise<unknown>
}

/** Verifies an assertion, each time anew: a result that is remembered could be given to somebody else (CVE-2026-35039).
 *  Its `jti` is used up as soon as the signature holds, whatever follows.
 *  @returns undefined where no signature of a known issuer stands behind it, for whichever reason: callers learn no more
 *  @throws Refused rate-limited, where too many were forged in the name of its key */
export async function verifyAssertion(
  text: string,
  request: BoundRequest,
  snapshot: Snapshot,
  moment: Moment,
  { replay, certificate, ...means }: Means,
): Promise<VerifiedAssertion | undefined> {
  const token = readToken(text)
  // Before the `jti` is used up: whoever took an assertion, and not the key of its certificate, cannot spend it either.
  const signed = token && (await signer(text, token, snapshot, (credential) => boundTo(credential, certificate, moment.now), means))
  if (token === undefined || signed === undefined) return undefined
  const { bound, holder, jwk } = signed
  const { payload } = token
  const use = await useUp(holder.agency.id, payload, moment.now, replay)
  const read = readAssertedClaims(payload, request.linkage)
  const refusal =
    (lapsed(holder.credential, moment.today) ? new Refused('credentials-expired') : undefined) ??
    timeFault(payload, moment.now / 1000) ??
    replayFault(payload, use, replay.since) ??
    bindingFault(payload, request, snapshot.origin) ??
    read.refusal
  const bodySha256 = typeof payload.body_sha256 === 'string' ? payload.body_sha256 : ''
  const auth: AssertionAuth = {
    type: 'assertion',
    kid: token.kid,
    token: text,
    tokenDigest: sha256Hex(text),
    bodySha256,
    ...bound,
    ...(holder.credential.jwksUri !== undefined && { jwk }),
  }
  return { holder, auth, claims: read.claims, ...(refusal !== undefined && { refusal }) }
}

/** Holds the body, as received, against what was signed; of no body, the digest is that of the empty one.
 *  @returns the refusal, if they differ */
export function checkBody(auth: AssertionAuth, body: Uint8Array): Refused | undefined {
  if (sha256(body).toString('base64url') === auth.bodySha256) return undefined
  return new Refused('assertion-mismatch', 'body_sha256: expected the base64url SHA-256 of the body as sent')
}

const imported = new WeakMap<PublicJwk, Promise<CryptoKey | Uint8Array>>()

/** Imported once for the snapshot that holds it: the key goes when the snapshot goes. */
function publicKey(jwk: PublicJwk): Promise<CryptoKey | Uint8Array> {
  let key = imported.get(jwk)
  if (key === undefined) {
    const { kty, alg, crv, x, y, n, e } = jwk
    key = importJWK({ kty, alg, ...(crv && { crv }), ...(x && { x }), ...(y && { y }), ...(n && { n }), ...(e && { e }) }, alg)
    imported.set(jwk, key)
  }
  return key
}

interface Signed {
  readonly holder: Holder<AssertionCredential>
  readonly jwk: PublicJwk
  readonly bound: Bound
}

/** The holder of the issuer's key that signed this. The key is the issuer's own, named by `kid`, of the algorithm that its JWK says.
 *  Nothing is verified by a key whose certificate is not there: whoever has an assertion could send it without end, and nothing was forged.
 *  compactVerify, not jwtVerify: the latter judges the claims before we could use up the `jti`. */
async function signer(
  text: string,
  token: Token,
  snapshot: Snapshot,
  binding: (credential: AssertionCredential) => Bound | undefined,
  { published, forgeries }: Pick<Means, 'published' | 'forgeries'>,
): Promise<Signed | undefined> {
  const { iss } = token.payload
  const others: string[] = []
  let shut = false
  for (const holder of (typeof iss === 'string' && snapshot.assertionKeys.get(iss)) || []) {
    const bound = binding(holder.credential)
    if (bound === undefined) continue
    for (const jwk of await keysOf(holder.credential, token, published)) {
      if (jwk.kid !== token.kid || jwk.alg !== token.alg) continue
      const key = `${holder.credential.id} ${jwk.kid}`
      if (await forgeries?.tooMany(key)) {
        shut = true
        continue
      }
      try {
        await compactVerify(text, await publicKey(jwk), { algorithms: [jwk.alg] })
        return { holder, jwk, bound }
      } catch (error) {
        if (!(error instanceof errors.JOSEError)) throw error
        others.push(key)
      }
    }
  }
  // Of one that some key of this name signed nothing was forged, whichever was tried before it.
  for (const key of others) await forgeries?.count(key)
  if (shut) throw new Refused('rate-limited')
  return undefined
}

async function keysOf(
  { keys, jwksUri }: AssertionCredential,
  { kid, alg }: Token,
  published: PublishedKeys,
): Promise<readonly PublicJwk[]> {
  if (jwksUri === undefined) return keys
  const found = await published.find(jwksUri, kid, alg)
  return found === undefined ? [] : [found]
}

/** @returns `no-jti` where there is nothing to remember; such an assertion is good for nothing */
async function useUp(agency: string, { iss, jti, exp }: Members, now: number, replay: ReplayStore): Promise<Use | 'no-jti'> {
  if (typeof iss !== 'string' || typeof jti !== 'string' || jti === '' || jti.length > 64) return 'no-jti'
  // No assertion that is in time now ends later than this; one that claims to is refused, and not remembered for ever.
  const latest = now / 1000 + SKEW + LIFE_AT_MOST
  const until = (typeof exp === 'number' ? Math.min(exp, latest) : latest) + SKEW
  return replay.use({ agency, iss, jti }, until * 1000, now)
}

/** @param now in seconds */
function timeFault({ iat, exp, nbf }: Members, now: number): Refused | undefined {
  const fault = (detail: string): Refused => new Refused('assertion-mismatch', detail)
  if (typeof iat !== 'number' || Math.abs(now - iat) > SKEW) return fault(`iat: expected within ${SKEW} seconds of the gateway's clock`)
  if (typeof exp !== 'number' || exp <= now) return fault('exp: expected a time that has not passed')
  if (exp - iat > LIFE_AT_MOST) return fault(`exp: expected at most ${LIFE_AT_MOST} seconds after iat`)
  if (nbf !== undefined && (typeof nbf !== 'number' || nbf > now + SKEW)) return fault('nbf: expected a time that has come')
  return undefined
}

function replayFault({ iat }: Members, use: Use | 'no-jti', since: number): Refused | undefined {
  if (use === 'no-jti') return new Refused('assertion-mismatch', 'jti: expected a text of 1 to 64 characters')
  if (use === 'seen') return new Refused('assertion-replayed')
  if (use === 'full') return new Refused('overloaded')
  if (typeof iat === 'number' && iat * 1000 >= since) return undefined
  const from = new Date(Math.ceil(since / 1000) * 1000).toISOString()
  return new Refused('assertion-replayed', `iat: expected ${from} or later: what is older may have been used before this gateway started`)
}

/** From when on assertions are issued of which none was used before this process started: one that was is dated, at its latest, as far
 *  ahead of its use as clocks may differ.
 *  @param lastUse when one was used last, as the logs hold it; milliseconds since 1970 UTC, all of them */
export function unusedSince(start: number, lastUse: number | undefined): number {
  return lastUse === undefined ? start : Math.max(start, lastUse + SKEW * 1000 + 1)
}

/** Milliseconds: who used one longer ago than this used none that is good now. */
export const usesThatCount = SKEW * 1000

function bindingFault(payload: Members, { method, target, linkage }: BoundRequest, origin: string): Refused | undefined {
  const fault = (detail: string): Refused => new Refused('assertion-mismatch', detail)
  if (payload.aud !== origin) return fault(`aud: expected ${origin}, one string`)
  if (payload.htm !== method) return fault('htm: expected the method of this request')
  if (payload.htu !== `${origin}${target}`) return fault(`htu: expected the full URL of this request as sent, beginning with ${origin}`)
  if (typeof payload.body_sha256 !== 'string')
    return fault('body_sha256: expected the base64url SHA-256 of the body, the empty one included')
  if (Object.keys(payload).some((name) => !claimNames.has(name))) return fault(`unknown member: expected ${[...claimNames].join(', ')}`)
  for (const member of ['user', 'purpose', 'case', 'reason'] as const) {
    if (linkage[member] !== undefined) return fault(`Linkage-${member}: beside an assertion, which says this itself`)
  }
  if (linkage.fields !== undefined && payload.fields !== undefined) return fault('Linkage-Fields: the assertion names the fields itself')
  return undefined
}

function readAssertedClaims(payload: Members, linkage: LinkageHeaders): ReadClaims {
  return gatherClaims(
    (member) => textClaim(member === 'user' ? 'sub' : member, payload),
    () => (payload.fields === undefined ? readFields(linkage.fields) : fieldsClaim(payload.fields)),
  )
}

function textClaim(name: string, payload: Members): string | undefined {
  const value = payload[name]
  if (value === undefined || typeof value === 'string') return value
  throw new Refused('request-invalid', `${name}: expected a string`)
}

function fieldsClaim(value: JsonValue): readonly string[] {
  if (Array.isArray(value) && value.every((field) => typeof field === 'string')) return value
  throw new Refused('request-invalid', 'fields: expected an array of strings')
}
