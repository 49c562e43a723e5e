// cluster.ts: the embedded server's data folder: made whole or not at all.
import { spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import {
  chownSync,
  closeSync,
  cpSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { binariesIn, type PostgresBinaries } from './binaries.ts'
import type { ServerUser } from './server-user.ts'

/** Makes the data folder, where it does not exist: UTF8, locale C, scram-sha-256, data checksums.
 *  initdb works in a folder beside it, which is renamed once it is complete and on disk: a half-made one is never used,
 *  whenever this process is killed; what is left of it is removed at the next start.
 *  @throws Error with initdb's own words */
export async function makeCluster(cluster: string, binaries: PostgresBinaries, user: ServerUser, password: string): Promise<void> {
  removeHalfMade(cluster)
  if (existsSync(cluster)) return checkCluster(cluster, binaries)
  mkdirSync(dirname(cluster), { recursive: true, mode: 0o700 })
  if (user.become !== undefined) chownSync(dirname(cluster), user.become.uid, user.become.gid)
  const half = `${cluster}.half-made-${process.pid}-${randomBytes(4).toString('hex')}`
  const settings = ['--encoding=UTF8', '--locale=C', '--auth=scram-sha-256', '--data-checksums', '--username=linkage_admin']
  try {
    // Through a pipe of the shell's: Node's own is a socket, which cannot be opened as /dev/stdin.
    const command = [...user.prefix, 'sh', '-c', 'cat | "$0" "$@"', binaries.initdb, `--pgdata=${half}`, '--pwfile=/dev/stdin', ...settings]
    await run(command, user, `${password}\n`)
    renameSync(half, cluster)
    fsyncFolder(dirname(cluster))
  } catch (error) {
    rmSync(half, { recursive: true, force: true })
    throw error
  }
}

function checkCluster(cluster: string, binaries: PostgresBinaries): void {
  const file = join(cluster, 'PG_VERSION')
  if (!existsSync(file)) {
    throw new Error(
      `${cluster}: expected a PostgreSQL data folder, found no PG_VERSION in it. Choose another folder, or move this one away.`,
    )
  }
  const found = readFileSync(file, 'utf8').trim()
  const [expected] = binaries.version.split('.')
  if (found !== expected) {
    throw new Error(
      `${cluster}: its data is of PostgreSQL ${found}, the binaries are of ${binaries.version}. Run the gateway that made it, or upgrade the data with pg_upgrade.`,
    )
  }
}

function removeHalfMade(cluster: string): void {
  if (!existsSync(dirname(cluster))) return
  for (const name of readdirSync(dirname(cluster))) {
    if (!name.startsWith(`${basename(cluster)}.half-made-`)) continue
    // The initdb of a killed gateway may still be writing into it, until it misses its files.
    rmSync(join(dirname(cluster), name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 })
  }
}

function fsyncFolder(folder: string): void {
  const descriptor = openSync(folder, 'r')
  try {
    fsyncSync(descriptor)
  } finally {
    closeSync(descriptor)
  }
}

/** What a PostgreSQL program sees of our environment: nothing that could move it to another server, folder or language. */
export const serverEnvironment = { PATH: process.env.PATH ?? '/usr/bin:/bin', LC_ALL: 'C', TZ: 'UTC' }

async function run(command: readonly string[], user: ServerUser, input: string): Promise<void> {
  const [program, ...args] = command
  if (program === undefined) throw new Error('a command: expected a program')
  const child = spawn(program, args, { cwd: '/', env: serverEnvironment, stdio: ['pipe', 'pipe', 'pipe'], ...user.become })
  const said: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => said.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => said.push(chunk))
  // A program that ends early closes its input: its exit status tells, not the broken pipe.
  child.stdin.on('error', () => undefined)
  child.stdin.end(input)
  const status = await new Promise<number | string | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', (code, signal) => resolve(code ?? signal))
  })
  if (status === 0) return
  const text = Buffer.concat(said).toString()
  // It is said once, and what comes of it in many lines behind.
  const hint = /No space left on device|Check free disk space/.test(text) ? ' The disk is full: make room, then start again.' : ''
  throw new Error(`initdb ended with ${status}.${hint} It said: ${text.trim().split('\n').slice(-4).join(' ')}`)
}

/** The binaries where this user can read them: ours, or a copy below its home. */
export function binariesFor(user: ServerUser, installed: PostgresBinaries): PostgresBinaries {
  if (user.home === undefined) return installed
  const folder = join(user.home, `postgresql-${installed.version}`)
  if (!existsSync(folder)) {
    mkdirSync(user.home, { recursive: true, mode: 0o755 })
    const half = `${folder}.half-made-${process.pid}`
    cpSync(installed.folder, half, { recursive: true, verbatimSymlinks: true })
    renameSync(half, folder)
  }
  return binariesIn(folder, installed.version)
}
