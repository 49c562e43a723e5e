// in-force.ts: which of the rules that were ever taken up are in force: those of slots that are still written.
import type { Slot } from '../querylog/ports.ts'
import type { Store } from '../store/open.ts'
import { type Activation, activations } from './activations.ts'

/** Slots that are never written again: what they had in force last decides nothing. */
export async function endedSlots(
  reader: Pick<Store['reader'], 'ofKind'> & { heads(): Promise<readonly { readonly slot: Slot }[]> },
): Promise<ReadonlySet<string>> {
  const ended = new Set<string>()
  for (const { slot } of await reader.heads()) {
    for await (const { entry } of reader.ofKind(slot, 'abandon')) ended.add(JSON.parse(entry).head.slot)
    for await (const { entry } of reader.ofKind(slot, 'opening')) {
      const { supersedes } = JSON.parse(entry)
      if (supersedes !== undefined) ended.add(supersedes.head.slot)
    }
  }
  return ended
}

/** The last activation of each slot that decides calls. */
export function newestOf(all: readonly Activation[], ended: ReadonlySet<string>): readonly Activation[] {
  const bySlot = new Map(all.map((each) => [each.slot, each]))
  return [...bySlot.values()].filter(({ slot }) => !ended.has(slot)).sort((one, other) => Number(one.slot) - Number(other.slot))
}

/** The rules that were taken up last. A slot that ended decides nothing any more, whatever its log says: its key may be another's by now.
 *  Where all have ended there is nothing else to go by. */
export function lastInForce(all: readonly Activation[], ended: ReadonlySet<string>): Activation | undefined {
  return all.findLast(({ slot }) => !ended.has(slot)) ?? all.at(-1)
}

/** The rules that a database holds as taken up last; undefined where none ever were. */
export const takenUpLast = async (reader: Store['reader']): Promise<Activation | undefined> =>
  lastInForce(await activations(reader), await endedSlots(reader))
