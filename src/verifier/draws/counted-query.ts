// counted-query.ts: what a draw needs to know of a counted record, from its bytes.
import { isObject, type Json, type JsonObject } from '../json-value.ts'

/** What is read of a counted record. */
export interface CountedQuery {
  readonly agency: string
  readonly countedSeq: number
  /** Empty where a member is absent. */
  readonly user: string
  readonly subject: string
  readonly api: string
  readonly grant: string
  /** Of a file transfer its rows, undefined where its completion says how many; absent of other modes. */
  readonly transfer?: { readonly index: number; readonly rows: number | undefined }
}

/** What a completion says of the query at an index. */
export interface Completed {
  readonly of: number
  readonly rows: number | undefined
}

const textIn = (from: JsonObject, name: string): string => {
  const value = from[name]
  return typeof value === 'string' ? value : ''
}

const numberIn = (from: JsonObject, name: string): number | undefined => {
  const value = from[name]
  return typeof value === 'number' ? value : undefined
}

/** Read as little as may be: that each entry has its form is verified elsewhere. */
export function readCounted(bytes: Uint8Array, index: number): CountedQuery | Completed | undefined {
  let value: Json
  try {
    value = JSON.parse(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('utf8'))
  } catch {
    return undefined
  }
  if (!isObject(value)) return undefined
  const { agency, counted_seq: countedSeq, kind, mode, of, subject } = value
  const completed = kind === 'completion' && isObject(of) ? numberIn(of, 'index') : undefined
  if (completed !== undefined) return { of: completed, rows: numberIn(value, 'rows') }
  if (kind !== 'query' || typeof agency !== 'string' || typeof countedSeq !== 'number') return undefined
  return {
    agency,
    countedSeq,
    user: textIn(value, 'user'),
    subject: isObject(subject) ? textIn(subject, 'tag') : '',
    api: textIn(value, 'api'),
    grant: textIn(value, 'grant'),
    ...(mode === 'file' && { transfer: { index, rows: numberIn(value, 'rows') } }),
  }
}
