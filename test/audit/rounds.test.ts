// rounds.test.ts: R14, R15, R11b: a round goes from its draw to the archive by recorded steps, each with its document and day.
import fc from 'fast-check'
import t from 'tap'
import { advanceRound, archivingsOf, type Round, roundsOf, roundWords } from '../../src/audit/rounds.ts'
import { civilDate } from '../../src/calendar.ts'
import { entryOf, readAll, refusalOf, sample } from './recorded-steps.ts'

const number = 'taipei-education-115H1'
const months = ['2026-01', '2026-02', '2026-03', '2026-04', '2026-05', '2026-06']
const results = {
  document: 'a'.repeat(64),
  months: months.map((month) => ({ month, audited: 17, population: 1_700, quota: 17 })),
  outcomes: { abnormal: 1, normal: 100, to_explain: 1 },
  users: { audited: 30, reviewed: 0, total: 60, with_records: 60 },
}
const round = (step: string, day: string, members: object = {}): object => ({ about: 'round', day, number, step, ...members })
const steps = {
  sampled: round('sampled', '2026-07-03', { agency: 'taipei-education', audit: 'self-audit', from: '2026-01', until: '2026-06', sample }),
  started: round('started', '2026-07-06', { auditors: [{ name: '陳大文', unit: '政風室', account: 'edu-chen' }] }),
  audited: round('audited', '2026-07-16', { results }),
  approved: round('approved', '2026-07-20', { acting: false, name: '李局長', title: '局長' }),
  sent: round('sent', '2026-07-28', { received: '2026-07-30' }),
  returned: round('returned', '2026-08-05', { deadline: '2026-08-20' }),
  resent: round('sent', '2026-08-12'),
  received: round('received', '2026-08-13'),
  'on-record': round('on-record', '2026-08-18'),
  archived: round('archived', '2026-07-29', { by: 'agency', discs: 2, file_number: '115/090101/1' }),
}
const inOrder = Object.values(steps)

const stateOf = (entries: readonly string[]) => roundsOf(readAll(entries).rounds)
const only = (entries: readonly string[]): Round | undefined => stateOf(entries).cases.get(number)

t.test('R15: 已抽樣, 稽核中, 已稽核, 已核定, 已報送, 補正, 已備查, 已歸檔: each step leads to the next', async (t) => {
  const states = inOrder.map((_, at) => only(inOrder.slice(0, at + 1).map((each) => entryOf(each)))?.state ?? '')
  t.same(
    states.map((state) => (state === '' ? state : roundWords[state])),
    ['已抽樣', '稽核中', '已稽核', '已核定', '已報送', '補正', '已報送', '已報送', '已備查', '已歸檔'],
  )
  const { refused } = stateOf(inOrder.map((each) => entryOf(each)))
  t.same(refused, [])
})

t.test('R15: documents, days and persons are kept as they were recorded', async (t) => {
  const found = only(inOrder.map((each) => entryOf(each)))
  t.match(found, {
    agency: 'taipei-education',
    auditors: [{ name: '陳大文', unit: '政風室', account: 'edu-chen' }],
    approval: { name: '李局長', title: '局長', acting: false, day: '2026-07-20', document: '北市社政字第1150000001號' },
    sent: [
      { day: '2026-07-28', received: '2026-07-30' },
      { day: '2026-08-12', received: '2026-08-13' },
    ],
    onRecord: { day: '2026-08-18', document: '北市社政字第1150000001號' },
    archivings: [{ by: 'agency', day: '2026-07-29', discs: 2, file_number: '115/090101/1' }],
    correction: undefined,
  })
  t.equal(found?.lastDay, '2026-08-18', 'discs may be burned before the department answered')
})

t.test('what is to be corrected, until when and why, stands until it is sent again', async (t) => {
  const found = only(inOrder.slice(0, 6).map((each) => entryOf(each)))
  t.match(found?.correction, { deadline: '2026-08-20', reason: '補件：第3列缺稽核人員', day: '2026-08-05' })
})

/** A step, put to a round that took the first so many steps in order. */
const after = (count: number, step: object, options: { on?: string; document?: string } = {}): string => {
  const { rounds } = readAll(inOrder.slice(0, count).map((each) => entryOf(each)))
  const { cases } = roundsOf(rounds)
  const [recorded] = readAll([entryOf(step, options.on, options.document)]).rounds
  if (recorded === undefined) return 'unread'
  return refusalOf(() => advanceRound(cases.get(recorded.step.number), recorded, cases))
}

t.test('R15: a step out of order is refused, whatever the state', async (t) => {
  const allowed: Readonly<Record<string, readonly string[]>> = {
    已抽樣: ['started', 'enlarged', 'withdrawn'],
    稽核中: ['started', 'enlarged', 'audited', 'withdrawn'],
    已稽核: ['started', 'audited', 'enlarged', 'approved', 'withdrawn'],
    已核定: ['sent', 'withdrawn'],
    已報送: ['returned', 'received', 'on-record'],
    補正: ['started', 'enlarged', 'audited', 'approved', 'sent'],
    已備查: ['archived'],
    已歸檔: ['archived'],
  }
  const late = Object.entries({ ...steps, enlarged: round('enlarged', '', { sample }), withdrawn: round('withdrawn', '') })
    .filter(([name]) => name !== 'resent' && name !== 'sampled')
    .map(([name, step]) => [name, { ...step, day: '2026-09-01' }] as const)
  for (const [state, count] of Object.entries({ 已抽樣: 1, 稽核中: 2, 已稽核: 3, 已核定: 4, 已報送: 5, 補正: 6, 已備查: 9, 已歸檔: 10 })) {
    const taken = late.filter(([, step]) => after(count, step) === '').map(([name]) => name)
    t.same([...taken].sort(), [...(allowed[state] ?? [])].sort(), state)
  }
  for (const [, step] of late) t.equal(after(0, step), 'case-unknown')
})

t.test('R15: 核定, 報送, 補正, 備查 and 作廢 name their document', async (t) => {
  for (const [count, step] of [
    [3, steps.approved],
    [4, steps.sent],
    [5, steps.returned],
    [8, steps['on-record']],
    [3, round('withdrawn', '2026-07-17')],
  ] as const) {
    t.equal(after(count, step, { document: '' }), 'document-missing')
    t.equal(after(count, step, { document: ' ' }), 'document-missing')
    t.equal(after(count, step), '')
  }
})

t.test('a day has come when it is recorded, in Taipei, and is not before the step that it follows', async (t) => {
  t.equal(after(1, steps.started, { on: '2026-07-05' }), 'day-ahead')
  t.equal(after(1, steps.started, { on: '2026-07-06' }), '')
  t.equal(after(1, { ...steps.started, day: '2026-07-02' }), 'day-early')
  t.equal(after(1, { ...steps.started, day: '2026-07-03' }), '')
  t.equal(after(9, { ...steps.archived, day: '2026-07-19' }), 'day-early', 'discs hold the approval')
})

t.test('R14: a round covers whole months of one half-year that are over, and no month is audited twice', async (t) => {
  const begin = (members: object, day = '2026-07-03') => after(0, { ...steps.sampled, day, ...members })
  t.equal(begin({}), '')
  t.equal(begin({ from: '2026-03', until: '2026-03' }), '')
  t.equal(begin({ from: '2026-04', until: '2026-07' }, '2026-08-01'), 'period-invalid', 'across two half-years')
  t.equal(begin({ from: '2025-06', until: '2026-05' }), 'period-invalid')
  t.equal(begin({ from: '2026-06', until: '2026-01' }), 'period-invalid')
  t.equal(begin({}, '2026-06-30'), 'day-early', 'the month is not over')
  t.equal(begin({}, '2026-07-01'), '')
  for (const [from, until, expected] of [
    ['2026-06', '2026-06', 'period-taken'],
    ['2026-01', '2026-01', 'period-taken'],
    ['2026-07', '2026-09', ''],
    ['2025-07', '2025-12', ''],
  ] as const)
    t.equal(after(1, { ...steps.sampled, number: 'another', from, until, day: '2026-10-05' }), expected, `${from}–${until}`)
  t.equal(after(1, { ...steps.sampled, number: 'another', agency: 'taipei-police', day: '2026-10-05' }), '', 'of another agency')
  t.equal(after(1, { ...steps.sampled, day: '2026-10-05' }), 'case-taken')
  const withdrawn = [steps.sampled, round('withdrawn', '2026-07-04'), { ...steps.sampled, number: 'again', day: '2026-07-05' }]
  const { cases, refused } = stateOf(withdrawn.map((each) => entryOf(each)))
  t.same([refused, [...cases.values()].map(({ state }) => state)], [[], ['withdrawn', 'sampled']])
})

t.test('六(一)3: approval is refused while a month’s quota, or half of the users, is not audited', async (t) => {
  const approvedWith = (changed: object): string => {
    const audited = round('audited', '2026-07-16', { results: { ...results, ...changed } })
    const { cases } = stateOf([steps.sampled, steps.started, audited].map((each) => entryOf(each)))
    const [recorded] = readAll([entryOf(steps.approved)]).rounds
    return recorded === undefined ? 'unread' : refusalOf(() => advanceRound(cases.get(number), recorded, cases))
  }
  const monthOf = (nth: number, changed: object) => ({
    months: results.months.map((each, at) => (at === nth ? { ...each, ...changed } : each)),
  })
  const users = (audited: number, reviewed: number, total: number, with_records: number) => ({
    users: { audited, reviewed, total, with_records },
  })
  t.equal(approvedWith({}), '')
  t.equal(approvedWith(monthOf(5, { audited: 16 })), 'quota-unmet')
  t.equal(approvedWith(monthOf(0, { audited: 0 })), 'quota-unmet')
  t.equal(approvedWith(monthOf(0, { audited: 500 })), '', 'a quota is a minimum')
  t.equal(approvedWith(monthOf(0, { audited: 16, quota: 16 })), 'quota-unmet', 'a stated quota below the law’s is not believed')
  t.equal(approvedWith(monthOf(0, { audited: 20, quota: 21 })), 'quota-unmet', 'nor one above it lowered')
  t.equal(approvedWith(monthOf(0, { audited: 4, population: 4, quota: 4 })), '')
  t.equal(approvedWith(monthOf(0, { audited: 3, population: 4, quota: 4 })), 'quota-unmet')
  for (const [audited, reviewed, total, withRecords, expected] of [
    [29, 0, 60, 60, 'coverage-unmet'],
    [30, 0, 60, 60, ''],
    [50, 0, 101, 101, 'coverage-unmet'],
    [51, 0, 101, 101, ''],
    [29, 1, 60, 60, 'coverage-unmet'], // whoever has records is audited by them
    [3, 2, 10, 3, ''],
    [3, 1, 10, 3, 'coverage-unmet'],
    [2, 3, 10, 3, 'coverage-unmet'],
    [0, 5, 10, 0, ''],
    [0, 0, 0, 0, ''],
    [0, 0, 1, 0, 'coverage-unmet'],
  ] as const)
    t.equal(
      approvedWith(users(audited, reviewed, total, withRecords)),
      expected,
      `${audited} + ${reviewed} of ${total}, ${withRecords} with records`,
    )
})

t.test('results are of all months of their round; an enlargement asks for results anew', async (t) => {
  t.equal(after(2, round('audited', '2026-07-16', { results: { ...results, months: results.months.slice(1) } })), 'months-wrong')
  t.equal(after(2, round('audited', '2026-07-16', { results: { ...results, months: [...results.months].reverse() } })), 'months-wrong')
  const enlarged = [...inOrder.slice(0, 3), round('enlarged', '2026-07-17', { sample })].map((each) => entryOf(each))
  t.match(only(enlarged), { state: 'in-audit', samples: [sample, sample], results: undefined })
})

t.test('R11b: an unannounced audit is approved without quota, sent to nobody, and hidden until it is released', async (t) => {
  const own = 'unannounced-115-1'
  const begin = { ...steps.sampled, number: own, audit: 'unannounced', from: '2026-05', until: '2026-07', day: '2026-07-08' }
  const few = { ...results, months: [], users: { audited: 0, reviewed: 0, total: 60, with_records: 60 } }
  const rest = [
    { ...steps.started, number: own, day: '2026-07-08' },
    round('audited', '2026-07-16', { number: own, results: few }),
    { ...steps.approved, number: own },
    { ...steps.archived, number: own },
  ]
  const entries = [begin, ...rest].map((each) => entryOf(each))
  const { cases, refused } = stateOf([...inOrder.map((each) => entryOf(each)), ...entries])
  t.same([refused, cases.get(own)?.state, cases.get(own)?.released], [[], 'archived', undefined])
  const released = stateOf([...entries, entryOf(round('released', '2026-08-01', { number: own }))])
  t.equal(released.cases.get(own)?.released, '2026-08-01')
  t.match(stateOf([...entries.slice(0, 4), entryOf({ ...steps.sent, number: own })]).refused, [
    { step: 'sent', refused: { code: 'self-audit-only' } },
  ])
  t.equal(after(3, round('released', '2026-08-01')), 'self-audit-only', 'a self-audit is the agency’s own')
  t.same(archivingsOf(released.cases.values()), [], 'the agency’s own archive is what retention waits for')
})

t.test('R16: the last archiving of a round is what counts; a round without one has none', async (t) => {
  const again = { ...steps.archived, day: '2026-12-01' }
  const { cases } = stateOf([...inOrder, again, { ...steps.archived, day: '2026-11-01' }].map((each) => entryOf(each)))
  t.same(archivingsOf(cases.values()), [{ agency: 'taipei-education', from: '2026-01', until: '2026-06', day: '2026-12-01' }])
  t.same(archivingsOf(stateOf(inOrder.slice(0, 9).map((each) => entryOf(each))).cases.values()), [])
})

t.test('an unlawful step that stands in a log is told, and changes nothing', async (t) => {
  const before = only(inOrder.slice(0, 2).map((each) => entryOf(each)))
  const { cases, refused } = stateOf([steps.sampled, steps.started, steps.sent, steps.approved].map((each) => entryOf(each)))
  t.same(cases.get(number), before)
  t.match(refused, [
    { number, step: 'sent', recording: { index: 2, user: 'dosw-lin' }, refused: { code: 'out-of-order' } },
    { step: 'approved', recording: { index: 3 }, refused: { code: 'out-of-order' } },
  ])
  t.match(refused[0]?.refused.message, /現為「稽核中」.*is in-audit; sent follows only upon approved/)
})

t.test('an entry that is no step of this version is named, not guessed', async (t) => {
  const spoilt: readonly object[] = [
    { ...steps.sampled, day: '2026-02-30' },
    { ...steps.sampled, sample: undefined },
    { ...steps.archived, discs: 0 },
    { ...steps.started, auditors: [] },
    round('burned', '2026-07-29'),
    round('constructor', '2026-07-29'),
    { about: 'audit', day: '2026-07-29', number, step: 'sampled' },
  ]
  for (const each of spoilt)
    t.same(readAll([entryOf(each)]), { rounds: [], findings: [], incidents: [], unread: [{ index: 0, log: 'linkage.example/log/cli' }] })
  const later = readAll([entryOf({ ...steps.archived, medium: 'M-DISC' })])
  t.equal(later.rounds.length, 1, 'a member that was added later is let be')
})

t.test('replaying the entries gives the state; a refused step leaves no entry, and so no trace', async () => {
  const step = fc
    .tuple(
      fc.constantFrom(...inOrder, round('enlarged', '2026-07-16', { sample }), round('withdrawn', '2026-07-18'), {
        ...steps.sampled,
        number: 'other',
      }),
      fc.constantFrom('', '2026-07-03', '2026-07-16', '2026-08-18', '2026-12-01'),
      fc.boolean(),
    )
    .map(([asked, day, named]) => entryOf(day === '' ? asked : { ...asked, day }, '2027-01-01', named ? '北市社政字第1150000001號' : ''))
  fc.assert(
    fc.property(fc.array(fc.oneof(step, fc.constantFrom(...inOrder.map((each) => entryOf(each)))), { maxLength: 30 }), (tried) => {
      const entries: string[] = []
      let held: ReadonlyMap<string, Round> = new Map()
      for (const entry of tried) {
        const [recorded] = readAll([entry]).rounds
        if (recorded === undefined) return false
        if (refusalOf(() => advanceRound(held.get(recorded.step.number), recorded, held)) !== '') continue
        entries.push(entry)
        held = stateOf(entries).cases
      }
      const replayed = stateOf(entries)
      const withRefused = stateOf(tried)
      const states = (cases: ReadonlyMap<string, Round>) => JSON.stringify([...cases].map(([name, { steps: _, ...each }]) => [name, each]))
      return replayed.refused.length === 0 && states(withRefused.cases) === states(replayed.cases)
    }),
    { numRuns: 200 },
  )
})

t.test('days of the log are days in Taipei', async (t) => {
  const [recorded] = readAll([entryOf(steps.sampled, '2026-07-03')]).rounds
  t.equal(recorded?.recording.on, civilDate('2026-07-03'))
})
