// json.ts: JSON that must be its own RFC 8785 form, read strictly.
import { isUtf8 } from 'node:buffer'
import canonicalize from 'canonicalize'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** Entries nest four levels deep; deeper ones would only exhaust a stack. */
const deepest = 64

/** Whether every object's members come in order of their UTF-16 code units, every number is a whole one below 2^53, and nothing nests too deep.
 *  @throws RangeError for a number that these logs never hold, or what nests too deep */
function isOrdered(value: Json, depth: number): boolean {
  if (typeof value === 'number' && !Number.isSafeInteger(value)) throw new RangeError('a number that is not whole and below 2^53')
  if (typeof value !== 'object' || value === null) return true
  if (depth === deepest) throw new RangeError(`nested more than ${deepest} levels deep`)
  const members = Object.values(value)
  let ordered = Array.isArray(value) || isSorted(Object.keys(value))
  for (const member of members) if (typeof member !== 'string') ordered = isOrdered(member, depth + 1) && ordered
  return ordered
}

const isSorted = (names: readonly string[]): boolean => {
  for (let at = 1; at < names.length; at += 1) if ((names[at] ?? '') < (names[at - 1] ?? '')) return false
  return true
}

/** Whether a text is the RFC 8785 form of what it parses to: repeated members do not survive parsing, and so differ.
 *  Where members are in order already, JSON.stringify writes that form (RFC 8785 §3.2.2 takes ECMAScript's), five times as fast;
 *  a lone surrogate, which it would escape, is left to the canonicaliser, which refuses it. */
function isCanonical(text: string, value: Json): boolean {
  const ordered = isOrdered(value, 0)
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
