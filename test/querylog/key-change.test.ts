// key-change.test.ts: a key that was prepared takes over at the turn of the month; both sign until the next turn, whatever happens between.
import { createPublicKey } from 'node:crypto'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { keyFileName, makeNextKey } from '../../src/querylog/key-directory.ts'
import type { QueryLog } from '../../src/querylog/log.ts'
import { keyIdIn, noteVerifier, openNote, signersOf } from '../../src/querylog/note.ts'
import { SlotKeys } from '../../src/querylog/slot-keys.ts'
import { LogBench, query } from './log-bench.ts'

const log1 = 'linkage.example/log/1'
const day = 24 * 3_600_000

/** Which keys signed, by their place in the directory; each signature is verified by itself. */
async function signers(t: Test, bench: LogBench, note: string): Promise<number[]> {
  const { verifierKeys } = await SlotKeys.read(bench.directory('1'), log1)
  return signersOf(note).map((id) => {
    const at = verifierKeys.findIndex((each) => keyIdIn(each) === id)
    t.doesNotThrow(() => openNote(note, [noteVerifier(verifierKeys[at] ?? '')]))
    return at
  })
}

async function append(t: Test, bench: LogBench, log: QueryLog): Promise<number[]> {
  const { checkpoint } = await log.append(query('a').draft)
  const receipt = Buffer.from(checkpoint, 'base64').toString()
  t.equal(receipt, log.checkpoint, 'the receipt is signed as the mark is')
  return signers(t, bench, receipt)
}

async function open(t: Test): Promise<{ bench: LogBench; log: QueryLog }> {
  const bench = new LogBench(t)
  await bench.makeKeys('1')
  return { bench, log: await bench.open('1') }
}

t.test('from the month entry on both sign, from the next month entry on the new one alone', async (t) => {
  const { bench, log } = await open(t)
  t.same(await append(t, bench, log), [0])
  await makeNextKey(bench.directory('1'), 1)
  t.same(await append(t, bench, log), [0], 'prepared is not in force')
  bench.clock.pass(10 * day)
  t.same(await append(t, bench, log), [0, 1])
  const [first = '', second = ''] = (await SlotKeys.read(bench.directory('1'), log1)).verifierKeys
  t.same(bench.ofKind('1', 'month')[0]?.key_change, { from: first, to: second })
  bench.clock.pass(20 * day)
  t.same(await append(t, bench, log), [0, 1])
  bench.clock.pass(10 * day)
  t.same(await append(t, bench, log), [1])
  t.equal(bench.ofKind('1', 'month')[1]?.key_change, undefined)
  await makeNextKey(bench.directory('1'), 2)
  bench.clock.pass(31 * day)
  t.same(await append(t, bench, log), [1, 2], 'and again')
  await log.close()
})

t.test('a process that starts knows from the mark who signs; the slot stays known by its first key', async (t) => {
  const { bench, log } = await open(t)
  await append(t, bench, log)
  await makeNextKey(bench.directory('1'), 1)
  bench.clock.pass(10 * day)
  await append(t, bench, log)
  await log.close()
  const second = await bench.open('1')
  t.same(await signers(t, bench, second.checkpoint), [0, 1])
  await second.close()
  bench.clock.pass(31 * day)
  const third = await bench.open('1')
  t.same(await append(t, bench, third), [1])
  await third.close()
  const fourth = await bench.open('1')
  t.same(await append(t, bench, fourth), [1])
  await fourth.close()
})

t.test('a turn that was committed and never signed counts: whoever comes next signs with both', async (t) => {
  const { bench, log } = await open(t)
  await append(t, bench, log)
  await makeNextKey(bench.directory('1'), 1)
  bench.clock.pass(10 * day)
  bench.store.fates = ['lost-but-stored']
  await t.rejects(log.append(query('a').draft), { code: 'query-log-unavailable' })
  bench.store.away = true
  await log.close()
  bench.store.away = false
  const second = await bench.open('1')
  t.equal(bench.ofKind('1', 'month').length, 1)
  t.same(await append(t, bench, second), [0, 1])
  await second.close()
})

t.test('a turn that was lost names the key that is the newest when it is tried again', async (t) => {
  const { bench, log } = await open(t)
  await append(t, bench, log)
  bench.clock.pass(10 * day)
  bench.store.fates = ['lost']
  await t.rejects(log.append(query('a').draft), { code: 'query-log-unavailable' })
  await makeNextKey(bench.directory('1'), 1)
  while (!bench.events.some(({ event }) => event === 'log-back')) await new Promise((resolve) => setTimeout(resolve, 2))
  t.same(await append(t, bench, log), [0, 1])
  t.equal(bench.ofKind('1', 'month').length, 1)
  await log.close()
})

t.test('of a key that signs no more the private half may be destroyed; of one that signs it may not', async (t) => {
  const { bench, log } = await open(t)
  await append(t, bench, log)
  await makeNextKey(bench.directory('1'), 1)
  bench.clock.pass(10 * day)
  await append(t, bench, log)
  await log.close()
  const first = join(bench.directory('1'), keyFileName(0))
  const pem = readFileSync(first, 'utf8')
  const publicHalf = createPublicKey(pem).export({ type: 'spki', format: 'pem' }).toString()
  writeFileSync(first, publicHalf)
  const before = bench.store.entriesOf('1').length
  await t.rejects(bench.open('1'), { code: 'keys-unreadable', message: /does not hold the key that signs now/ })
  t.equal(bench.store.entriesOf('1').length, before)
  writeFileSync(first, pem)
  const second = await bench.open('1')
  bench.clock.pass(31 * day)
  t.same(await append(t, bench, second), [1])
  await second.close()
  writeFileSync(first, publicHalf)
  const third = await bench.open('1')
  t.same(await append(t, bench, third), [1])
  await third.close()
  rmSync(first)
  await t.rejects(bench.open('1'), { code: 'keys-unreadable', message: /expected signing-key.pem before signing-key-2.pem/ })
})

t.test('a key that goes missing at the turn: nothing is released, and the refusal names it', async (t) => {
  const { bench, log } = await open(t)
  await append(t, bench, log)
  await makeNextKey(bench.directory('1'), 1)
  bench.clock.pass(10 * day)
  await append(t, bench, log)
  rmSync(join(bench.directory('1'), keyFileName(1)))
  bench.clock.pass(31 * day)
  await t.rejects(log.append(query('a').draft), { code: 'query-log-unavailable' })
  t.match(
    bench.events.find(({ event }) => event === 'log-refused'),
    { error: { code: 'keys-unreadable', message: /no longer holds the key/ } },
  )
  t.equal(bench.ofKind('1', 'month').length, 1, 'and no month entry says otherwise')
  await log.close()
})
