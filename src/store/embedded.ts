// embedded.ts: the PostgreSQL that runs where no DATABASE_URL is given: a real server below the data folder.
import { createHash } from 'node:crypto'
import { existsSync, realpathSync } from 'node:fs'
import { join, resolve } from 'node:path'
import pg from 'pg'
import { type FolderLock, holdFolder } from '../lock.ts'
import { installedBinaries } from './binaries.ts'
import { binariesFor, makeCluster } from './cluster.ts'
import { type Login, type Passwords, passwords } from './passwords.ts'
import { hasEnded, livingPostmaster, type Postmaster, stopPostmaster } from './postmaster.ts'
import { type ServerPlace, settled, startServer } from './server-process.ts'
import { type ServerUser, serverUser } from './server-user.ts'

export interface EmbeddedServer {
  /** The administrator's URL, with its password. */
  readonly adminUrl: string
  /** A login's URL; its role exists once `makeRoles` made it. */
  url(login: Login): string
  readonly passwords: Passwords
  /** The server was running already: left by a gateway that was killed. */
  readonly reused: boolean
  /** The postmaster's process id. */
  readonly pid: number
  /** Fast shutdown; resolves when the server has ended and the folder is free. */
  stop(): Promise<void>
}

export interface EmbeddedOptions {
  /** A port of 127.0.0.1; absent: a free one. */
  readonly port?: number
  /** As whom the server runs, where it is not for us to find out. */
  readonly user?: ServerUser
}

const database = 'linkage'

/** Starts the server of a data folder, or takes over the one that a killed gateway left running in it.
 *  The folder is ours until `stop`: a second gateway on it is refused. When it is killed, the server keeps running.
 *  @throws FolderHeld · Error that says what was found and what to do */
export async function startEmbedded(dataDir: string, options: EmbeddedOptions = {}): Promise<EmbeddedServer> {
  const lock = holdFolder(dataDir)
  try {
    return await startIn(lock, options)
  } catch (error) {
    lock.release()
    throw error
  }
}

/** The server that runs in a data folder now, whoever started it: by a login's URL. Nothing is started, nothing is held.
 *  @returns undefined where none runs
 *  @throws Error for passwords that are missing, or that others can read */
export function runningEmbedded(dataDir: string, user: ServerUser = serverUser()): EmbeddedServer['url'] | undefined {
  const folder = resolve(dataDir)
  const running = livingPostmaster(clusterFolder(folder, user))
  if (running?.status !== 'ready') return undefined
  const secrets = passwords(folder, true)
  return (login) => urlOf(running, login, secrets, database)
}

async function startIn(lock: FolderLock, options: EmbeddedOptions): Promise<EmbeddedServer> {
  const user = options.user ?? serverUser()
  const place: ServerPlace = {
    cluster: clusterFolder(lock.folder, user),
    logFile: join(lock.folder, 'postgres.log'),
    binaries: binariesFor(user, installedBinaries()),
    user,
    ...(options.port === undefined ? {} : { port: options.port }),
  }
  const secrets = passwords(lock.folder, existsSync(place.cluster))
  await makeCluster(place.cluster, place.binaries, user, secrets.linkage_admin)
  const running = await settled(place.cluster)
  if (running !== undefined) {
    try {
      await makeDatabase(running, secrets, place.cluster)
      return served(lock, place, running, secrets, true)
    } catch (error) {
      // It may have been dying when it was found: one that is gone by now is started anew.
      if (!(await hasEnded(running.pid, place.cluster, dyingWithin))) throw error
    }
  }
  const postmaster = await startServer(place)
  try {
    await makeDatabase(postmaster, secrets, place.cluster)
  } catch (error) {
    await stopPostmaster(place.cluster)
    throw error
  }
  return served(lock, place, postmaster, secrets, false)
}

/** Where the server may not read our folders, its data stands below its own home, in a folder named after ours. */
function clusterFolder(dataDir: string, user: ServerUser): string {
  if (user.home === undefined) return join(dataDir, 'postgres')
  return join(user.home, createHash('sha256').update(dataDir).digest('hex').slice(0, 16), 'postgres')
}

function served(lock: FolderLock, place: ServerPlace, postmaster: Postmaster, secrets: Passwords, reused: boolean): EmbeddedServer {
  const url = (login: Login) => urlOf(postmaster, login, secrets, database)
  let stopping: Promise<void> | undefined
  return {
    adminUrl: url('linkage_admin'),
    url,
    passwords: secrets,
    reused,
    pid: postmaster.pid,
    stop: () => {
      stopping ??= stopPostmaster(place.cluster).finally(() => lock.release())
      return stopping
    },
  }
}

function urlOf(postmaster: Postmaster, login: Login, secrets: Passwords, name: string): string {
  return `postgresql://${login}:${secrets[login]}@127.0.0.1:${postmaster.port}/${name}`
}

const answerWithin = 10_000
const dyingWithin = 2_000

/** Makes the database where it does not exist, and with that finds out that the server is ours: it takes our password, and says
 *  that it serves our folder. */
async function makeDatabase(postmaster: Postmaster, secrets: Passwords, cluster: string): Promise<void> {
  const client = new pg.Client({
    connectionString: urlOf(postmaster, 'linkage_admin', secrets, 'postgres'),
    connectionTimeoutMillis: answerWithin,
    query_timeout: answerWithin,
  })
  client.on('error', () => undefined) // what it lost, the statement in flight reports
  try {
    await client.connect()
    // A gateway that was killed here may have left its CREATE DATABASE running: that session holds the lock until it ends.
    await client.query(`SELECT pg_advisory_lock(hashtextextended('linkage.database', 0))`)
    const { rows } = await client.query(
      'SELECT current_setting($1) AS folder, EXISTS (SELECT FROM pg_database WHERE datname = $2) AS made',
      ['data_directory', database],
    )
    if (realpathSync(String(rows[0]?.folder)) !== realpathSync(cluster)) throw new Error(`it serves ${rows[0]?.folder}`)
    if (rows[0]?.made !== true) await client.query(`CREATE DATABASE ${database} TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'`)
  } catch (error) {
    const found = error instanceof Error ? error.message : String(error)
    throw new Error(
      `The PostgreSQL of ${cluster} (process ${postmaster.pid}, port ${postmaster.port}) does not answer as ours: ${found}. End that process, then start again.`,
      {
        cause: error,
      },
    )
  } finally {
    await client.end().catch(() => undefined) // already gone
  }
}
