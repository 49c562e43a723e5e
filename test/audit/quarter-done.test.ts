// quarter-done.test.ts: a quarter is done when every record up to its last day was downloaded, without holes (R11c).
import fc from 'fast-check'
import t from 'tap'
import { type Download, doneAt, settledAfter } from '../../src/audit/quarter-done.ts'
import { addDays, civilDate, daysBetween, startOfDay } from '../../src/calendar.ts'

const quarter = { from: civilDate('2026-07-01'), until: civilDate('2026-09-30') }
const ended = Date.parse('2026-10-01T00:01:00+08:00')

function download(from: string, until: string, at: number, outcome?: string): Download {
  return { agency: 'a', at, from: civilDate(from), until: civilDate(until), ...(outcome !== undefined && { outcome }) }
}

t.test('one download of the whole quarter, once its last day is over', async (t) => {
  const rows: readonly (readonly [string, number | undefined, ...Download[]])[] = [
    ['nothing downloaded', undefined],
    ['whole, behind it', ended, download('2026-07-01', '2026-09-30', ended, 'whole')],
    ['whole, a moment before all of it is surely recorded', undefined, download('2026-07-01', '2026-09-30', ended - 1, 'whole')],
    ['while it ran', undefined, download('2026-07-01', '2026-09-30', Date.parse('2026-09-15T12:00:00+08:00'), 'whole')],
    ['cut', undefined, download('2026-07-01', '2026-09-30', ended, 'cut')],
    ['nobody knows how it ended', undefined, download('2026-07-01', '2026-09-30', ended)],
    ['a day less', undefined, download('2026-07-02', '2026-09-30', ended, 'whole')],
    ['a day less at its end', undefined, download('2026-07-01', '2026-09-29', ended, 'whole')],
    [
      'cut, and again',
      ended + 5,
      download('2026-07-01', '2026-09-30', ended, 'cut'),
      download('2026-07-01', '2026-09-30', ended + 5, 'whole'),
    ],
    [
      'the first that was whole',
      ended,
      download('2026-07-01', '2026-09-30', ended + 5, 'whole'),
      download('2026-07-01', '2026-09-30', ended, 'whole'),
    ],
    [
      'in two parts',
      ended + 9,
      download('2026-08-01', '2026-09-30', ended, 'whole'),
      download('2026-07-01', '2026-07-31', ended + 9, 'whole'),
    ],
    [
      'in two parts with a hole',
      undefined,
      download('2026-08-01', '2026-09-30', ended, 'whole'),
      download('2026-07-01', '2026-07-30', ended + 9, 'whole'),
    ],
    [
      'begun while it ran, and the rest of it',
      ended,
      download('2026-07-01', '2026-09-30', Date.parse('2026-09-15T12:00:00+08:00'), 'whole'),
      download('2026-09-15', '2026-09-30', ended, 'whole'),
    ],
    [
      'the day on which it was begun was not over',
      undefined,
      download('2026-07-01', '2026-09-30', Date.parse('2026-09-15T12:00:00+08:00'), 'whole'),
      download('2026-09-16', '2026-09-30', ended, 'whole'),
    ],
  ]
  for (const [title, at, ...downloads] of rows) t.equal(doneAt(quarter, downloads), at, title)
})

t.test('whatever was downloaded in whatever order, a plain account of its days agrees', async (t) => {
  const days = daysBetween(quarter.from, quarter.until) + 1
  const span = fc.record({
    from: fc.nat(days - 1),
    length: fc.nat(60),
    at: fc.nat(days + 2),
    outcome: fc.constantFrom('whole', 'whole', 'cut'),
  })
  fc.assert(
    fc.property(fc.array(span, { maxLength: 8 }), (spans) => {
      const downloads = spans.map(({ from, length, at, outcome }) => {
        const first = addDays(quarter.from, from)
        return { agency: 'a', at: startOfDay(addDays(quarter.from, at)) + 60_000, from: first, until: addDays(first, length), outcome }
      })
      const held = (day: number): boolean => {
        const date = addDays(quarter.from, day)
        return downloads.some(
          (each) => each.outcome === 'whole' && each.from <= date && date <= each.until && each.at >= settledAfter(date),
        )
      }
      t.equal(doneAt(quarter, downloads) !== undefined, Array.from({ length: days }, (_, day) => day).every(held))
    }),
    { numRuns: 200 },
  )
})
