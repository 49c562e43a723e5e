// call-entries.ts: what calls leave: a query, how it ended, whom its answer identified; and how a download of own records ended.
import type { BatchPlace } from './batches.ts'
import { needDownloadEnd } from './downloads.ts'
import type { JsonObject } from './json-value.ts'
import { count, digest, list, Misshapen, may, need, object, objects, ordinal, tag, text, uuid } from './members.ts'

/** An earlier entry of the same log. */
export interface EarlierEntry {
  readonly id: string
  readonly index: number
}

export type CallContent =
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
      readonly of: EarlierEntry
      readonly outcome: string
      /** Of the policy that cut a stream. */
      readonly policy?: string | undefined
    }
  /** Tags of people whom the answer to a query identified. */
  | { readonly kind: 'subjects'; readonly agency: string; readonly of: EarlierEntry }
  /** How a download of an agency's own records ended. */
  | { readonly kind: 'download-end'; readonly agency: string; readonly of: EarlierEntry }

function earlier(from: JsonObject): EarlierEntry {
  const of = need(from, 'of', object)
  return { id: need(of, 'id', uuid), index: need(of, 'index', count) }
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

/** Tags under one key and of one kind of identifier. */
function needTags(from: JsonObject): void {
  need(from, 'key', text)
  need(from, 'kind', text)
  if (!need(from, 'tags', list).every((each) => tag(each) !== undefined)) throw new Misshapen('tags')
}

/** By kind. */
export const callEntries = {
  query: (from) => ({
    kind: 'query',
    agency: need(from, 'agency', text),
    agencySeq: need(from, 'agency_seq', ordinal),
    countedSeq: may(from, 'counted_seq', ordinal),
    policy: need(from, 'policy', digest),
    batch: batchOf(from),
  }),
  subjects: (from) => {
    for (const each of objects(from, 'subjects')) needTags(each)
    return { kind: 'subjects', agency: need(from, 'agency', text), of: earlier(from) }
  },
  completion: (from) =>
    Object.hasOwn(from, 'sha256')
      ? { kind: 'download-end', ...needDownloadEnd(from), of: earlier(from) }
      : { kind: 'completion', agency: need(from, 'agency', text), of: earlier(from), ...endOf(from) },
} satisfies Record<string, (from: JsonObject) => CallContent>
