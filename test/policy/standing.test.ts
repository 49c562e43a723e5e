// standing.test.ts: the last line that is due decides; and the hours of a grant as they are written.
import t from 'tap'
import { type CivilDate, civilDate } from '../../src/calendar.ts'
import { parseHours } from '../../src/policy/hours.ts'
import type { StandingAction, StandingLine } from '../../src/policy/snapshot.ts'
import { nextActions, standingAfter, standingOn } from '../../src/policy/standing.ts'

const rule = 'agencies/education.yaml#'
const history = (
  ...lines: readonly (readonly [effective: string, action: StandingAction])[]
): { standing: StandingLine[]; rule: string } => ({
  rule,
  standing: lines.map(([effective, action], index) => ({
    effective: civilDate(effective),
    action,
    document: '北市社資字第1號',
    rule: `${rule}/standing/${index}`,
  })),
})
const on = (agency: ReturnType<typeof history>, day: string) => standingOn(agency, day as CivilDate) // tests write real days

t.test('R5: without approval nobody may connect', async (t) => {
  t.same(on(history(), '2026-11-24'), { standing: 'not-approved', rule: `${rule}/standing` })
  t.equal(on(history(['2026-11-25', 'approve']), '2026-11-24').standing, 'not-approved', 'nor before the day')
  t.same(on(history(['2026-11-25', 'approve']), '2026-11-25'), { standing: 'approved', rule: `${rule}/standing/0` }, 'from its 00:00 on')
})

t.test('R20, R21: suspended, restored, terminated, approved anew, each from its day', async (t) => {
  const agency = history(
    ['2026-01-05', 'approve'],
    ['2026-03-16', 'suspend'],
    ['2026-05-26', 'restore'],
    ['2026-10-15', 'suspend'],
    ['2027-02-01', 'reapprove'],
    ['2027-06-01', 'terminate'],
  )
  for (const [day, standing] of [
    ['2026-03-15', 'approved'],
    ['2026-03-16', 'suspended'],
    ['2026-05-25', 'suspended'],
    ['2026-05-26', 'approved'],
    ['2027-01-31', 'suspended'],
    ['2027-02-01', 'approved'],
    ['2027-06-01', 'terminated'],
    ['2099-01-01', 'terminated'],
  ] as const)
    t.equal(on(agency, day).standing, standing, day)
})

t.test('of two lines of one day the later in the file decides', async (t) => {
  t.equal(on(history(['2026-01-05', 'approve'], ['2026-01-05', 'suspend']), '2026-01-05').standing, 'suspended')
})

t.test('from every standing, every step leads to another standing', async (t) => {
  for (const [standing, actions] of Object.entries(nextActions)) {
    t.ok(actions.length > 0, standing)
    for (const action of actions) t.not(standingAfter(action), standing, `${standing} ${action}`)
  }
  t.same(nextActions.terminated, ['reapprove'], 'what ended is only approved anew')
})

t.test('hours are minutes of a day, the end exclusive', async (t) => {
  t.same(parseHours('08:00-18:00 workdays'), { days: 'workdays', from: 480, until: 1080 })
  t.same(parseHours('00:00-24:00 all'), { days: 'all', from: 0, until: 1440 })
  t.same(parseHours('22:30-22:31 restdays'), { days: 'restdays', from: 1350, until: 1351 })
  for (const text of [
    '',
    '8:00-18:00 all',
    '08:00-18:00',
    '08:00-18:00 Workdays',
    '08:00–18:00 all',
    '08:00 - 18:00 all',
    '08:00-18:00  all',
    '18:00-08:00 all',
    '08:00-08:00 all',
    '08:60-18:00 all',
    '24:00-24:00 all',
    '00:00-24:01 all',
    '00:00-25:00 all',
    '08：00-18：00 all',
    '08:00-18:00 all\n',
  ])
    t.equal(parseHours(text), undefined, JSON.stringify(text))
})
