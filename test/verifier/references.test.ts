// references.test.ts: references at the bounds of what is remembered.
import t from 'tap'
import type { Fault } from '../../src/verifier/finding.ts'
import { References } from '../../src/verifier/references.ts'
import { newId } from './written-log.ts'

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

t.test('a completion of a query further back than is remembered is listed, not guessed', async (t) => {
  const references = new References()
  const [id, other] = [newId(), newId()]
  const completion = (index: number) => ({ kind: 'completion' as const, outcome: 'lost', agency: 'a', of: { id, index } })
  references.query(5, id, 0)
  for (const index of [6, 7]) references.noQuery(index)
  references.completion(4 + 2 ** 18, completion(5), 0, tell)
  t.same(since(), [], 'the furthest that is remembered')
  t.same(references.far, [])
  references.noQuery(5 + 2 ** 18)
  references.completion(5 + 2 ** 18, completion(5), 0, tell)
  t.same(references.far, [{ index: 5 + 2 ** 18, of: { agency: 'a', id, index: 5 } }])
  references.query(5 + 2 ** 18, other, 0)
  references.completion(6 + 2 ** 18, completion(5 + 2 ** 18), 0, tell)
  t.same(since(), ['completion-unknown'], 'a place is taken by the entry that came later')
  for (let index = 0; index < 1500; index += 1) references.completion(10 + 2 ** 18, completion(5), 0, tell)
  t.equal(references.far.length, 1000)
  t.equal(since().length, 501)
})
