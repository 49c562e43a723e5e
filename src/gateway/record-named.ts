// record-named.ts: whom an answer identifies, in entries of their own, before what identifies them leaves.
import type { Caller } from '../credential/authenticate.ts'
import { mostTags, subjectsEntry } from '../querylog/subjects-entry.ts'
import type { AnswerSubjects } from './answer-subjects.ts'
import type { RecordPlace } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { uuidv7 } from './ids.ts'

/** Records those who wait, as long as there are so many.
 *  @param of the call's first record
 *  @throws NotRecorded: then what identifies them must not leave */
export async function recordNamed(
  { log }: Pick<Gateway, 'log'>,
  { holder }: Pick<Caller, 'holder'>,
  named: AnswerSubjects,
  of: RecordPlace,
  least = 1,
): Promise<void> {
  while (named.count >= least) {
    const subjects = named.take(mostTags)
    const facts = { id: uuidv7(Date.now()), agency: holder.agency.id, of, subjects }
    try {
      await log.append({ write: (given) => subjectsEntry(facts, given) })
    } catch (error) {
      named.putBack(subjects)
      throw error
    }
  }
}
