// simulate.ts: `npm run bench:simulate`: how many recorded calls a second `linkage config simulate` puts to another configuration, from the
// database on, and what each step costs alone.
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { replay } from '../../src/cli/config-simulate.ts'
import { loggedCall } from '../../src/cli/logged.ts'
import { lapsed } from '../../src/credential/validity.ts'
import { KnownFiles } from '../../src/policy/known-files.ts'
import { type Loaded, loadFolder } from '../../src/policy/load.ts'
import { Simulated } from '../../src/policy/simulate.ts'
import { PostgresExport } from '../../src/store/export-store.ts'
import { startTestDatabase } from '../store/server.ts'
import { storeWritten } from '../verifier/written-database.ts'
import { slot } from '../verifier/written-log.ts'
import { judge as missed, missedBySimulate } from './goals.ts'
import { longLog } from './log-export.ts'
import { median } from './stage.ts'

const entries = Number(process.env.ENTRIES ?? 300_000)
const rounds = Number(process.env.ROUNDS ?? 5)
const example = join(import.meta.dirname, '../../config')
/** Fields that the recorded calls did not release: without them most are decided as they were. */
const more = ['status.validUntil', 'members[].studentStatus']

function rulesOf({ snapshot }: Loaded) {
  if (snapshot === undefined) throw new Error('the example is valid')
  return snapshot
}

const perChunk = 4_096

/** Microseconds of this process for each of so many entries, and entries a second. */
async function cost(entries: number, work: () => unknown): Promise<{ readonly cpu: number; readonly rate: number }> {
  const [before, began] = [process.cpuUsage(), performance.now()]
  await work()
  const { system, user } = process.cpuUsage(before)
  return { cpu: (system + user) / entries, rate: (entries / (performance.now() - began)) * 1_000 }
}

/** What the steps cost one by one. */
async function steps(rows: PostgresExport, judge: () => Simulated): Promise<void> {
  const starts = Array.from({ length: Math.ceil(entries / perChunk) }, (_, at) => at * perChunk)
  const to = (from: number): number => Math.min(entries, from + perChunk)
  const texts: string[] = []
  const reading = await cost(entries, async () => {
    for (const from of starts) {
      texts.length = 0
      for (const entry of await rows.entryBytes(slot, from, to(from))) texts.push(entry.toString('utf8'))
    }
  })
  const parsing = await cost(texts.length, () => texts.map((entry) => loggedCall({ entry })))
  const calls = texts.flatMap((entry) => loggedCall({ entry }) ?? [])
  const judged = judge()
  const deciding = await cost(calls.length, () => calls.map((call) => judged.add(call)))
  for (const [name, { cpu, rate }] of Object.entries({ reading, parsing, deciding }))
    process.stdout.write(`  ${name}: ${cpu.toFixed(1)} µs of this process an entry, alone ${Math.round(rate).toLocaleString('en')}/s\n`)
}

const teardowns: (() => void | Promise<void>)[] = []
try {
  const name = 'agencies/taipei-education.yaml'
  const text = readFileSync(join(example, name), 'utf8')
  const fewer = more.reduce((left, field) => left.replace(`      - ${field}\n`, ''), text)
  const rules = rulesOf(loadFolder(example, new KnownFiles(), new Map([[name, fewer]])))
  const { written, verifierKey } = await longLog(entries)
  const { auditorUrl, gatewayUrl } = await startTestDatabase({ teardown: (handler) => teardowns.unshift(handler) })
  await storeWritten(gatewayUrl, verifierKey, written)
  const rows = new PostgresExport(auditorUrl)
  teardowns.unshift(() => rows.close())
  const bytes = written.entries.reduce((sum, { length }) => sum + length, 0)
  process.stdout.write(`${entries.toLocaleString('en')} entries of ${Math.round(bytes / entries)} bytes\n`)
  const rates: number[] = []
  const judge = () => new Simulated(rules, (credential, day) => !lapsed(credential, day))
  for (let round = 0; round < rounds; round += 1) {
    const simulated = judge()
    const began = performance.now()
    await replay(rows, [{ slot, from: 0, to: entries }], 0, simulated)
    const seconds = (performance.now() - began) / 1_000
    const { calls, same, differences } = simulated.result()
    rates.push(calls / seconds)
    process.stdout.write(`round ${round + 1}: ${calls.toLocaleString('en')} calls, ${same.toLocaleString('en')} the same, `)
    process.stdout.write(`${differences.length} kinds of differences, ${Math.round(calls / seconds).toLocaleString('en')} calls/s\n`)
  }
  await steps(rows, judge)
  process.stdout.write(`simulate: ${Math.round(median(rates))} calls/s\n`)
  missed('simulate', missedBySimulate(median(rates)))
} finally {
  for (const teardown of teardowns) await teardown()
}
