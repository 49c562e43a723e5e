// exposure.test.ts: what left is counted once: by calls, rows and persons, however many records a call left (R23).
import fc from 'fast-check'
import t from 'tap'
import { type ExposedCall, Exposure } from '../../src/querylog/exposure.ts'

const kind = 'tw-national-id'
const key = '2026'
const call: ExposedCall = {
  address: '203.0.113.5',
  agency: 'a',
  api: 'low-income',
  at: '2026-11-24T02:00:00.000Z',
  credential: 'k',
  fields_released: ['[].a'],
  operation: 'batch',
  rows: 1,
  user: 'u',
}
const subject = (tag: string) => ({ key, kind, tag })

t.test('what never left exposed nobody', async (t) => {
  const exposure = new Exposure()
  t.equal(exposure.add('1', 5, { ...call, subject: subject('a') }, { outcome: 'not-released' }), false)
  t.same([exposure.calls, exposure.released, exposure.rows, exposure.people], [1, 0, 0, []])
  t.equal(exposure.add('1', 6, { ...call, subject: subject('a'), answer_subjects: [{ key, kind, tags: ['a', 'b'] }] }, undefined), true)
  exposure.persons('1', 6, call, [{ key, kind, tags: ['b', 'c'] }])
  t.same(
    exposure.people.map(({ tag, calls, index }) => [tag, calls, index]),
    [
      ['a', 1, 6],
      ['b', 1, 6],
      ['c', 1, 6],
    ],
    'of one call each once',
  )
  const { rows: _, ...cut } = call
  t.equal(exposure.add('1', 7, cut, { outcome: 'cut', rows: 3 }), true, 'what was cut left as far as it came')
  t.equal(exposure.rows, 4)
})

/** The records of a call about so many people, who are named `p1`, `p2` … */
const batchOf = (of: number, rows: number | undefined): readonly ExposedCall[] => {
  const { rows: _, ...common } = call
  return Array.from({ length: of }, (_, at) => ({
    ...common,
    ...(at === 0 && { answer_subjects: [{ key, kind, tags: Array.from({ length: of }, (_, each) => `p${each + 1}`) }] }),
    batch: { at: at + 1 },
    subject: subject(`p${at + 1}`),
    ...(rows !== undefined && { rows }),
  }))
}

t.test('a call about several people is one call, of the rows of its answer, and its records are told apart', async (t) => {
  const exposure = new Exposure()
  for (const [at, each] of batchOf(100, 37).entries()) exposure.add('1', 10 + at, each, undefined)
  t.same([exposure.calls, exposure.released, exposure.records, exposure.rows], [1, 1, 100, 37])
  for (const tallies of Object.values(exposure.tallies)) t.match(tallies, [{ calls: 1, released: 1 }])
  t.equal(exposure.people.length, 100)
  t.ok(
    exposure.people.every(({ calls }) => calls === 1),
    'asked about and named in the answer to the same call',
  )

  await t.test('likewise where the rows stand in the completions, one of each record', async (t) => {
    const streamed = new Exposure()
    for (const [at, each] of batchOf(3, undefined).entries()) streamed.add('1', at, each, { outcome: 'whole', rows: 2 })
    t.same([streamed.calls, streamed.released, streamed.records, streamed.rows], [1, 1, 3, 2])
  })

  await t.test('and where it was refused', async (t) => {
    const refused = new Exposure()
    for (const [at, { fields_released: _, ...each }] of batchOf(3, 0).entries()) refused.add('1', at, each, undefined)
    t.same([refused.calls, refused.released, refused.records, refused.rows], [1, 0, 3, 0])
  })
})

t.test('who was asked about is opened where they were, who was only named in an answer nowhere', async (t) => {
  const exposure = new Exposure()
  exposure.add('1', 3, { ...call, subject: subject('a'), answer_subjects: [{ key, kind, tags: ['a', 'b', 'c'] }] }, undefined)
  exposure.add('1', 4, { ...call, subject: subject('b') }, undefined)
  for (const [at, each] of batchOf(2, 2).entries()) exposure.add('1', 5 + at, each, undefined)
  t.same(
    exposure.people.map(({ asked, calls, index, tag }) => [tag, asked, index, calls]),
    [
      ['a', true, 3, 1],
      ['b', true, 4, 2],
      ['c', false, 3, 1],
      ['p1', true, 5, 1],
      ['p2', true, 6, 1],
    ],
  )
})

t.test('calls, rows and calls of a person are those of the calls, whatever mixture of batches and others they were', async () => {
  const one = fc.record({ of: fc.integer({ min: 0, max: 5 }), rows: fc.integer({ min: 0, max: 9 }) })
  fc.assert(
    fc.property(fc.array(one, { maxLength: 8 }), (calls) => {
      const exposure = new Exposure()
      let index = 0
      for (const { of, rows } of calls)
        for (const each of of === 0 ? [{ ...call, rows, subject: subject('p1') }] : batchOf(of, rows))
          exposure.add('1', index++, each, undefined)
      const about = (person: number): number => calls.filter(({ of }) => Math.max(1, of) >= person).length
      return (
        exposure.calls === calls.length &&
        exposure.records === index &&
        exposure.rows === calls.reduce((sum, { rows }) => sum + rows, 0) &&
        exposure.people.every(({ tag, calls: counted }) => counted === about(Number(tag.slice(1))))
      )
    }),
    { numRuns: 200 },
  )
})
