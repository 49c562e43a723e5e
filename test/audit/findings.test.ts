// findings.test.ts: R18: a finding of the department goes from its notice to its closure; 逾期 follows from the date.
import t from 'tap'
import { type AgencyFinding, advanceFinding, findingsOf, findingWords, isOverdue } from '../../src/audit/findings.ts'
import { civilDate } from '../../src/calendar.ts'
import { entryOf, log, readAll, refusalOf } from './recorded-steps.ts'

const number = '115-督-3'
const step = (name: string, day: string, members: object = {}): object => ({ about: 'finding', day, number, step: name, ...members })
const opened = step('opened', '2026-08-03', {
  agency: 'taipei-education',
  deadline: '2026-08-31',
  matter: '下班時間大量查詢，事由均為「查詢」',
  records: [{ index: 7, log }],
  round: 'taipei-education-115H1',
})
const explained = step('explained', '2026-08-20', { improvement: true })
const improved = step('improved', '2026-08-28', { measures: '事由改為必選，並加印文號' })
const closed = step('closed', '2026-09-10')
const inOrder = [opened, explained, improved, closed]

const of = (...steps: readonly object[]): AgencyFinding | undefined =>
  findingsOf(readAll(steps.map((each) => entryOf(each))).findings).cases.get(number)
const after = (before: readonly object[], next: object, document?: string): string => {
  const { cases } = findingsOf(readAll(before.map((each) => entryOf(each))).findings)
  const [recorded] = readAll([entryOf(next, '2030-01-01', document)]).findings
  return recorded === undefined ? 'unread' : refusalOf(() => advanceFinding(cases.get(number), recorded, cases))
}

t.test('R18: 待說明, 待改善, 待確認, 結案', async (t) => {
  const states = inOrder.map((_, at) => of(...inOrder.slice(0, at + 1))?.state ?? 'closed')
  t.same(
    states.map((state) => findingWords[state]),
    ['待說明', '待改善', '待確認', '結案'],
  )
  t.match(of(...inOrder), { agency: 'taipei-education', opened: '2026-08-03', deadline: '2026-08-31', round: 'taipei-education-115H1' })
})

t.test('R18: an explanation that leaves nothing to improve is what the department confirms', async (t) => {
  const nothing = step('explained', '2026-08-20', { improvement: false })
  t.equal(of(opened, nothing)?.state, 'to-confirm')
  t.equal(after([opened, nothing], closed), '')
  t.equal(after([opened, nothing], improved), 'out-of-order')
})

t.test('R18: a step out of order, or without its document, is refused', async (t) => {
  const extended = step('extended', '2026-08-25', { deadline: '2026-09-15' })
  const returned = step('returned', '2026-09-05', { deadline: '2026-09-30' })
  const visited = step('visited', '2026-09-05')
  const lawful: readonly [readonly object[], readonly object[]][] = [
    [[], [opened]],
    [[opened], [explained, extended, visited]],
    [
      [opened, explained],
      [improved, extended, visited],
    ],
    [
      [opened, explained, improved],
      [returned, closed, visited],
    ],
    [inOrder, []],
  ]
  const all = [opened, explained, improved, extended, returned, visited, closed]
  for (const [before, allowed] of lawful) {
    for (const next of all) {
      const later = next === opened ? next : { ...next, day: '2026-09-10' }
      t.equal(after(before, later) === '', allowed.includes(next), `${before.length} steps, then ${JSON.stringify(next).slice(0, 60)}`)
      if (allowed.includes(next) && next !== visited) t.equal(after(before, later, ''), 'document-missing')
    }
  }
  t.equal(after([opened], opened), 'case-taken')
  t.equal(after([], explained), 'case-unknown')
})

t.test('展期: a deadline is extended to a later day; one that is returned has a new one', async (t) => {
  const extended = step('extended', '2026-08-25', { deadline: '2026-09-15' })
  t.equal(of(opened, extended)?.deadline, '2026-09-15')
  t.equal(of(opened, extended)?.state, 'to-explain')
  t.equal(after([opened], { ...extended, deadline: '2026-08-31' }), 'deadline-early')
  t.equal(after([], { ...opened, deadline: '2026-08-03' }), 'deadline-early')
  const returned = step('returned', '2026-09-05', { deadline: '2026-09-30' })
  t.match(of(opened, explained, improved, returned), { state: 'to-improve', deadline: '2026-09-30' })
  t.equal(after([opened, explained, improved], { ...returned, deadline: '2026-09-05' }), 'deadline-early')
})

t.test('逾期: from the day after the deadline, while the agency owes something; never while the department does', async (t) => {
  const overdue = (day: string, ...steps: readonly object[]): boolean => {
    const found = of(...steps)
    return found !== undefined && isOverdue(found, civilDate(day))
  }
  t.notOk(overdue('2026-08-31', opened), 'the last day counts to 24:00')
  t.ok(overdue('2026-09-01', opened))
  t.ok(overdue('2026-09-01', opened, explained))
  t.notOk(overdue('2026-12-31', opened, explained, improved), 'awaits confirmation')
  t.notOk(overdue('2026-12-31', ...inOrder))
  t.notOk(overdue('2026-09-15', opened, step('extended', '2026-08-25', { deadline: '2026-09-15' })))
})
