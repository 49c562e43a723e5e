// json.ts: JSON that must be its own RFC 8785 form, read strictly.
import { isUtf8 } from 'node:buffer'
import canonicalize from 'canonicalize'
import { isOrdered, type Json } from './json-value.ts'

/** Whether a text is the RFC 8785 form of what it parses to: repeated members do not survive parsing, and so differ.
 *  Where members are in order already, JSON.stringify writes that form (RFC 8785 §3.2.2 takes ECMAScript's), five times as fast;
 *  a lone surrogate, which it would escape, is left to the canonicaliser, which refuses it. */
function isCanonical(text: string, value: Json): boolean {
  const ordered = isOrdered(value)
  if (ordered && !text.includes('\\ud')) return JSON.stringify(value) === text
  try {
    return canonicalize(value) === text
  } catch {
    return false
  }
}

export interface ReadJson {
  readonly value: Json
  readonly canonical: boolean
}

/** The JSON value that bytes hold.
 *  @throws SyntaxError, RangeError; their messages quote nothing of the bytes */
export function readJson(bytes: Uint8Array): ReadJson {
  if (!isUtf8(bytes)) throw new SyntaxError('no UTF-8')
  const text = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8')
  let value: Json
  try {
    value = JSON.parse(text)
  } catch {
    // The parser's own message quotes what it stumbled over.
    throw new SyntaxError('no JSON')
  }
  return { value, canonical: isCanonical(text, value) }
}
