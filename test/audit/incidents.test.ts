// incidents.test.ts: R17: who found what, when, who was told; R16: nothing is taken out of the log while an incident holds it.
import t from 'tap'
import { advanceIncident, holdsOf, type Incident, incidentsOf } from '../../src/audit/incidents.ts'
import { entryOf, log, readAll, refusalOf } from './recorded-steps.ts'

const number = '115-I-1'
const step = (name: string, day: string, members: object = {}): object => ({ day, number, step: name, ...members })
const found = step('found', '2026-09-02', {
  agency: 'taipei-education',
  found_by: '學生事務科科長',
  matter: '疑似以他人帳號查詢',
  records: [{ index: 7, log }],
})
const notified = step('notified', '2026-09-03', { to: ['ethics-office', 'it-office'] })
const widened = step('widened', '2026-09-04', { from: '2026-08-01', until: '2026-08-31' })
const closed = step('closed', '2026-12-01')

const of = (...steps: readonly object[]): Incident | undefined =>
  incidentsOf(readAll(steps.map((each) => entryOf(each))).incidents).cases.get(number)
const after = (before: readonly object[], next: object, document?: string): string => {
  const { cases } = incidentsOf(readAll(before.map((each) => entryOf(each))).incidents)
  const [recorded] = readAll([entryOf(next, '2030-01-01', document)]).incidents
  return recorded === undefined ? 'unread' : refusalOf(() => advanceIncident(cases.get(number), recorded, cases))
}

t.test('六(二): found by whom, when, what, which records; the notice has a day and a document', async (t) => {
  t.match(of(found, notified, widened), {
    state: 'notified',
    found: '2026-09-02',
    foundBy: '學生事務科科長',
    matter: '疑似以他人帳號查詢',
    records: [{ index: 7, log }],
    spans: [{ from: '2026-08-01', until: '2026-08-31' }],
    notice: { day: '2026-09-03', document: '北市社政字第1150000001號' },
  })
  t.equal(after([], { ...found, records: undefined }), '', 'which records may turn out later')
})

t.test('六(二): the ethics office is told together with IT', async (t) => {
  t.equal(after([found], notified), '')
  t.equal(after([found], { ...notified, to: ['ethics-office'] }), 'notice-incomplete')
  t.equal(after([found], { ...notified, to: ['it-office', 'it-office'] }), 'notice-incomplete')
  t.equal(after([found], { ...notified, to: ['somebody'] }), 'unread')
  t.equal(after([found], notified, ''), 'document-missing')
})

t.test('R16: an incident holds its agency’s records from the day on which it was found until a document lifts it', async (t) => {
  const holds = (...steps: readonly object[]) => holdsOf([of(...steps)].flatMap((each) => each ?? []))
  t.same(holds(found), [{ incident: number, agency: 'taipei-education', from: '2026-09-02' }])
  t.same(holds(found, notified, closed), [{ incident: number, agency: 'taipei-education', from: '2026-09-02', until: '2026-12-01' }])
  t.equal(after([found, notified], closed, ''), 'document-missing')
  t.equal(after([found], closed), 'out-of-order', 'nobody closes what nobody was told of')
  t.equal(after([found, notified, closed], { ...widened, day: '2026-12-02' }), 'out-of-order')
  t.equal(after([], closed), 'case-unknown')
  t.equal(after([found], found), 'case-taken')
})

t.test('what is concerned is named, in order', async (t) => {
  t.equal(after([found], step('widened', '2026-09-04')), 'records-unnamed')
  t.equal(after([found], { ...widened, until: '2026-07-31' }), 'period-invalid')
  t.equal(after([], { ...found, from: '2026-02-02', until: '2026-02-01' }), 'period-invalid')
  t.equal(after([found], step('widened', '2026-09-04', { records: [] })), 'unread')
})
