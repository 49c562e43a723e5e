// search.ts: the search columns on PostgreSQL, filled on a connection of their own.
import { type LogSearchStore, type SearchProgress, StoreError } from '../querylog/ports.ts'
import { connectionOf } from './connection.ts'
import { KeptSession } from './kept-session.ts'
import { Session } from './session.ts'

const within = 30_000

/** `LogSearchStore`: filling again what was lost with its connection is right, since rows and cursor are one transaction. */
export class PostgresLogSearch implements LogSearchStore {
  readonly #session: KeptSession
  #closed = false

  /** @throws Error for a URL that cannot be used; connects at the first call */
  constructor(url: string) {
    const config = connectionOf(url)
    this.#session = new KeptSession(async () => {
      if (this.#closed) throw new StoreError('unavailable', 'The store was closed.')
      return Session.open(config)
    })
  }

  async fill(most: number): Promise<number> {
    const session = await this.#session.get()
    const [row] = await session.run('SELECT linkage.fill_search($1) AS filled', [most], within, false)
    return Number(row?.filled ?? 0)
  }

  async progress(): Promise<readonly SearchProgress[]> {
    const session = await this.#session.get()
    const rows = await session.run('SELECT slot, size, next, since FROM linkage.search_progress ORDER BY slot', [], within, false)
    return rows.map(({ slot, size, next, since }) => {
      const at = Date.parse(String(since))
      return { slot: String(slot), size: Number(size), next: Number(next), ...(Number.isNaN(at) ? {} : { since: at }) }
    })
  }

  async close(): Promise<void> {
    this.#closed = true
    await this.#session.close()
  }
}
