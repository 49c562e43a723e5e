// server-process.ts: starting the embedded server's process, and what its log says where it does not start.
import { spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { PostgresBinaries } from './binaries.ts'
import { serverEnvironment } from './cluster.ts'
import { isPostmaster, livingPostmaster, type Postmaster, readPostmaster } from './postmaster.ts'
import type { ServerUser } from './server-user.ts'

/** For a small machine. What decides durability is not among them: it stays at PostgreSQL's defaults (on), and every append
 *  checks it. Errors are logged without the row that caused them, statements not at all: rows are query records. */
const settings: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  unix_socket_directories: '',
  max_connections: '50',
  shared_buffers: '64MB',
  wal_buffers: '4MB',
  min_wal_size: '256MB',
  max_wal_size: '1GB',
  checkpoint_timeout: '15min',
  io_method: 'sync',
  jit: 'off',
  log_error_verbosity: 'terse',
  log_min_error_statement: 'panic',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
}

const maxLogBytes = 10 * 1024 * 1024
const startWithin = 120_000

export interface ServerPlace {
  readonly cluster: string
  readonly logFile: string
  readonly binaries: PostgresBinaries
  readonly user: ServerUser
  /** A port of 127.0.0.1; absent: a free one. */
  readonly port?: number
}

/** Starts the server in a session of its own, so that a terminal's Ctrl-C and our own end do not reach it, and waits until it
 *  accepts connections.
 *  @throws Error that says why it did not start */
export async function startServer(place: ServerPlace): Promise<Postmaster> {
  forgetStale(place.cluster)
  for (let attempt = 1; ; attempt += 1) {
    const port = place.port ?? (await freePort())
    const outcome = await launch(place, port)
    if ('pid' in outcome) return outcome
    // A gateway that was killed just after it started one: that one holds the folder, and will be ready in a moment.
    const other = outcome.log.includes('"postmaster.pid" already exists') ? await settled(place.cluster) : undefined
    if (other !== undefined) return other
    // A free port may be taken between asking and listening; processes of a killed server take a moment to notice that it is gone.
    const again = (place.port === undefined && outcome.log.includes('could not bind')) || outcome.log.includes('shared memory block')
    if (!again || attempt === 10) throw new Error(whyNot(place, port, outcome))
    await sleep(200)
  }
}

interface Failed {
  readonly status: string
  readonly log: string
}

async function launch(place: ServerPlace, port: number): Promise<Postmaster | Failed> {
  const { cluster, logFile, binaries, user } = place
  if (existsSync(logFile) && statSync(logFile).size > maxLogBytes) renameSync(logFile, `${logFile}.1`)
  const log = openSync(logFile, 'a', 0o600)
  const from = statSync(logFile).size
  const options = Object.entries({ ...settings, port: String(port) }).flatMap(([name, value]) => ['-c', `${name}=${value}`])
  const [program, ...args] = [...user.prefix, binaries.postgres, '-D', cluster, ...options]
  if (program === undefined) throw new Error('a command: expected a program')
  const ended = { status: undefined as string | undefined }
  const child = spawn(program, args, { cwd: '/', env: serverEnvironment, detached: true, stdio: ['ignore', log, log], ...user.become })
  closeSync(log)
  child.once('error', (error) => (ended.status = error.message))
  child.once('exit', (code, signal) => (ended.status = String(signal ?? code)))
  child.unref()
  for (const until = performance.now() + startWithin; ended.status === undefined; ) {
    const found = readPostmaster(cluster)
    if (found !== undefined && found.pid === child.pid && found.status === 'ready') return found
    if (performance.now() > until) {
      child.kill('SIGQUIT')
      ended.status = `no answer within ${startWithin / 1000} s`
    } else await sleep(15)
  }
  return { status: ended.status, log: readFileSync(logFile).subarray(from).toString() }
}

/** A `postmaster.pid` whose process has ended is cleared away by PostgreSQL itself. One whose number now belongs to another
 *  program (after a restart of the machine or container) would stop it: that one we clear away, having looked. */
function forgetStale(cluster: string): void {
  const found = readPostmaster(cluster)
  if (found !== undefined && !isPostmaster(found.pid, cluster)) rmSync(join(cluster, 'postmaster.pid'), { force: true })
}

/** Waits while the data folder's living server starts or stops.
 *  @returns the server once it is ready; absent when it has ended */
export async function settled(cluster: string): Promise<Postmaster | undefined> {
  for (const until = performance.now() + startWithin; ; await sleep(50)) {
    const found = livingPostmaster(cluster)
    if (found === undefined || found.status === 'ready') return found
    if (performance.now() > until) {
      throw new Error(
        `The embedded PostgreSQL (process ${found.pid}, ${cluster}) stays "${found.status}". End that process, then start again.`,
      )
    }
  }
}

function whyNot({ cluster, logFile }: ServerPlace, port: number, { status, log }: Failed): string {
  const last = log.trim().split('\n').slice(-3).join(' ')
  const known: readonly (readonly [RegExp, string])[] = [
    [/could not bind|Address already in use/, `Port ${port} of 127.0.0.1 is in use. End the program that has it, or configure another.`],
    [/No space left on device/, `The disk of ${cluster} is full. Make room, then start again.`],
    [/Permission denied|invalid permissions|wrong ownership/, `${cluster} must belong to the user that runs the gateway, with mode 0700.`],
    [/Read-only file system/, `The file system of ${cluster} is read-only.`],
  ]
  const hint = known.find(([pattern]) => pattern.test(log))?.[1] ?? `Its log is ${logFile}.`
  return `The embedded PostgreSQL did not start (${status}). ${hint} It said: ${last || 'nothing'}`
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', reject)
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      server.close(() => (typeof address === 'object' && address !== null ? resolve(address.port) : reject(new Error('no free port'))))
    })
  })
}
