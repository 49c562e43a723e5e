// spent-today.ts: what grants, users and cases have used of today, and when an assertion was used, read from the log: so a restart forgives
// nothing.
import type { InferenceLimits } from '../gateway/inference-limits.ts'
import { accountOf, type DayCounters, downloadKey, grantKey, userKey } from '../gateway/limits.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { QueryLog } from '../querylog/log.ts'
import type { LogReaderStore } from '../querylog/ports.ts'

const day = 86_400_000
const taipei = 8 * 3_600_000

type Reader = Pick<LogReaderStore, 'entries' | 'heads'>

/** The first index of this log whose entry was dated at or after an instant: times never step back, so halving finds it. What was taken out
 *  was years old. */
async function firstSince(reader: Reader, slot: string, size: number, since: number): Promise<number> {
  let [from, to] = [0, size]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    let at = Number.NEGATIVE_INFINITY
    for await (const { entry } of reader.entries(slot, middle, middle + 1)) at = Date.parse(JSON.parse(entry).at)
    if (at >= since) to = middle
    else from = middle + 1
  }
  return from
}

/** Tells the limits of today's (Asia/Taipei) `query` entries that had a grant, and of downloads, over every slot of the database. */
export async function spentToday(
  reader: Reader,
  log: Pick<QueryLog, 'now'>,
  counters: DayCounters,
  inference: InferenceLimits,
  { agencies, apis }: Snapshot,
): Promise<void> {
  const now = log.now()
  const midnight = now - ((now + taipei) % day)
  for (const { slot, head } of await reader.heads()) {
    const from = await firstSince(reader, slot, head.size, midnight)
    for await (const { entry } of reader.entries(slot, from, head.size)) {
      const query = JSON.parse(entry)
      const { agency, api, asked, grant, kind, operation, user } = query
      if (kind === 'export' && asked.form === 'records') counters.add(downloadKey(agency), 1)
      if (kind !== 'query' || grant === undefined) continue
      counters.add(grantKey(agency, grant), 1)
      const account = accountOf(agencies.get(agency), user)
      if (account !== undefined) counters.add(userKey(agency, account), 1)
      inference.recall(query, apis.get(api)?.operations.get(operation)?.answer.rows)
    }
  }
}

/** When a gateway last recorded the use of an assertion, over every slot of the database; undefined where none did since an instant.
 *  Milliseconds since 1970 UTC. Commands, which write `cli`, are no gateway: what is signed for them opens nothing here. */
export async function lastAssertion(reader: Reader, since: number): Promise<number | undefined> {
  let last: number | undefined
  for (const { slot, head } of await reader.heads()) {
    if (slot === 'cli') continue
    for await (const { entry } of reader.entries(slot, await firstSince(reader, slot, head.size, since), head.size)) {
      const { at, auth, code } = JSON.parse(entry)
      // One that was shown again, or too early after a start, opened nothing: whoever shows it over and over would hold up everybody.
      if (auth?.type === 'assertion' && code !== 'assertion-replayed') last = Math.max(last ?? 0, Date.parse(at))
    }
  }
  return last
}
