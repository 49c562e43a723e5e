// entry.ts: an entry as the verifier reads it from its exact bytes: what all entries have, and by its kind what is held against others.
import { type ActContent, actEntries } from './act-entries.ts'
import { type CallContent, callEntries } from './call-entries.ts'
import type { Fault } from './finding.ts'
import { readJson } from './json.ts'
import { isObject, type JsonObject } from './json-value.ts'
import { count, instant, Misshapen, may, need, object, uuid } from './members.ts'
import { endedIn, exportedIn, headsIn, type OtherHead } from './other-heads.ts'
import { type SlotContent, slotEntries } from './slot-entries.ts'

/** An entry bundle of C2SP tlog-tiles gives a length two bytes. */
const longest = 65_535

export interface Sealed {
  readonly counter: number
  readonly key: string
}

export type Content = CallContent | SlotContent | ActContent | { readonly kind: 'other' }

export interface Entry {
  readonly id: string
  /** As written; `ms` is the same instant. */
  readonly at: string
  readonly ms: number
  readonly clock: number | undefined
  /** Its kind as written. */
  readonly kind: string
  readonly content: Content
  readonly sealed: Sealed | undefined
  readonly heads: readonly OtherHead[]
  /** Of a log that ended, its last head: nothing is ever written behind it. */
  readonly ended: OtherHead | undefined
  /** Of an export, the logs that were read as they stood, of a freeze those that are frozen: maybe no further than they were signed. */
  readonly read: readonly OtherHead[]
}

const other: Content = { kind: 'other' }

/** Kinds of format version 1. Of the last three no more is read than what all entries have, and what they state of other logs. */
const kinds: ReadonlyMap<string, (from: JsonObject) => Content> = new Map(
  Object.entries({ ...callEntries, ...slotEntries, ...actEntries, refusals: () => other, heads: () => other, abandon: () => other }),
)

/** Kinds whose sealed part holds the assertion, or the subject. */
const sealing = new Set(['query', ...Object.keys(actEntries)])

function sealedOf(from: JsonObject, kind: string): Sealed | undefined {
  if (!sealing.has(kind) && !Object.hasOwn(from, 'sealed')) return undefined
  const sealed = need(from, 'sealed', object)
  return { counter: need(sealed, 'counter', count), key: need(sealed, 'key', uuid) }
}

/** Of a draw, the logs as it froze them: what it is drawn of stays there. */
function readOf(from: JsonObject, content: Content, kind: string): readonly OtherHead[] {
  if (kind === 'export') return exportedIn(from)
  return content.kind === 'act' && content.sample?.act === 'freeze' ? content.sample.logs : []
}

function readMembers(from: JsonObject, kind: string): Entry {
  const { at, ms } = need(from, 'at', instant)
  const id = need(from, 'id', uuid)
  const clock = may(from, 'clock', instant)?.ms
  const content = kinds.get(kind)?.(from) ?? other
  return {
    id,
    at,
    ms,
    clock,
    kind,
    content,
    sealed: sealedOf(from, kind),
    heads: headsIn(from, kind),
    ended: endedIn(from, kind),
    read: readOf(from, content, kind),
  }
}

const malformed = (found: string, expected: string): Fault => ({ code: 'entry-malformed', found, expected })

/** An entry from its exact bytes; what is wrong with it is reported, and where it cannot be used it is undefined. */
export function readEntry(bytes: Uint8Array, report: (fault: Fault) => void): Entry | undefined {
  if (bytes.length > longest) report(malformed(`${bytes.length} bytes`, `at most ${longest} bytes`))
  try {
    const { value, canonical } = readJson(bytes)
    if (!isObject(value)) throw new SyntaxError('no object')
    if (!canonical) report({ code: 'entry-not-canonical', found: 'another spelling', expected: 'its own RFC 8785 form' })
    const { v, kind } = value
    if (v !== 1) {
      report({ code: 'version-unknown', found: typeof v === 'number' ? `v ${v}` : 'no number', expected: 'v 1' })
      return undefined
    }
    if (typeof kind !== 'string' || !kinds.has(kind))
      report({
        code: 'kind-unknown',
        found: typeof kind === 'string' ? kind.slice(0, 40) : 'no text',
        expected: [...kinds.keys()].join(', '),
      })
    return readMembers(value, String(kind))
  } catch (error) {
    if (error instanceof Misshapen) report(malformed(`the member ${error.message}`, 'the form that docs/log-format.md gives it'))
    else if (error instanceof SyntaxError || error instanceof RangeError) report(malformed(error.message, 'an object of JSON'))
    else throw error
    return undefined
  }
}
