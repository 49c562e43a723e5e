// answer.ts: whether what came back is an answer at all. The catalogue says what it must be; the upstream is not asked.
import { Refused } from '../problems.ts'
import type { Encoding } from './encoding.ts'
import type { UpstreamAnswer } from './exchange.ts'

/** What an operation can answer, as far as the upstream's head shows it. */
export interface Expected {
  readonly mediaType: 'application/json' | 'application/x-ndjson' | 'text/csv'
  /** It declares 404. */
  readonly notFound: boolean
  /** Encodings that are configured beside identity. */
  readonly encodings: readonly Encoding[]
}

/** Parameters may say what is so anyway: UTF-8, and of CSV (RFC 4180 §3) that the first row is the header. */
const types = {
  'application/json': /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i,
  'application/x-ndjson': /^application\/x-ndjson(?:\s*;\s*charset="?utf-8"?)?$/i,
  'text/csv': /^text\/csv(?:\s*;\s*(?:charset="?utf-8"?|header="?present"?))*$/i,
} as const

/** Only 200 with the declared type, and 404 where the operation declares it, are answers; redirects are never followed.
 *  @returns the encoding of what was found, `identity` for none
 *  @throws Refused upstream-unavailable, upstream-refused, upstream-malformed: no byte of the answer is part of it */
export function readAnswer(answer: UpstreamAnswer, { encodings, mediaType, notFound }: Expected): 'not-found' | 'identity' | Encoding {
  const { status, contentType, contentEncoding, framed } = answer
  if (status === 404 && notFound) return 'not-found'
  if (status === 429 || status === 503) throw new Refused('upstream-unavailable')
  if (status >= 400 && status < 500) throw new Refused('upstream-refused')
  if (status !== 200) throw new Refused('upstream-malformed', 'another status than 200')
  const named = contentEncoding?.toLowerCase() ?? 'identity'
  const encoding = named === 'identity' ? named : encodings.find((each) => each === named)
  if (encoding === undefined) throw new Refused('upstream-malformed', 'a content encoding')
  if (contentType === undefined || !types[mediaType].test(contentType.trim()))
    throw new Refused('upstream-malformed', 'another content type than declared')
  // A JSON document says itself where it ends; lines and rows do not.
  if (!framed && mediaType !== 'application/json') throw new Refused('upstream-malformed', 'an end that is not announced')
  return encoding
}
