// threat-model.test.ts: every control that the threat model names stands where it says, and every test that shows it is there.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'

const root = join(import.meta.dirname, '..')
const model = readFileSync(join(root, 'docs', 'threat-model.md'), 'utf8')
const cells = (line: string): string[] =>
  line
    .slice(1, -1)
    .split('|')
    .map((cell) => cell.trim())
const rowsOf = (heading: RegExp): string[][] => {
  const section = model.split(/^## /m).find((each) => heading.test(each)) ?? ''
  return section
    .split('\n')
    .filter((line) => line.startsWith('|'))
    .map(cells)
    .slice(2)
}
const [assets, actors, threats] = [rowsOf(/^資產/), rowsOf(/^行為人/), rowsOf(/^威脅與管制/)]

/** Titles of tests as they are written: the first argument of `test(`, and where that is a member of a table's rows, what the rows hold
 *  there. A text that stands elsewhere in a file is none. */
function titlesOf(text: string): ReadonlySet<string> {
  const calls = [...text.matchAll(/^ *(?:await )?(?:t\.)?test\(\s*(?:(['`])(.+?)\1|(\w+)),/gm)]
  const members = new Set(calls.flatMap(([, , , member]) => member ?? []))
  const rows = [...text.matchAll(/^ *(\w+): (['`])(.+)\2,$/gm)].filter(([, member = '']) => members.has(member))
  return new Set([...calls.flatMap(([, , title]) => title ?? []), ...rows.map(([, , , title = '']) => title)])
}

t.test('only what is the title of a test, or names a row of its table, is taken for one', async (t) => {
  const written = [
    "t.test('one', async",
    '  await t.test(',
    '    `two ’s`,',
    "// t.test('three', x",
    "t.equal(1, 1, 'four')",
    "const rows = ['five',",
    "  act: 'six',",
    "  code: 'seven',",
    '  t.test(act, async',
  ]
  t.same([...titlesOf(written.join('\n'))], ['one', 'two ’s', 'six'])
})

t.test('assets, actors and threats are listed', async (t) => {
  t.equal(assets.length, 7)
  t.equal(actors.length, 8)
  t.ok(threats.length > 20)
  for (const row of threats) t.equal(row.length, 6, row[0] ?? '')
})

t.test('every asset is threatened and every actor threatens, by names that are listed', async (t) => {
  const named = (column: number): string[] => threats.flatMap((row) => (row[column] ?? '').split(', '))
  t.same([...new Set(named(1))].sort(), assets.map(([id]) => id).sort())
  t.same([...new Set(named(2))].sort(), actors.map(([id]) => id).sort())
})

t.test('every control stands in files that exist', async (t) => {
  for (const [threat = '', , , , where = ''] of threats) {
    const files = [...where.matchAll(/`([^`]+)`/g)].map(([, file]) => file ?? '')
    t.ok(files.length > 0, threat)
    for (const file of files) t.ok(existsSync(join(root, file)), `${threat}: ${file}`)
  }
})

t.test('every control is shown by tests of that title', async (t) => {
  for (const [threat = '', , , , , shown = ''] of threats) {
    const tests = [...shown.matchAll(/`(test\/[\w/.-]+)` "([^"]+)"/g)]
    t.ok(tests.length > 0, threat)
    t.equal(shown.replace(/`(test\/[\w/.-]+)` "([^"]+)"(; )?/g, ''), '', `${threat}: every word of the column is a file and its title`)
    for (const [, file = '', title = ''] of tests) {
      const text = existsSync(join(root, file)) ? readFileSync(join(root, file), 'utf8') : ''
      t.ok(titlesOf(text).has(title), `${threat}: ${file} has no test called "${title}"`)
    }
  }
})

t.test('every residual risk is told in both languages', async (t) => {
  const [, section = ''] = model.split(/^## 殘餘風險.*$/m)
  const risks = section.split(/^- /m).slice(1)
  t.ok(risks.length >= 20, `${risks.length} risks`)
  for (const risk of risks) {
    t.match(risk, /^\*\*[^*]+。\*\* .*\p{Script=Han}/u)
    t.match(risk, /\n {2}[A-Z][^\p{Script=Han}]+\.\s*$/u, risk.slice(0, 20))
  }
  for (const [accepted, said] of [
    ['the total traffic', /gaps between an agency's indexes/],
    ['operations and administrator together', /operations and the database's administrator together/],
    ['reads that leave no record', /Reads by SQL under the auditor's role/],
    ['openings that leave no record', /holds a recipient's private key/],
    ['calls that may not have been released', /between the mark and the socket/],
    ['what one instance keeps in memory', /begin anew with each start/],
    ['names of sessions', /name of its session/],
  ] as const)
    t.match(section, said, accepted)
})
