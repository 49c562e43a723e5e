// full-path.ts: what enforcement and a durable record cost: every check, filter and commit, beside a bare proxy, in the same run.
//
// The gateway, or the proxy, has one core to itself; load, upstream and PostgreSQL share the other. Rounds are interleaved, and
// ratios are taken within a round: the machine's own noise stays out of them.
import { type ChildProcess, execFileSync, fork } from 'node:child_process'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { openDepartment, setPorts } from '../../src/cli/demo/department.ts'
import { households } from '../../src/cli/sample-welfare/households.ts'
import { startEmbedded } from '../../src/store/embedded.ts'
import { migrate } from '../../src/store/migrate.ts'
import { makeRoles } from '../../src/store/roles.ts'

const rounds = Number(process.env.ROUNDS ?? 7)
const seconds = Number(process.env.SECONDS_PER_ROUND ?? 3)
const connections = Number(process.env.CONNECTIONS ?? 64)
const here = import.meta.dirname
const pinned = process.platform === 'linux'
const sizes = { small: '1.6 KB', large: '20 KB' } as const
const targets = ['bare proxy', 'full path'] as const
const path = '/low-income/households/status'

interface Result {
  readonly calls: number
  readonly others: number
  readonly seconds: number
  readonly p50: number
  readonly p99: number
}
interface Row extends Result {
  readonly target: (typeof targets)[number]
  readonly size: keyof typeof sizes
  readonly round: number
  readonly cpu: number
}

/** A child on one core, and its first message. */
async function start(
  core: number,
  file: string,
  args: readonly string[] = [],
  env: NodeJS.ProcessEnv = {},
): Promise<{ child: ChildProcess; hello: { port: number } }> {
  const node = ['--disable-warning=ExperimentalWarning']
  const on = pinned ? { execPath: 'taskset', execArgv: ['-c', String(core), process.execPath, ...node] } : { execArgv: node }
  const child = fork(file, args, { ...on, env: { ...process.env, ...env } })
  const hello = await new Promise<{ port: number }>((resolve, reject) => {
    child.once('message', (message) => resolve(message as { port: number })) // the children of this bench say where they listen
    child.once('exit', (code) => reject(new Error(`${file} ended with ${code}`)))
  })
  return { child, hello }
}

const ask = (child: ChildProcess, message: object | string): Promise<Result> =>
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
function cpuOf(pid: number | undefined): number {
  if (!pinned || pid === undefined) return 0
  const fields = readFileSync(`/proc/${pid}/stat`, 'latin1').split(') ')[1]?.split(' ') ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10_000
}

const median = (values: readonly number[]): number => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0

if (pinned) execFileSync('taskset', ['-apc', '0', String(process.pid)], { stdio: 'ignore' })
const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))
const stops: (() => void | Promise<void>)[] = [() => rmSync(folder, { recursive: true, force: true })]
try {
  const database = await startEmbedded(join(folder, 'postgres'))
  stops.unshift(() => database.stop())
  await makeRoles(database.adminUrl, database.passwords)
  await migrate(database.adminUrl)
  const upstream = await start(0, join(here, 'upstream.ts'))
  const proxy = await start(1, join(here, 'proxy.ts'), [`http://127.0.0.1:${upstream.hello.port}`])
  const load = fork(join(here, 'load.ts'), { ...(pinned && { execPath: 'taskset', execArgv: ['-c', '0', process.execPath] }) })
  stops.unshift(() => {
    for (const child of [upstream.child, proxy.child, load]) child.disconnect()
  })

  const department = await openDepartment(join(folder, 'department'))
  const agencies = join(department.config, 'agencies')
  for (const name of readdirSync(agencies)) {
    const file = join(agencies, name)
    writeFileSync(
      file,
      readFileSync(file, 'utf8').replaceAll(
        /limits: \{[^}]*\}/g,
        'limits: {per_minute: 1000000, per_day: 100000000, per_user_per_day: 100000000, concurrent: 1000}',
      ),
    )
  }
  setPorts(department.config, { public: 0, admin: 0, upstream: `http://127.0.0.1:${upstream.hello.port}` })
  const gateway = await start(1, join(here, 'gateway.ts'), [department.config], { DATABASE_URL: database.url('linkage_gateway') })
  const ended = new Promise((over) => gateway.child.once('exit', over))
  stops.unshift(async () => {
    gateway.child.disconnect()
    await ended
  })

  const [approved] = demoCalls(households[0]?.nationalId ?? '')
  if (approved === undefined) throw new Error('the demo has an approved call')
  const body = JSON.stringify({ nationalId: approved.subject })
  const headers = await new DemoCaller('', department.drawn).headers(approved, body)
  const of = { 'bare proxy': proxy, 'full path': gateway }
  const rows: Row[] = []
  process.stdout.write(
    `${connections} connections, ${rounds} rounds of ${seconds} s each, ${pinned ? 'pinned: gateway or proxy on core 1, the rest on core 0' : 'not pinned'}\n`,
  )
  for (let round = 0; round <= rounds; round += 1) {
    for (const size of ['small', 'large'] as const) {
      await ask(upstream.child, size)
      for (const target of round % 2 === 0 ? targets : [...targets].reverse()) {
        const { child, hello } = of[target]
        const before = cpuOf(child.pid)
        const result = await ask(load, {
          url: `http://127.0.0.1:${hello.port}${path}`,
          connections,
          duration: round === 0 ? 2 : seconds,
          headers,
          body,
        })
        if (result.others > 0) throw new Error(`${target}: ${result.others} calls were not answered with 200`)
        const cpu = (cpuOf(child.pid) - before) / result.calls
        if (round === 0) continue // the first round warms up
        rows.push({ ...result, target, size, round, cpu })
        process.stdout.write(
          `round ${round}  ${sizes[size].padEnd(6)}  ${target.padEnd(10)}  ${(result.calls / result.seconds).toFixed(0).padStart(6)} calls/s  p50 ${String(result.p50).padStart(3)} ms  p99 ${String(result.p99).padStart(3)} ms  ${cpu.toFixed(0).padStart(4)} µs CPU/call\n`,
        )
      }
    }
  }
  const ratio = (size: keyof typeof sizes): number => {
    const rate = (target: string, round: number) => {
      const row = rows.find((each) => each.size === size && each.target === target && each.round === round)
      return row === undefined ? Number.NaN : row.calls / row.seconds
    }
    return median(Array.from({ length: rounds }, (_, index) => rate('full path', index + 1) / rate('bare proxy', index + 1)))
  }
  for (const size of ['small', 'large'] as const) {
    for (const target of targets) {
      const own = rows.filter((each) => each.size === size && each.target === target)
      const rate = median(own.map((each) => each.calls / each.seconds))
      process.stdout.write(
        `median   ${sizes[size].padEnd(6)}  ${target.padEnd(10)}  ${rate.toFixed(0).padStart(6)} calls/s  p50 ${median(own.map((each) => each.p50))} ms  p99 ${median(own.map((each) => each.p99))} ms  ${median(own.map((each) => each.cpu)).toFixed(0)} µs CPU/call (least ${Math.min(...own.map((each) => each.cpu)).toFixed(0)})\n`,
      )
    }
  }
  mkdirSync('data', { recursive: true })
  writeFileSync(join('data', 'bench-full-path.json'), `${JSON.stringify({ connections, seconds, rows }, null, 2)}\n`)
  process.stdout.write(`full path / bare proxy: 1.6 KB ${ratio('small').toFixed(2)}, 20 KB ${ratio('large').toFixed(2)}\n`)
} finally {
  for (const stop of stops) await stop()
}
