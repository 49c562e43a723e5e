// downloads.ts: downloads of an agency's own records, as the verifier reads their entries.
import type { JsonObject } from './json-value.ts'
import { count, digest, like, Misshapen, may, need, object, objects, ordinal, text, uuid, word } from './members.ts'

const civilDay = like(/^\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/)

const isTrue = (value: unknown): true | undefined => (value === true ? true : undefined)

/** Of an `export`: whose records, which of them, and, where it goes on with another, from where.
 *  @returns undefined for what has no completion: neither a download of own records nor a package */
export function needDownload(from: JsonObject, asked: JsonObject): { readonly agency: string } | undefined {
  if (may(from, 'completes', isTrue) === true) return { agency: need(asked, 'agency', text) }
  if (asked.form !== 'records') return undefined
  const agency = need(from, 'agency', text)
  if (need(asked, 'agency', text) !== agency) throw new Misshapen('agency')
  need(asked, 'file', text)
  if (need(asked, 'from', civilDay) > need(asked, 'until', civilDay)) throw new Misshapen('until')
  if (may(asked, 'offset', ordinal) !== undefined) need(from, 'continues', uuid)
  need(from, 'address', text)
  need(need(from, 'auth', object), 'token', digest)
  return { agency }
}

/** Of a `completion`: how a download ended, what of the file had left, and which of the agency's numbers stand in it, without a gap. */
export function needDownloadEnd(from: JsonObject): { readonly agency: string } {
  const outcome = need(from, 'outcome', word('cut', 'whole'))
  if (outcome === 'cut') need(from, 'code', text)
  need(from, 'bytes', count)
  need(from, 'sha256', digest)
  for (const each of objects(from, 'records')) {
    need(each, 'log', text)
    if (need(each, 'first', ordinal) > need(each, 'last', ordinal)) throw new Misshapen('records')
  }
  return { agency: need(from, 'agency', text) }
}
