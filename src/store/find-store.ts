// find-store.ts: recorded calls found by their search columns on PostgreSQL, and read from their entries.
import { monthOf } from '../calendar.ts'
import type { FindStore, FoundCall, FoundEntry, Sought } from '../querylog/find.ts'
import type { Slot } from '../querylog/ports.ts'
import { Chunks } from './chunks.ts'

const rowsOfChunk = 200
/** Dates are found by a BRIN index, which is read as a bitmap. */
const planned = '-c jit=off'

const columns = 's.slot, s.index::text, s.at::text, e.entry'
const withEntry = 'JOIN linkage.log_entry AS e ON e.slot = s.slot AND e.index = s.index AND e.month = s.month'

/** Conditions of a statement, and the values that they bind. */
class Conditions {
  readonly values: unknown[]
  readonly #all: string[] = []

  /** @param values bound by other conditions of the same statement, before these */
  constructor(values: unknown[] = []) {
    this.values = values
  }

  bind(value: unknown): string {
    this.values.push(value)
    return `$${this.values.length}`
  }

  add(condition: string): this {
    this.#all.push(condition)
    return this
  }

  /** What was not there when the read was recorded is not there: neither entries that came since, nor logs. */
  within(row: 's' | 'c', sizes: string): this {
    return this.add(`${row}.index < (${this.bind(sizes)}::jsonb ->> ${row}.slot)::bigint`)
  }

  /** Months bound the partitions that are read. */
  span(since: number, before: number | undefined): this {
    this.add(`s.month >= ${this.bind(monthOf(since))}::date AND s.at >= ${this.bind(new Date(since).toISOString())}::timestamptz`)
    if (before !== undefined)
      this.add(`s.month <= ${this.bind(monthOf(before))}::date AND s.at < ${this.bind(new Date(before).toISOString())}::timestamptz`)
    return this
  }

  get text(): string {
    return this.#all.join(' AND ')
  }
}

export class PostgresFind implements FindStore {
  readonly #chunks: Chunks
  /** JSON: sizes by slot. */
  readonly #sizes: string

  /** @param sizes of the logs that are read, as they stood when that was recorded
   *  @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string, sizes: ReadonlyMap<Slot, number>) {
    this.#chunks = new Chunks(url, planned)
    this.#sizes = JSON.stringify(Object.fromEntries(sizes))
  }

  async calls(sought: Sought, after: FoundCall | undefined, most: number): Promise<readonly FoundCall[]> {
    const where = conditionsOf(sought).within('s', this.#sizes)
    const end = new Conditions(where.values).add(`c.slot = s.slot AND c.of_index = s.index AND c.kind = 'completion'`)
    end.within('c', this.#sizes)
    if (after !== undefined)
      where.add(
        `(s.at, s.slot, s.index) > (${where.bind(after.cursor)}::timestamptz, ${where.bind(after.slot)}::text, ${where.bind(after.index)}::bigint)`,
      )
    const rows = await this.#chunks.texts(
      `SELECT ${columns}, end_entry.entry, end_entry.index::text FROM linkage.log_search AS s ${withEntry}
        LEFT JOIN LATERAL (SELECT f.entry, f.index FROM linkage.log_search AS c
          JOIN linkage.log_entry AS f ON f.slot = c.slot AND f.index = c.index AND f.month = c.month
          WHERE ${end.text} LIMIT 1) AS end_entry ON true
        WHERE ${where.text} ORDER BY s.at, s.slot, s.index LIMIT ${where.bind(most)}`,
      where.values,
    )
    return rows.map(([slot, index, at, entry, completion, completedAt]) => ({
      ...foundOf(slot, index, entry),
      cursor: at ?? '',
      ...(typeof completion === 'string' && { completion, completedAt: Number(completedAt) }),
    }))
  }

  async *refusals(since: number, before: number | undefined): AsyncGenerator<FoundEntry> {
    for (let after: FoundCall | undefined; ; ) {
      const where = new Conditions().add(`s.kind = 'refusals'`).span(since, before).within('s', this.#sizes)
      if (after !== undefined)
        where.add(
          `(s.at, s.slot, s.index) > (${where.bind(after.cursor)}::timestamptz, ${where.bind(after.slot)}::text, ${where.bind(after.index)}::bigint)`,
        )
      const rows = await this.#chunks.texts(
        `SELECT ${columns} FROM linkage.log_search AS s ${withEntry} WHERE ${where.text} ORDER BY s.at, s.slot, s.index LIMIT ${rowsOfChunk}`,
        where.values,
      )
      for (const [slot, index, at, entry] of rows) {
        after = { ...foundOf(slot, index, entry), cursor: at ?? '' }
        yield after
      }
      if (rows.length < rowsOfChunk) return
    }
  }

  async *subjects(slot: Slot, of: readonly number[]): AsyncGenerator<FoundEntry & { readonly of: number }> {
    for (let after = -1; ; ) {
      const where = new Conditions().add(`s.kind = 'subjects'`).within('s', this.#sizes)
      where.add(
        `s.slot = ${where.bind(slot)} AND s.of_index = ANY (${where.bind(of)}::bigint[]) AND s.index > ${where.bind(after)}::bigint`,
      )
      const rows = await this.#chunks.texts(
        `SELECT s.slot, s.index::text, e.entry, s.of_index::text FROM linkage.log_search AS s ${withEntry}
          WHERE ${where.text} ORDER BY s.index LIMIT ${rowsOfChunk}`,
        where.values,
      )
      for (const [name, index, entry, query] of rows) {
        const found = foundOf(name, index, entry)
        after = found.index
        yield { ...found, of: Number(query) }
      }
      if (rows.length < rowsOfChunk) return
    }
  }

  close(): Promise<void> {
    return this.#chunks.close()
  }
}

const foundOf = (slot?: string | null, index?: string | null, entry?: string | null): FoundEntry => ({
  slot: slot ?? '',
  index: Number(index),
  entry: entry ?? '',
})

function conditionsOf({ accounts, address, agency, before, credential, refused, since }: Sought): Conditions {
  const where = new Conditions().add(`s.kind = 'query'`).span(since, before)
  if (agency !== undefined) where.add(`s.agency = ${where.bind(agency)}`)
  if (accounts !== undefined) where.add(`s.account = ANY (${where.bind(accounts)}::text[])`)
  if (address !== undefined) where.add(`s.address = ${where.bind(address)}`)
  if (credential !== undefined) where.add(`s.credential = ${where.bind(credential)}`)
  if (refused === true) where.add(`s.decision = 'deny'`)
  return where
}
