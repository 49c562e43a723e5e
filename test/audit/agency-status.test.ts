// agency-status.test.ts: R11c, R15, R18, D-5, D-15: what each agency owes by when; using units are never overdue; who is gone stays until archived.
import t from 'tap'
import { type AgencyStatus, owesLate, type StatusFacts, statusOf } from '../../src/audit/agency-status.ts'
import { allCases } from '../../src/audit/all-cases.ts'
import { type DueItem, dueItems, itemsToCome, reminderOf } from '../../src/audit/due-items.ts'
import type { Download } from '../../src/audit/quarter-done.ts'
import { remindersOf } from '../../src/audit/reminders.ts'
import { linkedIn } from '../../src/audit/reporting.ts'
import { civilDate, startOfDay } from '../../src/calendar.ts'
import type { Agency, StandingAction } from '../../src/policy/snapshot.ts'
import { entryOf, readAll, sample } from './recorded-steps.ts'

const standing = (...lines: readonly (readonly [string, StandingAction])[]): Agency['standing'] =>
  lines.map(([effective, action], at) => ({
    effective: civilDate(effective),
    action,
    document: '文號',
    rule: `agencies/a.yaml#/standing/${at}`,
  }))
const agency = (members: Partial<Agency> = {}): Agency => ({
  id: 'a',
  code: '379110000E',
  name: '甲機關',
  kind: 'linked-agency',
  standing: standing(['2026-01-05', 'approve']),
  networks: [],
  credentials: [],
  delegates: [],
  grants: [],
  roster: new Map(),
  rule: 'agencies/a.yaml#',
  ...members,
})

const round = (step: string, day: string, members: object = {}) => ({ about: 'round', day, number: 'r', step, ...members })
const months = (from: string, until: string) => {
  const [first, last] = [Number(from.slice(5)), Number(until.slice(5))]
  return Array.from({ length: last - first + 1 }, (_, nth) => `${from.slice(0, 4)}-${String(first + nth).padStart(2, '0')}`)
}
/** The steps of a round up to one of them. */
function roundUpTo(last: string, { from = '2026-01', until = '2026-06', number = 'r', sent = '2026-07-28' } = {}): object[] {
  const results = {
    document: 'a'.repeat(64),
    months: months(from, until).map((month) => ({ audited: 0, month, population: 0, quota: 0 })),
    outcomes: { abnormal: 0, normal: 0, to_explain: 0 },
    users: { audited: 0, reviewed: 0, total: 0, with_records: 0 },
  }
  const steps = [
    round('sampled', '2026-07-03', { agency: 'a', audit: 'self-audit', from, until, sample }),
    round('started', '2026-07-06', { auditors: [{ name: '陳', unit: '政風室' }] }),
    round('audited', '2026-07-16', { results }),
    round('approved', '2026-07-20', { acting: false, name: '李', title: '局長' }),
    round('sent', sent, { received: '2026-08-10' }),
    round('on-record', '2026-08-18'),
    round('archived', '2026-08-20', { by: 'agency', discs: 1, file_number: '115/1' }),
  ].map((each) => ({ ...each, number }))
  const at = steps.findIndex(({ step }) => step === last)
  return steps.slice(0, at + 1)
}

const rest = (...days: readonly string[]) => new Set(days.map(civilDate))
const restDays: StatusFacts['restDays'] = new Map([
  [2026, rest('2026-08-01', '2026-08-02')],
  [2027, rest('2027-01-30', '2027-01-31')],
])
/** Everything up to the day before, downloaded two minutes after midnight. */
const download = (day: string): Download => ({
  agency: 'a',
  at: startOfDay(civilDate(day)) + 120_000,
  from: civilDate('2026-01-01'),
  until: civilDate('2029-12-31'),
  outcome: 'whole',
})
const facts = (day: string, steps: readonly object[] = [], members: Partial<StatusFacts> = {}): StatusFacts => ({
  day: civilDate(day),
  since: civilDate('2026-01-01'),
  audit: { 'D-21': 'dispatch' },
  restDays,
  downloadRule: 'end-of-following-month',
  downloads: [download(day)],
  cases: allCases(readAll(steps.map((each) => entryOf(each)))),
  ...members,
})
const half = (day: string, steps: readonly object[], members: Partial<StatusFacts> = {}, of = agency()) =>
  statusOf(of, facts(day, steps, members))?.halfYears[0]

t.test('六(一)6: a half-year that has ended is due on its day; sent in time or late by the day of dispatch (D-21)', async (t) => {
  t.match(half('2026-07-31', []), {
    half: { label: '115H1' },
    due: { nominal: '2026-07-31' },
    state: 'open',
    timeliness: 'in-time',
    uncovered: months('2026-01', '2026-06'),
  })
  t.match(half('2026-08-01', []), { state: 'open', timeliness: 'late' })
  t.match(half('2026-08-01', roundUpTo('approved')), { state: 'open', timeliness: 'late', uncovered: [] })
  t.match(half('2026-09-01', roundUpTo('sent')), { state: 'sent', timeliness: 'in-time' })
  t.match(half('2026-09-01', roundUpTo('sent', { sent: '2026-08-01' })), { state: 'sent', timeliness: 'late' }, 'D-5: it stays flagged')
  t.match(
    half('2026-09-01', roundUpTo('sent'), { audit: { 'D-21': 'receipt' } }),
    { state: 'sent', timeliness: 'late' },
    'received on 10 August',
  )
  t.match(half('2026-09-01', roundUpTo('on-record')), { state: 'on-record' })
  t.match(half('2026-09-01', roundUpTo('archived')), { state: 'done' })
  t.equal(statusOf(agency(), facts('2026-06-30'))?.halfYears.length, 0, 'a half-year is not over on its last day')
})

t.test('D-15: where the day is a rest day a person decides up to the working day behind it', async (t) => {
  const since = { since: civilDate('2026-07-01') }
  t.match(half('2027-01-31', [], since), {
    due: { nominal: '2027-01-31', before: '2027-01-29', after: '2027-02-01' },
    timeliness: 'in-time',
  })
  t.match(half('2027-02-01', [], since), { timeliness: 'after-rest-days' })
  t.match(half('2027-02-02', [], since), { timeliness: 'late' })
  t.throws(() => statusOf(agency(), facts('2028-02-01')), { code: 'settings', year: 2028 }, 'an unknown year fails the command')
})

t.test('R14: rounds of a half-year leave no hole; what is missing is named, and nothing is whole before', async (t) => {
  const parts = [...roundUpTo('archived', { number: 'q1', until: '2026-03' }), ...roundUpTo('archived', { number: 'q2', from: '2026-05' })]
  t.match(half('2026-09-01', parts), { state: 'open', timeliness: 'late', uncovered: ['2026-04'] })
  const filled = [...parts, ...roundUpTo('archived', { number: 'q3', from: '2026-04', until: '2026-04' })]
  t.match(half('2026-09-01', filled), { state: 'done', uncovered: [] })
  const withdrawn = [...roundUpTo('approved'), round('withdrawn', '2026-07-21')]
  t.match(half('2026-09-01', withdrawn), { state: 'open', uncovered: months('2026-01', '2026-06') })
})

t.test('補正: what is to be corrected by a day is an item of its own; it makes nothing late that was sent in time', async (t) => {
  const returned = [...roundUpTo('sent'), round('returned', '2026-08-12', { deadline: '2026-08-31' })]
  t.match(half('2026-09-01', returned), {
    state: 'to-be-corrected',
    timeliness: 'in-time',
    corrections: [{ number: 'r', deadline: '2026-08-31' }],
  })
  const items = (day: string) => itemsOf(statusOf(agency(), facts(day, returned)), day).filter(({ kind }) => kind === 'correction')
  t.match(items('2026-08-31'), [{ state: 'open', of: 'r' }])
  t.match(items('2026-09-01'), [{ state: 'overdue' }])
})

const itemsOf = (status: AgencyStatus | undefined, day: string): readonly DueItem[] =>
  status === undefined ? [] : dueItems(status, civilDate(day))

t.test('months in which an agency was not linked are no duty; while it is suspended it goes on', async (t) => {
  const of = (...lines: readonly (readonly [string, StandingAction])[]) => agency({ standing: standing(...lines) })
  for (const [title, lines, month, expected] of [
    ['before the approval', [['2026-03-15', 'approve']], '2026-02', false],
    ['approved in the month', [['2026-03-15', 'approve']], '2026-03', true],
    [
      'suspended',
      [
        ['2026-01-05', 'approve'],
        ['2026-02-10', 'suspend'],
      ],
      '2026-04',
      true,
    ],
    [
      'terminated in the month',
      [
        ['2026-01-05', 'approve'],
        ['2026-04-10', 'terminate'],
      ],
      '2026-04',
      true,
    ],
    [
      'terminated at 00:00 of its first day',
      [
        ['2026-01-05', 'approve'],
        ['2026-04-01', 'terminate'],
      ],
      '2026-04',
      false,
    ],
    [
      'approved anew',
      [
        ['2026-01-05', 'approve'],
        ['2026-04-01', 'terminate'],
        ['2026-06-30', 'reapprove'],
      ],
      '2026-06',
      true,
    ],
  ] as const)
    t.equal(linkedIn(of(...lines), month), expected, title)
  t.same(half('2026-08-01', [], {}, of(['2026-03-15', 'approve']))?.uncovered, months('2026-03', '2026-06'))
  t.same(
    half('2026-08-01', [], { since: civilDate('2026-05-20') })?.uncovered,
    ['2026-05', '2026-06'],
    'nobody audits what was before the log',
  )
})

t.test('R21: an agency that is gone stays until its last period is archived and downloaded', async (t) => {
  const gone = agency({ standing: standing(['2026-01-05', 'approve'], ['2026-07-01', 'terminate']) })
  t.ok(statusOf(gone, facts('2026-09-01', roundUpTo('on-record'))))
  t.equal(statusOf(gone, facts('2026-09-01', roundUpTo('archived'))), undefined)
  t.ok(statusOf(gone, facts('2026-09-01', roundUpTo('archived'), { downloads: [] })), 'its last quarter is not downloaded')
  t.same(itemsToCome(statusOf(gone, facts('2026-09-01')) as AgencyStatus, civilDate('2026-09-01'), 'end-of-following-month', restDays), []) // it is shown, as above
})

const finding = (agencyId: string) => ({
  about: 'finding',
  day: '2026-08-03',
  number: '115-F1',
  step: 'opened',
  agency: agencyId,
  deadline: '2026-08-31',
  matter: 'm',
})

t.test('R10: a using unit is never listed as overdue; R18 binds it, so its findings are shown', async (t) => {
  const unit = agency({ kind: 'using-unit' })
  t.equal(statusOf(unit, facts('2026-09-01', [], { downloads: [] })), undefined)
  const status = statusOf(unit, facts('2026-09-01', [finding('a')], { downloads: [] }))
  t.match(status, { quarters: [], halfYears: [], findings: [{ number: '115-F1', overdue: false }] })
  t.notOk(itemsOf(status, '2026-09-01').some(({ state }) => state === 'overdue'))
  t.notOk(status && owesLate(status, civilDate('2026-09-01')))
})

t.test('what is overdue is told of a linked agency: a download, a report, a finding', async (t) => {
  const late = (day: string, steps: readonly object[], members: Partial<StatusFacts> = {}) => {
    const status = statusOf(agency(), facts(day, steps, members))
    return status !== undefined && owesLate(status, civilDate(day))
  }
  t.notOk(late('2026-09-01', roundUpTo('sent')))
  t.ok(late('2026-09-01', []))
  t.ok(late('2026-09-01', [...roundUpTo('sent'), finding('a')]))
  t.notOk(late('2026-08-31', [...roundUpTo('sent'), finding('a')]))
  t.ok(late('2026-08-01', roundUpTo('sent'), { downloads: [] }), 'the second quarter was due on 31 July')
  t.notOk(late('2026-07-31', roundUpTo('sent'), { downloads: [download('2026-04-02')] }))
})

t.test('a hold is shown while it lasts', async (t) => {
  const found = { day: '2026-08-02', number: '115-I1', step: 'found', agency: 'a', found_by: 'b', matter: 'm' }
  const notified = { day: '2026-08-03', number: '115-I1', step: 'notified', to: ['ethics-office', 'it-office'] }
  t.same(statusOf(agency(), facts('2026-09-01', [found]))?.holds, [{ incident: '115-I1', agency: 'a', from: '2026-08-02' }])
  t.same(statusOf(agency(), facts('2026-09-01', [found, notified, { day: '2026-08-20', number: '115-I1', step: 'closed' }]))?.holds, [])
})

t.test('domain D-14, D-7, D-3: reminders count to the last working day before, and from the first working day behind', async (t) => {
  const due = { nominal: civilDate('2027-01-31'), before: civilDate('2027-01-29'), after: civilDate('2027-02-01') }
  const stage = (day: string, state: DueItem['state'] = 'open') => {
    const found = reminderOf({ kind: 'report', agency: 'a', of: '115H2', due, state, zh: '', en: '' }, civilDate(day))
    return found === undefined ? '' : `${found.when} ${found.days}`
  }
  for (const [day, expected] of [
    ['2027-01-14', ''],
    ['2027-01-15', 'before 14'],
    ['2027-01-21', 'before 14'],
    ['2027-01-22', 'before 7'],
    ['2027-01-25', 'before 7'],
    ['2027-01-26', 'before 3'],
    ['2027-01-29', 'before 3'],
    ['2027-01-30', ''],
    ['2027-02-03', ''],
    ['2027-02-04', 'after 3'],
    ['2027-02-07', 'after 3'],
    ['2027-02-08', 'after 7'],
    ['2027-02-15', 'after 14'],
    ['2027-06-01', 'after 14'],
  ] as const)
    t.equal(stage(day), expected, day)
  for (const state of ['done', 'waiting', 'to-come'] as const) t.equal(stage('2027-01-26', state), '')
})

t.test('one message for an agency and a day holds everything that is due on it, Chinese first', async (t) => {
  const day = civilDate('2027-01-26')
  const status = statusOf(agency(), facts('2027-01-26', roundUpTo('archived'), { downloads: [download('2026-10-02')] }))
  const reminders = remindersOf(
    status as AgencyStatus,
    itemsOf(status, '2027-01-26'),
    { name: '王小明', title: '股長', email: 'x@example.gov.tw' },
    day,
  )
  t.same(
    reminders.map(({ file }) => file),
    ['a-2027-01-31-before-07.txt', 'a-2027-01-31-before-03.txt'],
    'a download has no rest days: it counts to its own day',
  )
  t.match(
    reminders[1]?.text,
    /^受文者：甲機關連結機關管理者 王小明 股長 <x@example\.gov\.tw>\n日期：民國116年1月26日\n主旨：貴機關下列事項將於 民國116年1月31日 到期/,
  )
  t.match(
    reminders[1]?.text,
    /期限：民國116年1月31日（遇休息日：前一工作日 民國116年1月29日，後一工作日 民國116年2月1日）\n・115H2 報送稽核紀錄/,
  )
  t.match(reminders[1]?.text, /\n- 115H2 report of the audit: no round of 2026-07, /)
})

t.test('in Chinese days and months are those of the ROC calendar, as letters and reminders print them', async (t) => {
  const items = itemsOf(statusOf(agency(), facts('2026-08-20', [])), '2026-08-20')
  t.ok(
    items.some(({ zh }) => /115[/年]/.test(zh)),
    JSON.stringify(items.map(({ zh }) => zh)),
  )
  for (const { en, zh } of items) t.notMatch(zh, /20\d\d-/, en)
})
