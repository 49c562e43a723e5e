// written-database.ts: a written log in a database, by the writer's own functions.
import { civilDate, monthOf, startOfDay } from '../../src/calendar.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace } from '../store/batches.ts'
import { documents, log, slot, type Written } from './written-log.ts'

/** @param url as the gateway */
export async function storeWritten(url: string, verifierKey: string, { entries, checkpoints, months }: Written): Promise<void> {
  const writer = new PostgresLogWriter(url)
  try {
    for (const text of documents) await writer.putDocument('test', Buffer.from(text))
    let place = emptyPlace(slot, await writer.claim(slot, log, verifierKey, 5_000))
    for (let from = 0; from < entries.length; ) {
      const month = months?.[from]
      const end = months === undefined ? entries.length : months.lastIndexOf(month ?? '') + 1
      const to = Math.min(from + 1_000, end)
      // Partitions are made of the month behind the one that is named.
      if (month !== undefined) await writer.prepareMonth(monthOf(startOfDay(civilDate(month)) - 1))
      const batch = batchOf(place, entries.slice(from, to).map(String), month === undefined ? {} : { month })
      await writer.append(batch, 60_000)
      place = after(place, batch)
      from = to
    }
    for (const { size, note } of checkpoints) await writer.putCheckpoint(slot, size, note)
  } finally {
    await writer.close()
  }
}
