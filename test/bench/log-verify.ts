// log-verify.ts: how many entries a second `linkage log verify` takes, from an export folder and from a database, on one core.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openStoredLogs } from '../../src/store/stored-logs.ts'
import { openFolder } from '../../src/verifier/folder.ts'
import { verifyLogs } from '../../src/verifier/logs.ts'
import type { StoredLogs } from '../../src/verifier/stored.ts'
import { GrowingTree, leafTextOf } from '../../src/verifier/tree.ts'
import { startTestDatabase } from '../store/server.ts'
import { muchLater } from '../verifier/verifying.ts'
import { storeWritten } from '../verifier/written-database.ts'
import { writeFolder } from '../verifier/written-folder.ts'
import { education, policies, slot, WritingLog, type Written } from '../verifier/written-log.ts'
import { median } from './stage.ts'

const entriesOfLog = Number(process.env.ENTRIES ?? 100_000)
const rounds = Number(process.env.ROUNDS ?? 5)

async function longLog(): Promise<{ written: Written; verifierKey: string }> {
  const writing = new WritingLog()
  let now = Date.parse('2026-11-02T02:00:00.000Z')
  const next = (): string => {
    now += 20
    return new Date(now).toISOString()
  }
  writing.batch(next(), writing.opening(), await writing.key())
  for (const policy of policies.slice(0, 1)) writing.batch(next(), writing.policy(policy))
  while (writing.size < entriesOfLog)
    writing.batch(next(), ...Array.from({ length: 500 }, (_, nth) => writing.query(education, nth % 50 !== 0)))
  return { written: writing.written, verifierKey: writing.signer.verifierKey }
}

/** In a function of its own: while the written log is held, every collection of garbage pays for it. */
async function store(folder: string, gatewayUrl: string): Promise<void> {
  const { written, verifierKey } = await longLog()
  writeFolder(folder, slot, written)
  await storeWritten(gatewayUrl, verifierKey, written)
}

/** Entries a second by the clock, and by this process's own processor time, which others on the machine change less. */
interface Rate {
  readonly clock: number
  readonly processor: number
}

async function rateOf(run: () => Promise<number>): Promise<Rate> {
  const [started, before] = [performance.now(), process.cpuUsage()]
  const entries = await run()
  const { user, system } = process.cpuUsage(before)
  return { clock: entries / ((performance.now() - started) / 1_000), processor: entries / ((user + system) / 1_000_000) }
}

async function verified(place: StoredLogs): Promise<number> {
  const run = verifyLogs(place, { now: muchLater, trusted: [], kept: [] })
  for (;;) {
    const step = await run.next()
    if (step.done === true) return step.value[0]?.size ?? 0
    // The log speaks of one that was never there; anything else would make the figures those of a broken log.
    if (step.value.code !== 'log-missing') throw new Error(JSON.stringify(step.value))
  }
}

/** Only what nobody can do without: entries read and hashed, leaf by leaf. */
async function hashed(place: StoredLogs): Promise<number> {
  const tree = new GrowingTree()
  for (const log of place.logs)
    for await (const chunk of log.entries(() => undefined))
      for (const { bytes } of chunk) if (bytes !== undefined) tree.addText(leafTextOf(bytes))
  return tree.size
}

const thousands = (rates: readonly number[]): string => Math.round(median(rates)).toLocaleString('en')

/** @returns the last line */
export async function benchVerify(): Promise<string> {
  const teardowns: (() => void | Promise<void>)[] = []
  const folder = mkdtempSync(join(tmpdir(), 'linkage-bench-'))
  try {
    const { gatewayUrl, auditorUrl } = await startTestDatabase({ teardown: (handler) => teardowns.unshift(handler) })
    await store(folder, gatewayUrl)
    const parts: Record<'hashed' | 'folder' | 'database', Rate[]> = { hashed: [], folder: [], database: [] }
    for (let round = 0; round < rounds; round += 1) {
      parts.hashed.push(await rateOf(async () => hashed(await openFolder(folder))))
      parts.folder.push(await rateOf(async () => verified(await openFolder(folder))))
      const database = await openStoredLogs(auditorUrl)
      parts.database.push(await rateOf(() => verified(database)))
      await database.close()
    }
    for (const [name, rates] of Object.entries(parts))
      process.stdout.write(
        `${name}: ${thousands(rates.map(({ clock }) => clock))} entries/s, ${thousands(rates.map(({ processor }) => processor))} a second of our processor time\n`,
      )
    const [fromFolder, fromDatabase] = [parts.folder, parts.database].map((rates) => thousands(rates.map(({ clock }) => clock)))
    return `verify: ${fromFolder} entries/s from a folder, ${fromDatabase} entries/s from a database`
  } finally {
    for (const teardown of teardowns) await teardown()
    rmSync(folder, { recursive: true, force: true })
  }
}
