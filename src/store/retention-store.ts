// retention-store.ts: a month taken out of the query log on PostgreSQL, as linkage_retention (migrations/009-retention.ts).
import pg from 'pg'
import type { Month } from '../querylog/ports.ts'
import type { LogOfMonth, MonthPlace, RetentionStore } from '../querylog/retire.ts'
import { connectionOf } from './connection.ts'
import { failureOf } from './failure.ts'

/** The last data keys of a month, of which an hour of the next may be sealed under one; a process that starts draws one, too. */
const keysOfMonth = 64
/** Calls that were sealed before the next key and recorded behind it: never more than may wait. */
const behindNextKey = 20_000

/** `2026_11`, as tables of months are called. */
const suffix = (month: Month): string => month.slice(0, 7).replace('-', '_')

/** Where a month's table that is not put away stands.
 *  @param pending `inhdetachpending`; null where it is a part of no other */
export function placeOfTable(pending: boolean | null): Exclude<MonthPlace, 'kept' | 'none'> {
  if (pending === null) return 'detached'
  return pending ? 'detaching' : 'attached'
}

/** One statement at a time, each as long as it takes: to detach waits for whoever reads. */
export class PostgresRetention implements RetentionStore {
  readonly #pool: pg.Pool

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#pool = new pg.Pool({ ...connectionOf(url), connectionTimeoutMillis: 5_000, max: 1 })
    this.#pool.on('error', () => undefined) // an idle connection that was lost; the next statement gets another
  }

  async place(month: Month): Promise<MonthPlace> {
    const [row] = await this.#rows<{ there: boolean; kept: boolean; pending: boolean | null }>(
      `SELECT to_regclass($1) IS NOT NULL AS there, to_regclass($2) IS NOT NULL AS kept,
        (SELECT inhdetachpending FROM pg_inherits WHERE inhrelid = to_regclass($1)) AS pending`,
      [`linkage.log_entry_${suffix(month)}`, `linkage.retired_entry_${suffix(month)}`],
    )
    if (row?.there !== true) return row?.kept === true ? 'kept' : 'none'
    return placeOfTable(row.pending)
  }

  async logs(month: Month): Promise<readonly LogOfMonth[]> {
    const rows = await this.#rows<{ slot: string; log: string; from: number; to: number; count: number; size: number; ended: boolean }>(
      `SELECT s.slot, s.log, held.first::float8 AS from, held.last::float8 + 1 AS to, held.count::float8 AS count, s.size::float8 AS size,
        s.ended IS NOT NULL AS ended
        FROM (SELECT slot, min(index) AS first, max(index) AS last, count(*) AS count FROM linkage.log_entry WHERE month = $1 GROUP BY slot) AS held
        JOIN linkage.slot AS s ON s.slot = held.slot ORDER BY length(s.slot), s.slot`,
      [month],
    )
    return rows
  }

  async agencies(month: Month): Promise<readonly string[]> {
    const rows = await this.#rows<{ agency: string }>(
      `SELECT (entry::json) ->> 'agency' AS agency FROM linkage.log_entry
          WHERE month = $1 AND (entry::json) ->> 'kind' IN ('query', 'completion', 'subjects')
        UNION SELECT counted ->> 'agency' FROM linkage.log_entry, json_array_elements((entry::json) -> 'counts') AS counted
          WHERE month = $1 AND strpos(entry, '"kind":"query"') = 0 AND (entry::json) ->> 'kind' = 'refusals' AND counted ->> 'agency' IS NOT NULL
        ORDER BY 1`,
      [month],
    )
    return rows.map(({ agency }) => agency)
  }

  async earlier(month: Month): Promise<Month | undefined> {
    const [row] = await this.#rows<{ month: string | null }>('SELECT min(month)::text AS month FROM linkage.log_entry WHERE month < $1', [
      month,
    ])
    return row?.month ?? undefined
  }

  async keepBeyond(month: Month): Promise<void> {
    await this.#rows('SELECT linkage.keep_edges($1)', [month])
    await this.#rows(`SELECT linkage.put_document('key-entry', convert_to(held.entry, 'UTF8')) FROM (${keysBeyond}) AS held`, [
      month,
      keysOfMonth,
      behindNextKey,
    ])
  }

  async detach(month: Month): Promise<void> {
    const at = await this.place(month)
    if (at !== 'attached' && at !== 'detaching') return
    const how = at === 'attached' ? 'CONCURRENTLY' : 'FINALIZE'
    await this.#rows(`ALTER TABLE linkage.log_entry DETACH PARTITION linkage.log_entry_${suffix(month)} ${how}`)
  }

  async putAway(month: Month, drop: boolean): Promise<void> {
    await this.#rows('SELECT linkage.put_away($1, $2)', [month, drop])
  }

  async close(): Promise<void> {
    await this.#pool.end()
  }

  async #rows<T extends pg.QueryResultRow>(text: string, values: readonly unknown[] = []): Promise<readonly T[]> {
    try {
      return (await this.#pool.query<T>(text, [...values])).rows
    } catch (error) {
      throw failureOf(error, false)
    }
  }
}

/** Of each log the `key` entries of the month that entries behind it name. */
const keysBeyond = `
  SELECT k.entry FROM (SELECT slot, max(index) + 1 AS to FROM linkage.log_entry WHERE month = $1 GROUP BY slot) AS held
    CROSS JOIN LATERAL (SELECT e.entry, (e.entry::json) ->> 'id' AS id FROM linkage.log_entry AS e WHERE e.slot = held.slot AND e.month = $1
      AND strpos(e.entry, '"kind":"query"') = 0 AND (e.entry::json) ->> 'kind' = 'key' ORDER BY e.index DESC LIMIT $2) AS k
    CROSS JOIN LATERAL (SELECT coalesce(min(n.index), held.to) AS next FROM linkage.log_entry AS n WHERE n.slot = held.slot AND n.index >= held.to
      AND strpos(n.entry, '"kind":"query"') = 0 AND (n.entry::json) ->> 'kind' = 'key') AS n
  WHERE EXISTS (SELECT FROM linkage.log_entry AS u WHERE u.slot = held.slot AND u.index >= held.to AND u.index < n.next + $3
    AND strpos(u.entry, '"key":"' || k.id || '"') > 0)`
