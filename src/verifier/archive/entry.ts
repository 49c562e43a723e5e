// entry.ts: entries as the verification of an archive reads them: the members that it holds against each other.
import { isObject, isOrdered, type Json, type JsonObject } from '../json-value.ts'
import { count, instant, list, object, own, text } from '../members.ts'
import { textOf } from '../octets.ts'

export interface ArchivedEntry {
  readonly kind: string
  readonly id: string
  /** Milliseconds since 1970 UTC. */
  readonly ms: number
  /** All members. */
  readonly members: JsonObject
}

export const textAt = (from: JsonObject, name: string): string | undefined => text(own(from, name))

/** A whole number from 0 up. */
export const countAt = (from: JsonObject, name: string): number | undefined => {
  const value = count(own(from, name))
  return Number.isSafeInteger(value) ? value : undefined
}

export const objectAt = (from: JsonObject, name: string): JsonObject | undefined => object(own(from, name))

export const objectsAt = (from: JsonObject, name: string): readonly JsonObject[] => (list(own(from, name)) ?? []).filter(isObject)

/** An entry from its exact bytes; undefined where they are none: no UTF-8, no canonical JSON, another version, without date or name.
 *  In order and without repetition, as JSON.stringify writes it again, is the RFC 8785 form. */
export function readArchivedEntry(bytes: Uint8Array): ArchivedEntry | undefined {
  const written = textOf(bytes)
  const members = written === undefined ? undefined : parsed(written)
  if (!isObject(members) || !isCanonical(members, written)) return undefined
  const [at, id, kind] = [instant(own(members, 'at')), textAt(members, 'id'), textAt(members, 'kind')]
  if (members.v !== 1 || id === undefined || kind === undefined || at === undefined) return undefined
  return { kind, id, ms: at.ms, members }
}

function isCanonical(value: Json, written: string | undefined): boolean {
  try {
    return isOrdered(value) && JSON.stringify(value) === written
  } catch (error) {
    if (error instanceof RangeError) return false
    throw error
  }
}

export function parsed(text: string): Json | undefined {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
