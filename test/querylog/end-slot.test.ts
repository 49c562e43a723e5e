// end-slot.test.ts: a slot that is abandoned or superseded is recorded where a living log vouches for it, and never written again.
import { copyFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import { uuidv7 } from '../../src/gateway/ids.ts'
import { openCheckpoint } from '../../src/querylog/checkpoint.ts'
import { abandonSlot, supersedeSlot } from '../../src/querylog/end-slot.ts'
import { noteVerifier } from '../../src/querylog/note.ts'
import { SlotKeys } from '../../src/querylog/slot-keys.ts'
import { LogBench, query } from './log-bench.ts'

const logOf = (slot: string): string => `linkage.example/log/${slot}`
const document = '北市社資字第1150009999號'

/** Slot 1 wrote and is closed; keys of slot 2 are made. */
async function written(bench: LogBench): Promise<void> {
  await bench.makeKeys('1')
  await bench.makeKeys('2')
  const log = await bench.open('1')
  for (let i = 0; i < 4; i++) await log.append(query('a').draft)
  await log.close()
}

const superseding = (bench: LogBench, more = {}) => ({
  old: { slot: '1', log: logOf('1'), keyDirectory: bench.directory('1') },
  next: bench.options('2'),
  ends: bench.store,
  document,
  ...more,
})

t.test('superseded: the opening of the new slot holds the old mark, what is left, and the document', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  const signed = bench.store.rootOf('1')
  bench.store.restore('1', bench.store.entriesOf('1').slice(0, 3))
  await t.rejects(bench.open('1'), { code: 'database-behind' })
  await supersedeSlot(superseding(bench))
  const opening = bench.entries('2')[0]
  const head = { log: logOf('1'), root: bench.store.rootOf('1').toString('base64'), size: 3, slot: '1' }
  t.match(opening, { kind: 'opening', supersedes: { document, head, mark: { size: 6 }, why: 'database-behind' } })
  const { verifierKey } = await SlotKeys.read(bench.directory('1'), logOf('1'))
  const convicts = openCheckpoint(opening?.supersedes?.mark.checkpoint ?? '', noteVerifier(verifierKey))
  t.match(convicts, { size: 6, root: signed }, 'the mark convicts by itself')
  await t.rejects(bench.open('1'), { code: 'slot-ended', message: new RegExp(document) })
  rmSync(join(bench.directory('1'), 'ended'))
  await t.rejects(bench.open('1'), { code: 'slot-ended' }, 'the database says so by itself')
  const goesOn = await bench.open('2')
  await goesOn.append(query('a').draft)
  await goesOn.close()
  t.equal(bench.store.entriesOf('1').length, 3)
})

t.test('the database that is put in its place knows nothing of it: the key directory says so', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  bench.store.rows.clear()
  bench.store.stored.clear()
  await supersedeSlot(superseding(bench))
  t.match(bench.entries('2')[0]?.supersedes, { head: { size: 0 }, mark: { size: 6 } })
  bench.store.rows.clear()
  await t.rejects(bench.open('1'), { code: 'slot-ended' })
})

t.test('another history is told apart from one that is behind', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  const entries = bench.store.entriesOf('1')
  bench.store.restore('1', [...entries.slice(0, -1), (entries.at(-1) ?? '').replace('"agency":"a"', '"agency":"b"')])
  t.match(await supersedeSlot(superseding(bench)), { why: 'other-history', head: { size: 6 } })
})

t.test('a slot that can go on is not superseded, nor by itself, nor by one that is not new', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  await t.rejects(supersedeSlot(superseding(bench)), { code: 'cannot-end', message: /can go on/ })
  await t.rejects(supersedeSlot(superseding(bench, { next: bench.options('1') })), { code: 'cannot-end' })
  const lives = await bench.open('1')
  await t.rejects(supersedeSlot(superseding(bench)), { code: 'key-directory-locked' })
  await lives.close()
  await (await bench.open('2')).close()
  bench.store.restore('1', bench.store.entriesOf('1').slice(0, 3))
  await t.rejects(supersedeSlot(superseding(bench)), { code: 'other-history', message: /is not new/ })
})

t.test('cut off between its steps it is done again, and says everything once', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  bench.store.restore('1', bench.store.entriesOf('1').slice(0, 3))
  bench.store.fates = ['lost']
  await t.rejects(supersedeSlot(superseding(bench)), { code: 'query-log-unavailable' })
  await supersedeSlot(superseding(bench))
  await supersedeSlot(superseding(bench))
  t.equal(bench.ofKind('2', 'opening').length, 1)
})

t.test('abandoned: a living log holds its last head; whoever finds the keys again does not write it', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  const [living, dead] = [await bench.open('2'), await bench.open('1')]
  const means = { reader: bench.store, ends: bench.store, newId: () => uuidv7(bench.clock.now) }
  const { head, index } = await abandonSlot(living, means, '1', document)
  t.match(head, { log: logOf('1'), root: bench.store.rootOf('1').toString('base64'), size: dead.size, slot: '1' })
  t.match(bench.entries('2')[index], { kind: 'abandon', document, head })
  await t.rejects(dead.append(query('a').draft), { code: 'query-log-unavailable' }, 'who still wrote it is fenced off')
  await dead.close()
  await t.rejects(bench.open('1'), { code: 'slot-ended' })
  t.equal(bench.store.entriesOf('1').length, head.size)
  t.same(await abandonSlot(living, means, '1', document), { head, index }, 'done again it says nothing twice')
  t.equal(bench.ofKind('2', 'abandon').length, 1)
  await t.rejects(abandonSlot(living, means, '2', document), { code: 'cannot-end' })
  await t.rejects(abandonSlot(living, means, '9', document), { code: 'cannot-end' })
  await living.close()
})

t.test('many abandoned, and each done again: one entry each', async (t) => {
  const bench = new LogBench(t)
  for (const slot of ['1', '2', '3', '4']) await bench.makeKeys(slot)
  for (const slot of ['1', '3', '4']) await (await bench.open(slot)).close()
  const living = await bench.open('2')
  const means = { reader: bench.store, ends: bench.store, newId: () => uuidv7(bench.clock.now) }
  const said = new Map<string, unknown>()
  for (const slot of ['1', '3', '4']) said.set(slot, await abandonSlot(living, means, slot, document))
  for (const slot of ['1', '4', '3', '1']) t.same(await abandonSlot(living, means, slot, 'another order'), said.get(slot), slot)
  t.same(
    bench.ofKind('2', 'abandon').map(({ head }) => head?.slot),
    ['1', '3', '4'],
  )
  await living.close()
})

t.test('copies of a key directory do not make two slots: the ended one stays ended', async (t) => {
  const bench = new LogBench(t)
  await written(bench)
  bench.store.restore('1', bench.store.entriesOf('1').slice(0, 3))
  await bench.makeKeys('3')
  for (const name of ['mark', 'signing-key.pem']) copyFileSync(join(bench.directory('1'), name), join(bench.directory('3'), name))
  await supersedeSlot(superseding(bench))
  await t.rejects(bench.open('1', { keyDirectory: bench.directory('3') }), { code: 'slot-ended' })
})
