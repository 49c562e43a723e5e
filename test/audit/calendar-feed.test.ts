// calendar-feed.test.ts: RFC 5545: the feed of due dates opens in people's calendars, and the same facts give the same bytes.
import fc from 'fast-check'
import t from 'tap'
import { calendarFeed, type FeedFacts } from '../../src/audit/calendar-feed.ts'
import type { DueItem } from '../../src/audit/due-items.ts'
import { civilDate } from '../../src/calendar.ts'

const report: DueItem = {
  kind: 'report',
  agency: 'taipei-education',
  of: '115H2',
  due: { nominal: civilDate('2027-01-31'), before: civilDate('2027-01-29'), after: civilDate('2027-02-01') },
  state: 'overdue',
  zh: '尚未抽樣 2026-11、2026-12；2026-07–2026-10 已核定',
  en: 'no round of 2026-11, 2026-12; 2026-07–2026-10 approved',
}
const facts: FeedFacts = {
  items: [report, { ...report, kind: 'download', of: '115Q4', state: 'done' }],
  names: new Map([['taipei-education', '臺北市政府教育局']]),
  host: 'linkage.example',
  at: Date.parse('2027-02-05T01:02:03.456Z'),
}
const unfolded = (feed: string): string[] => feed.replaceAll('\r\n ', '').split('\r\n')

t.test('RFC 5545 §3.6.1: an all-day event with UID and DTSTAMP, in an object with version and product', async (t) => {
  const lines = unfolded(calendarFeed(facts))
  t.same(lines.slice(0, 3), ['BEGIN:VCALENDAR', 'VERSION:2.0', 'PRODID:-//linkage-gateway//audit status//ZH-TW'])
  t.same(lines.slice(-2), ['END:VCALENDAR', ''])
  const event = lines.slice(lines.indexOf('BEGIN:VEVENT'))
  t.ok(event.includes('UID:report-115H2-taipei-education@linkage.example'))
  t.ok(event.includes('DTSTAMP:20270205T010203Z'))
  t.ok(event.includes('DTSTART;VALUE=DATE:20270131') && event.includes('DTEND;VALUE=DATE:20270201'))
  t.ok(event.includes('SUMMARY:臺北市政府教育局 115H2 報送稽核紀錄（六（一）6）'))
  for (const begun of ['VCALENDAR', 'VEVENT', 'VALARM'])
    t.equal(lines.filter((line) => line === `BEGIN:${begun}`).length, lines.filter((line) => line === `END:${begun}`).length)
})

t.test('what is done stands in no calendar; the working days around a rest day stand in its description', async (t) => {
  const lines = unfolded(calendarFeed(facts))
  t.equal(lines.filter((line) => line === 'BEGIN:VEVENT').length, 1)
  t.match(
    lines.find((line) => line.startsWith('DESCRIPTION:期限')),
    /期限 2027-01-31 為休息日：前一工作日 2027-01-29，後一工作日 2027-02-01/,
  )
})

t.test('RFC 5545 §3.3.11: commas, semicolons, backslashes and line feeds are escaped; no other control stays', async (t) => {
  const [line] = unfolded(calendarFeed({ ...facts, names: new Map([['taipei-education', 'a,b;c\\d\ne\r\u0007']]) })).filter((each) =>
    each.startsWith('SUMMARY'),
  )
  t.match(line, /^SUMMARY:a\\,b\\;c\\\\d\\ne 115H2/)
})

t.test('RFC 5545 §3.1: lines end with CR LF and hold at most 75 octets, no character divided; unfolding gives them back', async () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom('a', '局', '𠮷', 'é', ' '), maxLength: 200 }), (name) => {
      const feed = calendarFeed({ ...facts, names: new Map([['taipei-education', name]]) })
      const raw = feed.split('\r\n')
      return (
        !/[^\r]\n|\r[^\n]/.test(feed) &&
        raw.every((line) => Buffer.byteLength(line) <= 75 && line.isWellFormed()) &&
        unfolded(feed).includes(`SUMMARY:${name} 115H2 報送稽核紀錄（六（一）6）`)
      )
    }),
    { numRuns: 100 },
  )
})

t.test('the same facts give the same bytes', async (t) => {
  t.equal(calendarFeed(facts), calendarFeed({ ...facts }))
})
