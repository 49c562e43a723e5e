// own-records.ts: what an agency's download of its own records reads of PostgreSQL, on connections of its own: no page and no call waits for it.
import { monthOf } from '../calendar.ts'
import type { Lines, Which } from '../querylog/export/ports.ts'
import type { GoneMonths, NumbersOfMonth, OwnRecordsStore, StoredDownload } from '../querylog/own-records.ts'
import type { Slot } from '../querylog/ports.ts'
import { Chunks } from './chunks.ts'
import { PostgresExport } from './export-store.ts'

const rare = (entry: string, kind: string): string => `strpos(${entry}, '"kind":"query"') = 0 AND (${entry}::json) ->> 'kind' = '${kind}'`

/** A download's end is found behind it, in the index of what is no query: it comes within hours. */
const downloads = (which = ''): string => `SELECT s.slot, s.log, e.index, e.entry, c.index, c.entry FROM linkage.slot AS s
  JOIN linkage.log_entry AS e ON e.slot = s.slot AND ${rare('e.entry', 'export')} AND strpos(e.entry, '"form":"records"') > 0
${which}
  LEFT JOIN LATERAL (SELECT index, entry FROM linkage.log_entry WHERE slot = e.slot AND index > e.index AND ${rare('entry', 'completion')}
    AND strpos(entry, '"of":{"id":' || ((e.entry::json) -> 'id')::text || ',') > 0 ORDER BY index LIMIT 1) AS c ON true
  ORDER BY s.slot, e.index`

const agencyMember = (agency: string): string => `"agency":${JSON.stringify(agency)}`

/** Looked at in one statement, whosever they are. */
const completionsAtOnce = 1024
const completions = `SELECT index, CASE WHEN strpos(entry, $4) > 0 THEN (entry::json) -> 'of' ->> 'index' END, (entry::json) ->> 'outcome'
  FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND index < $3 AND ${rare('entry', 'completion')}
  ORDER BY index LIMIT ${completionsAtOnce}`

/** Looked at in one statement, whosever they are. */
const exportsAtOnce = 256
const exportsFrom = `SELECT max(index), count(*) FROM (SELECT index FROM linkage.log_entry
  WHERE slot = $1 AND index >= $2 AND ${rare('entry', 'export')} ORDER BY index LIMIT ${exportsAtOnce}) AS e`

const months = `SELECT (e.entry::json) ->> 'ended', sum((a ->> 'records')::bigint), sum((a ->> 'counted')::bigint)
  FROM linkage.slot AS s JOIN linkage.log_entry AS e ON e.slot = s.slot AND ${rare('e.entry', 'month')},
    json_array_elements((e.entry::json) -> 'agencies') AS a
  WHERE a ->> 'agency' = $1 GROUP BY 1
  UNION ALL SELECT to_char(month, 'YYYY-MM'), sum((agencies -> $1 ->> 0)::bigint - (agencies -> $1 ->> 2)::bigint),
    sum((agencies -> $1 ->> 1)::bigint - (agencies -> $1 ->> 3)::bigint)
  FROM linkage.slot WHERE month IS NOT NULL AND agencies ? $1 GROUP BY 1`

const queryBehind = `SELECT (entry::json) ->> 'at' FROM linkage.log_entry WHERE slot = $1 AND index >= $2 AND strpos(entry, $3) > 0
  AND strpos(entry, '"kind":"query"') > 0 AND (entry::json) ->> 'at' >= $4 ORDER BY index LIMIT 1`

const retired = `SELECT DISTINCT (e.entry::json) ->> 'month' AS month FROM linkage.slot AS s
  JOIN linkage.log_entry AS e ON e.slot = s.slot AND ${rare('e.entry', 'retire')} ORDER BY month`

/** When the oldest entry is dated that is there, and whether any log begins behind its first. A log that was written to seldom begins much
 *  later than others, and nothing of those is gone for that. */
const beginning = `SELECT min(first.at), bool_or(first.index > 0)::text FROM linkage.slot AS s CROSS JOIN LATERAL (
  SELECT index, (entry::json) ->> 'at' AS at FROM linkage.log_entry WHERE slot = s.slot ORDER BY index LIMIT 1) AS first`

const downloadOf = ([slot, log, index, entry, endIndex, endEntry]: readonly (string | null)[]): StoredDownload => ({
  slot: slot ?? '',
  log: log ?? '',
  index: Number(index),
  entry: entry ?? '',
  ...(endEntry && { end: { index: Number(endIndex), entry: endEntry } }),
})

export class PostgresOwnRecords implements OwnRecordsStore {
  readonly #chunks: Chunks
  readonly #export: PostgresExport

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#chunks = new Chunks(url)
    this.#export = new PostgresExport(url)
  }

  firstSince(slot: Slot, since: number, size: number): Promise<number> {
    return this.#export.firstSince(slot, since, size)
  }

  lines(slot: Slot, from: number, to: number, which: Which): Promise<Lines> {
    return this.#export.lines(slot, from, to, which)
  }

  async outcomes(slot: Slot, from: number, to: number, agency: string): ReturnType<OwnRecordsStore['outcomes']> {
    const rows = await this.#chunks.texts(completions, [slot, from, to, agencyMember(agency)])
    const found = rows.flatMap(([, of, outcome]) => (of && outcome ? [{ of: Number(of), outcome }] : []))
    return { found, next: rows.length < completionsAtOnce ? to : Number(rows.at(-1)?.[0]) + 1 }
  }

  async downloads(): Promise<readonly StoredDownload[]> {
    return (await this.#chunks.texts(downloads())).map(downloadOf)
  }

  async downloadsFrom(slot: Slot, from: number, agency: string): ReturnType<OwnRecordsStore['downloadsFrom']> {
    const values = [slot, from, agencyMember(agency)]
    const [[last, count] = []] = await this.#chunks.texts(exportsFrom, [slot, from])
    if (!last) return { found: [] }
    const own = downloads(' AND s.slot = $1 AND e.index >= $2 AND e.index <= $4 AND strpos(e.entry, $3) > 0')
    const found = (await this.#chunks.texts(own, [...values, last])).map(downloadOf)
    return { found, ...(Number(count) === exportsAtOnce && { next: Number(last) + 1 }) }
  }

  async downloadAt(slot: Slot, index: number): Promise<StoredDownload | undefined> {
    return (await this.#chunks.texts(downloads(' AND s.slot = $1 AND e.index = $2'), [slot, index])).map(downloadOf).at(0)
  }

  async firstBehind(slot: Slot, index: number, since: number, agency: string): Promise<number | undefined> {
    const [[at] = []] = await this.#chunks.texts(queryBehind, [slot, index, agencyMember(agency), new Date(since).toISOString()])
    return at ? Date.parse(at) : undefined
  }

  async numbers(agency: string): Promise<readonly NumbersOfMonth[]> {
    const rows = await this.#chunks.texts(months, [agency])
    return rows.map(([month, records, counted]) => ({ month: month ?? '', records: Number(records), counted: Number(counted) }))
  }

  async gone(): Promise<GoneMonths> {
    const months = (await this.#chunks.texts(retired)).map(([month]) => month ?? '')
    const [[at, behind] = []] = await this.#chunks.texts(beginning)
    return { months, ...(at && behind === 'true' && { before: monthOf(Date.parse(at)).slice(0, 7) }) }
  }

  async oldest(): Promise<number | undefined> {
    const [[at] = []] = await this.#chunks.texts(beginning)
    return at ? Date.parse(at) : undefined
  }

  async close(): Promise<void> {
    await Promise.all([this.#chunks.close(), this.#export.close()])
  }
}
