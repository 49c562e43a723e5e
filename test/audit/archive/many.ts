// many.ts: a log in which one agency has many records, for measurements.
import type { Draft } from '../../../src/querylog/batch.ts'
import { education, newId, police, policies, WritingLog } from '../../verifier/written-log.ts'

/** No batch of the writer is larger than 1 MiB. */
const mostOfBatch = 400

/** @param count records of the agency in November; every tenth entry is another agency's */
export async function writeMany(count: number): Promise<WritingLog> {
  const writing = new WritingLog({ heads: [] })
  const [policy] = policies
  writing.batch('2026-10-24T02:00:00.000Z', writing.opening(), await writing.key(), writing.policy(policy ?? (newId() as never)))
  const from = Date.parse('2026-11-02T02:00:00.000Z')
  for (let written = 0; written < count; ) {
    const drafts: Draft[] = []
    for (; drafts.length < mostOfBatch && written < count; written += 1) {
      drafts.push(writing.query(education))
      if (written % 9 === 0) drafts.push(writing.query(police))
    }
    writing.batch(new Date(from + written * 10).toISOString(), ...drafts)
  }
  writing.batch('2027-01-03T02:00:00.000Z', writing.query(police))
  return writing
}
