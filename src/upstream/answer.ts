// answer.ts: whether what came back is an answer at all. The catalogue says what it must be; the upstream is not asked.
import { Refused } from '../problems.ts'
import type { UpstreamAnswer } from './upstream.ts'

const json = /^application\/json(?:\s*;\s*charset="?utf-8"?)?$/i

/** Only 200 with the declared type, and 404 where the operation declares it, are answers; redirects are never followed.
 *  @throws Refused upstream-unavailable, upstream-refused, upstream-malformed: no byte of the answer is part of it */
export function readAnswer(answer: UpstreamAnswer, notFoundDeclared: boolean): 'found' | 'not-found' {
  const { status, contentType, contentEncoding } = answer
  if (status === 404 && notFoundDeclared) return 'not-found'
  if (status === 429 || status === 503) throw new Refused('upstream-unavailable')
  if (status >= 400 && status < 500) throw new Refused('upstream-refused')
  if (status !== 200) throw new Refused('upstream-malformed', 'another status than 200')
  if (contentEncoding !== undefined && contentEncoding.toLowerCase() !== 'identity')
    throw new Refused('upstream-malformed', 'a content encoding')
  if (contentType === undefined || !json.test(contentType.trim()))
    throw new Refused('upstream-malformed', 'another content type than declared')
  return 'found'
}
