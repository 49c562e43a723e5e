// slot.ts: one slot's log under test: its writer as a process that can be killed, its clients, its database, and the sceptics' verdict.
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type pg from 'pg'
import { sha256Hex } from '../../src/canonical.ts'
import { random, uuidv7 } from '../../src/gateway/ids.ts'
import type { Clock } from '../../src/querylog/clock.ts'
import type { Given, Numbers } from '../../src/querylog/entry.ts'
import { makeSlotKeys, markFile, readSigner } from '../../src/querylog/key-directory.ts'
import { keyEntry } from '../../src/querylog/key-entry.ts'
import type { LogEvent } from '../../src/querylog/log-event.ts'
import { MarkFile } from '../../src/querylog/mark.ts'
import type { NoteSigner } from '../../src/querylog/note.ts'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { policyEntry } from '../../src/querylog/policy-entry.ts'
import type { Batch, LogReaderStore, LogWriterStore } from '../../src/querylog/ports.ts'
import { queryEntry } from '../../src/querylog/query-entry.ts'
import { receiptHeader } from '../../src/querylog/receipt.ts'
import { LogRefusal } from '../../src/querylog/refusal.ts'
import { saltedDigest } from '../../src/querylog/salted.ts'
import { drawSealer, type Recipient, type Sealer } from '../../src/querylog/seal.ts'
import { LogWriter } from '../../src/querylog/writer.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { Ledger } from './ledger.ts'
import { Life } from './life.ts'
import type { Chance } from './random.ts'
import { readStored, verdictOf } from './stored.ts'
import type { Wire } from './wire.ts'

export const slot = '1'
export const log = 'linkage.test/log/1'

const kid = 'faults-2026'
const recipients: readonly Recipient[] = [
  { id: 'faults', year: '2026', jwk: { ...generateKeyPairSync('x25519').publicKey.export({ format: 'jwk' }), kid } },
]
const policy = sha256Hex('the rules of this test')

/** Time as a test sets it. The writer's pauses are short here, and its minutes pass quickly where nothing is asked of the clock itself. */
export class SteppedClock implements Clock {
  /** What the machine's clock is off by, ms. */
  offset = 0
  /** What the database's clock is off by, ms. */
  databaseOffset = 0
  readonly speed: number
  #passed = 0

  constructor(speed = 1000) {
    this.speed = speed
  }

  wall = () => Date.now() + this.offset
  monotonic = () => this.#passed + performance.now() * this.speed
  sleep = (ms: number) => sleep(Math.max(1, ms / 100))

  /** Time passes, for everybody. */
  pass(ms: number): void {
    this.#passed += ms
    this.offset += ms
    this.databaseOffset += ms
  }
}

/** What a mutated gateway does otherwise; see mutations.test.ts. */
export type Spoil = (parts: { readonly store: LogWriterStore; readonly mark: MarkFile; readonly admin: pg.Pool }) => {
  readonly store?: LogWriterStore
  readonly mark?: MarkFile
}

/** One run of the writer's process. */
export interface Run {
  readonly life: Life
  readonly writer: LogWriter
  readonly sealer: Sealer
  /** Why it writes no more, where it said so. */
  refusal: unknown
  close(): Promise<void>
}

export interface Place {
  readonly admin: pg.Pool
  readonly wire: Wire
  readonly chance: Chance
  readonly clock?: SteppedClock
  readonly spoil?: Spoil
  /** Where its keys lie; absent: anywhere. */
  readonly folder?: string
}

export class SlotUnderTest {
  readonly ledger = new Ledger()
  readonly clock: SteppedClock
  readonly wire: Wire
  readonly admin: pg.Pool
  readonly chance: Chance
  readonly keys: string
  readonly #spoil: Spoil
  readonly #signer: NoteSigner
  #run: Run | undefined
  #known: number
  /** How long an append may take before its outcome counts as unknown, ms; the writer's own limit where it is shorter. */
  patience = 5_000
  /** The next process is killed at such a step. */
  doom: { readonly steps: number; readonly end: 'before' | 'after' | 'torn' } | undefined

  private constructor({ admin, wire, chance, clock, spoil }: Place, keys: string, signer: NoteSigner) {
    this.admin = admin
    this.wire = wire
    this.chance = chance
    this.clock = clock ?? new SteppedClock()
    this.keys = keys
    this.#spoil = spoil ?? (() => ({}))
    this.#signer = signer
    this.#known = 0
  }

  /** A slot with keys of its own, and its first process. */
  static async open(place: Place): Promise<SlotUnderTest> {
    const keys = mkdtempSync(join(place.folder ?? tmpdir(), 'linkage-faults-'))
    await makeSlotKeys(keys)
    const made = new SlotUnderTest(place, keys, await readSigner(keys, log))
    await made.settle()
    return made
  }

  get run(): Run {
    if (this.#run === undefined) throw new Error('no process runs')
    return this.#run
  }

  get signer(): NoteSigner {
    return this.#signer
  }

  /** Starts a process on the slot, as `QueryLog.open` does.
   *  @throws LogRefusal, StoreError; `Killed` where it was doomed to end before it served */
  async start(keys = this.keys, wire = this.wire): Promise<Run> {
    const life = new Life()
    if (this.doom !== undefined) life.killAt(this.doom.steps, this.doom.end)
    this.doom = undefined
    const [store, reader] = [new PostgresLogWriter(wire.url), new PostgresLogReader(wire.url)]
    const path = join(keys, markFile)
    const mark = await MarkFile.open(path)
    const close = async (): Promise<void> => {
      life.kill('its end')
      await life.settled()
      await Promise.all([store.close(), reader.close(), mark.close()])
    }
    try {
      const parts = { store: this.#timed(store), mark: life.mark(mark, path, () => this.chance.next()) }
      const spoiled = { ...parts, ...this.#spoil({ ...parts, admin: this.admin }) }
      const opened = this.#open(life, { mark: spoiled.mark, store: life.store(spoiled.store), reader: life.reader(reader) })
      const killed = life.ended.then(() => Promise.reject(new Killed(life.at)))
      return Object.assign(await Promise.race([opened, killed]), { close })
    } catch (error) {
      wire.cutAll()
      await close()
      throw error
    }
  }

  async #open(life: Life, ports: { store: LogWriterStore; reader: LogReaderStore; mark: MarkFile }): Promise<Omit<Run, 'close'>> {
    const run: { refusal: unknown } = { refusal: undefined }
    const writer = await LogWriter.open({
      ...ports,
      identity: { slot, log, verifierKey: this.#signer.verifierKey },
      signer: this.#signer,
      clock: life.clock(this.clock),
      newId,
      parameters: {},
      queueLimit: 4_000,
      report: (event: LogEvent) => {
        if (event.event === 'log-refused') run.refusal = event.error
      },
    })
    const facts = { id: newId(), heads: [], log, parameters: {}, slot, software: 'faults', verifierKey: this.#signer.verifierKey }
    if (writer.size === 0) await writer.append({ write: (given) => openingEntry(facts, given) })
    const { sealer, entry } = await drawSealer(newId(), log, recipients)
    await writer.append({ write: (given) => keyEntry(entry, given) })
    const rules = { id: newId(), digest: policy, previous: undefined, changed: { count: 1, document: policy } }
    await writer.append({ write: (given) => policyEntry({ ...rules, observed: { host: 'test', owners: [0], uid: 0 } }, given) })
    return Object.assign(run, { life, writer, sealer })
  }

  /** Appends that give up earlier, and a database whose clock is as wrong as the test says. */
  #timed(store: LogWriterStore): LogWriterStore {
    const shifted = <T extends { readonly databaseTime: number }>(answer: T): T => ({
      ...answer,
      databaseTime: answer.databaseTime + this.clock.databaseOffset,
    })
    return {
      claim: async (...given) => shifted(await store.claim(...given)),
      append: async (batch: Batch, within) => shifted(await store.append(batch, Math.min(within, this.patience))),
      probe: async (of) => shifted(await store.probe(of)),
      putCheckpoint: (...given) => store.putCheckpoint(...given),
      putDocument: (...given) => store.putDocument(...given),
      prepareMonth: (month) => store.prepareMonth(month),
      close: () => store.close(),
    }
  }

  /** Calls at once, each by a client of its own. @returns once each was answered, or its process is dead */
  async calls(count: number, run = this.run, ledger = this.ledger): Promise<void> {
    await Promise.all(Array.from({ length: count }, () => this.#call(run, ledger)))
  }

  async #call({ life, sealer, writer }: Run, ledger: Ledger): Promise<void> {
    // Some ask about several people, and leave an entry for each: the client holds one answer for all of them.
    const ids = Array.from({ length: this.chance.below(6) === 0 ? this.chance.between(2, 5) : 1 }, newId)
    const agency = this.chance.one(['taipei-education', 'taipei-police', 'new-taipei-education'])
    const denied = this.chance.below(8) === 0
    const body = random(this.chance.between(1, 200))
    const salt = random(32)
    for (const id of ids) ledger.opens(id)
    const facts = (at: number) => factsOf(ids, at, agency, denied, sealer, saltedDigest(salt, body))
    const drafts = ids.map((_, at) => ({
      agency,
      counted: !denied,
      write: (given: Given, numbers: Numbers) => queryEntry(facts(at), given, numbers),
    }))
    try {
      const recorded = await Promise.race([writer.appendTogether(drafts), life.ended])
      for (const [at, id] of ids.entries()) {
        const one = recorded?.[at]
        if (life.over || one === undefined) ledger.gotNothing(id)
        else if (denied) ledger.gotRefusal(id)
        else ledger.gotBody(id, body, receiptHeader(slot, one, salt))
      }
    } catch {
      for (const id of ids) ledger.gotRefusal(id)
    }
  }

  /** Until a call is served, starting the process again where it is dead. What it refuses for good is thrown.
   *  @throws LogRefusal */
  async settle(): Promise<void> {
    const until = performance.now() + 60_000
    for (const before = this.ledger.served; this.ledger.served === before; ) {
      if (performance.now() > until) throw new Error(`nothing was served within a minute: ${String(this.#run?.refusal)}`)
      if (this.#run === undefined || this.#run.life.over) await this.restart()
      if (this.#run === undefined) continue
      if (this.#run.refusal !== undefined) throw this.#run.refusal
      await this.calls(1)
      if (this.ledger.served === before) await sleep(2)
    }
  }

  /** Ends the process that runs as a kill would, and starts another, until one comes up; one that is refused says so. */
  async restart(): Promise<void> {
    await this.stop()
    try {
      this.#run = await this.start()
    } catch (error) {
      if (error instanceof LogRefusal) throw error
      await sleep(5)
    }
  }

  /** As kill -9: nothing is finished, connections end. */
  async stop(): Promise<void> {
    const run = this.#run
    this.#run = undefined
    if (run === undefined) return
    run.life.kill('a kill')
    this.wire.cutAll()
    await run.close()
  }

  /** What client's ledger and verifier have against the log as it stands.
   *  @param all holds every receipt against the log, not only those that came since the last look */
  async complaints(all = false): Promise<readonly string[]> {
    const stored = await readStored(this.admin, slot)
    const receipts = this.ledger.receipts
    const known = receipts.slice(all ? 0 : this.#known)
    this.#known = receipts.length
    const verdict = await verdictOf(stored, { slot, log, trusted: this.#signer.verifierKey }, known)
    return [...this.ledger.complaints(stored.entries), ...verdict]
  }

  async close(): Promise<void> {
    await this.stop()
    rmSync(this.keys, { recursive: true, force: true })
  }
}

/** A process was killed before it served. */
export class Killed extends Error {}

const newId = (): string => uuidv7(Date.now())

function factsOf(
  ids: readonly string[],
  at: number,
  agency: string,
  denied: boolean,
  sealer: Sealer,
  releasedHmac: ReturnType<typeof saltedDigest>,
) {
  const [first = '', id = first] = [ids[0], ids[at]]
  return {
    id,
    address: '203.0.113.5',
    agency,
    api: 'low-income',
    application: '北市教字第1150000045號',
    auth: { type: 'api-key' },
    batch: ids.length === 1 ? undefined : { at: at + 1, first, of: ids.length },
    bytes: denied ? 0 : 1024,
    case: '北市教字第1150000045號',
    code: denied ? 'outside-hours' : 'released',
    credential: 'edu-2026a',
    decision: denied ? 'deny' : 'permit',
    delegate: undefined,
    fieldsAsked: undefined,
    fieldsReleased: denied ? undefined : ['status.category'],
    grant: 'fee-waiver',
    mode: 'api',
    operation: 'getHouseholdStatus',
    policy,
    purpose: 'school-fee-waiver',
    reason: '115學年度學雜費減免審查',
    releasedHmac: denied ? undefined : releasedHmac,
    requestHmac: policy,
    rows: denied ? 0 : 1,
    rule: 'agencies/taipei-education.yaml#/grants/0/fields',
    sealed: sealer.seal(id, '{"subject":"A100000001"}'),
    status: denied ? 403 : 200,
    subject: { key: '2026', kind: 'tw-national-id', tag: `${at}${'ab'.repeat(16)}`.slice(0, 32) },
    trace: 'cd'.repeat(16),
    user: 'edu-chang',
  } as const
}
