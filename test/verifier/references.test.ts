// references.test.ts: references at the bounds of what is remembered.
import t from 'tap'
import type { Fault } from '../../src/verifier/finding.ts'
import { References } from '../../src/verifier/references.ts'
import { inShort, rowsOf, verifyRows } from './verifying.ts'
import { education, newId, police, policies, WritingLog } from './written-log.ts'

const told: string[] = []
const tell = ({ code }: Fault): void => {
  told.push(code)
}
const since = (): string[] => told.splice(0)

t.test('a data key is remembered while it can be in use: one that was forgotten long ago seals nothing', async (t) => {
  const references = new References()
  const ids = Array.from({ length: 100 }, newId)
  for (const id of ids) references.key(id, tell)
  references.sealedUnder({ key: ids[99] ?? '', counter: 0 }, tell)
  references.sealedUnder({ key: ids[98] ?? '', counter: 7 }, tell)
  t.same(since(), [])
  references.sealedUnder({ key: ids[0] ?? '', counter: 8 }, tell)
  t.same(since(), ['key-unknown'])
  references.sealedUnder({ key: ids[0] ?? '', counter: 9 }, tell)
  t.same(since(), [], 'an unknown key is told once')
  references.sealedUnder({ key: ids[0] ?? '', counter: 9 }, tell)
  t.same(since(), ['nonce-repeated'], 'but its nonces are followed')
})

t.test('behind entries that cannot be read, what may have been entered there is taken as entered, until two more were', async (t) => {
  const references = new References()
  references.skip(10)
  references.decidedUnder('a', tell)
  references.sealedUnder({ key: 'k', counter: 3 }, tell)
  references.sealedUnder({ key: 'k', counter: 3 }, tell)
  t.same(since(), ['nonce-repeated'])
  for (const digest of ['b', 'c']) references.policy(digest)
  references.decidedUnder('d', tell)
  t.same(since(), ['policy-unknown'])
})

t.test('a query further back than is remembered is looked up, however many there are, and each has one completion', async (t) => {
  const references = new References()
  const [id, other] = [newId(), newId()]
  const completion = (index: number) => ({ kind: 'completion' as const, outcome: 'lost', agency: 'a', of: { id, index } })
  references.query(5, id, 0)
  for (const index of [6, 7]) references.noQuery(index)
  references.completion(4 + 2 ** 18, completion(5), 0, tell)
  t.same(since(), [], 'the furthest that is remembered')
  t.same(references.takeFar(), [])
  references.noQuery(5 + 2 ** 18)
  const code = 'completion-unknown'
  references.completion(5 + 2 ** 18, completion(5), 0, tell)
  const far = references.takeFar()
  t.same(far, [{ index: 5 + 2 ** 18, code, of: { agency: 'a', id, index: 5 } }])
  t.same(references.takeFar(), [], 'given once')
  for (const each of far) references.farAnswer(each, true, tell)
  t.same(since(), ['completion-repeated'], 'it had one while it was remembered')
  references.query(5 + 2 ** 18, other, 0)
  references.completion(6 + 2 ** 18, completion(5 + 2 ** 18), 0, tell)
  t.same(since(), ['completion-unknown'], 'a place is taken by the entry that came later')
  for (let index = 0; index < 1500; index += 1) references.completion(2000 + 2 ** 18, completion(10 + index), 0, tell)
  t.same(since(), [])
  const many = references.takeFar()
  t.equal(many.length, 1500)
  for (const each of [...many, ...many.slice(-1)]) references.farAnswer(each, true, tell)
  t.same(since(), ['completion-repeated'])
  references.subjects(20 + 2 ** 18, { ...completion(9), kind: 'subjects' }, 0, tell)
  for (const each of references.takeFar()) references.farAnswer(each, false, tell)
  t.same(since(), ['subjects-unknown'])
})

t.test('completions of a log in which entries cannot be read are looked up on the way: an innocent one has no findings', async (t) => {
  const writing = new WritingLog({ heads: [] })
  writing.batch('2026-11-24T02:00:00.000Z', writing.opening(), await writing.key(), writing.policy(policies[0] ?? ('' as never)))
  const ids = Array.from({ length: 1200 }, newId)
  const first = writing.size
  while (writing.size < first + ids.length) {
    const some = ids.slice(writing.size - first, writing.size - first + 100)
    writing.batch('2026-11-24T02:00:01.000Z', ...some.map((id) => writing.query(education, true, id)))
  }
  const gap = writing.size
  writing.batch('2026-11-24T02:00:02.000Z', writing.refusals())
  const completions = ids.map((id, at) => writing.completion(education, { id, index: first + at }))
  for (let at = 0; at < completions.length; at += 100) writing.batch('2026-11-24T02:10:00.000Z', ...completions.slice(at, at + 100))
  const whole = writing.size
  const lies = [
    writing.completion(education, { id: ids[7] ?? '', index: first + 7 }),
    writing.completion(education, { id: newId(), index: first + 8 }),
    writing.completion(police, { id: ids[9] ?? '', index: first + 9 }),
  ]
  writing.batch('2026-11-24T02:20:00.000Z', ...lies)
  const { checkpoints, ...rest } = writing.written
  const rows = rowsOf({ checkpoints, ...rest }).map((row) => (row.index === gap ? { ...row, bytes: undefined } : row))
  const upTo = async (size: number): Promise<string[]> => {
    const kept = checkpoints.filter((each) => each.size <= size)
    return inShort((await verifyRows(rows.slice(0, size), kept)).findings)
  }
  t.same(await upTo(whole), [`${gap} entry-missing`])
  const found = [`${whole} completion-repeated`, `${whole + 1} completion-unknown`, `${whole + 2} completion-unknown`]
  t.same(await upTo(writing.size), [`${gap} entry-missing`, ...found])
})
