// past-files.ts: the files of a policy of which only the digested bytes are left: what loads them again comes to the same digest.
import { stringify as csv } from 'csv-stringify/sync'
import { stringify as yaml } from 'yaml'
import { addDays, type CivilDate, civilDate, weekdayOf } from '../calendar.ts'
import type { JsonValue } from '../json.ts'
import { contentOf, type PolicyBytes, textsOf } from './deciding.ts'
import { calendarColumns, weekdays } from './rest-days.ts'
import { rosterColumns } from './roster.ts'

/** What gateway.yaml holds beside its deciding members is no part of a policy: where it listens, where its keys lie. These decide nothing,
 *  and stand here so that the file is whole. */
const undecided = {
  listeners: {
    public: { host: '127.0.0.1', port: 0, tls: { certificate: 'unknown.pem', key: 'unknown.pem', client_certificates: true } },
    admin: { host: '127.0.0.1', port: 0 },
  },
  database: { embedded: true },
  keys: { directory: 'unknown' },
  recipients: [
    { id: 'unknown', year: '2026', jwk: { kty: 'OKP', crv: 'X25519', x: 'cA9OqA8jFLsbSS5Ivw56SRLU8zIoA3kHPEXpjifd_AE' } }, // a point of the curve
  ],
}

/** The files of a policy by name, as a folder would hold them. Comments, order and spelling are lost: they were never part of it.
 *  @throws TypeError, JsonError for bytes that are no policy */
export function filesOf(policy: PolicyBytes): ReadonlyMap<string, string> {
  return new Map([...textsOf(policy)].map(([name, text]) => [name, fileOf(name, contentOf(text) as JsonValue)])) // it was JSON
}

function fileOf(name: string, content: JsonValue): string {
  const [folder] = name.split('/')
  if (folder === 'rosters') return rosterFile(content)
  if (folder === 'calendar') return calendarFile(name, content)
  const whole = name === 'gateway.yaml' && typeof content === 'object' && !Array.isArray(content) ? { ...undecided, ...content } : content
  return yaml(whole, { aliasDuplicateObjects: false, defaultKeyType: 'PLAIN', defaultStringType: 'QUOTE_DOUBLE', lineWidth: 0 })
}

function rosterFile(content: JsonValue): string {
  const rows = Array.isArray(content) ? content : []
  return csv(rows, { columns: [...rosterColumns], header: true, bom: true, record_delimiter: 'windows' })
}

/** Every day of the year, with whether it was a day of rest. */
function calendarFile(name: string, content: JsonValue): string {
  const rest = new Set(Array.isArray(content) ? content : [])
  const year = Number(/(\d{4})\.csv$/.exec(name)?.[1])
  const rows: string[][] = []
  for (let day: CivilDate = civilDate(`${year}-01-01`); day.startsWith(`${year}-`); day = addDays(day, 1))
    rows.push([day.replaceAll('-', ''), weekdays.charAt(weekdayOf(day)), rest.has(day) ? '2' : '0', ''])
  return csv([calendarColumns, ...rows], { bom: true, record_delimiter: 'windows' })
}
