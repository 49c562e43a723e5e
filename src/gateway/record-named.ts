// record-named.ts: whom an answer identifies, in entries of their own, before what identifies them leaves.
import type { Caller } from '../credential/authenticate.ts'
import type { Lasting } from '../querylog/log.ts'
import { mostTags, subjectsEntry } from '../querylog/subjects-entry.ts'
import type { AnswerSubjects } from './answer-subjects.ts'
import type { RecordPlace } from './call-in-hand.ts'
import type { Gateway } from './gateway.ts'
import { uuidv7 } from './ids.ts'

/** Records those who wait, as long as there are so many. Where it fails they wait on, under the id of their entry, which may stand.
 *  @param of the call's first record
 *  @throws NotRecorded: then what identifies them must not leave */
export async function recordNamed(
  { log }: Pick<Gateway, 'log'>,
  { holder }: Pick<Caller, 'holder'>,
  named: AnswerSubjects,
  of: RecordPlace,
  least = 1,
  record: (draft: Lasting) => Promise<unknown> = (draft) => log.append(draft),
): Promise<void> {
  while (named.count >= least) {
    const { id, subjects } = named.next(mostTags, () => uuidv7(Date.now()))
    const facts = { id, agency: holder.agency.id, of, subjects }
    await record({ once: id, write: (given) => subjectsEntry(facts, given) })
    named.recorded()
  }
}
