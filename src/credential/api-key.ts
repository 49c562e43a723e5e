// api-key.ts: API keys: what they look like, and whose one is.
import { randomBytes, timingSafeEqual } from 'node:crypto'
import { type DigestHex, sha256Hex } from '../canonical.ts'
import type { ApiKeyCredential, Holder, Snapshot } from '../policy/snapshot.ts'

/** `lk_` and 32 bytes in base64url without padding. The last character carries 4 bits: its other spellings are no keys. */
const FORM = /^lk_[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/

export function isApiKey(text: string): boolean {
  return FORM.test(text)
}

/** Draws a new key. The text goes to the agency and is never stored; only the digest is. */
export function drawApiKey(): { readonly key: string; readonly sha256: DigestHex } {
  const key = `lk_${randomBytes(32).toString('base64url')}`
  return { key, sha256: sha256Hex(key) }
}

/** Whose key this is, expired and revoked ones included; found by digest, so that no comparison depends on the key's own bytes.
 *  @returns undefined for what is no key, or nobody's */
export function findApiKey(key: string, snapshot: Snapshot): Holder<ApiKeyCredential> | undefined {
  if (!isApiKey(key)) return undefined
  const digest = sha256Hex(key)
  const holder = snapshot.apiKeys.get(digest)
  if (holder === undefined) return undefined
  // The index was built from the credential; compared with it once more, so that a wrong index opens nothing.
  const same = timingSafeEqual(Buffer.from(digest, 'hex'), Buffer.from(holder.credential.sha256, 'hex'))
  return same ? holder : undefined
}
