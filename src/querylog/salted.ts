// salted.ts: digests of bodies, salted per record, so that a record cannot be searched for a guessed identifier.
import { hash } from 'node:crypto'
import type { DigestHex } from '../canonical.ts'

const block = 64
/** Where the two inputs of RFC 2104 are laid out, kept from one digest to the next. */
let inner = Buffer.allocUnsafeSlow(16 * 1024)
const outer = Buffer.allocUnsafeSlow(block + 32)

/** HMAC-SHA-256 under a record's salt, or another key of at most 64 bytes. SPEC RFC 2104.
 *  Written with one-shot hashes, since a fresh key a record costs createHmac most of its time. */
export function saltedDigest(salt: Uint8Array, body: Uint8Array): DigestHex {
  const length = block + body.length
  if (inner.length < length) inner = Buffer.allocUnsafeSlow(2 ** Math.ceil(Math.log2(length)))
  inner.fill(0x36, 0, block)
  outer.fill(0x5c, 0, block)
  for (let at = 0; at < salt.length; at += 1) {
    const byte = salt[at] ?? 0
    inner[at] = byte ^ 0x36
    outer[at] = byte ^ 0x5c
  }
  inner.set(body, block)
  outer.write(hash('sha256', inner.subarray(0, length), 'binary'), block, 'latin1')
  return hash('sha256', outer, 'hex') as DigestHex // 64 hex digits by definition
}
