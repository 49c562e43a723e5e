// merging.test.ts: answers of many files as one: the order of files does not matter, twice is once, and neither of two that differ wins.
import fc from 'fast-check'
import t from 'tap'
import type { Answer } from '../../../src/audit/answers/answer.ts'
import { mergeAnswers } from '../../../src/audit/answers/merging.ts'

const answer: fc.Arbitrary<Answer> = fc.record({
  item: fc.constantFrom('a#1', 'a#2', 'account x'),
  field: fc.constantFrom('稽核結果', '案卷比對', '稽核人員'),
  value: fc.constantFrom('正常', '異常', '相符'),
  place: fc.record({
    file: fc.constantFrom('1.ods', '2.ods', '3.csv'),
    sheet: fc.constantFrom('', '稽核紀錄表'),
    cell: fc.constantFrom('P1', 'P2'),
  }),
})
const answers = fc.array(answer, { maxLength: 30 })

/** Comparable: a Map has an order of its own. */
const plain = (given: readonly Answer[]) => {
  const { conflicts, items } = mergeAnswers(given)
  return { conflicts, items: [...items].map(([item, cells]) => [item, [...cells]]) }
}

t.test('the order of files does not matter', async (t) => {
  fc.assert(
    fc.property(
      answers.chain((given) => fc.tuple(fc.constant(given), fc.shuffledSubarray(given, { minLength: given.length }))),
      ([given, shuffled]) => {
        t.same(plain(shuffled), plain(given))
      },
    ),
  )
})

t.test('a file that is given twice adds nothing', async (t) => {
  fc.assert(
    fc.property(answers, fc.array(fc.nat(29)), (given, again) => {
      t.same(plain([...given, ...again.flatMap((at) => given[at] ?? [])]), plain(given))
    }),
  )
})

t.test('no answer is lost, and none is made up: it stands, or is in a conflict that names everywhere that it was said', async (t) => {
  fc.assert(
    fc.property(answers, (given) => {
      const { conflicts, items } = mergeAnswers(given)
      for (const { field, item, place, value } of given) {
        const others = given.filter((each) => each.item === item && each.field === field && each.value !== value)
        const said = conflicts.find((each) => each.item === item && each.field === field)?.answers ?? []
        const found = others.length === 0 ? items.get(item)?.get(field) : said.find((each) => each.value === value)
        t.equal(found?.value, value)
        t.ok(found?.places.some((each) => each.file === place.file && each.sheet === place.sheet && each.cell === place.cell))
        t.equal(items.get(item)?.has(field) ?? false, others.length === 0, 'neither of two that differ wins')
      }
      const made = [...items.values()].reduce((sum, cells) => sum + cells.size, 0) + conflicts.length
      t.equal(made, new Set(given.map(({ field, item }) => `${item} ${field}`)).size)
    }),
  )
})

t.test('what two say is a conflict whichever of them comes first', async (t) => {
  const one: Answer = { item: 'a#1', field: '稽核結果', value: '正常', place: { file: '1.ods', sheet: '稽核紀錄表', cell: 'P14' } }
  const other: Answer = { ...one, value: '異常', place: { ...one.place, file: '2.ods' } }
  const expected = [{ item: 'a#1', field: '稽核結果', answers: [one, other].map(({ place, value }) => ({ value, places: [place] })) }]
  t.same(mergeAnswers([one, other]).conflicts, expected)
  t.same(mergeAnswers([other, one]).conflicts, expected)
  t.equal(mergeAnswers([one, other]).items.size, 0)
})
