// database.ts: a department's embedded PostgreSQL, taken away and brought back under the running gateway.
import pg from 'pg'
import { installedBinaries } from '../../src/store/binaries.ts'
import { binariesFor } from '../../src/store/cluster.ts'
import type { EmbeddedServer } from '../../src/store/embedded.ts'
import { hasEnded } from '../../src/store/postmaster.ts'
import { settled, startServer } from '../../src/store/server-process.ts'
import { serverUser } from '../../src/store/server-user.ts'

export class Database {
  readonly #cluster: string
  readonly #port: number
  #pid: number

  private constructor(cluster: string, port: number, pid: number) {
    this.#cluster = cluster
    this.#port = port
    this.#pid = pid
  }

  static async of({ adminUrl, pid }: EmbeddedServer): Promise<Database> {
    const client = new pg.Client({ connectionString: adminUrl })
    await client.connect()
    const { rows } = await client.query('SHOW data_directory')
    await client.end()
    return new Database(String(rows[0]?.data_directory), Number(new URL(adminUrl).port), pid)
  }

  /** Immediate shutdown: sessions are cut, nothing is finished. Resolves when no process of it is left. */
  async kill(): Promise<void> {
    process.kill(this.#pid, 'SIGQUIT')
    if (!(await hasEnded(this.#pid, this.#cluster, 10_000))) throw new Error('the database did not end')
  }

  /** Starts it where it was; it recovers what was acknowledged. */
  async start(): Promise<void> {
    const user = serverUser()
    const place = { cluster: this.#cluster, logFile: `${this.#cluster}.log`, binaries: binariesFor(user, installedBinaries()), user }
    this.#pid = (await startServer({ ...place, port: this.#port })).pid
  }

  /** Starts it where it has ended by itself; one that starts itself again is waited for. */
  async revive(): Promise<void> {
    if ((await settled(this.#cluster)) === undefined) await this.start()
  }

  /** Where a test is ended for taking too long: the server is in a session of its own and would stay. */
  cut(): void {
    try {
      process.kill(this.#pid, 'SIGQUIT')
    } catch (error) {
      if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
    }
  }
}
