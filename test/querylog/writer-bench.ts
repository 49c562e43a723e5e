// writer-bench.ts: the writer of one slot on a database in memory, with a mark on disk; and what holds of whatever it stored.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Test } from 'tap'
import { canonicalJson } from '../../src/canonical.ts'
import type { Clock } from '../../src/querylog/clock.ts'
import type { Given, Numbers } from '../../src/querylog/entry.ts'
import type { LogEvent } from '../../src/querylog/log-event.ts'
import { MarkFile, makeMark } from '../../src/querylog/mark.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import { LogWriter, type WriterOptions } from '../../src/querylog/writer.ts'
import { MemoryStore } from './memory-store.ts'

export const log = 'linkage.example/log/1'
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
export const signer = noteSigner(log, pem)
export const november = Date.parse('2026-11-24T02:00:00.000Z')

export class TestClock implements Clock {
  offset = 0
  start = performance.now()
  wall = () => november + this.offset + (performance.now() - this.start)
  monotonic = () => performance.now()
  sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 5)))
}

export interface Bench {
  readonly store: MemoryStore
  readonly clock: TestClock
  readonly events: LogEvent[]
  readonly path: string
  open(queueLimit?: number): Promise<{ writer: LogWriter; mark: MarkFile }>
}

export async function bench(t: Test): Promise<Bench> {
  const folder = mkdtempSync(join(tmpdir(), 'linkage-writer-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = join(folder, 'mark')
  await makeMark(path)
  const store = new MemoryStore()
  const clock = new TestClock()
  store.databaseTime = () => clock.wall()
  const events: LogEvent[] = []
  let ids = 0
  const open = async (queueLimit = 64) => {
    const mark = await MarkFile.open(path)
    const identity = { slot: '1', log, verifierKey: signer.verifierKey }
    const options: WriterOptions = {
      identity,
      store,
      reader: store,
      mark,
      signer,
      clock,
      newId: () => `w${ids++}`,
      parameters: {},
      queueLimit,
      report: (event) => events.push(event),
    }
    return { writer: await LogWriter.open(options), mark }
  }
  return { store, clock, events, path, open }
}

let queries = 0
/** A `query` as far as the writer knows one. */
export function query(agency: string, counted = true) {
  const id = `q${queries++}`
  return {
    id,
    draft: {
      agency,
      counted,
      write: ({ at, clock }: Given, { agencySeq, countedSeq }: Numbers) =>
        JSON.stringify({ agency, agency_seq: agencySeq, at, clock, counted_seq: countedSeq, id, kind: 'query', v: 1 }),
    },
  }
}

/** Numbers without gap or duplicate, times that never step back, canonical bytes: for whatever was stored.
 *  @returns what is wrong, by entry */
function unsound(entries: readonly string[]): string[] {
  const wrong: string[] = []
  const seq = new Map<string, number>()
  const counted = new Map<string, number>()
  let last = ''
  for (const [at, entry] of entries.entries()) {
    const value = JSON.parse(entry)
    const holds = (sound: boolean, what: string) => {
      if (!sound) wrong.push(`${at}: ${what}: ${entry}`)
    }
    holds(canonicalJson(value) === entry, 'an entry is its own RFC 8785 form')
    holds(value.at >= last, 'times never step back')
    last = value.at
    if (value.kind !== 'query') continue
    holds(value.agency_seq === (seq.get(value.agency) ?? 0) + 1, 'agency_seq has no gap')
    seq.set(value.agency, value.agency_seq)
    if (value.counted_seq === undefined) continue
    holds(value.counted_seq === (counted.get(value.agency) ?? 0) + 1, 'counted_seq has no gap')
    counted.set(value.agency, value.counted_seq)
  }
  return wrong
}

/** One assertion for all entries: tens of thousands would cost more than what they hold. */
export function sound(t: Test, entries: readonly string[]): void {
  t.same(unsound(entries), [], 'every entry is sound')
}
