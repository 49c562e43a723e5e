// fuzz.test.ts: whatever stands in the files of a folder, loading it ends with findings or a snapshot, and never otherwise.
import fc from 'fast-check'
import t from 'tap'
import { AGENCY, API, type Files, good, load, ROSTER } from './good-folder.ts'

const names = [AGENCY, API, ROSTER, 'gateway.yaml', 'blocks.yaml', 'purposes.yaml', 'audit.yaml']
const scraps = [
  '',
  ' ',
  '\n',
  '\t',
  ':',
  '：',
  '- ',
  '[',
  ']',
  '{',
  '}',
  '"',
  "'",
  '&a ',
  '*a',
  '!!str ',
  '#',
  '|',
  '>',
  '---\n',
  '~',
  'null',
  '[]',
  '{}',
  '0',
  '𠮷',
  ',',
  '\r',
  '<<: ',
  '__proto__: {}',
  '..',
]

/** A file of the good folder with a stretch cut out, and a scrap in its place. */
const broken: fc.Arbitrary<Files> = fc
  .record({
    name: fc.constantFrom(...names),
    at: fc.double({ min: 0, max: 1, noNaN: true }),
    cut: fc.integer({ min: 0, max: 40 }),
    scrap: fc.constantFrom(...scraps),
  })
  .map(({ name, at, cut, scrap }) => {
    const text = good[name] ?? ''
    const from = Math.floor(at * text.length)
    return { [name]: text.slice(0, from) + scrap + text.slice(from + cut) }
  })

const values = ['x', '[]', '{}', '[x]', '{a: b}', '', '[[x]]']
const documents = [AGENCY, API, 'gateway.yaml', 'blocks.yaml', 'purposes.yaml'].map((name) => {
  const text = good[name] ?? ''
  return { name, text, places: [...text.matchAll(/(?<=[:[,-] ?)(\{[^{}]*\}|\[[^[\]]*\]|"[^"]*"|[^\s,{}[\]]+)/g)] }
})

/** A value of the good folder, and one of another kind in its place. */
const mistaken: fc.Arbitrary<Files> = fc
  .record({ document: fc.constantFrom(...documents), at: fc.nat(), value: fc.constantFrom(...values) })
  .map(({ document: { name, places, text }, at, value }) => {
    const place = places[at % places.length]
    return { [name]: place === undefined ? text : text.slice(0, place.index) + value + text.slice(place.index + place[0].length) }
  })

t.test('a folder that is broken anywhere is refused with its errors, or it is none the worse', async (t) => {
  let refused = 0
  fc.assert(
    fc.property(fc.oneof(broken, mistaken), (changes) => {
      const { findings, gateway, snapshot } = load(changes)
      const errors = findings.some(({ severity }) => severity === 'error')
      if (errors) refused++
      return (
        errors === (snapshot === undefined) &&
        errors === (gateway === undefined) &&
        findings.every(({ column, length, line }) => line > 0 && column > 0 && length > 0)
      )
    }),
    { numRuns: Number(process.env.LINKAGE_FUZZ ?? 100) },
  )
  t.ok(refused > 0)
})
