// full-path.ts: what enforcement and a durable record cost: every check, filter and commit, beside a bare proxy, in the same run.
//
// The gateway, or the proxy, has one core to itself; load, upstream and PostgreSQL share the other. Rounds are interleaved, and
// ratios are taken within a round: the machine's own noise stays out of them.
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { ask, cpuOf, median, openStage, path, pinned, type Result, start } from './stage.ts'

const rounds = Number(process.env.ROUNDS ?? 7)
const seconds = Number(process.env.SECONDS_PER_ROUND ?? 3)
const connections = Number(process.env.CONNECTIONS ?? 64)
const sizes = { small: '1.6 KB', large: '20 KB' } as const
const targets = ['bare proxy', 'full path'] as const

interface Row extends Result {
  readonly target: (typeof targets)[number]
  readonly size: keyof typeof sizes
  readonly round: number
  readonly cpu: number
}

const figures = (rate: number, p50: number, p99: number, cpu: number): string =>
  `${rate.toFixed(0).padStart(6)} calls/s  p50 ${String(p50).padStart(3)} ms  p99 ${String(p99).padStart(3)} ms  ${cpu.toFixed(0).padStart(4)} µs CPU/call`

const stage = await openStage()
try {
  const { upstream, gateway, load, headers, body } = stage
  const proxy = await start(1, 'proxy.ts', [`http://127.0.0.1:${upstream.port}`])
  stage.stops.unshift(() => proxy.process.disconnect())
  const of = { 'bare proxy': proxy, 'full path': gateway }
  const rows: Row[] = []
  process.stdout.write(
    `${connections} connections, ${rounds} rounds of ${seconds} s each, ${pinned ? 'pinned: gateway or proxy on core 1, the rest on core 0' : 'not pinned'}\n`,
  )
  for (let round = 0; round <= rounds; round += 1) {
    for (const size of ['small', 'large'] as const) {
      await ask(upstream.process, size)
      for (const target of round % 2 === 0 ? targets : [...targets].reverse()) {
        const child = of[target]
        const before = cpuOf(child)
        const result = await ask(load, {
          url: `http://127.0.0.1:${child.port}${path}`,
          connections,
          // The first round warms up: V8 compiles what is hot.
          duration: round === 0 ? Math.max(5, seconds) : seconds,
          headers,
          body,
        })
        if (result.others > 0) throw new Error(`${target}: ${result.others} calls were not answered with 200`)
        const cpu = (cpuOf(child) - before) / result.calls
        if (round === 0) continue
        rows.push({ ...result, target, size, round, cpu })
        const rate = result.calls / result.seconds
        process.stdout.write(
          `round ${round}  ${sizes[size].padEnd(6)}  ${target.padEnd(10)}  ${figures(rate, result.p50, result.p99, cpu)}\n`,
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
      const of = (value: (row: Row) => number): number => median(own.map(value))
      const least = Math.min(...own.map((each) => each.cpu)).toFixed(0)
      process.stdout.write(
        `median   ${sizes[size].padEnd(6)}  ${target.padEnd(10)}  ${figures(
          of((row) => row.calls / row.seconds),
          of((row) => row.p50),
          of((row) => row.p99),
          of((row) => row.cpu),
        )} (least ${least})\n`,
      )
    }
  }
  mkdirSync('data', { recursive: true })
  writeFileSync(join('data', 'bench-full-path.json'), `${JSON.stringify({ connections, seconds, rows }, null, 2)}\n`)
  process.stdout.write(`full path / bare proxy: 1.6 KB ${ratio('small').toFixed(2)}, 20 KB ${ratio('large').toFixed(2)}\n`)
} finally {
  await stage.stop()
}
