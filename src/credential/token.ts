// token.ts: the text of a signed assertion, taken apart strictly. Nothing here is verified yet.
import { JsonError, type JsonValue, parseJson } from '../json.ts'
import { Refused } from '../problems.ts'

export type Algorithm = 'EdDSA' | 'ES256' | 'PS256'
export type Members = { readonly [member: string]: JsonValue }

/** A JWT whose form is right; its claims are whatever its sender wrote. */
export interface Token {
  readonly alg: Algorithm
  readonly kid: string
  readonly payload: Members
}

/** In characters: the request's header section ends at 16 KiB. */
const LENGTH_AT_MOST = 8192
const algorithms: ReadonlySet<JsonValue | undefined> = new Set<Algorithm>(['EdDSA', 'ES256', 'PS256'])

/** Takes a token apart.
 *  @returns undefined unless it is three parts of canonical base64url, header and payload are strict JSON (no member twice),
 *  and the header holds `typ`, `alg`, `kid` and nothing else: a key or a URL of a key (`jwk`, `jku`, `x5c`, `x5u`) is never taken
 *  from a token, and `crit` names nothing that we understand */
export function readToken(text: string): Token | undefined {
  if (text.length > LENGTH_AT_MOST) return undefined
  const parts = text.split('.')
  const [header, payload, signature] = parts
  if (parts.length !== 3 || header === undefined || payload === undefined || signature === undefined) return undefined
  if (decode(signature) === undefined) return undefined
  const protectedHeader = readMembers(header)
  const claims = readMembers(payload)
  if (protectedHeader === undefined || claims === undefined) return undefined
  const { typ, alg, kid } = protectedHeader
  if (Object.keys(protectedHeader).length !== 3 || typ !== 'linkage-assertion+jwt' || !isAlgorithm(alg) || typeof kid !== 'string') {
    return undefined
  }
  return { alg, kid, payload: claims }
}

function isAlgorithm(alg: JsonValue | undefined): alg is Algorithm {
  return algorithms.has(alg)
}

/** Node's decoder skips what is no base64url and ignores spare bits: one token would have many spellings, and digests. */
function decode(part: string): Buffer | undefined {
  const bytes = Buffer.from(part, 'base64url')
  return part !== '' && bytes.toString('base64url') === part ? bytes : undefined
}

function readMembers(part: string): Members | undefined {
  const bytes = decode(part)
  if (bytes === undefined) return undefined
  try {
    const value = parseJson(bytes, 8)
    return isMembers(value) ? value : undefined
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
}

/** The `jti` of an assertion for an act that is recorded: its entry holds it, so that it is taken once.
 *  @returns what refuses one that is not 1 to 64 visible ASCII characters */
export function recordedJti(token: Token | undefined): string | Refused {
  const jti = token?.payload.jti
  if (typeof jti === 'string' && /^[!-~]{1,64}$/.test(jti)) return jti
  return new Refused('assertion-mismatch', 'jti: expected 1 to 64 visible ASCII characters')
}

export function isMembers(value: JsonValue): value is Members {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
