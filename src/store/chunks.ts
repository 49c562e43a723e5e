// chunks.ts: many rows as few: statements whose columns are bytes that the database put together.
import pg from 'pg'
import { connectionOf } from './connection.ts'
import { copyOut, type Room } from './copy-out.ts'
import { failureOf } from './failure.ts'

/** As the reader's: without statistics the planner would sort a young table for each chunk. */
const byIndex = '-c enable_seqscan=off -c enable_bitmapscan=off -c jit=off -c bytea_output=hex'

/** Bytes of a `bytea`, or of a `text` in UTF-8. */
export type Column = Buffer | null

/** Of a `text`. */
export const utf8 = (bytes: Column | undefined): string => bytes?.toString('utf8') ?? ''
/** int8send's: a number below 2^53; 0 where there is none. */
export const int8 = (bytes: Column | undefined): number => (bytes ? Number(bytes.readBigInt64BE(0)) : 0)

const bytea = 17

/** BUG pg 8.23: it decodes columns as UTF-8 text before anybody sees them, asked for binary or not, so `bytea` comes in PostgreSQL's hex
 *  form, twice as long. Entries, which are `text`, are asked for as they are. */
const types: pg.CustomTypesConfig = {
  getTypeParser: (type: number) =>
    type === bytea ? (value: string) => Buffer.from(value.slice(2), 'hex') : (value: string) => Buffer.from(value),
}

/** As it comes. */
const asText: pg.CustomTypesConfig = { getTypeParser: () => (value: string) => value }

/** Statements whose columns are `bytea` and `text`, or are all taken as text. */
export class Chunks {
  readonly #pool: pg.Pool

  /** @param options settings of its sessions */
  constructor(url: string, options = byIndex) {
    this.#pool = new pg.Pool({
      ...connectionOf(url),
      options,
      max: 3, // entries, what is beside them, and the next of these
      connectionTimeoutMillis: 5_000,
      query_timeout: 120_000,
    })
    this.#pool.on('error', () => undefined) // an idle connection that was lost; the next statement gets another
  }

  /** @throws StoreError unavailable */
  async rows(text: string, values: readonly unknown[] = []): Promise<readonly (readonly Column[])[]> {
    const query: pg.QueryArrayConfig = { text, values: [...values], rowMode: 'array', types }
    try {
      return (await this.#pool.query<Column[]>(query)).rows
    } catch (error) {
      throw failureOf(error, false)
    }
  }

  /** The same with columns that are texts.
   *  @throws StoreError unavailable */
  async texts(text: string, values: readonly unknown[] = []): Promise<readonly (readonly (string | null)[])[]> {
    try {
      return (await this.#pool.query<(string | null)[]>({ text, values: [...values], rowMode: 'array', types: asText })).rows
    } catch (error) {
      throw failureOf(error, false)
    }
  }

  /** The rows of a query, whose values stand in it, as COPY sends them in binary form: put into the room, until that is used again.
   *  @throws StoreError unavailable */
  async copy(query: string, room: Room): Promise<Buffer> {
    let client: pg.PoolClient | undefined
    try {
      client = await this.#pool.connect()
      const bytes = await copyOut(client, `COPY (${query}) TO STDOUT (FORMAT binary)`, room)
      client.release()
      return bytes
    } catch (error) {
      client?.release(true)
      throw failureOf(error, false)
    }
  }

  close(): Promise<void> {
    return this.#pool.end()
  }
}
