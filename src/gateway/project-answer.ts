// project-answer.ts: what was found becomes what may be released: whole where it is small, a stream where it is large or a file.
import type { Permit } from '../policy/decide.ts'
import { AnswerStream, blockBytes, type Found } from './answer-stream.ts'
import type { Outcome } from './outcome.ts'
import type { PreparedPolicy } from './prepared.ts'
import type { WithheldSubjects } from './withheld-subjects.ts'

/** Approved bytes of an answer that is released whole; what has more is a stream. It is these that count, not what the upstream sent:
 *  what is withheld must not show in how an answer comes. */
export const wholeAnswer = 1024 * 1024
/** Bytes, unpacked, in which the approved ones of a whole answer must stand: what has more is refused. With 1 MiB of markers of
 *  protected persons the one place where how much is withheld shows (README, docs/threat-model.md): an answer without end must have one. */
const mostWithheld = 8 * 1024 * 1024

/** @param asked fields that the call named; undefined for all that are granted
 *  @param withheld reads along whom the answer is about where that is not released
 *  @throws AnswerMalformed, Refused: then nothing is released */
export async function projectAnswer(
  policy: PreparedPolicy,
  { grant, operation }: Permit,
  found: Found,
  asked: readonly string[] | undefined,
  withheld?: WithheldSubjects,
): Promise<Outcome> {
  const { answer, encoding } = found
  const { mediaType } = operation.answer
  const whole = (body: Buffer): Outcome => {
    found.over()
    const projected = policy.projector(grant, operation).project(body, asked)
    withheld?.push(body)
    withheld?.end()
    return { code: 'released', projected }
  }
  if (mediaType === 'application/json' && answer.rest === undefined && encoding === 'identity') return whole(answer.body)
  const stream = new AnswerStream(found, policy.beginStream(grant, operation, asked, wholeAnswer), withheld)
  if (mediaType === 'application/json') {
    const ended = await stream.gather(wholeAnswer, mostWithheld)
    if (ended && stream.held <= wholeAnswer) {
      found.over()
      const { rows, beyond } = stream
      return { code: 'released', projected: { rows, beyond, undeclaredAt: stream.undeclaredAt(), body: stream.take(wholeAnswer) } }
    }
    stream.unlimited()
  } else {
    stream.unlimited()
    // An answer that is none from its first rows on is refused, not cut.
    await stream.gather(blockBytes)
  }
  return { code: 'released', stream }
}
