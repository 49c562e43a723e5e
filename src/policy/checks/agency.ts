// agency.ts: what an agency's file must hold beyond its schema: ids, standing (R10, R20, R21), credentials (R8), delegates (R19).
import { addDays, type CivilDate, periodEnd } from '../../calendar.ts'
import { sha256Hex } from '../../canonical.ts'
import type { Examined } from '../examine.ts'
import { type Report, within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import { isUsableKey } from '../public-key.ts'
import { workingDayFrom } from '../rest-days.ts'
import type { CredentialEntry, DelegateEntry, StandingEntry } from '../schema/agency.ts'
import type { RestDays } from '../snapshot.ts'
import { nextActions, type Standing, standingAfter } from '../standing.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { entriesOf, namesIn } from './entries.ts'

export interface AgencyReading {
  readonly file: YamlDocument
  /** The file's name without its ending. */
  readonly id: string
  readonly value: Examined<'agency'>
}

/** Names that are the whole folder's, each with the file in which it first stands. */
export interface Registry {
  readonly parties: Map<string, string>
  readonly credentials: Map<string, string>
  readonly keys: Map<string, string>
}

export const newRegistry = (): Registry => ({ parties: new Map(), credentials: new Map(), keys: new Map() })

const day = (text: string): CivilDate => text as CivilDate // its form was checked: only sound entries come here

/** Lists within a delegate: their own mistakes do not hide its other ones. */
export const parts: readonly string[] = ['networks', 'credentials', 'grants']

/** Reports what is wrong in one agency's file, and with its names among all others. */
export function checkAgency(reading: AgencyReading, registry: Registry, restDays: RestDays, report: Report): void {
  const { file, id, value } = reading
  if (value.id !== undefined && file.sound('/id')) {
    if (value.id !== id) report.add(file, '/id', 'id-not-file-name', { found: value.id, expected: { zh: id, en: id } })
    register(registry.parties, value.id, file, '/id', report)
  }
  if (value.kind === 'linked-agency' && value.manager === undefined) report.add(file, '', 'manager-missing')
  if (value.manager?.until !== undefined && file.sound('/manager'))
    ordered(file, '/manager/until', value.manager.from, value.manager.until, report)
  checkStanding(reading, [...entriesOf(file, '/standing', value.standing)], restDays, report)
  for (const [at, credential] of entriesOf(file, '/credentials', value.credentials))
    checkCredential(reading, at, credential, registry, report)
  for (const [at, delegate] of entriesOf(file, '/delegates', value.delegates, parts)) {
    checkDelegate(reading, at, delegate, report)
    register(registry.parties, delegate.id, file, within(at, 'id'), report)
    for (const [place, credential] of entriesOf(file, `${at}/credentials`, delegate.credentials))
      checkCredential(reading, place, credential, registry, report)
  }
}

function register(
  names: Map<string, string>,
  name: string,
  file: YamlDocument,
  pointer: string,
  report: Report,
  code: 'duplicate-id' | 'key-shared' = 'duplicate-id',
): void {
  const other = names.get(name)
  const shown = code === 'key-shared' ? undefined : name
  if (other !== undefined)
    report.add(file, pointer, code, { found: shown, expected: { zh: `與 ${other} 不同`, en: `another than in ${other}` } })
  else names.set(name, `${file.name}#${pointer}`)
}

/** Reports days in the wrong order; the later stands at the pointer. */
export function ordered(file: YamlDocument, pointer: string, earlier: string, later: string, report: Report, strictly = false): void {
  if (strictly ? earlier < later : earlier <= later) return
  const [zh, en] = strictly ? [`${earlier} 之後`, `after ${earlier}`] : [`${earlier} 或以後`, `${earlier} or later`]
  report.add(file, pointer, 'dates-reversed', { found: later, expected: { zh, en } })
}

/** Holds the history against what may follow what, and each line against its own days. */
function checkStanding(
  { file, value }: AgencyReading,
  lines: readonly (readonly [string, StandingEntry])[],
  restDays: RestDays,
  report: Report,
): void {
  let standing: Standing = 'not-approved'
  let before: StandingEntry | undefined
  for (const [at, line] of lines) {
    const allowed = nextActions[standing]
    if (!allowed.includes(line.action)) {
      report.add(file, `${at}/action`, 'standing-order', {
        found: line.action,
        expected: { zh: allowed.join('、'), en: allowed.join(', ') },
      })
    }
    if (before !== undefined) ordered(file, `${at}/effective`, before.effective, line.effective, report)
    checkDays(file, at, line, report)
    // R10: neither the months of a restoration nor the notice bind a using unit.
    if (value.kind !== 'using-unit') {
      if (before?.action === 'suspend') checkRestoration(file, at, line, periodEnd(day(before.effective), 3), restDays, report)
      checkNotice(file, at, line, report)
    }
    standing = standingAfter(line.action)
    before = line
  }
}

/** Holds a line's own days against each other. */
function checkDays(file: YamlDocument, at: string, line: StandingEntry, report: Report): void {
  if (line.action === 'suspend') {
    // Rule 六(五): not completed by the deadline, then decided, then effective.
    ordered(file, `${at}/deadline`, line.notice.date, line.deadline, report)
    ordered(file, `${at}/decision/date`, line.deadline, line.decision.date, report, true)
    ordered(file, `${at}/effective`, line.decision.date, line.effective, report)
  }
  if (line.action === 'restore') {
    ordered(file, `${at}/applied/date`, line.completed, line.applied.date, report)
    ordered(file, `${at}/consent/date`, line.applied.date, line.consent.date, report)
    ordered(file, `${at}/effective`, line.consent.date, line.effective, report)
  }
}

/** No run of rest days is longer: what bounds a decision where the calendar of its year is not there (any more). */
const REST = 14

/** Holds a restoration against the three months of the rule. Where they end on a rest day that day counts, unless a person has decided on
 *  the next working day (D-13).
 *  @param last the day on which the three months end */
function checkRestoration(file: YamlDocument, at: string, line: StandingEntry, last: CivilDate, restDays: RestDays, report: Report): void {
  if (line.action !== 'restore') return
  const working = workingDayFrom(last, restDays)
  const decided = line.last_day === 'next-working-day'
  if (line.completed <= (decided ? (working ?? addDays(last, REST)) : last)) return
  const [zh, en] =
    working === undefined || working === last
      ? [`至遲 ${last}`, `${last} at the latest`]
      : [
          `至遲 ${last}（休息日；次一工作日 ${working}，由人決定是否適用，適用者載明 last_day: next-working-day）`,
          `${last} at the latest (a rest day; the next working day is ${working}, where a person decides so: last_day: next-working-day)`,
        ]
  report.add(file, `${at}/completed`, 'restored-too-late', { found: line.completed, expected: { zh, en } })
}

/** Holds an end against the month of notice. */
function checkNotice(file: YamlDocument, at: string, line: StandingEntry, report: Report): void {
  if (line.action !== 'terminate') return
  if (line.by === 'agency' && line.notice === undefined)
    report.add(file, at, 'notice-missing', { expected: { zh: 'notice', en: 'notice' } })
  if (line.notice === undefined) return
  // Rule 六(六), D-14: short notice is said, and never keeps anybody from stopping.
  const earliest = addDays(periodEnd(day(line.notice.received), 1), 1)
  if (line.effective < earliest)
    report.add(file, `${at}/effective`, 'notice-short', {
      found: line.effective,
      expected: { zh: `${earliest} 或以後`, en: `${earliest} or later` },
    })
}

function checkCredential(
  { file, value }: AgencyReading,
  at: string,
  credential: CredentialEntry,
  registry: Registry,
  report: Report,
): void {
  const { id, issued, expires, mode, role = 'system' } = credential
  register(registry.credentials, id, file, `${at}/id`, report)
  ordered(file, `${at}/expires`, issued, expires, report)
  const last = addDays(day(issued), 365)
  if (expires > last)
    report.add(file, `${at}/expires`, 'credential-too-long', {
      found: expires,
      expected: { zh: `至遲 ${last}`, en: `${last} at the latest` },
    })
  if ((role === 'system') !== (mode !== undefined))
    report.add(file, mode === undefined ? at : `${at}/mode`, 'credential-mode', { found: mode ?? role })
  // Nor a delegate of the department: it would read what was asked about whom, without a record.
  if (role === 'auditor' && (value.kind === 'linked-agency' || at.startsWith('/delegates/')))
    report.add(file, `${at}/role`, 'auditor-outside')
  if (credential.type === 'api-key') {
    register(registry.keys, credential.sha256, file, `${at}/sha256`, report, 'key-shared')
    return
  }
  if ((credential.jwks === undefined) === (credential.jwks_uri === undefined))
    report.add(file, credential.jwks === undefined ? at : `${at}/jwks_uri`, 'keys-one-way')
  if (credential.jwks_uri !== undefined) register(registry.keys, credential.jwks_uri, file, `${at}/jwks_uri`, report, 'key-shared')
  for (const [index, jwk] of credential.jwks?.keys.entries() ?? []) {
    const place = `${at}/jwks/keys/${index}`
    if (!isUsableKey(jwk)) report.add(file, place, 'key-invalid', { found: jwk.kid })
    register(registry.keys, sha256Hex('n' in jwk ? jwk.n : jwk.x), file, place, report, 'key-shared')
  }
}

function checkDelegate({ file, id, value }: AgencyReading, at: string, delegate: DelegateEntry, report: Report): void {
  const { contract, grants, under } = delegate
  ordered(file, `${at}/contract/until`, contract.from, contract.until, report)
  const known = namesIn(value.grants, 'id')
  for (const [index, grant] of grants.entries()) {
    if (file.sound(`${at}/grants/${index}`) && !known.includes(grant))
      report.add(file, `${at}/grants/${index}`, 'unknown-name', { found: grant, nearest: nearest(grant, known) })
  }
  const above = new Map([...entriesOf(file, '/delegates', value.delegates, parts)].map(([, each]) => [each.id, each.under]))
  const parties = [...namesIn(value.delegates, 'id'), id]
  if (!parties.includes(under)) {
    report.add(file, `${at}/under`, 'unknown-name', { found: under, nearest: nearest(under, parties) })
    return
  }
  // Up the tree: whoever comes by twice hangs under nobody.
  const passed = new Set<string>()
  for (let up: string | undefined = under; up !== undefined && up !== id; up = above.get(up)) {
    if (up === delegate.id || passed.has(up)) {
      report.add(file, `${at}/under`, 'delegate-order', { found: under })
      return
    }
    passed.add(up)
  }
}
