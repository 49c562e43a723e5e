// assertions.ts: signed assertions for as many calls as a round may make, made before it begins: to sign is the caller's work.
import { createHash, createPrivateKey, randomUUID, sign } from 'node:crypto'
import type { JWK } from 'jose'

/** Who signs what: it goes to the load process as a message. */
export interface Signing {
  /** Private, Ed25519. */
  readonly jwk: JWK
  readonly issuer: string
  /** The gateway's. */
  readonly origin: string
  readonly path: string
  readonly user: string
  readonly purpose: string
  readonly case: string
  readonly reason: string
}

const encoded = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')

/** Assertions of this moment for a POST of that body, each with its own `jti`. */
export function signAhead({ jwk, issuer, origin, path, user, ...claims }: Signing, body: string, count: number): string[] {
  const key = createPrivateKey({ key: { ...jwk }, format: 'jwk' })
  const header = encoded({ alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid: jwk.kid })
  const now = Math.floor(Date.now() / 1000)
  const lasting = {
    ...claims,
    iss: issuer,
    aud: origin,
    sub: user,
    iat: now,
    exp: now + 120,
    htm: 'POST',
    htu: `${origin}${path}`,
    body_sha256: createHash('sha256').update(body).digest('base64url'),
  }
  return Array.from({ length: count }, () => {
    const signed = `${header}.${encoded({ ...lasting, jti: randomUUID() })}`
    return `${signed}.${sign(null, Buffer.from(signed), key).toString('base64url')}`
  })
}
