// recompute.ts: the draws of a place once more, and its rounds held against them, from what its logs say: nothing else of them is verified.
import { readEntry } from '../entry.ts'
import type { Finding } from '../finding.ts'
import type { StoredLogs } from '../stored.ts'
import { hashOfLeaf } from '../tree.ts'
import { type CheckedDraws, checkDraws } from './draws.ts'
import { SeenDraws } from './seen.ts'

/** Draws every recorded draw again: yields what is not as it must be, returns what came out, month by month, and what was not checked.
 *  @throws Error where a place cannot be read */
export async function* recomputeDraws(place: StoredLogs): AsyncGenerator<Finding, CheckedDraws> {
  const seen = new SeenDraws()
  for (const log of place.logs) {
    for await (const { bytes, index } of log.statements()) {
      const entry = bytes && readEntry(bytes, () => undefined)
      if (bytes !== undefined && entry !== undefined && entry.content.kind !== 'query') seen.take(log, index, entry, hashOfLeaf(bytes))
    }
  }
  return yield* checkDraws(seen, place)
}
