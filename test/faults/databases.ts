// databases.ts: databases for slots under test: one server, a fresh copy of the empty log for each.
import pg from 'pg'
import { startTestDatabase, type Teardown, type TestDatabase } from '../store/server.ts'
import type { Chance } from './random.ts'
import { type Place, SlotUnderTest } from './slot.ts'
import { Wire } from './wire.ts'

const named = (url: string, database: string): string => Object.assign(new URL(url), { pathname: `/${database}` }).href

export class Databases {
  readonly server: TestDatabase
  readonly #t: Teardown
  #made = 0

  private constructor(t: Teardown, server: TestDatabase) {
    this.#t = t
    this.server = server
  }

  /** @param folder where the server's data lie; absent: anywhere */
  static async open(t: Teardown, folder?: string): Promise<Databases> {
    return new Databases(t, await startTestDatabase(t, folder))
  }

  /** An empty log's database. @returns its URLs */
  async fresh(): Promise<{ readonly admin: pg.Pool; readonly gatewayUrl: string }> {
    const name = `faults_${this.#made++}`
    const maker = new pg.Client({ connectionString: named(this.server.adminUrl, 'postgres') })
    await maker.connect()
    await maker.query(`CREATE DATABASE ${name} TEMPLATE linkage`)
    await maker.end()
    const admin = new pg.Pool({ connectionString: named(this.server.adminUrl, name), max: 2 })
    admin.on('error', () => undefined) // the server is stopped under some tests
    this.#t.teardown(() => admin.end())
    return { admin, gatewayUrl: named(this.server.gatewayUrl, name) }
  }

  /** A slot with a log, a wire and keys of its own. */
  async slot(chance: Chance, more: Pick<Place, 'clock' | 'spoil' | 'folder'> = {}): Promise<SlotUnderTest> {
    const { admin, gatewayUrl } = await this.fresh()
    const wire = await Wire.to(gatewayUrl)
    const slot = await SlotUnderTest.open({ admin, wire, chance, ...more })
    this.#t.teardown(async () => {
      await slot.close()
      await wire.close()
    })
    return slot
  }
}
