// gateway-child.ts: `linkage serve` in a process of its own, on a database and a department made for the test.
import { type ChildProcess, spawn } from 'node:child_process'
import { randomInt } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Department, openDepartment, setPorts } from '../../src/cli/demo/department.ts'
import { type EmbeddedServer, startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import type { Teardown } from '../end-to-end/department.ts'
import { ownEnvironment } from '../own-environment.ts'
import { layPreparedCluster } from '../store/prepared-cluster.ts'
import type { Held } from './memory-probe.ts'

const root = join(import.meta.dirname, '..', '..')

/** A port of loopback that nobody listens on now, below those that systems give to connections by themselves: one of these could be
 *  taken by another test's connection before the gateway listens. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = randomInt(10_000, 32_000)
    const server = createServer()
    const isFree = await new Promise<boolean>((told) => {
      server.once('error', () => told(false))
      server.listen(port, '127.0.0.1', () => told(true))
    })
    if (!isFree) continue
    await new Promise((closed) => server.close(closed))
    return port
  }
}

export interface Run {
  readonly child: ChildProcess
  readonly printed: () => string
  readonly ended: Promise<number | null>
}

export interface Place {
  readonly folder: string
  readonly database: EmbeddedServer
  readonly department: Department
  readonly publicPort: number
  readonly adminPort: number
  /** Starts a gateway. @param node options of Node */
  serve(databaseUrl?: string, node?: readonly string[]): Run
}

/** Resolves once a gateway says that it serves.
 *  @throws Error with what it printed, where it ended instead */
export async function serving(run: Run): Promise<void> {
  const over = run.ended.then(() => {
    throw new Error(run.printed())
  })
  while (!run.printed().includes('"serving"')) await Promise.race([over, new Promise((wait) => setTimeout(wait, 25))])
  over.catch(() => undefined) // it ends later, when it is told to
}

/** The option of Node with which a gateway tells what it holds. */
export const probe = `--import=${join(import.meta.dirname, 'memory-probe.ts')}`

/** What a gateway that was started with the probe holds now. */
export async function held({ child, printed }: Run): Promise<Held> {
  const lines = (): string[] => printed().match(/^held .*$/gm) ?? []
  const before = lines().length
  child.kill('SIGUSR2')
  while (lines().length === before) await new Promise((wait) => setTimeout(wait, 10))
  return JSON.parse(lines().at(-1)?.slice('held '.length) ?? '')
}

/** @param upstream where the welfare system listens; absent: nowhere */
export async function openPlace(t: Teardown, upstream?: string): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-child-'))
  await layPreparedCluster(join(folder, 'postgres'))
  const database = await startEmbedded(join(folder, 'postgres'))
  const children = new Set<ChildProcess>()
  // Where a test is ended for taking too long: what it started is in sessions and processes of its own and would stay.
  const cut = (): void => {
    for (const child of children) child.kill('SIGKILL')
    process.kill(database.pid, 'SIGQUIT')
  }
  process.once('exit', cut)
  t.teardown(async () => {
    process.off('exit', cut)
    await database.stop()
    rmSync(folder, { recursive: true, force: true })
  })
  await makeRoles(database.adminUrl, database.passwords)
  await migrate(database.adminUrl)
  const department = await openDepartment(join(folder, 'department'))
  const [publicPort, adminPort, nobody] = [await freePort(), await freePort(), await freePort()]
  setPorts(department.config, { public: publicPort, admin: adminPort, upstream: upstream ?? `http://127.0.0.1:${nobody}` })
  return {
    folder,
    database,
    department,
    publicPort,
    adminPort,
    serve(databaseUrl = database.url('linkage_gateway'), node = []) {
      const env = { ...ownEnvironment(), DATABASE_URL: databaseUrl, LINKAGE_TRACE: '1' }
      const options = ['--disable-warning=ExperimentalWarning', ...node, join(root, 'src/main.ts'), 'serve', department.config]
      const child = spawn(process.execPath, options, { env, stdio: ['ignore', 'pipe', 'pipe'] })
      children.add(child)
      child.once('close', () => children.delete(child))
      const pieces: Buffer[] = []
      for (const stream of [child.stdout, child.stderr]) stream?.on('data', (piece: Buffer) => pieces.push(piece))
      const ended = new Promise<number | null>((resolve) => child.once('close', (code) => resolve(code)))
      return { child, printed: () => Buffer.concat(pieces).toString('utf8'), ended }
    },
  }
}
