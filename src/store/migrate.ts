// migrate.ts: brings a database's tables and functions to this version.
import { promises as fs } from 'node:fs'
import path from 'node:path'
import { Kysely, PostgresDialect, sql } from 'kysely'
import { FileMigrationProvider, Migrator } from 'kysely/migration'
import pg from 'pg'
import { connectionOf } from './connection.ts'

const migrationFolder = path.join(import.meta.dirname, '../../migrations')
const oldestServer = 150_000

/** Runs what was not run yet, each migration whole or not at all; several may try at once, one does it.
 *  @param url of a member of `linkage_owner`, as whom everything is made
 *  @returns names of the migrations that ran
 *  @throws Error where the server is too old, the encoding is not UTF8, or a migration failed */
export async function migrate(url: string): Promise<readonly string[]> {
  const pool = new pg.Pool({ ...connectionOf(url), options: '-c role=linkage_owner', connectionTimeoutMillis: 10_000, max: 2 })
  pool.on('error', () => undefined) // an idle connection that was lost; the next statement gets another
  const db = new Kysely<unknown>({ dialect: new PostgresDialect({ pool }) })
  try {
    await checkServer(db)
    const provider = new FileMigrationProvider({ fs, path, migrationFolder })
    // Unordered: migrations of one release are written side by side, and none counts on another of its release.
    const migrator = new Migrator({ db, provider, migrationTableSchema: 'linkage', allowUnorderedMigrations: true })
    const { error, results } = await migrator.migrateToLatest()
    if (error !== undefined) {
      const failed = results?.find((each) => each.status === 'Error')?.migrationName ?? 'before the first'
      const found = error instanceof Error ? error.message : String(error)
      const remedy = /role "linkage_\w+" does not exist/.test(found) ? ' Run first, as a superuser: linkage database roles.' : ''
      throw new Error(`database migrate: ${failed} failed: ${found}${remedy}`, { cause: error })
    }
    return (results ?? []).map((each) => each.migrationName)
  } finally {
    await db.destroy()
  }
}

async function checkServer(db: Kysely<unknown>): Promise<void> {
  const { rows } = await sql<{ encoding: string; version: number }>`
    SELECT current_setting('server_encoding') AS encoding, current_setting('server_version_num')::int AS version`.execute(db)
  const { encoding, version } = rows[0] ?? { encoding: 'unknown', version: 0 }
  if (version < oldestServer) throw new Error(`database migrate: expected PostgreSQL 15 or later, found ${Math.floor(version / 10_000)}.`)
  if (encoding !== 'UTF8')
    throw new Error(`database migrate: expected a database of encoding UTF8, found ${encoding}. Create one with ENCODING 'UTF8'.`)
}
