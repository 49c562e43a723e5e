// prepared-cluster.ts: an embedded server’s folder with roles and tables in it, made once for all tests: a copy of it starts many times faster.
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { FolderHeld, type FolderLock, holdFolder } from '../../src/lock.ts'
import { installedBinaries } from '../../src/store/binaries.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { serverUser } from '../../src/store/server-user.ts'

const root = join(import.meta.dirname, '..', '..')
const kept = join(root, 'node_modules', '.cache', 'prepared-clusters')

/** The embedded server has none for these roles: there its administrator does what operations and retention do. */
export const operationsPassword = 'operations'
export const retentionPassword = 'retention'

/** Lays the data folder of a server that was migrated and stopped where a test’s own server will start.
 *  Does nothing where a folder stands already, or where the server keeps its data below a home of its own: then it is made as ever. */
export async function layPreparedCluster(dataDir: string): Promise<void> {
  if (existsSync(dataDir) || serverUser().home !== undefined) return
  const made = await preparedCluster()
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  // Node’s cpSync does not keep the modes of folders, and PostgreSQL refuses one that others can read.
  for (const name of ['postgres', 'secrets']) execFileSync('cp', ['-a', '--reflink=auto', join(made, name), join(dataDir, name)])
}

/** Named after everything that makes it: whoever changes a migration gets another one. */
async function preparedCluster(): Promise<string> {
  const makers = ['migrations', join('src', 'store')].flatMap((folder) =>
    readdirSync(join(root, folder)).map((name) => join(root, folder, name)),
  )
  const digest = createHash('sha256').update(installedBinaries().version)
  for (const file of [import.meta.filename, ...makers.sort()]) digest.update(file).update(readFileSync(file))
  const prepared = join(kept, digest.digest('hex').slice(0, 16))
  // Of tests that begin at once, one makes it; were that one killed, the next would.
  for (; !existsSync(prepared); await sleep(50)) {
    const lock = heldByNobodyElse(join(kept, 'making'))
    if (lock === undefined) continue
    try {
      if (!existsSync(prepared)) await make(prepared)
    } finally {
      lock.release()
    }
  }
  return prepared
}

function heldByNobodyElse(folder: string): FolderLock | undefined {
  try {
    return holdFolder(folder)
  } catch (error) {
    if (error instanceof FolderHeld) return undefined
    throw error
  }
}

async function make(prepared: string): Promise<void> {
  const making = mkdtempSync(join(kept, 'making-'))
  const server = await startEmbedded(making)
  try {
    await makeRoles(server.adminUrl, { ...server.passwords, linkage_operations: operationsPassword, linkage_retention: retentionPassword })
    await migrate(server.adminUrl)
  } finally {
    await server.stop()
  }
  renameSync(making, prepared)
}
