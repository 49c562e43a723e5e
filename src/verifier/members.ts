// members.ts: members of an entry, each held against the form that docs/log-format.md gives it.
import { isObject, type Json, type JsonObject } from './json-value.ts'
import { bytesOfBase64 } from './octets.ts'

/** A member that is not what its kind demands. */
export class Misshapen extends Error {}

export type Check<T> = (value: Json | undefined) => T | undefined

export const text: Check<string> = (value) => (typeof value === 'string' ? value : undefined)
export const count: Check<number> = (value) => (typeof value === 'number' && value >= 0 ? value : undefined)
export const ordinal: Check<number> = (value) => (typeof value === 'number' && value >= 1 ? value : undefined)
export const object: Check<JsonObject> = (value) => (isObject(value) ? value : undefined)
export const list: Check<readonly Json[]> = (value) => (Array.isArray(value) ? value : undefined)
export const texts: Check<readonly string[]> = (value) =>
  Array.isArray(value) && value.every((each): each is string => typeof each === 'string') ? value : undefined
export const like =
  (form: RegExp): Check<string> =>
  (value) =>
    typeof value === 'string' && form.test(value) ? value : undefined
export const word =
  <const W extends string>(...words: readonly W[]): Check<W> =>
  (value) =>
    words.find((each) => each === value)
export const digest = like(/^[0-9a-f]{64}$/)
export const tag = like(/^[0-9a-f]{32}$/)
export const month = like(/^\d{4}-(0[1-9]|1[0-2])$/)
/** SPEC RFC 9562 §5.7: UUIDv7, lower case. */
export const uuid = like(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/)
export const hash: Check<string> = (value) => (typeof value === 'string' && bytesOfBase64(value)?.length === 32 ? value : undefined)

let newest = { at: '', ms: 0 }
/** An instant in the one form that entries have; the last one is remembered, since a batch shares it. */
export const instant: Check<{ at: string; ms: number }> = (value) => {
  if (value === newest.at) return newest
  if (typeof value !== 'string') return undefined
  const ms = Date.parse(value)
  if (Number.isNaN(ms) || new Date(ms).toISOString() !== value) return undefined
  newest = { at: value, ms }
  return newest
}

/** A member, and nothing that an object has by itself. */
export const own = (from: JsonObject, name: string): Json | undefined => (Object.hasOwn(from, name) ? from[name] : undefined)

/** A member that must be there. */
export function need<T>(from: JsonObject, name: string, check: Check<T>): T {
  const value = check(own(from, name))
  if (value === undefined) throw new Misshapen(name)
  return value
}

/** A member that may be absent. */
export const may = <T>(from: JsonObject, name: string, check: Check<T>): T | undefined =>
  Object.hasOwn(from, name) ? need(from, name, check) : undefined

export const objects = (from: JsonObject, name: string): JsonObject[] =>
  need(from, name, list).map((each) => {
    if (!isObject(each)) throw new Misshapen(name)
    return each
  })
