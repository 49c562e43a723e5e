// stage.ts: what the benches of the whole gateway stand on: database, welfare system, gateway and load, each in a process of its own.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { type DrawnKeys, openDepartment, setPorts } from '../../src/cli/demo/department.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'
import { nodeOptions } from './as-deployed.ts'

const here = import.meta.dirname
/** One core for the gateway, or its peer; the other for everything else. Only Linux can say so. */
export const pinned = process.platform === 'linux'
export const path = '/low-income/households/status'

export interface Child {
  readonly process: ChildProcess
  readonly port: number
  /** A gateway's. */
  readonly adminPort?: number
}

/** One round of load, as load.ts reports it. */
export interface Result {
  readonly calls: number
  readonly others: number
  /** Answers by status, where they are not 200. */
  readonly refused: number
  readonly errors: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
  /** Of what was refused with 503, where calls came at a rate. */
  readonly refusedP99?: number
  /** Of these how many do not say when to come back. */
  readonly withoutRetryAfter?: number
}

export interface Stage {
  readonly upstream: Child
  readonly gateway: Child
  readonly load: ChildProcess
  /** The configuration that the gateway serves. */
  readonly config: string
  readonly drawn: DrawnKeys
  /** An approved call, with an API key. */
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Whatever else a bench starts: stopped before the stage is. */
  readonly stops: (() => void | Promise<void>)[]
  stop(): Promise<void>
}

/** A child on one core, and where it listens. */
export async function start(core: number, file: string, args: readonly string[] = [], env: NodeJS.ProcessEnv = {}): Promise<Child> {
  const node = file === 'gateway.ts' ? [...nodeOptions] : ['--disable-warning=ExperimentalWarning']
  const on = pinned ? { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...node] } : { execArgv: node }
  const child = fork(join(here, file), args, { ...on, env: { ...process.env, ...env } })
  const ports = await new Promise<Omit<Child, 'process'>>((resolve, reject) => {
    child.once('message', (message) => resolve(message as Omit<Child, 'process'>)) // the children of a bench say where they listen
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { process: child, ...ports }
}

/** Sends a message and waits for the answer. */
export const ask = (child: ChildProcess, message: object | string): Promise<Result> =>
  new Promise((resolve, reject) => {
    const ended = (code: number | null): void => reject(new Error(`a process ended with ${code}`))
    child.once('exit', ended)
    child.once('message', (result) => {
      child.off('exit', ended)
      resolve(result as Result) // the load process answers with its result
    })
    child.send(message)
  })

/** User and system time of a process, microseconds (Linux: clock ticks of 10 ms). */
export function cpuOf({ process: { pid } }: { readonly process: { readonly pid?: number | undefined } }): number {
  if (!pinned || pid === undefined) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

/** Resident memory of a process, MiB. */
export function residentOf({ process: { pid } }: Child): number {
  if (!pinned || pid === undefined) return 0
  return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/status`, 'latin1'))?.[1]) / 1024
}

const metricsOf = async ({ adminPort }: Child): Promise<string> => await (await fetch(`http://127.0.0.1:${adminPort}/metrics`)).text()

/** Entries that search does not find yet, as the gateway last looked. */
export async function searchBehind(gateway: Child): Promise<number> {
  const rows = [...(await metricsOf(gateway)).matchAll(/^linkage_search_behind_entries\{[^}]*\} (\d+)$/gm)]
  if (rows.length === 0) throw new Error('the gateway does not say how far search is')
  return rows.reduce((sum, [, entries]) => sum + Number(entries), 0)
}

/** Counts of served calls by the time that the gateway took, from head to release: upper bound in seconds → calls up to it. */
export async function servedWithin(gateway: Child): Promise<ReadonlyMap<number, number>> {
  const text = await metricsOf(gateway)
  const rows = [...text.matchAll(/^linkage_call_seconds_bucket\{le="([^"]+)"[^}]*\} (\d+)$/gm)]
  return new Map(rows.map(([, bound, count]) => [bound === '+Inf' ? Number.POSITIVE_INFINITY : Number(bound), Number(count)]))
}

/** Milliseconds below which that share of the calls between two readings stayed, by linear interpolation within a bucket. */
export function quantile(share: number, after: ReadonlyMap<number, number>, before: ReadonlyMap<number, number>): number {
  const counts = [...after].map(([bound, count]) => [bound, count - (before.get(bound) ?? 0)] as const)
  const wanted = (counts.at(-1)?.[1] ?? 0) * share
  let [from, below] = [0, 0]
  for (const [bound, count] of counts) {
    if (count >= wanted) return (from + (bound - from) * ((wanted - below) / Math.max(1, count - below))) * 1_000
    from = bound
    below = count
  }
  return Number.POSITIVE_INFINITY
}

export const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

const unlimited = 'limits: {per_minute: 1000000, per_day: 100000000, per_user_per_day: 100000000, concurrent: 1000}'

/** Starts everything. The example's limits are lifted: what is measured is the gateway, not a grant. */
export async function openStage(): Promise<Stage> {
  if (pinned) execFileSync('taskset', ['-apc', '0', String(process.pid)], { stdio: 'ignore' })
  const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))
  const stops: Stage['stops'] = [() => rmSync(folder, { recursive: true, force: true })]
  const stop = async (): Promise<void> => {
    for (const each of stops.splice(0)) await each()
  }
  try {
    const database = await startEmbedded(join(folder, 'postgres'))
    stops.unshift(() => database.stop())
    await makeRoles(database.adminUrl, database.passwords)
    await migrate(database.adminUrl)
    const upstream = await start(0, 'upstream.ts')
    const load = fork(join(here, 'load.ts'), { ...(pinned && { execPath: 'taskset', execArgv: ['-c', '0', process.execPath] }) })
    stops.unshift(() => {
      // One that ended by itself is gone: what else was started is stopped all the same.
      for (const child of [upstream.process, load]) if (child.connected) child.disconnect()
    })
    const department = await openDepartment(join(folder, 'department'))
    const agencies = join(department.config, 'agencies')
    for (const name of readdirSync(agencies)) {
      const file = join(agencies, name)
      writeFileSync(file, readFileSync(file, 'utf8').replaceAll(/limits: \{[^}]*\}/g, unlimited))
    }
    setPorts(department.config, { public: 0, admin: 0, upstream: `http://127.0.0.1:${upstream.port}` })
    const gateway = await start(1, 'gateway.ts', [department.config], { DATABASE_URL: database.url('linkage_gateway') })
    const ended = new Promise((over) => gateway.process.once('exit', over))
    stops.unshift(async () => {
      if (gateway.process.connected) gateway.process.disconnect()
      await ended
    })
    const [approved] = demoCalls(households[0]?.nationalId ?? '')
    if (approved === undefined) throw new Error('the demo has an approved call')
    const body = JSON.stringify({ nationalId: approved.subject })
    const headers = await new DemoCaller('', department.drawn).headers(approved, body)
    return { upstream, gateway, load, config: department.config, drawn: department.drawn, headers, body, stops, stop }
  } catch (error) {
    await stop()
    throw error
  }
}
