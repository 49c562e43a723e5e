// entry.ts: entries as the verifier reads them: the members that it holds against each other, of the kinds that have them.

import type { BatchPlace } from './batches.ts'
import { needDownload, needDownloadEnd } from './downloads.ts'
import { readSample, type Sample } from './draws/sample.ts'
import type { Fault } from './finding.ts'
import { readJson } from './json.ts'
import { isObject, type JsonObject } from './json-value.ts'
import {
  count,
  digest,
  hash,
  instant,
  list,
  Misshapen,
  may,
  month,
  need,
  object,
  objects,
  ordinal,
  tag,
  text,
  texts,
  uuid,
} from './members.ts'
import { needIncident, needReport, type RoundStep } from './steps.ts'

/** Kinds of format version 1. Those without a type of their own are read for what all entries have. */
const kinds = new Set(
  'query subjects completion refusals policy key opening month heads abandon retire export disclosure sample report incident'.split(' '),
)
/** An entry bundle of C2SP tlog-tiles gives a length two bytes. */
const longest = 65_535

export interface Sealed {
  readonly counter: number
  readonly key: string
}

export interface OtherHead {
  readonly log: string
  readonly root: string
  readonly size: number
  readonly slot: string
}

export interface AgencyMonth {
  readonly agency: string
  readonly counted: number
  readonly countedTo: number
  readonly records: number
  readonly recordsTo: number
}

/** Verifier keys: from this entry on both sign, from the next `month` entry on the second alone. */
export interface KeyChange {
  readonly from: string
  readonly to: string
}

/** A month whose entries were taken out after their time. */
export interface Retirement {
  readonly log: string
  /** `2026-11` */
  readonly month: string
  /** Index of its first entry. */
  readonly from: number
  /** Index behind its last. */
  readonly to: number
  /** Root of the log at size `to`, in base64. */
  readonly root: string
  /** 文號 of the order. */
  readonly document: string
  /** Verifier keys that have to sign the checkpoint of size `to`; absent where they are not named. */
  readonly keys: readonly string[] | undefined
}

export type Content =
  | {
      readonly kind: 'query'
      readonly agency: string
      readonly agencySeq: number
      readonly countedSeq: number | undefined
      readonly policy: string
      /** Where it stands among the entries of its call; absent where the call left this one alone. */
      readonly batch?: BatchPlace | undefined
    }
  | {
      readonly kind: 'completion'
      readonly agency: string
      readonly of: { readonly id: string; readonly index: number }
      readonly outcome: string
      /** Of the policy that cut a stream. */
      readonly policy?: string | undefined
    }
  /** Tags of people whom the answer to a query identified. */
  | { readonly kind: 'subjects'; readonly agency: string; readonly of: { readonly id: string; readonly index: number } }
  | { readonly kind: 'policy'; readonly digest: string; readonly changed: string }
  | { readonly kind: 'key' }
  | {
      readonly kind: 'opening'
      readonly log: string
      readonly slot: string
      readonly verifierKey: string
      readonly zone: string
      /** Settings that it commits, those of draws among them. */
      readonly parameters: JsonObject | undefined
    }
  | {
      readonly kind: 'month'
      readonly agencies: readonly AgencyMonth[]
      readonly begins: string
      readonly ended: string
      readonly keyChange: KeyChange | undefined
      readonly parameters: JsonObject | undefined
    }
  | ({ readonly kind: 'retire' } & Retirement)
  /** What an auditor did: read entries, opened sealed parts, recorded a step of an audit; or an agency's manager: downloaded its records. */
  | {
      readonly kind: 'act'
      readonly policy: string
      readonly download?: { readonly agency: string }
      readonly round?: RoundStep
      readonly sample?: Sample
    }
  /** How a download of an agency's own records ended. */
  | { readonly kind: 'download-end'; readonly agency: string; readonly of: { readonly id: string; readonly index: number } }
  | { readonly kind: 'other' }

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

const agencyMonth = (from: JsonObject): AgencyMonth => ({
  agency: need(from, 'agency', text),
  counted: need(from, 'counted', count),
  countedTo: need(from, 'counted_to', count),
  records: need(from, 'records', count),
  recordsTo: need(from, 'records_to', count),
})

const otherHead = (from: JsonObject): OtherHead => ({
  log: need(from, 'log', text),
  root: need(from, 'root', hash),
  size: need(from, 'size', count),
  slot: need(from, 'slot', text),
})

const keyChangeOf = (from: JsonObject | undefined): KeyChange | undefined =>
  from && { from: need(from, 'from', text), to: need(from, 'to', text) }

function completed(from: JsonObject): { id: string; index: number } {
  const of = need(from, 'of', object)
  return { id: need(of, 'id', uuid), index: need(of, 'index', count) }
}

const other: Content = { kind: 'other' }

/** What an act says of who, what and why. @returns the rules by which they were known */
function needAct(from: JsonObject): string {
  for (const name of ['agency', 'credential', 'user', 'reason']) need(from, name, text)
  need(from, 'asked', object)
  may(from, 'document', text)
  const auth = need(from, 'auth', object)
  need(auth, 'jti', text)
  need(auth, 'kid', text)
  need(auth, 'token', digest)
  return need(from, 'policy', digest)
}

/** A log that was read, from an index to another, below its size. */
function readHead(from: JsonObject): OtherHead {
  const head = otherHead(from)
  if (need(from, 'from', count) > need(from, 'to', count) || need(from, 'to', count) > head.size) throw new Misshapen('logs')
  return head
}

/** What a completion says beside whose it is: how it ended, of a stream what left, and where it was cut why and by which policy. */
function endOf(from: JsonObject): { outcome: string; policy: string | undefined } {
  const outcome = need(from, 'outcome', text)
  if (outcome === 'whole' || outcome === 'cut') {
    need(from, 'bytes', count)
    need(from, 'released_hmac', digest)
    if (outcome === 'whole') need(from, 'rows', count)
    else need(from, 'code', text)
  }
  return { outcome, policy: may(from, 'policy', digest) }
}

/** A batch of the writer holds no more entries, and those of one call stand in one. */
const mostOfBatch = 1000
/** Members in which the entries of one call differ; that the first alone has, or that only say how it is numbered. */
const ownMembers = new Set(['agency_seq', 'answer_subjects', 'batch', 'counted_seq', 'id', 'sealed', 'subject'])

function batchOf(from: JsonObject): BatchPlace | undefined {
  const batch = may(from, 'batch', object)
  if (batch === undefined) return undefined
  const place = { at: need(batch, 'at', ordinal), first: need(batch, 'first', uuid), of: need(batch, 'of', ordinal) }
  if (place.at > place.of || place.of > mostOfBatch) throw new Misshapen('batch')
  if (place.at > 1 && Object.hasOwn(from, 'answer_subjects')) throw new Misshapen('answer_subjects')
  const alike = JSON.stringify(Object.entries(from).filter(([name]) => !ownMembers.has(name)))
  const counted = Object.hasOwn(from, 'counted_seq') ? 'counted ' : ''
  return { ...place, tag: need(need(from, 'subject', object), 'tag', tag), alike: counted + alike }
}

/** Tags under one key and of one kind of identifier. */
function tagged(from: JsonObject): void {
  need(from, 'key', text)
  need(from, 'kind', text)
  if (!need(from, 'tags', list).every((each) => tag(each) !== undefined)) throw new Misshapen('tags')
}

const readers = new Map<string, (from: JsonObject) => Content>(
  Object.entries({
    query: (from) => ({
      kind: 'query',
      agency: need(from, 'agency', text),
      agencySeq: need(from, 'agency_seq', ordinal),
      countedSeq: may(from, 'counted_seq', ordinal),
      policy: need(from, 'policy', digest),
      batch: batchOf(from),
    }),
    completion: (from) =>
      Object.hasOwn(from, 'sha256')
        ? { kind: 'download-end', ...needDownloadEnd(from), of: completed(from) }
        : { kind: 'completion', agency: need(from, 'agency', text), of: completed(from), ...endOf(from) },
    subjects: (from) => {
      for (const each of objects(from, 'subjects')) tagged(each)
      return { kind: 'subjects', agency: need(from, 'agency', text), of: completed(from) }
    },
    policy: (from) => ({
      kind: 'policy',
      digest: need(from, 'digest', digest),
      changed: need(need(from, 'changed', object), 'document', digest),
    }),
    key: (from) => {
      need(from, 'jwe', object)
      return { kind: 'key' }
    },
    opening: (from) => ({
      kind: 'opening',
      log: need(from, 'log', text),
      slot: need(from, 'slot', text),
      verifierKey: need(from, 'verifier_key', text),
      zone: need(from, 'zone', text),
      parameters: may(from, 'parameters', object),
    }),
    month: (from) => ({
      kind: 'month',
      agencies: objects(from, 'agencies').map(agencyMonth),
      begins: need(from, 'begins', month),
      ended: need(from, 'ended', month),
      keyChange: keyChangeOf(may(from, 'key_change', object)),
      parameters: may(from, 'parameters', object),
    }),
    retire: (from) => ({
      kind: 'retire',
      log: need(from, 'log', text),
      month: need(from, 'month', month),
      from: need(from, 'from', count),
      to: need(from, 'to', count),
      root: need(from, 'root', hash),
      document: need(from, 'document', text),
      keys: may(from, 'keys', texts),
    }),
    export: (from) => {
      const policy = needAct(from)
      const asked = need(from, 'asked', object)
      need(asked, 'form', text)
      may(from, 'continues', uuid)
      const download = needDownload(from, asked)
      return { kind: 'act', policy, ...(download && { download }) }
    },
    disclosure: (from) => {
      const policy = needAct(from)
      need(from, 'recipient', text)
      for (const each of objects(from, 'entries')) {
        need(each, 'id', uuid)
        need(each, 'index', count)
        need(each, 'leaf', hash)
        need(each, 'log', text)
      }
      return { kind: 'act', policy }
    },
    sample: (from) => ({ kind: 'act', policy: needAct(from), sample: readSample(from) }),
    report: (from) => {
      const round = needReport(need(from, 'asked', object))
      return { kind: 'act', policy: needAct(from), ...(round && { round }) }
    },
    incident: (from) => {
      needIncident(need(from, 'asked', object))
      return { kind: 'act', policy: needAct(from) }
    },
  } satisfies Record<string, (from: JsonObject) => Content>),
)

/** Kinds whose sealed part holds the assertion, or the subject. */
const sealing = new Set(['query', 'export', 'disclosure', 'sample', 'report', 'incident'])

function sealedOf(from: JsonObject, kind: string): Sealed | undefined {
  if (!sealing.has(kind) && !Object.hasOwn(from, 'sealed')) return undefined
  const sealed = need(from, 'sealed', object)
  return { counter: need(sealed, 'counter', count), key: need(sealed, 'key', uuid) }
}

const noHeads: readonly OtherHead[] = []

/** The last head of a log that was abandoned, or whose place this one takes. */
function endedOf(from: JsonObject, kind: string): OtherHead | undefined {
  if (kind === 'abandon') return otherHead(need(from, 'head', object))
  const superseded = kind === 'opening' ? may(from, 'supersedes', object) : undefined
  return superseded && otherHead(need(superseded, 'head', object))
}

/** Of a draw, the logs as it froze them: what it is drawn of stays there. */
function readOf(from: JsonObject, content: Content, kind: string): readonly OtherHead[] {
  if (kind === 'export') return objects(from, 'logs').map(readHead)
  return content.kind === 'act' && content.sample?.act === 'freeze' ? content.sample.logs : noHeads
}

function readMembers(from: JsonObject, kind: string): Entry {
  const { at, ms } = need(from, 'at', instant)
  const id = need(from, 'id', uuid)
  const clock = may(from, 'clock', instant)?.ms
  const content = readers.get(kind)?.(from) ?? other
  return {
    id,
    at,
    ms,
    clock,
    kind,
    content,
    sealed: sealedOf(from, kind),
    heads: kind === 'opening' || kind === 'month' || kind === 'heads' ? objects(from, 'heads').map(otherHead) : noHeads,
    ended: endedOf(from, kind),
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
    if (typeof kind !== 'string' || !kinds.has(kind)) {
      report({ code: 'kind-unknown', found: typeof kind === 'string' ? kind.slice(0, 40) : 'no text', expected: [...kinds].join(', ') })
    }
    return readMembers(value, String(kind))
  } catch (error) {
    if (error instanceof Misshapen) report(malformed(`the member ${error.message}`, 'the form that docs/log-format.md gives it'))
    else if (error instanceof SyntaxError || error instanceof RangeError) report(malformed(error.message, 'an object of JSON'))
    else throw error
    return undefined
  }
}
