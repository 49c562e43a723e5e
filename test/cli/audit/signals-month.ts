// signals-month.ts: a department whose log holds a month with each of the signs once, on a real database.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { signalsCommand } from '../../../src/cli/audit/signals.ts'
import { openDepartment } from '../../../src/cli/demo/department.ts'
import { disclosureEntry } from '../../../src/querylog/act-entries.ts'
import type { QueryFacts } from '../../../src/querylog/query-entry.ts'
import { type RefusalCount, refusalsEntry } from '../../../src/querylog/refusals-entry.ts'
import { leafHash } from '../../../src/querylog/tree.ts'
import { Configuration } from '../../end-to-end/configuration.ts'
import { type Teardown, type TestDatabase, temporaryFolder } from '../../store/server.ts'
import { education, log, newId, police, policies, WritingLog } from '../../verifier/written-log.ts'
import { place, type Ran, runCommand, who } from '../log/auditing.ts'
import { writtenLogHere } from './written-log-here.ts'

export interface SignalsMonth {
  readonly folder: string
  readonly config: string
  readonly database: TestDatabase
}

export const month = '2026-10'
/** A claim of the agency's system, as an attacker would put it. */
export const hostile = '<script>alert(1)</script>'
export const hostileCase = '"><img src=x>&\u2067'
/** Of each kind of identity one that stands in the month: none may stand in a report that names nobody. */
export const identities = [
  ...['edu-chang', 'edu-huang', 'edu-wu', 'edu-kulas', 'edu-yoshida', 'edu-nguyen', 'edu-gone', 'nobody-known', 'police-wang', 'alert(1)'],
  ...['張雅婷', '林淑芬', '國小教育科', 'dosw-lin', 'edu-2026a', 'C-WIDE', 'img src', '203.0.113', 'abababab', 'cdcdcdcd'],
] as const

const roster = `帳號,人員代號,姓名,單位,職稱,受託單位,類別,啟用日,最後在職日,停用原因,核准文號
edu-chang,EDU0001,張雅婷,國小教育科,科員,,人員,2026-01-05,,,北市社資字第1150000124號
edu-wu,EDU0004,吳宗翰,國中教育科,科員,,人員,2026-01-05,2026-10-20,離職,北市社資字第1150000124號
edu-yoshida,EDU0005,𠮷田美咲,國小教育科,約聘人員,,人員,2026-02-09,,,北市社資字第1150000234號
edu-huang,EDU0006,黃𡘙,國中教育科,科員,,人員,2026-01-05,,,北市社資字第1150000124號
edu-kulas,EDU0007,谷辣斯‧尤達卡,原住民族教育科,科員,,人員,2026-01-05,,,北市社資字第1150000124號
edu-nguyen,EDU0008,阮氏花 Nguyễn Thị Hoa,國際教育科,約僱人員,,人員,2026-10-05,,,北市社資字第1150000460號
edu-gone,EDU0009,王大同,國中教育科,科員,,人員,2026-01-05,2026-09-15,離職,北市社資字第1150000124號
`

/** Thresholds that a small month reaches. */
const thresholds = {
  off_hours_calls_per_day: 4,
  calls_per_user_per_hour: 6,
  subjects_per_user_per_day: 12,
  users_per_subject_per_month: 3,
  subjects_per_case_per_month: 5,
  refusals_per_credential_per_day: 5,
  not_found_answers: 4,
  unused_grant_days: 9,
  comparison_records: 10,
}

interface Event {
  readonly at: number
  readonly write: (writing: WritingLog) => void
}

/** In Taipei, `2026-10-06 14:00`, and so many seconds behind it. */
const taipei = (time: string, seconds = 0): number => Date.parse(`${time.replace(' ', 'T')}:00+08:00`) + seconds * 1_000

const tag = (nth: number): QueryFacts['subject'] => ({
  key: '2026',
  kind: 'tw-national-id',
  tag: nth.toString(16).padStart(4, '0').repeat(8),
})
const shared: QueryFacts['subject'] = { key: '2026', kind: 'tw-national-id', tag: 'abababab'.repeat(4) }

let cases = 0

function query(at: number, agency: string, given: Partial<QueryFacts>): Event {
  const own = { case: `115-${cases++}`, ...given }
  const refused = own.decision === 'deny'
  return { at, write: (writing) => writing.batch(new Date(at).toISOString(), writing.query(agency, !refused, newId(), own)) }
}

const refused = (code: string, user?: string): Partial<QueryFacts> => ({ code, decision: 'deny', status: 403, user, subject: undefined })

function counted(at: number, minute: number, counts: readonly RefusalCount[]): Event {
  const facts = { id: newId(), minute: new Date(minute).toISOString(), counts, other: 0 }
  return { at, write: (writing) => writing.batch(new Date(at).toISOString(), { write: (given) => refusalsEntry(facts, given) }) }
}

/** Somebody's queries one behind the other, about subjects one behind the other. */
const several = (time: string, count: number, step: number, agency: string, own: Partial<QueryFacts>, first: number): readonly Event[] =>
  Array.from({ length: count }, (_, nth) => query(taipei(time, nth * step), agency, { subject: tag(first + nth), ...own }))

function eventsOf(): readonly Event[] {
  const edu = (time: string, count: number, step: number, own: Partial<QueryFacts>, first: number) =>
    several(time, count, step, education, own, first)
  const ours = (count: number, at: number): Event =>
    counted(at + 40_000, at, [
      { agency: education, code: 'rate-limited', count, credential: 'edu-2026a' },
      { agency: police, code: 'rate-limited', count: 100, credential: 'police-jwt-1' },
      { address: '192.0.2.1', code: 'network-not-allowed', count: 1_000 },
    ])
  return [
    query(taipei('2026-03-02 10:00'), education, { user: 'edu-kulas', subject: tag(1) }),
    query(taipei('2026-09-29 10:00'), education, { user: 'edu-chang', subject: tag(1) }),
    ours(70, taipei('2026-09-30 23:59')), // of September, though it stands in October
    ...['2026-10-05', '2026-10-06', '2026-10-07', '2026-10-08'].flatMap((day, nth) =>
      edu(`${day} 10:00`, 5, 300, { user: 'edu-chang', reason: undefined }, 100 + 10 * nth),
    ),
    ...edu('2026-10-06 14:00', 8, 60, { user: 'edu-chang' }, 200), // a burst, and 13 subjects of a day
    ...edu('2026-10-06 15:00', 2, 60, { user: 'edu-nguyen' }, 300), // the second day on the roster
    ...edu('2026-10-10 22:00', 5, 60, { user: 'edu-huang' }, 400), // 國慶日
    query(taipei('2026-10-08 07:59'), education, { user: 'edu-huang', subject: shared }),
    query(taipei('2026-10-08 08:00'), education, { user: 'edu-chang', subject: shared }),
    query(taipei('2026-10-08 17:59'), education, { user: 'edu-wu', subject: shared }),
    query(taipei('2026-10-08 18:00'), education, { user: 'edu-wu', subject: shared }),
    ...edu('2026-10-12 09:00', 6, 1_000, { user: 'edu-huang', case: 'C-WIDE' }, 500),
    ...edu(
      '2026-10-13 09:00',
      3,
      1_200,
      { user: 'edu-kulas', code: 'subject-not-found', status: 404, rows: 0, fieldsReleased: undefined },
      600,
    ),
    query(taipei('2026-10-13 11:00'), education, { user: 'edu-kulas', subject: tag(604) }),
    query(taipei('2026-10-14 09:00'), education, { user: 'edu-yoshida', address: '203.0.113.5', subject: tag(700) }),
    query(taipei('2026-10-14 09:10'), education, { user: 'edu-yoshida', address: '203.0.113.6', subject: tag(701) }), // within ten minutes
    query(taipei('2026-10-14 09:20', 1), education, { user: 'edu-yoshida', address: '203.0.113.5', subject: tag(702) }), // and not
    query(taipei('2026-10-15 09:00'), education, { user: 'edu-wu', subject: tag(800) }), // before leaving
    query(taipei('2026-10-22 09:00'), education, refused('user-inactive', 'edu-wu')), // behind it
    query(taipei('2026-10-22 09:01'), education, { user: 'edu-gone', subject: tag(801) }), // answered: the list came late
    ...[0, 1, 2].map((nth) => query(taipei('2026-10-07 11:00', nth), education, refused('purpose-not-granted', 'edu-chang'))),
    ours(4, taipei('2026-10-07 11:05')),
    query(taipei('2026-10-21 11:00'), education, refused('user-missing')),
    query(taipei('2026-10-21 11:01'), education, refused('user-unknown', 'nobody-known')),
    query(taipei('2026-10-21 11:02'), education, { ...refused('user-unknown', hostile), case: hostileCase, mode: undefined }),
    ours(9, taipei('2026-10-31 23:59')), // of October, though it stands in November
    query(taipei('2026-11-02 10:00'), education, { user: 'edu-chang', subject: tag(900) }),
    ...several('2026-10-06 10:00', 12, 60, police, { user: 'police-wang', credential: 'police-jwt-1' }, 100),
    ...several('2026-10-07 17:50', 12, 100, 'taipei-revenue', { user: 'tax-lee' }, 100),
    ...several('2026-10-08 10:00', 12, 60, 'taipei-transportation', { user: 'bus-ho' }, 100),
    ...several('2026-10-08 20:00', 12, 60, 'nhi-administration', { user: 'nhi-file', mode: 'file', subject: undefined }, 100),
    ...several('2026-10-09 10:00', 3, 60, 'wanhua-district', { user: '0012002' }, 100),
  ].toSorted((one, other) => one.at - other.at)
}

/** An auditor opens three records of the agency and one of another in the month, and one more in the month behind it. */
function openings(writing: WritingLog): readonly Event[] {
  const placed = writing.written.entries.map((entry, index) => ({ index, entry, ...JSON.parse(entry.toString()) }))
  const of = (agency: string, count: number) => placed.filter((each) => each.kind === 'query' && each.agency === agency).slice(0, count)
  const open = (at: number, records: readonly { readonly entry: Buffer; readonly id: string; readonly index: number }[]): Event => {
    const facts = {
      id: newId(),
      agency: 'ethics-office',
      asked: { entries: records.map(({ index }) => ({ index, log })) },
      auth: { jti: newId(), kid: 'lin-1', token: policies[0] ?? '', type: 'assertion' },
      credential: 'ethics-lin',
      document: '北市社政字第1150000310號',
      entries: records.map(({ entry, id, index }) => ({ id, index, leaf: leafHash(entry).toString('base64'), log })),
      policy: policies[0] ?? '',
      reason: '不定期稽核',
      recipient: 'ethics/2026',
      sealed: { bytes: 'AA==', counter: 0, key: newId() },
      user: 'dosw-lin',
    } as Parameters<typeof disclosureEntry>[0] // digests are texts of a brand
    return { at, write: (to) => to.batch(new Date(at).toISOString(), { write: (given) => disclosureEntry(facts, given) }) }
  }
  return [open(taipei('2026-10-31 10:00'), [...of(education, 2), ...of(police, 1)]), open(taipei('2026-10-31 11:00'), of(education, 1))]
}

/** A log with the month before this one behind it. */
export async function startSignalsMonth(t: Teardown): Promise<SignalsMonth> {
  const folder = temporaryFolder(t)
  const { config } = await openDepartment(folder)
  const configuration = new Configuration(config)
  configuration.edit('gateway.yaml', (document) => document.set('origin', 'http://linkage.example'))
  configuration.edit('audit.yaml', (document) => {
    for (const [name, value] of Object.entries(thresholds)) document.setIn(['signals', name], String(value))
  })
  configuration.edit('agencies/taipei-education.yaml', (document) => {
    document.setIn(['grants', 0, 'application', 'date'], '2025-12-20')
    document.setIn(['grants', 0, 'approval', 'date'], '2026-01-05')
    document.setIn(['grants', 0, 'from'], '2026-01-05')
    document.setIn(['grants', 0, 'until'], '2028-12-31')
  })
  writeFileSync(join(config, 'rosters', 'taipei-education.csv'), roster)
  const writing = new WritingLog({ heads: [], parameters: {} })
  writing.batch('2026-03-01T00:00:00.000Z', writing.opening(), await writing.key())
  const events = eventsOf()
  const before = events.filter(({ at }) => at < taipei('2026-10-31 10:00'))
  for (const { write } of before) write(writing)
  for (const { write } of openings(writing)) write(writing)
  for (const { write } of events.slice(before.length)) write(writing)
  const database = await writtenLogHere(t, writing)
  return { folder, config, database }
}

/** The command on a day, in this process. */
export const signalsOn = (day: string, ...args: readonly string[]): Promise<Ran> =>
  runCommand((output) => signalsCommand(output, () => Date.parse(day)), ...args)

/** After the month, in its folder, without identities … */
export const signalsIn = ({ config }: SignalsMonth, ...args: readonly string[]): Promise<Ran> =>
  signalsOn('2026-11-05T02:00:00.000Z', '--config', config, ...args)

/** Options by which the example's auditor signs on the spot. */
export const signerOf = ({ folder }: SignalsMonth): string[] => [
  ...place(folder),
  ...['--key', join(folder, 'auditors', 'ethics-lin.jwk'), '--as', who.account, '--reason', who.reason],
]

/** … and with users. */
export const namedIn = (of: SignalsMonth, ...args: readonly string[]): Promise<Ran> =>
  signalsOn('2026-11-05T02:00:00.000Z', '--users', ...signerOf(of), ...args)

/** The document that a run printed. */
// biome-ignore lint/suspicious/noExplicitAny: a report that is read member by member
export async function documentOf(run: Promise<Ran>): Promise<any> {
  const { error, out } = await run
  if (error !== '') throw new Error(error)
  return JSON.parse(out)
}
