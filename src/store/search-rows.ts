// search-rows.ts: search rows as they are stored, for whoever holds them against their entries.
import type pg from 'pg'
import type { Slot } from '../querylog/ports.ts'

const rowsOfChunk = 1_000

/** Text, so that nothing is lost or rounded on the way: a microsecond more would show. */
const columns = `index, to_char(month, 'YYYY-MM') AS month, to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at, kind, id::text AS id,
  agency, agency_seq::text AS agency_seq, counted_seq::text AS counted_seq, delegate, account, credential, address, purpose, case_no, api,
  operation, mode, grant_id, decision, code, status::text AS status, rows::text AS rows, subject, policy, of_index::text AS of_index, outcome`

export interface StoredSearchRow {
  readonly index: number
  /** By column, each as text (docs/log-format.md); null where it has no value. */
  readonly columns: Readonly<Record<string, string | null>>
}

/** A slot's search rows of [from, to), in order, by keyset chunks.
 *  @param client of a role that may read; one statement at a time
 *  @throws what the client throws */
export async function* searchRows(client: Pick<pg.Client, 'query'>, slot: Slot, from: number, to: number): AsyncIterable<StoredSearchRow> {
  for (let next = from; next < to; ) {
    const { rows } = await client.query<{ index: string } & Record<string, string | null>>(
      `SELECT ${columns} FROM linkage.log_search AS s WHERE slot = $1 AND s.index >= $2 AND s.index < $3 ORDER BY s.index LIMIT ${rowsOfChunk}`,
      [slot, next, to],
    )
    for (const { index, ...rest } of rows) {
      next = Number(index) + 1
      yield { index: next - 1, columns: rest }
    }
    if (rows.length < rowsOfChunk) return
  }
}
