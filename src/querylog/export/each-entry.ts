// each-entry.ts: entries that were read together, one by one.
import type { Lines } from './ports.ts'

const lineFeed = 0x0a

/** The text of each, its index, and of a query its leaf hash, standard base64. */
export function* eachEntry({ entries, indexes, leaves }: Lines): Generator<{ entry: string; index: number; leaf: string }> {
  let from = 0
  for (const [at, index] of indexes.entries()) {
    const end = entries.indexOf(lineFeed, from)
    yield { entry: entries.toString('utf8', from, end), index, leaf: leaves.toString('base64', 32 * at, 32 * at + 32) }
    from = end + 1
  }
}
