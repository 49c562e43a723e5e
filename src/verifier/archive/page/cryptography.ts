// cryptography.ts: digests and signatures in a browser: SHA-256 in script, since a file is fed in pieces; Ed25519 by the browser where it can.
import { hashes, Point, verify } from '@noble/ed25519'
import { sha256, sha512 } from '@noble/hashes/sha2.js'
import type { Cryptography } from '../place.ts'

hashes.sha512 = sha512

/** Who verified the signatures. */
export type Verifier = 'browser' | 'script'

/** @param subtle the browser's; absent where it has none, or does not offer it to this page
 *  @param onVerifier told of each signature by whom it was verified */
export function pageCryptography(subtle: typeof globalThis.crypto.subtle | undefined, onVerifier: (by: Verifier) => void): Cryptography {
  return {
    sha256: (bytes) => sha256(bytes),
    newSha256: () => {
      const digesting = sha256.create()
      return { update: (bytes) => void digesting.update(bytes), digest: () => digesting.digest() }
    },
    verifyEd25519: async (key, message, signature) => {
      const byBrowser = await verifyByBrowser(subtle, key, message, signature)
      onVerifier(byBrowser === undefined ? 'script' : 'browser')
      return byBrowser ?? verifyByScript(key, message, signature)
    },
  }
}

/** Undefined where the browser does not know Ed25519: Chrome before 137, Firefox before 129, Safari before 17. */
async function verifyByBrowser(
  subtle: typeof globalThis.crypto.subtle | undefined,
  key: Uint8Array,
  message: Uint8Array,
  signature: Uint8Array,
): Promise<boolean | undefined> {
  try {
    const imported = await subtle?.importKey('raw', new Uint8Array(key), 'Ed25519', false, ['verify'])
    return imported === undefined
      ? undefined
      : await subtle?.verify('Ed25519', imported, new Uint8Array(signature), new Uint8Array(message))
  } catch {
    return undefined
  }
}

/** SPEC RFC 8032 §5.1.7, strictly: not the looser ZIP215. The library multiplies its equation by eight, Node and browsers do not: whatever
 *  differs by that has a part of small order in key or R, and is refused here, so that a page of any age says what the command does. */
function verifyByScript(key: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean {
  try {
    return [key, signature.subarray(0, 32)].every(isOfLargeOrder) && verify(signature, message, key, { zip215: false })
  } catch {
    return false
  }
}

function isOfLargeOrder(encoded: Uint8Array): boolean {
  const point = Point.fromBytes(encoded)
  return point.isTorsionFree() && !point.is0()
}
