// record-named.ts: whom an answer identifies, in entries of their own, before what identifies them leaves.
import type { Caller } from '../credential/authenticate.ts'
import type { Recorded } from '../querylog/releaser.ts'
import { mostTags, subjectsEntry } from '../querylog/subjects-entry.ts'
import type { AnswerSubjects } from './answer-subjects.ts'
import type { CallInHand } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { uuidv7 } from './ids.ts'

/** Records those who wait, as long as there are so many.
 *  @throws NotRecorded: then what identifies them must not leave */
export async function recordNamed(
  { log }: Pick<Gateway, 'log'>,
  call: CallInHand,
  { holder }: Pick<Caller, 'holder'>,
  named: AnswerSubjects,
  { index }: Pick<Recorded, 'index'>,
  least = 1,
): Promise<void> {
  while (named.count >= least) {
    const subjects = named.take(mostTags)
    const facts = { id: uuidv7(Date.now()), agency: holder.agency.id, of: { id: call.id, index }, subjects }
    try {
      await log.append({ write: (given) => subjectsEntry(facts, given) })
    } catch (error) {
      named.putBack(subjects)
      throw error
    }
  }
}
