// log-bench.ts: a slot's whole query log on a database in memory, with a key directory of its own and a clock that a test sets.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { uuidv7 } from '../../src/gateway/ids.ts'
import type { Clock } from '../../src/querylog/clock.ts'
import type { Given, Numbers, OtherHead } from '../../src/querylog/entry.ts'
import { makeSlotKeys, makeTagKey } from '../../src/querylog/key-directory.ts'
import { type LogOptions, QueryLog } from '../../src/querylog/log.ts'
import type { LogEvent } from '../../src/querylog/log-event.ts'
import { MemoryStore } from './memory-store.ts'

export const november = Date.parse('2026-11-24T02:00:00.000Z')
export const host = 'linkage.example'

const recipients = [
  { id: 'ethics', year: '2026', jwk: { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), kid: 'ethics-2026' } },
]

/** Time as a test sets it, for the log and for its database. */
export class SetClock implements Clock {
  now = november
  passed = 0
  wall = () => this.now
  monotonic = () => this.passed
  sleep = (ms: number) => new Promise<void>((resolve) => setTimeout(resolve, Math.min(ms, 2)))
  pass(ms: number): void {
    this.now += ms
    this.passed += ms
  }
}

interface Ends {
  teardown(end: () => void | Promise<void>): void
}

/** An entry as tests look at it: members that its kind does not have are absent. */
export interface Parsed {
  readonly kind: string
  readonly at: string
  readonly agency?: string
  readonly begins?: string
  readonly ended?: string
  readonly heads?: readonly OtherHead[]
  readonly key_change?: { readonly from: string; readonly to: string }
  readonly of?: { readonly id: string; readonly index: number }
  readonly outcome?: string
  readonly document?: string
  readonly head?: OtherHead
  readonly checkpoint?: string
  readonly supersedes?: { readonly head: OtherHead; readonly mark: { readonly checkpoint?: string; readonly size: number } }
}

/** What one department has: a database, a clock, and a key directory for each slot. */
export class LogBench {
  readonly store = new MemoryStore()
  readonly clock = new SetClock()
  readonly events: LogEvent[] = []
  readonly folder: string

  constructor(t: Ends) {
    this.folder = mkdtempSync(join(tmpdir(), 'linkage-log-'))
    t.teardown(() => rmSync(this.folder, { recursive: true }))
    this.store.databaseTime = () => this.clock.now
  }

  directory(slot: string): string {
    return join(this.folder, slot)
  }

  async makeKeys(slot: string): Promise<void> {
    await makeSlotKeys(this.directory(slot))
    await makeTagKey(this.directory(slot), '2026')
    await makeTagKey(this.directory(slot), '2027')
  }

  options(slot: string, more: Partial<LogOptions> = {}): LogOptions {
    return {
      slot,
      host,
      keyDirectory: this.directory(slot),
      tagDirectory: this.directory(slot),
      recipients,
      store: this.store,
      reader: this.store,
      clock: this.clock,
      newId: () => uuidv7(this.clock.now),
      parameters: {},
      software: 'test',
      queueLimit: 5_000,
      report: (event) => this.events.push(event),
      ...more,
    }
  }

  open(slot: string, more: Partial<LogOptions> = {}): Promise<QueryLog> {
    return QueryLog.open(this.options(slot, more))
  }

  /** Entries of a slot, parsed. */
  entries(slot: string): Parsed[] {
    return this.store.entriesOf(slot).map((each) => JSON.parse(each))
  }

  ofKind(slot: string, kind: string): Parsed[] {
    return this.entries(slot).filter((each) => each.kind === kind)
  }
}

let queries = 0
/** A `query` as far as the log itself knows one; a stream's has no digest of what it releases. */
export function query(agency: string, more: object = { released_hmac: 'ab' }) {
  const id = uuidv7(november + queries++)
  return {
    id,
    draft: {
      agency,
      counted: true,
      write: ({ at, clock }: Given, { agencySeq, countedSeq }: Numbers) =>
        JSON.stringify(
          Object.fromEntries(
            Object.entries({
              agency,
              agency_seq: agencySeq,
              at,
              clock,
              code: 'released',
              counted_seq: countedSeq,
              id,
              kind: 'query',
              ...more,
              v: 1,
            }).sort(([a], [b]) => (a < b ? -1 : 1)),
          ),
        ),
    },
  }
}

export const stream = (agency: string, mode = 'file') => query(agency, { mode })
