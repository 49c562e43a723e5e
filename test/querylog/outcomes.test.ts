// outcomes.test.ts: how queries ended, put in order as completions come.
import fc from 'fast-check'
import t from 'tap'
import { Outcomes } from '../../src/querylog/export/outcomes.ts'

t.test('in whatever order completions come, each query is told by the first that speaks of it', async (t) => {
  const completion = fc.record({ of: fc.nat(300), outcome: fc.constantFrom('not-released', 'lost', 'cut') })
  fc.assert(
    fc.property(fc.array(completion, { maxLength: 3000, size: 'max' }), (completions) => {
      const outcomes = new Outcomes()
      const first = new Map<number, string>()
      for (const each of completions) {
        outcomes.add(each)
        if (!first.has(each.of)) first.set(each.of, each.outcome)
      }
      for (let index = 0; index <= 301; index += 1) if (outcomes.at(index) !== first.get(index)) return false
      return true
    }),
    { numRuns: 50 },
  )
  t.pass()
})
