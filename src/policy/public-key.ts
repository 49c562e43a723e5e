// public-key.ts: whether a public key is one, wherever it was written or published.
import { createPublicKey } from 'node:crypto'

/** A point of its curve, a modulus of at least 2,048 bits (RFC 7518 §3.5). What is none would fail at a verification, as no bad
 *  signature does.
 *  @param jwk what else stands beside the public members is not looked at */
export function isUsableKey(jwk: object): boolean {
  const known = usable.get(jwk)
  if (known !== undefined) return known
  const found = isPublicKey(jwk)
  usable.set(jwk, found)
  return found
}

/** By the object that a file's reading holds: it is the same as long as the file is. */
const usable = new WeakMap<object, boolean>()

function isPublicKey(jwk: object): boolean {
  const members = Object.entries(jwk).filter(([name]) => ['kty', 'crv', 'x', 'y', 'n', 'e'].includes(name))
  try {
    const key = createPublicKey({ key: Object.fromEntries(members), format: 'jwk' })
    return key.asymmetricKeyType !== 'rsa' || (key.asymmetricKeyDetails?.modulusLength ?? 0) >= 2048
  } catch (error) {
    if (error instanceof Error) return false
    throw error
  }
}
