// json-value.ts: values of JSON, read in whatever spelling, and whether they are in the order of RFC 8785, by what Node and browsers have alike.
import { textOf } from './octets.ts'

export type Json = null | boolean | number | string | readonly Json[] | JsonObject
export type JsonObject = { readonly [name: string]: Json }

export const isObject = (value: Json | undefined): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** The value that bytes hold, in whatever spelling; undefined where they hold none that these logs and their documents could. */
export function jsonIn(bytes: Uint8Array): Json | undefined {
  const text = textOf(bytes)
  try {
    const value: Json | undefined = text === undefined ? undefined : JSON.parse(text)
    if (value !== undefined) isOrdered(value)
    return value
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** Entries nest four levels deep; deeper ones would only exhaust a stack. */
const deepest = 64

/** Whether every object's members come in order of their UTF-16 code units, every number is a whole one below 2^53, and nothing nests too deep.
 *  @throws RangeError for a number that these logs never hold, or what nests too deep */
export function isOrdered(value: Json, depth = 0): boolean {
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
