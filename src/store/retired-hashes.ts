// retired-hashes.ts: leaf hashes of months that were taken out: from tiles, and of a tile that was not whole from what was kept of it.
import type { Slot } from '../querylog/ports.ts'

/** Runs a statement of the reader's. */
export type Rows = <T extends object>(text: string, values: readonly unknown[]) => Promise<readonly T[]>

/** Indexes [from, to). */
export interface Span {
  readonly from: number
  readonly to: number
}

/** What retire entries, of whichever log, say of a slot's: nothing else that is missing is made up for. Nobody here knows the keys of other
 *  logs; so of an entry that somebody else put there no more is believed than could be true: five years are over by its date and by this
 *  database's clock (六(一)7), the month lies between what is there before and behind it, and a log that may go on has entries behind it. */
const retired = `WITH said AS MATERIALIZED (
    SELECT s.slot, s.size, s.ended, ((r.entry::json) ->> 'from')::float8 AS from, ((r.entry::json) ->> 'to')::float8 AS to,
      ((r.entry::json) ->> 'at')::timestamptz AS at,
      CASE WHEN (r.entry::json) ->> 'month' ~ '^[0-9]{4}-(0[1-9]|1[0-2])$' THEN (((r.entry::json) ->> 'month') || '-01')::date END AS month
    FROM linkage.slot AS s, linkage.slot AS by JOIN linkage.log_entry AS r ON r.slot = by.slot
    WHERE s.slot = $1 AND strpos(r.entry, '"kind":"query"') = 0 AND (r.entry::json) ->> 'kind' = 'retire'
      AND (r.entry::json) ->> 'log' = s.log
  ), due AS (
    SELECT *, (month + interval '5 years 1 month') AT TIME ZONE interval '08:00' AS due FROM said
  )
  SELECT DISTINCT due.from, due.to FROM due
  WHERE due.due <= due.at AND due.due <= clock_timestamp() AND (due.to < due.size OR due.ended IS NOT NULL)
    AND NOT EXISTS (SELECT FROM linkage.log_entry AS e WHERE e.slot = due.slot AND e.index = due.from::bigint - 1 AND e.month >= due.month)
    AND NOT EXISTS (SELECT FROM linkage.log_entry AS e WHERE e.slot = due.slot AND e.index = due.to::bigint AND e.month <= due.month)
  ORDER BY 1`

/** Of a slot's log the spans that were taken out, in order. */
export const retiredSpans = (rows: Rows, slot: Slot): Promise<readonly Span[]> => rows<Span>(retired, [slot])

interface Piece {
  readonly index: number
  readonly hashes: Buffer
}

/** Tiles first: an edge is of a tile that was not whole then, and may be now. */
const pieces = `SELECT (index * 256)::float8 AS index, hashes FROM linkage.log_tile
    WHERE slot = $1 AND level = 0 AND index >= $2::bigint / 256 AND index <= ($3::bigint - 1) / 256
  UNION ALL SELECT index::float8, hashes FROM linkage.log_edge WHERE slot = $1 AND index < $3::bigint
    AND index + octet_length(hashes) / 32 > $2::bigint`

const present = `SELECT index::float8 AS index, leaf_hash AS hashes FROM linkage.log_entry WHERE slot = $1 AND index >= $2::bigint AND index < $3::bigint`

/** Leaf hashes of [from, to) side by side: of each entry that is there its own, of those that were taken out what was kept of them. The
 *  others are left out: whoever makes a root of it gets another. */
export async function leafHashesAround(rows: Rows, slot: Slot, { from, to }: Span, spans: readonly Span[]): Promise<Buffer> {
  const [entries, kept] = await Promise.all([
    rows<Piece>(present, [slot, from, to]),
    rows<Piece>(`SELECT * FROM (${pieces}) AS kept`, [slot, from, to]),
  ])
  const all = Buffer.alloc((to - from) * 32)
  const found = new Set<number>()
  const put = (index: number, hash: Buffer): void => {
    hash.copy(all, (index - from) * 32)
    found.add(index)
  }
  for (const { index: first, hashes } of kept)
    for (let at = 0; at < hashes.length / 32; at += 1) {
      const index = first + at
      const isRetired = index >= from && index < to && spans.some((each) => index >= each.from && index < each.to)
      if (isRetired) put(index, hashes.subarray(at * 32, (at + 1) * 32))
    }
  for (const { index, hashes } of entries) put(index, hashes)
  if (found.size === to - from) return all
  const there = [...found].sort((a, b) => a - b).map((index) => all.subarray((index - from) * 32, (index - from + 1) * 32))
  return Buffer.concat(there)
}
