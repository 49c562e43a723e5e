// canonical.ts: RFC 8785 bytes, SHA-256 digests, and the length prefix that every keyed hash of the log uses.
import { hash } from 'node:crypto'
import canonicalize from 'canonicalize'

declare const brand: unique symbol
type Branded<T, Name extends string> = T & { readonly [brand]: Name }

/** A value's RFC 8785 form, as text whose UTF-8 encoding is what is hashed. */
export type Canonical = Branded<string, 'Canonical'>
/** A SHA-256 (or HMAC-SHA-256) digest, 64 lower-case hex digits: the form in which entries and people compare digests. */
export type DigestHex = Branded<string, 'DigestHex'>
/** A SHA-256 hash as 32 bytes: the form in which the tree computes. */
export type Hash = Branded<Buffer, 'Hash'>

/** The RFC 8785 form of a JSON value.
 *  @throws TypeError for what RFC 8785 cannot express: a lone surrogate, NaN, Infinity, undefined at the root */
export function canonicalJson(value: unknown): Canonical {
  const text = canonicalize(value)
  if (text === undefined) throw new TypeError('this value has no canonical JSON form')
  return text as Canonical // canonicalize is the only maker of this form beside the entries' own writers
}

/** SHA-256 of bytes, or of a text's UTF-8 encoding. */
export function sha256(data: Uint8Array | string): Hash {
  // As text first: a hash that is asked for as a buffer costs an allocation outside the heap.
  return Buffer.from(hash('sha256', data, 'binary'), 'latin1') as Hash // 32 bytes by definition
}

/** SHA-256 as lower-case hex. */
export function sha256Hex(data: Uint8Array | string): DigestHex {
  return hash('sha256', data, 'hex') as DigestHex // 64 hex digits by definition
}

/** A digest read from outside.
 *  @throws TypeError unless it is 64 lower-case hex digits */
export function digestHex(text: string): DigestHex {
  if (!/^[0-9a-f]{64}$/.test(text)) throw new TypeError('a digest: expected 64 lower-case hex digits')
  return text as DigestHex
}

/** LP(x) = u32 big-endian length ‖ x, of each part in turn (design §9): two lists of parts never give the same bytes. */
export function lengthPrefixed(...parts: readonly (Uint8Array | string)[]): Buffer {
  let size = 0
  for (const part of parts) size += 4 + (typeof part === 'string' ? Buffer.byteLength(part) : part.length)
  const bytes = Buffer.allocUnsafe(size)
  let at = 0
  for (const part of parts) {
    const start = at + 4
    if (typeof part === 'string') at = start + bytes.write(part, start)
    else {
      bytes.set(part, start)
      at = start + part.length
    }
    bytes.writeUInt32BE(at - start, start - 4)
  }
  return bytes
}
