// step-days.test.ts: a step is not of a day before what it is about; entries that earlier versions wrote are not held to it.
import t from 'tap'
import { requireDays } from '../../src/audit/step-days.ts'
import { civilDate } from '../../src/calendar.ts'
import { entryOf, readAll, refusalOf, sample } from './recorded-steps.ts'

const day = civilDate
const round = (name: string, members: object = {}) => {
  const asked = { about: 'round', day: '2026-07-16', number: 'r', step: name, ...members }
  const [recorded] = readAll([entryOf(asked)]).rounds
  if (recorded === undefined) throw new Error(name)
  return recorded.step
}
const refused = (step: ReturnType<typeof round>, about: object = {}) =>
  refusalOf(() => requireDays(step, { on: day('2026-07-20'), ...about }))

t.test('a draw is audited from the day on which it was recorded', async (t) => {
  const of = { agency: 'a', audit: 'self-audit', from: '2026-01', sample, until: '2026-06' }
  for (const step of [round('sampled', of), round('enlarged', { sample })])
    t.same(
      ['2026-07-15', '2026-07-16', '2026-07-17'].map((drawn) => refused(step, { drawn: day(drawn) })),
      ['', '', 'day-early'],
    )
})

t.test('an audit is done, and approved, once its last item was audited', async (t) => {
  const approved = round('approved', { acting: false, name: '李', title: '局長' })
  t.same(
    ['2026-07-15', '2026-07-16', '2026-07-17'].map((answered) => refused(approved, { answered: day(answered) })),
    ['', '', 'day-early'],
  )
})

t.test(
  'R15: a letter is received from the day on which it was sent, up to today; a correction is not due before it was asked for',
  async (t) => {
    const received = (on: string) => refused(round('sent', { received: on }))
    t.same(['2026-07-15', '2026-07-16', '2026-07-20', '2026-07-21'].map(received), ['day-early', '', '', 'day-ahead'])
    t.equal(refused(round('sent')), '')
    const returned = (deadline: string) => refused(round('returned', { deadline }))
    t.same(['2026-07-15', '2026-07-16', '2026-08-20'].map(returned), ['deadline-early', '', ''])
    t.equal(refused(round('returned')), '')
  },
)
