// search-rows.ts: search rows as they are stored, each as one text, for whoever holds them against their entries.
import type { Slot } from '../querylog/ports.ts'
import { columnEnd, type SearchColumn, searchColumns } from '../verifier/search.ts'
import type { StoredSearchRow } from '../verifier/stored.ts'
import type { Chunks } from './chunks.ts'

/** Nothing may be lost or rounded on the way: a microsecond more would show. */
const asText = (column: SearchColumn): string =>
  column === 'at'
    ? `to_char(s.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')`
    : column === 'month'
      ? `to_char(s.month, 'YYYY-MM-DD')`
      : `s.${column}::text`

const line = `array_to_string(ARRAY[${searchColumns.map((column) => `'=' || ${asText(column)}`).join(', ')}], '${columnEnd}', '')`

/** A slot's search rows of [from, to), in order.
 *  @throws StoreError unavailable */
export async function searchRows(chunks: Chunks, slot: Slot, from: number, to: number): Promise<readonly StoredSearchRow[]> {
  const rows = await chunks.texts(
    `SELECT s.index, ${line} FROM linkage.log_search AS s WHERE s.slot = $1 AND s.index >= $2 AND s.index < $3 ORDER BY s.index`,
    [slot, from, to],
  )
  return rows.map(([index, text]) => ({ index: Number(index), line: text ?? '' }))
}
