// rounds.ts: the same load on several targets in turn, round by round: the machine's own noise meets them all, and ratios are taken
// within a round.
import type { Signing } from './assertions.ts'
import { ask, type Child, cpuOf, median, path, type Result, type Stage } from './stage.ts'

/** What is asked of whom. */
export interface Scene {
  readonly name: string
  readonly answers: 'small' | 'large' | 'huge'
  readonly connections: number
  readonly targets: readonly string[]
  /** Each call has an assertion of its own, in place of an API key. */
  readonly signing?: Signing
}

export interface Row extends Result {
  readonly scene: string
  readonly target: string
  readonly round: number
  /** Of the target's process, µs a call. */
  readonly cpu: number
}

export interface Rounds {
  readonly rounds: number
  /** Of a round. */
  readonly seconds: number
  readonly targets: ReadonlyMap<string, Child>
}

const figures = ({ calls, seconds, p50, p99, cpu }: Pick<Row, 'calls' | 'seconds' | 'p50' | 'p99' | 'cpu'>): string =>
  `${(calls / seconds).toFixed(0).padStart(6)} calls/s  p50 ${String(p50).padStart(3)} ms  p99 ${String(p99).padStart(3)} ms  ${cpu.toFixed(0).padStart(4)} µs CPU/call`

/** Measures all scenes, their targets in alternating order. The first round warms up: V8 compiles what is hot. */
export async function interleaved(stage: Stage, scenes: readonly Scene[], { rounds, seconds, targets }: Rounds): Promise<Row[]> {
  const rows: Row[] = []
  for (let round = 0; round <= rounds; round += 1) {
    for (const scene of scenes) {
      await ask(stage.upstream.process, scene.answers)
      for (const target of round % 2 === 0 ? scene.targets : [...scene.targets].reverse()) {
        const child = targets.get(target)
        if (child === undefined) throw new Error(`${target} does not run`)
        const row = await measured(stage, scene, child, round === 0 ? Math.max(5, seconds) : seconds)
        if (row.others > 0) throw new Error(`${target}, ${scene.name}: ${row.others} calls were not answered with 200`)
        if (round === 0) continue
        rows.push({ ...row, scene: scene.name, target, round })
        process.stdout.write(`round ${round}  ${scene.name.padEnd(6)}  ${target.padEnd(10)}  ${figures(row)}\n`)
      }
    }
  }
  return rows
}

type Measured = Result & Pick<Row, 'cpu'>

async function measured({ load, headers: all, body }: Stage, scene: Scene, child: Child, duration: number): Promise<Measured> {
  const { connections, signing } = scene
  // What an assertion says, no header says beside it.
  const headers = signing === undefined ? all : Object.fromEntries(Object.entries(all).filter(([name]) => !name.startsWith('linkage-')))
  const url = `http://127.0.0.1:${child.port}${path}`
  const before = cpuOf(child)
  const result = await ask(load, { url, connections, duration, headers, body, ...(signing && { signing }) })
  return { ...result, cpu: (cpuOf(child) - before) / result.calls }
}

/** Medians of each target over the rounds. */
export function printMedians(rows: readonly Row[], scene: Scene): void {
  for (const target of scene.targets) {
    const own = rows.filter((each) => each.scene === scene.name && each.target === target)
    const of = (value: (row: Row) => number): number => median(own.map(value))
    const middle = {
      calls: of(({ calls, seconds }) => calls / seconds),
      seconds: 1,
      p50: of(({ p50 }) => p50),
      p99: of(({ p99 }) => p99),
      cpu: of(({ cpu }) => cpu),
    }
    const least = Math.min(...own.map(({ cpu }) => cpu)).toFixed(0)
    process.stdout.write(`median   ${scene.name.padEnd(6)}  ${target.padEnd(10)}  ${figures(middle)} (least ${least})\n`)
  }
}

/** How many times the calls of the other one target serves: the median of the ratios of each round. */
export function ratio(rows: readonly Row[], scene: string, target: string, other: string): number {
  const rates = (of: string): Map<number, number> =>
    new Map(rows.filter((row) => row.scene === scene && row.target === of).map(({ round, calls, seconds }) => [round, calls / seconds]))
  const others = rates(other)
  return median([...rates(target)].map(([round, rate]) => rate / (others.get(round) ?? Number.NaN)))
}
