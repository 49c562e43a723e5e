// spent-today.ts: what grants and users have used of today, counted from the log, so that a restart forgives nothing.
import { grantKey, userKey } from '../gateway/limits.ts'
import type { QueryLog } from '../querylog/log.ts'
import type { LogReaderStore } from '../querylog/ports.ts'

const day = 86_400_000
const taipei = 8 * 3_600_000

/** The first index of this log whose entry was dated at or after an instant: times never step back, so halving finds it. */
async function firstSince(reader: LogReaderStore, slot: string, size: number, since: number): Promise<number> {
  let [from, to] = [0, size]
  while (from < to) {
    const middle = Math.floor((from + to) / 2)
    let at = since
    for await (const { entry } of reader.entries(slot, middle, middle + 1)) at = Date.parse(JSON.parse(entry).at)
    if (at >= since) to = middle
    else from = middle + 1
  }
  return from
}

/** Counts by limit key of today's (Asia/Taipei) `query` entries that had a grant, over every slot of the database. */
export async function* spentToday(reader: LogReaderStore, log: QueryLog): AsyncIterable<readonly [key: string, count: number]> {
  const now = log.now()
  const midnight = now - ((now + taipei) % day)
  const counts = new Map<string, number>()
  for (const { slot, head } of await reader.heads()) {
    const from = await firstSince(reader, slot, head.size, midnight)
    for await (const { entry } of reader.entries(slot, from, head.size)) {
      const { agency, grant, kind, user } = JSON.parse(entry)
      if (kind !== 'query' || grant === undefined) continue
      for (const key of [grantKey(agency, grant), ...(user === undefined ? [] : [userKey(agency, user)])])
        counts.set(key, (counts.get(key) ?? 0) + 1)
    }
  }
  yield* counts
}
