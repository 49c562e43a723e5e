// calendar-feed.ts: due dates as an iCalendar feed (RFC 5545), so that they stand in people's own calendars.
import { addDays, type CivilDate } from '../calendar.ts'
import { type DueItem, dueWords, reminderDays } from './due-items.ts'

export interface FeedFacts {
  readonly items: readonly DueItem[]
  /** Names of agencies by id. */
  readonly names: ReadonlyMap<string, string>
  /** Host of the department: UIDs are unique in the world. */
  readonly host: string
  /** When the feed was made, milliseconds since 1970 UTC (DTSTAMP): the same facts give the same bytes. */
  readonly at: number
}

/** An iCalendar object: one all-day event for each item that is not done. */
export function calendarFeed({ at, host, items, names }: FeedFacts): string {
  const stamp = `${new Date(at).toISOString().slice(0, 19).replaceAll(/[-:]/g, '')}Z`
  const lines = [
    'BEGIN:VCALENDAR',
    'VERSION:2.0',
    'PRODID:-//linkage-gateway//audit status//ZH-TW',
    'CALSCALE:GREGORIAN',
    'METHOD:PUBLISH',
    ...items.filter(({ state }) => state !== 'done').flatMap((item) => eventOf(item, names.get(item.agency) ?? item.agency, host, stamp)),
    'END:VCALENDAR',
  ]
  return lines.map((line) => `${folded(line)}\r\n`).join('')
}

function eventOf(item: DueItem, name: string, host: string, stamp: string): readonly string[] {
  const { agency, due, en, kind, of, zh } = item
  const [title, titleEn] = dueWords[kind]
  const restDay =
    due.before !== undefined
      ? `期限 ${due.nominal} 為休息日：前一工作日 ${due.before}，後一工作日 ${due.after} working days before and after\n`
      : ''
  return [
    'BEGIN:VEVENT',
    `UID:${escaped(`${kind}-${of}-${agency}@${host}`)}`,
    `DTSTAMP:${stamp}`,
    `DTSTART;VALUE=DATE:${compact(due.nominal)}`,
    `DTEND;VALUE=DATE:${compact(addDays(due.nominal, 1))}`,
    `SUMMARY:${escaped(`${name} ${of} ${title}`)}`,
    `DESCRIPTION:${escaped(`${restDay}${zh}\n${titleEn}, ${of}: ${en}`)}`,
    'TRANSP:TRANSPARENT',
    ...reminderDays.flatMap((days) => [
      'BEGIN:VALARM',
      'ACTION:DISPLAY',
      `DESCRIPTION:${escaped(`${name} ${of} ${title}`)}`,
      `TRIGGER:-P${days}D`,
      'END:VALARM',
    ]),
    'END:VEVENT',
  ]
}

const compact = (day: CivilDate): string => day.replaceAll('-', '')

/** SPEC RFC 5545 §3.3.11: TEXT. Other controls have no place in it. */
const escaped = (text: string): string =>
  text
    .replaceAll(/[\\;,]/g, '\\$&')
    .replaceAll('\n', '\\n')
    .replaceAll(/\p{Cc}/gu, '')

const octetsOfLine = 75

/** SPEC RFC 5545 §3.1: lines of at most 75 octets, no character divided; those that follow begin with a space. */
function folded(line: string): string {
  let text = ''
  let octets = 0
  for (const character of line) {
    const size = Buffer.byteLength(character)
    if (octets + size > octetsOfLine) {
      text += '\r\n '
      octets = 1
    }
    text += character
    octets += size
  }
  return text
}
