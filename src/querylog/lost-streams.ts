// lost-streams.ts: streams that a process left behind: recorded and released, and nothing says how they ended.
import type { EarlierEntry, EntryId } from './entry.ts'
import type { LogReaderStore, Slot } from './ports.ts'

/** A `query` entry that a completion is to speak of. */
export interface OpenQuery extends EarlierEntry {
  readonly agency: string
}

/** No stream lasts longer: whoever serves one ends it before. So a claim looks no further back than this from the log's last entry,
 *  however long the slot slept, and every stream that is older was ended by its own process or by an earlier claim. */
export const longestStream = 24 * 3_600_000

/** How many completions are kept before those are dropped whose queries were passed. */
const kept = 10_000

interface Members {
  readonly agency: string
  readonly at: string
  readonly code: string
  readonly id: EntryId
  readonly kind: string
  readonly of: { readonly index: number }
  readonly released_hmac?: string
}

/** Of a stream the digest is not known when its query is recorded; a refusal streams nothing. */
const isStream = ({ code, released_hmac }: Members): boolean => code === 'released' && released_hmac === undefined

/** Streams below `marked` without a completion below `size`, oldest first. It reads newest first, from indexes that hold streams and
 *  completions alone; what it keeps in memory is the completions whose query it has not come to yet.
 *  @param marked what stands beyond it was never released, and is said so otherwise
 *  @param lastAt date of the log's last entry, ms */
export async function lostStreams(
  reader: LogReaderStore,
  slot: Slot,
  { marked, size, lastAt }: { readonly marked: number; readonly size: number; readonly lastAt: number },
): Promise<readonly OpenQuery[]> {
  const lost: OpenQuery[] = []
  let completed = new Set<number>()
  for await (const { index, entry } of reader.streamsAndCompletions(slot, size)) {
    const members: Members = JSON.parse(entry) // an entry that this slot's writer built
    if (Date.parse(members.at) < lastAt - longestStream) break
    if (members.kind === 'completion') {
      completed.add(members.of.index)
      if (completed.size > kept) completed = new Set([...completed].filter((of) => of < index))
    } else if (!completed.delete(index) && index < marked && isStream(members)) {
      lost.push({ agency: members.agency, id: members.id, index })
    }
  }
  return lost.reverse()
}
