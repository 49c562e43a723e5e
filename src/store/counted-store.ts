// counted-store.ts: an agency's counted records by their numbers, from the search columns of PostgreSQL: what a draw reads.
import type {
  AccountUses,
  CountedRecord,
  CountedSpan,
  CountedStore,
  DatedSpan,
  NotCounted,
  NotCountedCall,
  NotCountedCount,
  Only,
  UsesAsked,
} from '../audit/ports.ts'
import { Chunks } from './chunks.ts'

/** Counted numbers of a statement. */
const numbersOfChunk = 20_000
const rowsOfChunk = 1024

const columns = "s.counted_seq::text, s.index::text, coalesce(s.account, '')"
/** Parameters 1–4. Numbers run with the entries, so that those of a span stand below the frozen size by themselves; a row that does not is
 *  none of the population. */
const span = 's.slot = $1 AND s.agency = $2 AND s.counted_seq BETWEEN $3 AND $4 AND s.index < $5'

const dayMs = 86_400_000
/** Parameters 1–6: an agency's calls of a log that do not count (D-10), by their dates. */
const notCountedFrom = `FROM linkage.log_search AS s
  WHERE s.slot = $1 AND s.agency = $2 AND s.index < $3 AND s.at >= $4::timestamptz AND s.at < $5::timestamptz
    AND s.kind = 'query' AND (s.counted_seq IS NULL OR s.index = ANY ($6::bigint[]))`
const millisecond = '(extract(epoch FROM s.at) * 1000)::bigint'

/** Rows that each chunk of numbers gives, one chunk ahead. */
interface Statement {
  readonly text: string
  readonly values: readonly unknown[]
}

/** `CountedStore` on PostgreSQL. */
export class PostgresCounted implements AccountUses, CountedStore, NotCounted {
  readonly #chunks: Chunks

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    this.#chunks = new Chunks(url)
  }

  async accounts(of: CountedSpan, only: Only): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    const { text, values } = onlyThose(only, 6)
    const statement = `SELECT coalesce(s.account, ''), count(*)::text FROM linkage.log_search AS s WHERE ${span}${text} GROUP BY 1`
    for await (const rows of this.#eachChunk(of, { text: statement, values }, 5 * numbersOfChunk))
      for (const [account, count] of rows) counts.set(account ?? '', (counts.get(account ?? '') ?? 0) + Number(count))
    return counts
  }

  async *records(of: CountedSpan, only: Only): AsyncGenerator<readonly CountedRecord[]> {
    const { text, values } = onlyThose(only, 6)
    const statement = `SELECT ${columns} FROM linkage.log_search AS s WHERE ${span}${text} ORDER BY s.counted_seq`
    for await (const rows of this.#eachChunk(of, { text: statement, values })) yield rows.map(recordOf)
  }

  async numbered(of: CountedSpan, numbers: readonly number[]): Promise<readonly CountedRecord[]> {
    const found: CountedRecord[] = []
    for (let at = 0; at < numbers.length; at += rowsOfChunk) {
      const rows = await this.#chunks.texts(
        `SELECT ${columns} FROM linkage.log_search AS s WHERE ${span} AND s.counted_seq = ANY ($6::bigint[])`,
        [...bound(of), numbers.slice(at, at + rowsOfChunk)],
      )
      found.push(...rows.map(recordOf))
    }
    return found
  }

  async *notReleased(of: CountedSpan): AsyncGenerator<CountedRecord & { readonly completion: number }> {
    for (let after = -1; ; ) {
      const rows = await this.#chunks.texts(
        `SELECT ${columns}, c.index::text FROM linkage.log_search AS s JOIN linkage.log_search AS c
          ON c.slot = s.slot AND c.of_index = s.index AND c.kind = 'completion' AND c.outcome = 'not-released' AND c.index < $5
          WHERE ${span} AND s.counted_seq > $6 ORDER BY s.counted_seq LIMIT ${rowsOfChunk}`,
        [...bound(of), after],
      )
      for (const row of rows) {
        const record = recordOf(row)
        after = record.countedSeq
        yield { ...record, completion: Number(row[3]) }
      }
      if (rows.length < rowsOfChunk) return
    }
  }

  async *transfers(of: CountedSpan): AsyncGenerator<{ readonly countedSeq: number; readonly index: number; readonly rows: number }> {
    const text = `SELECT s.counted_seq::text, s.index::text, coalesce(s.rows, (SELECT c.rows FROM linkage.log_search AS c
        WHERE c.slot = s.slot AND c.of_index = s.index AND c.kind = 'completion' AND c.index < $5 LIMIT 1), 0)::text
      FROM linkage.log_search AS s WHERE ${span} AND s.mode = 'file' ORDER BY s.counted_seq`
    for await (const rows of this.#eachChunk(of, { text, values: [] }))
      for (const [countedSeq, index, count] of rows) yield { countedSeq: Number(countedSeq), index: Number(index), rows: Number(count) }
  }

  async *ofApisOrGrants(
    of: CountedSpan,
    only: Only,
    { apis, grants }: { readonly apis: readonly string[]; readonly grants: readonly string[] },
  ): AsyncGenerator<readonly CountedRecord[]> {
    const { text, values } = onlyThose(only, 8)
    const statement = `SELECT ${columns} FROM linkage.log_search AS s
      WHERE ${span} AND (s.api = ANY ($6::text[]) OR s.grant_id = ANY ($7::text[]))${text} ORDER BY s.counted_seq`
    for await (const rows of this.#eachChunk(of, { text: statement, values: [apis, grants, ...values] })) yield rows.map(recordOf)
  }

  async modes(of: CountedSpan): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>()
    const text = `SELECT coalesce(s.mode, ''), count(*)::text FROM linkage.log_search AS s WHERE ${span} GROUP BY 1`
    for await (const rows of this.#eachChunk(of, { text, values: [] }, 5 * numbersOfChunk))
      for (const [mode, count] of rows) counts.set(mode ?? '', (counts.get(mode ?? '') ?? 0) + Number(count))
    return counts
  }

  async lastUses({ accounts, agency, before, below, slot }: UsesAsked): Promise<ReadonlyMap<string, number>> {
    // One look from the end of each account's own records: however many there are.
    const text = `SELECT a.account, (extract(epoch FROM l.at) * 1000)::bigint::text FROM unnest($4::text[]) AS a(account), LATERAL (
        SELECT s.at FROM linkage.log_search AS s WHERE s.agency = $2 AND s.account = a.account AND s.at < $5::timestamptz
          AND s.slot = $1 AND s.index < $3 AND s.counted_seq IS NOT NULL ORDER BY s.at DESC LIMIT 1) AS l`
    const uses = new Map<string, number>()
    for (let at = 0; at < accounts.length; at += rowsOfChunk) {
      const values = [slot, agency, below, accounts.slice(at, at + rowsOfChunk), new Date(before).toISOString()]
      for (const [account, ms] of await this.#chunks.texts(text, values)) uses.set(account ?? '', Number(ms))
    }
    return uses
  }

  async countNotCounted(of: DatedSpan, only: Only): Promise<NotCountedCount> {
    let [count, first, last] = [0, Number.MAX_SAFE_INTEGER, -1]
    const { text, values } = onlyThose(only, 7)
    for (const day of daysOfSpan(of)) {
      const statement = `SELECT count(*)::text, min(s.index)::text, max(s.index)::text ${notCountedFrom}${text}`
      const [row] = await this.#chunks.texts(statement, [...dated(day), ...values])
      if (row === undefined || Number(row[0]) === 0) continue
      count += Number(row[0])
      first = Math.min(first, Number(row[1]))
      last = Math.max(last, Number(row[2]))
    }
    return { count, first, last }
  }

  async *notCounted(of: DatedSpan, only: Only): AsyncGenerator<readonly NotCountedCall[]> {
    const { text, values } = onlyThose(only, 9)
    const statement = `SELECT s.index::text, ${millisecond}::text, s.account, s.api, s.operation, s.mode, s.decision, s.code, (s.counted_seq IS NOT NULL)::text, s.policy
      ${notCountedFrom}${text} AND (s.at, s.index) > ($7::timestamptz, $8::bigint) ORDER BY s.at, s.index LIMIT ${rowsOfChunk}`
    for (const day of daysOfSpan(of)) {
      let after: readonly [at: string, index: number] = [new Date(day.since).toISOString(), -1]
      for (let full = true; full; ) {
        const rows = await this.#chunks.texts(statement, [...dated(day), ...after, ...values])
        const calls = rows.map(notCountedOf)
        const last = calls.at(-1)
        if (last !== undefined) after = [new Date(last.at).toISOString(), last.index]
        if (calls.length > 0) yield calls
        full = rows.length === rowsOfChunk
      }
    }
  }

  close(): Promise<void> {
    return this.#chunks.close()
  }

  /** Rows by chunks of numbers; the next is read while one is taken. */
  async *#eachChunk(of: CountedSpan, { text, values }: Statement, numbers = numbersOfChunk): AsyncGenerator<readonly Row[]> {
    const read = (from: number): Promise<readonly Row[]> => {
      const rows = this.#chunks.texts(text, [...bound({ ...of, from, to: Math.min(of.to, from + numbers - 1) }), ...values])
      rows.catch(() => undefined) // told where it is awaited
      return rows
    }
    for (let from = of.from, next = read(from); from <= of.to; from += numbers) {
      const rows = await next
      if (from + numbers <= of.to) next = read(from + numbers)
      yield rows
    }
  }
}

type Row = readonly (string | null)[]

const bound = ({ agency, below, from, slot, to }: CountedSpan): unknown[] => [slot, agency, from, to, below]

const recordOf = ([countedSeq, index, account]: Row): CountedRecord => ({
  countedSeq: Number(countedSeq),
  index: Number(index),
  account: account ?? '',
})

const dated = ({ agency, before, below, since, skipped, slot }: DatedSpan): unknown[] => [
  slot,
  agency,
  below,
  new Date(since).toISOString(),
  new Date(before).toISOString(),
  skipped,
]

/** No statement lasts longer than a day's calls take. */
function* daysOfSpan({ before, since, ...of }: DatedSpan): Generator<DatedSpan> {
  for (let from = since; from < before; from += dayMs) yield { ...of, since: from, before: Math.min(before, from + dayMs) }
}

const notCountedOf = ([index, at, account, api, operation, mode, decision, code, notReleased, policy]: Row): NotCountedCall => ({
  index: Number(index),
  at: Number(at),
  account: account ?? '',
  api: api ?? '',
  operation: operation ?? '',
  mode: mode ?? '',
  permitted: decision === 'permit',
  code: code ?? '',
  notReleased: notReleased === 'true',
  policy: policy ?? '',
})

/** @param first number of the first parameter that is free */
function onlyThose({ accounts, subject }: Only, first: number): Statement {
  const values: unknown[] = []
  const bind = (value: unknown): string => `$${first - 1 + values.push(value)}`
  const texts = [
    ...(accounts === undefined ? [] : [` AND coalesce(s.account, '') = ANY (${bind(accounts)}::text[])`]),
    ...(subject === undefined ? [] : [` AND s.subject = ${bind(subject)}`]),
  ]
  return { text: texts.join(''), values }
}
