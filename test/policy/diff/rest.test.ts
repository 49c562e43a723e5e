// rest.test.ts: what no effect is told of is named by its place, whatever else is told of the same file.
import t from 'tap'
import { parseDocument, visit } from 'yaml'
import { addDays, type CivilDate } from '../../../src/calendar.ts'
import { diff } from '../../../src/policy/diff/diff.ts'
import { AGENCY, API, edit, type Files, good, load, snapshotOf } from '../good-folder.ts'

const base = snapshotOf({})

/** Values that may be allowed where this one is. */
function othersThan(value: string): string[] {
  if (/^\d{4}-\d\d-\d\d$/.test(value)) return [addDays(value as CivilDate, -1), addDays(value as CivilDate, 1)]
  if (/^\d+$/.test(value)) return [String(Number(value) + 1), String(Number(value) - 1)]
  const swaps = [...closeValues].filter((each) => each.includes(value)).flatMap((each) => each.filter((other) => other !== value))
  return [...swaps, JSON.stringify(`${value}1`), JSON.stringify(value.replace(/^.*$/, '文')), JSON.stringify(`${value.slice(0, -1)}x`)]
}
const closeValues: readonly (readonly string[])[] = [
  ['api', 'file', 'online'],
  ['string', 'number', 'integer', 'boolean'],
  ['date', 'date-time'],
  ['true', 'false'],
  ['assertion', 'case', 'reason'],
  ['category', 'members[].name'],
  ['linked-agency', 'using-unit'],
  ['getStatus', 'getIncome'],
]
function firstDifference(one: string, other: string): string {
  const at = [...one].findIndex((each, index) => each !== other[index])
  return `${one.slice(at - 30, at + 20)} → ${other.slice(at - 30, at + 20)}`.replaceAll('\n', '⏎')
}

const NOTE = edit(AGENCY, 'note: 機房出口', 'note: 機房')
t.test('what no effect is told of is named by file and place, whatever else of the file, or of a namesake, is told', (t) => {
  const twice = (one: Files, ...others: readonly (readonly [string, string, string])[]): Files => {
    const texts = { ...one }
    for (const [file, from, to] of others) texts[file] = String(texts[file] ?? good[file]).replace(from, () => to)
    return texts
  }
  const places = (changes: Files) =>
    diff(base, snapshotOf(changes))
      .filter(({ code }) => code === 'file-changed')
      .map(({ of, what }) => `${of.kind} ${what.en.split(' ').at(-1)}`)
      .sort()
  const note = `agency ${AGENCY}#/networks/0/note`
  t.same(places(NOTE), [note])
  t.same(places(twice(NOTE, [AGENCY, '      - members[].name\n', ''])), [note], 'beside a field less')
  t.same(places(twice(NOTE, [AGENCY, 'phone: 02-0000-0000', 'phone: 02-0000-0001'])), [`agency ${AGENCY}#/manager/phone`, note])
  t.same(places(twice(NOTE, ['audit.yaml', '\n', '\n'], ['purposes.yaml', 'title: 審核,', 'title: 複核,'])), [note])
  const shifted = twice(NOTE, [
    AGENCY,
    'networks:\n',
    'networks:\n  - {cidr: 203.0.113.64/28, from: 2026-01-05, until: 2027-12-31, document: 文1}\n',
  ])
  t.same(places(shifted), [`agency ${AGENCY}#/networks/1/note`], 'a line above it moves its place, and is told by itself')
  t.same(places(twice({}, [API, 'summary: 查詢資格', 'summary: 資格'], [API, 'title: 類別', 'title: 種類'])), [
    `api ${API}#/paths/~1status/post/responses/200/content/application~1json/schema/properties/category/title`,
    `api ${API}#/paths/~1status/post/summary`,
  ])
  const [change] = diff(base, snapshotOf(NOTE))
  t.equal(change?.what.zh, `其他內容變更 ${AGENCY}#/networks/0/note：機房出口 → 機房`)
  t.end()
})

t.test('every leaf of an agency and of a catalogue: another value is told beside any other change', (t) => {
  const changedLeaves = (name: string) => {
    const text = String(good[name])
    const leaves: Files[] = []
    visit(parseDocument(text), {
      Scalar: (key, node) => {
        if (key === 'key') return
        const [from, to] = node.range ?? [0, 0]
        for (const value of othersThan(String(node.value))) leaves.push({ [name]: text.slice(0, from) + value + text.slice(to) })
      },
    })
    return leaves
  }
  let tried = 0
  for (const name of [AGENCY, API]) {
    const other = name === AGENCY ? [AGENCY, 'note: 機房出口', 'note: 機房'] : [API, 'summary: 名冊', 'summary: 全名冊']
    const [, from = '', to = ''] = other
    const moved = snapshotOf({ [name]: String(good[name]).replace(from, to) })
    const alone = diff(base, moved).length
    for (const changes of changedLeaves(name)) {
      const text = String(changes[name])
      if (!text.includes(from)) continue
      const { snapshot } = load({ [name]: text.replace(from, to) })
      if (snapshot === undefined || snapshot.digest === moved.digest) continue
      tried += 1
      t.ok(diff(base, snapshot).length > alone, firstDifference(String(good[name]), text))
    }
  }
  t.ok(tried > 60, `${tried} leaves`)
  t.end()
})

t.test('what a line on trial would let through is told by its place: it opens nothing', (t) => {
  const tried = (text: string) =>
    text.replace('    api: benefits\n    operations: [getIncome]', '    trial: true\n    api: benefits\n    operations: [getIncome]')
  const before = tried(String(good[AGENCY]))
  t.not(before, good[AGENCY])
  const found = diff(snapshotOf({ [AGENCY]: before }), snapshotOf({ [AGENCY]: before.replace('per_day: 200,', 'per_day: 300,') }))
  t.match(found, [{ direction: 'other', code: 'file-changed', what: { zh: `其他內容變更 ${AGENCY}#/grants/1/limits/per_day：200 → 300` } }])
  t.equal(found.length, 1)
  t.end()
})
