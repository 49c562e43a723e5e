// postmaster.ts: the running server of a data folder: recognised, waited for, stopped.
import { spawnSync } from 'node:child_process'
import { existsSync, readFileSync, readlinkSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

export interface Postmaster {
  readonly pid: number
  readonly port: number
  /** `starting`, `ready`, `standby`, `stopping`; empty for the first moments. */
  readonly status: string
}

const pidFile = (cluster: string): string => join(cluster, 'postmaster.pid')

/** What `postmaster.pid` says; absent where there is none. Whether it is true, `isPostmaster` tells. */
export function readPostmaster(cluster: string): Postmaster | undefined {
  let text: string
  try {
    text = readFileSync(pidFile(cluster), 'utf8')
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
  const [pid, , , port, , , , status] = text.split('\n')
  if (!/^\d+$/.test(pid ?? '')) return undefined
  return { pid: Number(pid), port: Number(port ?? 0), status: (status ?? '').trim() }
}

/** Whether the process of this id is the server of this data folder, and not one that got the same id later:
 *  a postmaster stands in its data folder for as long as it lives. */
export function isPostmaster(pid: number, cluster: string): boolean {
  if (existsSync('/proc/self/cwd')) {
    try {
      return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(cluster)
    } catch {
      return false // ended (a zombie has no folder), or somebody else's process
    }
  }
  const { stdout } = spawnSync('ps', ['-o', 'command=', '-p', String(pid)], { encoding: 'utf8' })
  return stdout.includes('postgres') && stdout.includes(cluster)
}

/** The data folder's living server. */
export function livingPostmaster(cluster: string): Postmaster | undefined {
  const found = readPostmaster(cluster)
  return found !== undefined && isPostmaster(found.pid, cluster) ? found : undefined
}

/** Waits until the server of this id has ended.
 *  @returns whether it did within `ms` */
export async function hasEnded(pid: number, cluster: string, ms: number): Promise<boolean> {
  const until = performance.now() + ms
  while (isPostmaster(pid, cluster)) {
    if (performance.now() > until) return false
    await sleep(20)
  }
  return true
}

const fastWithin = 30_000
const immediateWithin = 10_000

/** Fast shutdown (sessions are ended, a checkpoint is written); where that takes too long, an immediate one, from which
 *  PostgreSQL recovers at its next start. Does nothing where no server runs.
 *  @throws Error where it is still there after both */
export async function stopPostmaster(cluster: string): Promise<void> {
  const running = livingPostmaster(cluster)
  if (running === undefined) return
  const { pid } = running
  for (const [signal, ms] of [
    ['SIGINT', fastWithin],
    ['SIGQUIT', immediateWithin],
  ] as const) {
    signalProcess(pid, signal)
    if (await hasEnded(pid, cluster, ms)) return
  }
  throw new Error(`The embedded PostgreSQL (process ${pid}, ${cluster}) did not end when asked. End it, then start again.`)
}

function signalProcess(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
