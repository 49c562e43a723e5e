// server.ts: a migrated database of its own for a test file, on the real embedded PostgreSQL.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { layPreparedCluster, operationsPassword, retentionPassword } from './prepared-cluster.ts'

/** What of tap's `t` is used here. */
export interface Teardown {
  teardown(handler: () => void | Promise<void>): void
}

/** A folder that is removed when the test ends. */
export function temporaryFolder(t: Teardown): string {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-store-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true, maxRetries: 5, retryDelay: 100 }))
  return folder
}

export interface TestDatabase {
  readonly adminUrl: string
  readonly gatewayUrl: string
  readonly auditorUrl: string
  readonly operationsUrl: string
  readonly retentionUrl: string
  readonly server: EmbeddedServer
}

/** Starts a server in a temporary folder, with roles and tables; takes a third of a second; stopped and removed when the test ends.
 *  @param folder another one, which stays */
export async function startTestDatabase(t: Teardown, folder = temporaryFolder(t)): Promise<TestDatabase> {
  await layPreparedCluster(join(folder, 'data'))
  const server = await startEmbedded(join(folder, 'data'))
  // Also where the test is ended for taking too long: the server is in a session of its own and would stay.
  const cut = () => process.kill(server.pid, 'SIGQUIT')
  process.once('exit', cut)
  t.teardown(async () => {
    process.off('exit', cut)
    await server.stop()
  })
  await makeRoles(server.adminUrl, { ...server.passwords, linkage_operations: operationsPassword, linkage_retention: retentionPassword })
  await migrate(server.adminUrl)
  const urlOf = (username: string, password: string): string => Object.assign(new URL(server.adminUrl), { username, password }).href
  return {
    adminUrl: server.adminUrl,
    gatewayUrl: server.url('linkage_gateway'),
    auditorUrl: server.url('linkage_auditor'),
    operationsUrl: urlOf('linkage_operations', operationsPassword),
    retentionUrl: urlOf('linkage_retention', retentionPassword),
    server,
  }
}

/** A connection that ends with the test. */
export async function connect(t: Teardown, url: string): Promise<pg.Client> {
  const client = new pg.Client({ connectionString: url })
  client.on('error', () => undefined) // the server is stopped before some tests end
  await client.connect()
  t.teardown(() => client.end().catch(() => undefined))
  return client
}
