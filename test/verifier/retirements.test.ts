// retirements.test.ts: a month that is gone, and whose word for it counts: never that of somebody who has no more than the database.
import t, { type Test } from 'tap'
import { buildBatch, type Draft, type LogState } from '../../src/querylog/batch.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import type { NoteSigner } from '../../src/querylog/note.ts'
import { openingEntry } from '../../src/querylog/opening-entry.ts'
import { retireEntry } from '../../src/querylog/slot-entries.ts'
import { nothingGrown } from '../../src/querylog/tile.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import type { StoredLog } from '../../src/verifier/stored.ts'
import { findingsOf, rowsOf, storedLog } from './verifying.ts'
import { education, log, newId, newSigner, police, policies, WritingLog } from './written-log.ts'

/** October with an opening, November [5, 9), December. */
const writing = new WritingLog({ heads: [] })
writing.batch('2026-10-24T02:00:00.000Z', writing.opening(), await writing.key(), writing.policy(policies[0] ?? ('' as never)))
writing.batch('2026-10-24T02:00:01.000Z', writing.query(education), writing.query(police))
writing.batch('2026-11-24T02:00:01.000Z', writing.query(education), writing.query(police), writing.query(education))
writing.batch('2026-12-02T02:00:01.000Z', await writing.key(), writing.query(education))
const { written, signer } = writing
const [november, december, size] = [5, 9, 12]
const kept = written.checkpoints.map(({ note, size }) => ({ log, known: { kind: 'checkpoint' as const, note, source: `copy of ${size}` } }))

/** The log without the bytes of entries. */
const without = (from: number, to: number): StoredLog =>
  storedLog(
    rowsOf(written).map((row) => (row.index >= from && row.index < to ? { ...row, bytes: undefined } : row)),
    written.checkpoints,
  )

interface Said {
  readonly from: number
  readonly to: number
  readonly month: string
  /** When it is said. */
  readonly at: string
  /** Up to which entry it is signed; absent: all. */
  readonly signedTo?: number
}

const another = 'linkage.example/log/2'

/** Another log, in which one entry says that a month of the first was taken out. */
function saying(by: NoteSigner, { at, from, month, signedTo = 2, to }: Said): StoredLog {
  const root = new Tree().extended(written.leaves.slice(0, to)).root.toString('base64')
  const opening = { id: newId(), heads: [], log: another, parameters: {}, slot: '2', software: 'test', verifierKey: by.verifierKey }
  const retired = { id: newId(), document: '北市社資字第1150000999號', from, to, keys: [signer.verifierKey], log, month, root }
  const drafts: Draft[] = [{ write: (given) => openingEntry(opening, given) }, { write: (given) => retireEntry(retired, given) }]
  const none: LogState = { slot: '2', log: another, epoch: 1, ...nothingGrown, month: undefined, lastAt: 0, agencies: new Map(), keys: [] }
  const { entries } = buildBatch(
    none,
    drafts.map((each) => [each]),
    Date.parse(at),
    2,
  ).batch
  const leaves = entries.map((each) => leafHash(each))
  const note = by.sign(checkpointText(another, new Tree().extended(leaves.slice(0, signedTo))))
  const rows = entries.map((bytes, index) => ({ index, bytes: Buffer.from(bytes), leaf: leaves[index] ?? Buffer.alloc(32) }))
  return storedLog(rows, [{ size: signedTo, note }], { slot: '2', log: another })
}

const operations = newSigner(another)
const administrator = newSigner(another)
const timely: Said = { from: november, to: december, month: '2026-11', at: '2032-01-02T00:00:00.000Z' }

async function finds(
  t: Test,
  title: string,
  logs: readonly StoredLog[],
  expected: readonly string[],
  { now = '2032-02-01T00:00:00.000Z', keys = [signer, operations] } = {},
): Promise<void> {
  const trusted = keys.map(({ verifierKey }) => readVerifierKey(verifierKey))
  const found = await findingsOf({ logs, partialTiles: false }, { now: Date.parse(now), trusted, kept })
  t.same(
    found.map(({ code, index, slot }) => `${slot} ${index} ${code}`),
    expected,
    `${title}: ${JSON.stringify(found)}`,
  )
}

t.test('a month that is gone is accepted where a trusted key signed the entry that says so, in its time', async (t) => {
  await finds(t, 'as it must be', [without(november, december), saying(operations, timely)], [])
  await finds(
    t,
    'without any key that is given',
    [without(november, december), saying(operations, timely)],
    [],
    { keys: [] }, // whose word it is, the notes say
  )
})

t.test('whoever has the database alone takes no month out: a log of their own has no say where keys are given', async (t) => {
  const hidden = [without(november, december), saying(administrator, timely)]
  await finds(t, 'a slot of their own', hidden, ['1 5 entry-missing', '2 0 key-not-given'], { keys: [signer] })
  await finds(t, 'under a name whose key is given', hidden, ['2 0 opening-mismatch', '2 2 checkpoint-invalid', '1 5 retire-mismatch'])
  await finds(
    t,
    'behind what was signed',
    [without(november, december), saying(operations, { ...timely, signedTo: 1 })],
    ['1 5 retire-mismatch'],
  )
})

t.test('六(一)7: five years are measured by whoever verifies, and an entry dated ahead of them is a finding', async (t) => {
  const dated = [without(november, december), saying(operations, timely)]
  await finds(t, 'dated in the future', dated, ['2 0 time-ahead', '2 1 retire-early'], { now: '2026-12-03T00:00:00.000Z' })
  const early = saying(operations, { ...timely, at: '2031-11-30T15:59:59.999Z' })
  await finds(t, 'too early', [without(november, december), early], ['2 1 retire-early'])
  await finds(t, 'clocks that differ by minutes', dated, [], { now: '2032-01-01T23:55:00.000Z' })
  await finds(t, 'by more', dated, ['2 0 time-ahead'], { now: '2032-01-01T23:54:59.999Z' })
})

t.test('a month goes by its own name: it lies between what is there before it and behind it', async (t) => {
  const said = (from: number, to: number, month: string) => [
    without(from, to),
    saying(operations, { from, to, month, at: '2032-01-02T00:00:00.000Z' }),
  ]
  await finds(t, 'the tail, by an old name', said(november, size, '2020-01'), ['1 5 retire-mismatch'])
  await finds(t, 'the tail, by the name of what is there', said(november, size, '2026-10'), ['1 5 retire-mismatch'])
  await finds(t, 'the tail, by its own', said(november, size, '2026-11'), [])
  await finds(t, 'an old name in the middle', said(november, december, '2020-01'), ['1 5 retire-mismatch', '1 9 retire-mismatch'])
  await finds(t, 'a young name in the middle', said(november, december, '2026-12'), ['1 5 retire-mismatch', '1 9 retire-mismatch'])
})
