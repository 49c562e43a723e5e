// written-database.ts: a written log in a database, by the writer's own functions.
import { civilDate, monthOf, startOfDay } from '../../src/calendar.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { after, batchOf, emptyPlace } from '../store/batches.ts'
import { documents, log, slot, type Written } from './written-log.ts'

const only = { log, slot }

/** Which part of which log; what is before `from` is stored already. */
export interface Part {
  readonly slot: string
  readonly log: string
  readonly from: number
  readonly to: number
}

/** @param url as the gateway
 *  @param part absent: all of the log of slot 1 */
export async function storeWritten(
  url: string,
  verifierKey: string,
  { entries, checkpoints, months }: Written,
  { from: first, log, slot, to: size }: Part = { ...only, from: 0, to: entries.length },
): Promise<void> {
  const writer = new PostgresLogWriter(url)
  try {
    for (const text of documents) await writer.putDocument('test', Buffer.from(text))
    let place = emptyPlace(slot, await writer.claim(slot, log, verifierKey, 5_000))
    if (first > 0) place = after(place, batchOf(place, entries.slice(0, first).map(String)))
    for (let from = first; from < size; ) {
      const month = months?.[from]
      const end = months === undefined ? size : months.lastIndexOf(month ?? '') + 1
      const to = Math.min(from + 1_000, end, size)
      // Partitions are made of the month behind the one that is named.
      if (month !== undefined) await writer.prepareMonth(monthOf(startOfDay(civilDate(month)) - 1))
      const batch = batchOf(place, entries.slice(from, to).map(String), month === undefined ? {} : { month })
      await writer.append(batch, 60_000)
      place = after(place, batch)
      from = to
    }
    for (const each of checkpoints) if (each.size > first && each.size <= size) await writer.putCheckpoint(slot, each.size, each.note)
  } finally {
    await writer.close()
  }
}
