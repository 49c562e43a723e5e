// session.ts: one connection to PostgreSQL, whose statements end in an answer, in a refusal, or with the connection.
import { Socket } from 'node:net'
import pg from 'pg'
import { StoreError } from '../querylog/ports.ts'
import { connectFailure, failureOf } from './failure.ts'

const connectWithin = 2_000
const closeWithin = 2_000

export class Session {
  readonly #client: pg.Client
  readonly #socket: Socket
  #usable = true
  #notice: string | undefined

  private constructor(config: pg.ClientConfig) {
    this.#socket = new Socket()
    this.#client = new pg.Client({ ...config, connectionTimeoutMillis: connectWithin, stream: () => this.#socket })
    const lost = () => {
      this.#usable = false
    }
    // Unhandled, the error of an idle connection would end the process.
    this.#client.on('error', lost)
    this.#client.on('end', lost)
    this.#client.on('notice', (notice) => {
      this.#notice ??= notice.message ?? 'a notice without text'
    })
  }

  /** @throws StoreError unavailable */
  static async open(config: pg.ClientConfig): Promise<Session> {
    const session = new Session(config)
    try {
      await session.#client.connect()
    } catch (error) {
      session.destroy()
      throw connectFailure(error)
    }
    return session
  }

  /** False once the connection was lost or given up. */
  get usable(): boolean {
    return this.#usable
  }

  /** Runs one statement.
   *  @param within ms after which the connection is destroyed: a stopped server would never answer
   *  @param writes see failureOf
   *  @throws StoreError */
  async run(text: string, values: readonly unknown[], within: number, writes: boolean): Promise<readonly Row[]> {
    const result = await this.#bounded(within, writes, () => this.#client.query<Row>(text, [...values]))
    return result.rows
  }

  /** Runs a statement that speaks the protocol itself; `outcome` settles once the server is ready for the next.
   *  A notice or warning meanwhile makes the outcome unknown: PostgreSQL acknowledges with no more than a warning a commit whose
   *  replication was not waited for.
   *  @throws StoreError */
  async submit<T>(statement: pg.Submittable & { readonly outcome: Promise<T> }, within: number): Promise<T> {
    this.#notice = undefined
    const answer = await this.#bounded(within, true, () => {
      this.#client.query(statement)
      return statement.outcome
    })
    if (this.#notice === undefined) return answer
    this.destroy()
    throw new StoreError('ambiguous', `The database acknowledged with a warning: ${this.#notice}`)
  }

  async #bounded<T>(within: number, writes: boolean, run: () => Promise<T>): Promise<T> {
    if (!this.#usable) throw new StoreError('unavailable', 'The connection to the database was lost.')
    let expired = false
    const timer = setTimeout(() => {
      expired = true
      this.destroy()
    }, within)
    try {
      return await run()
    } catch (error) {
      if (expired) throw new StoreError(writes ? 'ambiguous' : 'unavailable', `The database did not answer within ${within} ms.`)
      throw failureOf(error, writes)
    } finally {
      clearTimeout(timer)
    }
  }

  /** Cuts the connection without a word: what was sent may still be done. */
  destroy(): void {
    this.#usable = false
    this.#socket.destroy()
  }

  /** Ends it politely; a server that does not answer is left. */
  async close(): Promise<void> {
    if (!this.#usable) return
    this.#usable = false
    const timer = setTimeout(() => this.#socket.destroy(), closeWithin)
    await this.#client.end().finally(() => clearTimeout(timer))
  }
}

export type Row = Readonly<Record<string, unknown>>
