// slot-process.ts: a process that writes a slot's log under load, in a time that its input gives, until that ends; then says how it went.
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Clock } from '../../src/querylog/clock.ts'
import { QueryLog } from '../../src/querylog/log.ts'
import { receiptHeader } from '../../src/querylog/receipt.ts'
import { PostgresLogReader } from '../../src/store/reader.ts'
import { PostgresLogWriter } from '../../src/store/writer.ts'
import { timed } from '../store/timed.ts'
import { documents, education, newId, police, policies, recipients, WritingLog } from '../verifier/written-log.ts'

export interface Writing {
  readonly slot: string
  readonly host: string
  readonly keys: string
  readonly url: string
  /** Calls at once; 0: one call, and another only once the month has turned. */
  readonly callers: number
  /** How far its clock is set back once it has entered the month, ms. */
  readonly setBack: number
}

/** The line that it waits for once it is loaded, and again once it has opened its log: however long that took, it then has as long to
 *  write before the turn as every other. */
export interface Time {
  /** What this process's clock and its database's are ahead of the machine's, ms. */
  readonly offset: number
  /** When the month turns, ms since 1970 UTC of that time. */
  readonly turn: number
}

export interface Wrote {
  readonly slot: string
  readonly before: number
  readonly after: number
  /** Of the longest append, ms. */
  readonly longest: number
  readonly refused: readonly string[]
  readonly receipts: readonly string[]
}

const given: Writing = JSON.parse(process.argv[2] ?? '{}')
const { slot } = given
const input = createInterface({ input: process.stdin })
const told = (): Promise<Time> => new Promise((resolve) => input.once('line', (line) => resolve(JSON.parse(line))))
process.stdout.write('loaded\n')
let { offset, turn } = await told()

const went = { before: 0, after: 0, longest: 0 }
const ahead = (): number => Date.now() + offset
const clock: Clock = {
  wall: () => (went.after > 0 ? ahead() - given.setBack : ahead()),
  monotonic: () => performance.now(),
  sleep,
}

const [store, reader] = [new PostgresLogWriter(given.url), new PostgresLogReader(given.url)]
const refused: string[] = []
const log = await QueryLog.open({
  slot,
  host: given.host,
  keyDirectory: given.keys,
  tagDirectory: undefined,
  recipients,
  store: timed(store, () => offset),
  reader,
  clock,
  newId,
  parameters: {},
  software: 'test',
  queueLimit: 1_000,
  report: (event) => {
    if ('error' in event) refused.push(`${event.event}: ${event.error}`)
  },
})
const drafts = new WritingLog()
await log.append(await drafts.key())
for (const text of documents) await store.putDocument('policy', Buffer.from(text))
await log.append(drafts.policy(policies[0] ?? ('' as never)))

process.stdout.write('open\n')
;({ offset, turn } = await told())
// Both clocks were set: it asks the database before it believes its own.
await log.ready()
let stopped = false
input.on('close', () => (stopped = true))
const receipts: string[] = []

async function call(agency: string): Promise<void> {
  const [started, turned] = [performance.now(), ahead() > turn]
  try {
    const recorded = await log.append(drafts.query(agency))
    if (receipts.length < 20 || turned) receipts.push(receiptHeader(slot, recorded, Buffer.alloc(32)))
    went[turned ? 'after' : 'before'] += 1
  } catch (error) {
    refused.push(String(error))
    await sleep(100)
  }
  went.longest = Math.max(went.longest, performance.now() - started)
}

async function callUntilStopped(agency: string): Promise<void> {
  while (!stopped) await call(agency)
}

/** It sleeps over the turn. */
async function callOnceAMonth(): Promise<void> {
  await call(education)
  while (ahead() < turn + 1_000) await sleep(50)
  await call(education)
  while (!stopped) await sleep(50)
}

if (given.callers === 0) await callOnceAMonth()
else await Promise.all(Array.from({ length: given.callers }, (_, nth) => callUntilStopped(nth % 3 === 0 ? police : education)))
await log.close()
await Promise.all([store.close(), reader.close()])
const wrote: Wrote = { slot, ...went, refused, receipts: [...receipts.slice(0, 40), ...receipts.slice(-40)] }
process.stdout.write(`${JSON.stringify(wrote)}\n`)
