// missing-days.test.ts: R11c: what of a quarter is not downloaded yet, day by day; whose download an entry is.
import fc from 'fast-check'
import t from 'tap'
import { quarterOf } from '../../src/audit/due-dates.ts'
import { type Download, doneAt, downloadsOf, handedOver, missingDays, settledAfter } from '../../src/audit/quarter-done.ts'
import { addDays, type CivilDate, civilDate, startOfDay } from '../../src/calendar.ts'

const quarter = quarterOf(civilDate('2026-08-15'), 'end-of-following-month')
const noon = 12 * 3_600_000
const days = (from: string, until: string) => ({ from: civilDate(from), until: civilDate(until) })
const download = (on: string, of = days('2026-07-01', '2026-09-30'), outcome = 'whole'): Download => ({
  agency: 'a',
  at: startOfDay(civilDate(on)) + noon,
  ...of,
  outcome,
})

t.test('a hole between two downloads is named; so is what stands before the first, and a day that was not over', async (t) => {
  const two = [download('2026-08-01', days('2026-07-05', '2026-07-31')), download('2026-09-30', days('2026-08-03', '2026-09-30'))]
  t.same(missingDays(quarter, two), [days('2026-07-01', '2026-07-04'), days('2026-08-01', '2026-08-02'), days('2026-09-30', '2026-09-30')])
  t.same(missingDays(quarter, [download('2026-10-01', undefined, 'cut')]), [days('2026-07-01', '2026-09-30')], 'what was cut holds nothing')
  t.same(missingDays(quarter, []), [days('2026-07-01', '2026-09-30')], 'the empty quarter is done by downloading the empty file')
  t.same(missingDays(quarter, [download('2026-10-01')]), [])
})

t.test('whatever downloads there are: what is missing are the days that none holds, and it is done when there is none', async () => {
  const day = fc.integer({ min: -10, max: 100 }).map((nth): CivilDate => addDays(quarter.from, nth))
  const some = fc.record({
    on: fc.oneof(day, fc.constant(civilDate('2026-10-09'))),
    from: day,
    until: day,
    outcome: fc.constantFrom('whole', 'whole', 'cut'),
  })
  fc.assert(
    fc.property(fc.array(some, { maxLength: 8 }), (drawn) => {
      const downloads = drawn.map(({ from, on, outcome, until }) => download(on, { from, until }, outcome))
      const held = (each: CivilDate): boolean =>
        downloads.some(({ at, from, outcome, until }) => outcome === 'whole' && from <= each && each <= until && at >= settledAfter(each))
      const expected: CivilDate[] = []
      for (let each = quarter.from; each <= quarter.until; each = addDays(each, 1)) if (!held(each)) expected.push(each)
      const found = missingDays(quarter, downloads).flatMap(({ from, until }) => {
        const all: CivilDate[] = []
        for (let each = from; each <= until; each = addDays(each, 1)) all.push(each)
        return all
      })
      return found.join() === expected.join() && (doneAt(quarter, downloads) !== undefined) === (expected.length === 0)
    }),
    { numRuns: 200 },
  )
})

t.test('whose download an entry is: the agency’s own, as its completion ended; or a package that was handed over', async (t) => {
  const at = '2026-10-01T04:00:00.000Z'
  const own = JSON.stringify({ agency: 'a', asked: { agency: 'a', file: 'csv', form: 'records', ...quarter }, at })
  t.match(downloadsOf([{ entry: own }])[0], {
    agency: 'a',
    at: Date.parse(at),
    from: '2026-07-01',
    until: '2026-09-30',
    outcome: undefined,
  })
  t.equal(downloadsOf([{ entry: own, end: { index: 1, entry: '{"outcome":"cut"}' } }])[0]?.outcome, 'cut')
  const package_ = (asked: object): string =>
    JSON.stringify({ agency: 'ethics-office', asked: { agency: 'a', form: 'package', ...days('2026-07-01', '2026-09-30'), ...asked }, at })
  const none = new Set<string>()
  t.match(handedOver(package_({}), none), { agency: 'a', from: '2026-07-01', until: '2026-09-30', outcome: 'whole' })
  t.equal(handedOver(package_({ form: 'csv' }), none), undefined, 'an auditor’s own reading is no download of the agency')
  t.equal(handedOver(package_({ agency: undefined }), none), undefined)
})

t.test('R11c: what goes on after the quarter with a download from within it holds the days of that one', async (t) => {
  const entry = (id: string, agency: string, at: string, continues?: string): string =>
    JSON.stringify({ agency, asked: { agency, file: 'csv', form: 'records', ...quarter }, at, continues, id })
  const ended = (outcome: string) => ({ index: 1, entry: JSON.stringify({ outcome }) })
  const begun = { entry: entry('one', 'a', '2026-09-20T04:00:00.000Z'), end: ended('cut') }
  const goneOn = { entry: entry('two', 'a', '2026-10-05T04:00:00.000Z', 'one'), end: ended('whole') }
  t.same(missingDays(quarter, downloadsOf([begun, goneOn])), [days('2026-09-20', '2026-09-30')])
  t.equal(doneAt(quarter, downloadsOf([begun, goneOn])), undefined)
  const late = { ...begun, entry: entry('one', 'a', '2026-10-04T04:00:00.000Z') }
  t.ok(doneAt(quarter, downloadsOf([late, goneOn])), 'where that one began behind the quarter, it is done')
  t.equal(doneAt(quarter, downloadsOf([goneOn])), undefined, 'where it is not there, nothing says what was read')
  const others = { ...late, entry: entry('one', 'b', '2026-10-04T04:00:00.000Z') }
  t.equal(
    doneAt(
      quarter,
      downloadsOf([others, goneOn]).filter(({ agency }) => agency === 'a'),
    ),
    undefined,
    'another agency’s is none',
  )
})
