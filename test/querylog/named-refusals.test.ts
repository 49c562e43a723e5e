// named-refusals.test.ts: whatever keeps a slot from being written is refused by its name, with its remedy in two languages.
import fs, { chmodSync, closeSync, copyFileSync, openSync, readdirSync, readlinkSync, rmSync, writeFileSync } from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { makeSlotKeys, markFile } from '../../src/querylog/key-directory.ts'
import type { QueryLog } from '../../src/querylog/log.ts'
import { StoreError } from '../../src/querylog/ports.ts'
import { LogRefusal, type LogRefusalCode, logRefusalCodes } from '../../src/querylog/refusal.ts'
import { LogBench, query } from './log-bench.ts'

/** A log that wrote, and is closed; the test then does something to it. */
async function written(bench: LogBench, calls = 3): Promise<void> {
  await bench.makeKeys('1')
  const log = await bench.open('1')
  for (let i = 0; i < calls; i++) await log.append(query('a').draft)
  await log.close()
}

interface Case {
  readonly code: LogRefusalCode
  readonly act: string
  readonly prepare: (bench: LogBench) => Promise<unknown>
  /** What of the situation the message has to say. */
  readonly says: RegExp
}

const opened: QueryLog[] = []

const atStart: readonly Case[] = [
  {
    code: 'key-directory-locked',
    act: 'another writer lives',
    prepare: async (bench) => {
      await written(bench)
      opened.push(await bench.open('1'))
    },
    says: new RegExp(`process ${process.pid} on host`),
  },
  {
    code: 'no-mark',
    act: 'the mark is gone',
    prepare: async (bench) => {
      await written(bench)
      rmSync(join(bench.directory('1'), markFile))
    },
    says: /mark.*cannot be opened/,
  },
  {
    code: 'database-behind',
    act: 'an older database',
    prepare: async (bench) => {
      await written(bench)
      bench.store.restore('1', bench.store.entriesOf('1').slice(0, -1))
    },
    says: /holds 4 entries .* the mark 5/,
  },
  {
    code: 'database-behind',
    act: 'an empty database',
    prepare: async (bench) => {
      await written(bench)
      bench.store.rows.clear()
      bench.store.stored.clear()
    },
    says: /holds 0 entries/,
  },
  {
    code: 'other-history',
    act: 'another entry of the same size',
    prepare: async (bench) => {
      await written(bench)
      const entries = bench.store.entriesOf('1')
      bench.store.restore('1', [...entries.slice(0, -1), (entries.at(-1) ?? '').replace('"agency":"a"', '"agency":"b"')])
    },
    says: /not those that were signed/,
  },
  {
    code: 'other-history',
    act: 'entries beyond the mark do not give the head',
    prepare: async (bench) => {
      await written(bench)
      bench.store.restore('1', [...bench.store.entriesOf('1'), bench.store.entriesOf('1')[0] ?? ''])
      const row = bench.store.rows.get('1')
      if (row !== undefined) row.head = { ...row.head, root: bench.store.rootOf('none') }
    },
    says: /do not give the head/,
  },
  {
    code: 'other-history',
    act: 'the slot is another log’s',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      await bench.store.claim('1', 'elsewhere.example/log/1')
    },
    says: /elsewhere\.example/,
  },
  {
    code: 'other-numbers',
    act: 'an agency’s number in the row was raised',
    prepare: async (bench) => {
      await written(bench)
      bench.store.rows.get('1')?.agencies.set('a', { records: 4, counted: 3, recordsBefore: 0, countedBefore: 0 })
    },
    says: /not those that were signed/,
  },
  {
    code: 'other-key',
    act: 'a key directory that was made anew',
    prepare: async (bench) => {
      await written(bench)
      rmSync(bench.directory('1'), { recursive: true })
      await bench.makeKeys('1')
      bench.store.claim = () => Promise.reject(new StoreError('other-key', 'slot 1 belongs to the key k1'))
    },
    says: /belongs to the key k1/,
  },
  {
    code: 'slot-ended',
    act: 'the slot was superseded',
    prepare: async (bench) => {
      await written(bench)
      await bench.store.endSlot('1', 'linkage.example/log/1', undefined, '北市社資字第1號')
    },
    says: /slot-ended/,
  },
  {
    code: 'database-not-durable',
    act: 'fsync is off',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      bench.store.claim = () => Promise.reject(new StoreError('database-not-durable', 'fsync off (expected on)'))
    },
    says: /fsync off/,
  },
  {
    code: 'other-instance',
    act: 'another gateway works on the database',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      bench.store.claim = () => Promise.reject(new StoreError('other-instance', 'Found: linkage gateway 2, process 4711'))
    },
    says: /Found: linkage gateway 2, process 4711/,
  },
  {
    code: 'clock-unsound',
    act: 'the database’s clock is 11 s behind',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      bench.store.databaseTime = () => bench.clock.now - 11_000
    },
    says: /11000 ms/,
  },
  {
    code: 'no-recipient',
    act: 'recipients of later years alone',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      bench.clock.now = Date.parse('2025-12-31T15:59:59.000Z')
    },
    says: /2025 or before/,
  },
  {
    code: 'keys-unreadable',
    act: 'others may read the key',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      chmodSync(join(bench.directory('1'), 'signing-key.pem'), 0o640)
    },
    says: /mode 640/,
  },
  {
    code: 'keys-unreadable',
    act: 'no signing key',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      rmSync(join(bench.directory('1'), 'signing-key.pem'))
    },
    says: /no signing key/,
  },
  {
    code: 'keys-unreadable',
    act: 'the signing key is none',
    prepare: async (bench) => {
      await bench.makeKeys('1')
      writeFileSync(join(bench.directory('1'), 'signing-key.pem'), 'PRIVATE KEY')
    },
    says: /signing-key\.pem/,
  },
  {
    code: 'keys-unreadable',
    act: 'the key that signed the mark is gone, another stands in its place',
    prepare: async (bench) => {
      await written(bench)
      const other = join(bench.folder, 'other')
      await makeSlotKeys(other)
      copyFileSync(join(other, 'signing-key.pem'), join(bench.directory('1'), 'signing-key.pem'))
    },
    says: /which signed the mark, is not in the key directory/,
  },
]

const seen = new Set<LogRefusalCode>()

function named(t: Test, error: unknown, code: LogRefusalCode, says: RegExp): void {
  if (!(error instanceof LogRefusal)) throw error
  seen.add(code)
  t.equal(error.code, code)
  t.match(error.message, says)
  const [before, behind] = [`${code}: ${error.remedyZh} `, ` ${error.remedy}`]
  t.ok(error.message.startsWith(before) && error.message.endsWith(behind), error.message)
  t.match(error.message.slice(before.length, -behind.length), /[^.]\.$/, 'what was found is one sentence')
  t.match(error.remedyZh, /^[\u3000-\u9fff\uff00-\uffefA-Za-z0-9_ ()]+$/u)
}

for (const { act, code, prepare, says } of atStart) {
  t.test(`${code}: ${act}; nothing is written`, async (t) => {
    const bench = new LogBench(t)
    await prepare(bench)
    const before = bench.store.entriesOf('1').slice()
    const files = readdirSync(bench.folder, { recursive: true }).length
    const error = await bench.open('1').then(
      () => undefined,
      (failure) => failure,
    )
    named(t, error, code, says)
    t.same(bench.store.entriesOf('1'), before)
    if (code !== 'key-directory-locked') t.ok(readdirSync(bench.folder, { recursive: true }).length <= files + 1, 'and no key is made')
    for (const log of opened.splice(0)) await log.close()
  })
}

/** The file that this process holds open becomes one on a full disk: its descriptor is taken by /dev/full. */
function fillDisk(path: string): void {
  const descriptor = readdirSync('/proc/self/fd').find((each) => {
    try {
      return readlinkSync(`/proc/self/fd/${each}`) === path
    } catch {
      return false // of the listing itself
    }
  })
  closeSync(Number(descriptor))
  if (openSync('/dev/full', 'w') !== Number(descriptor)) throw new Error('another file took the descriptor')
}

/** What can only happen to a log that is open. */
const whileOpen: readonly (Omit<Case, 'prepare'> & { readonly happens: (bench: LogBench) => unknown })[] = [
  {
    code: 'head-moved',
    act: 'another process wrote the slot',
    happens: async (bench) => {
      await bench.store.claim('1', 'linkage.example/log/1')
      bench.store.restore('1', [...bench.store.entriesOf('1'), '{}'])
    },
    says: /head-moved/,
  },
  {
    code: 'mark-unwritable',
    act: 'the mark’s disk is full',
    happens: (bench) => {
      fillDisk(join(bench.directory('1'), markFile))
    },
    says: /could not be made durable/,
  },
  {
    code: 'mark-unwritable',
    act: 'the mark’s disk fails (EIO)',
    happens: () => failWrites(),
    says: /could not be made durable/,
  },
]

const { write } = fs
/** From now on what is written to a file fails, as on a disk that is broken: the mark is written so that write tells what fsync would. */
function failWrites(): void {
  const fail = (...args: unknown[]): void => {
    const done = args.at(-1)
    if (typeof done === 'function') setImmediate(() => done(Object.assign(new Error('EIO: i/o error, write'), { code: 'EIO' })))
  }
  Object.assign(fs, { write: fail })
  syncBuiltinESMExports()
}

function mendWrites(): void {
  Object.assign(fs, { write })
  syncBuiltinESMExports()
}

for (const { act, code, happens, says } of whileOpen) {
  const skip = code === 'mark-unwritable' && process.platform !== 'linux' && 'a full disk is made with /dev/full'
  t.test(`${code}: ${act}; the call is not released, nor is any after it`, { skip }, async (t) => {
    t.teardown(mendWrites)
    const bench = new LogBench(t)
    await bench.makeKeys('1')
    const log = await bench.open('1')
    t.teardown(() => log.close())
    await log.append(query('a').draft)
    await happens(bench)
    const together = await Promise.allSettled(Array.from({ length: 5 }, () => log.append(query('a').draft)))
    t.equal(together.filter(({ status }) => status === 'fulfilled').length, 0)
    const told = () => bench.events.find(({ event }) => event === 'log-refused')
    for (const until = performance.now() + 10_000; told() === undefined && performance.now() < until; ) await sleep(1)
    const refused = told()
    named(t, refused !== undefined && 'error' in refused ? refused.error : undefined, code, says)
    t.throws(() => log.check(), { code: 'query-log-unavailable' })
    t.match(await log.ready(), { ready: false, why: code })
    const stored = bench.store.entriesOf('1').length
    await t.rejects(log.append(query('a').draft), { code: 'query-log-unavailable' })
    t.equal(bench.store.entriesOf('1').length, stored)
  })
}

t.test('every refusal is shown above', async (t) => {
  t.same([...seen].sort(), logRefusalCodes.filter((code) => code !== 'mark-unwritable' || process.platform === 'linux').sort())
})
