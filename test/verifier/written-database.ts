// written-database.ts: a written log in a database, by the writer's own functions.
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace } from '../store/batches.ts'
import { documents, log, slot, type Written } from './written-log.ts'

/** @param url as the gateway */
export async function storeWritten(url: string, verifierKey: string, { entries, checkpoints }: Written): Promise<void> {
  const writer = new PostgresLogWriter(url)
  try {
    for (const text of documents) await writer.putDocument('test', Buffer.from(text))
    let place = emptyPlace(slot, await writer.claim(slot, log, verifierKey, 5_000))
    for (let from = 0; from < entries.length; from += 1_000) {
      const batch = batchOf(place, entries.slice(from, from + 1_000).map(String))
      await writer.append(batch, 60_000)
      place = after(place, batch)
    }
    for (const { size, note } of checkpoints) await writer.putCheckpoint(slot, size, note)
  } finally {
    await writer.close()
  }
}
