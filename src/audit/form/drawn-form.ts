// drawn-form.ts: the audit form of a recorded draw: its records, the roster that was frozen with it, and the words of the rules.
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import type { Mode } from '../../policy/snapshot.ts'
import type { Draw, DrawnRecord, Review } from '../draw.ts'
import type { FrozenRow } from '../frozen-roster.ts'
import { daysOf, type Period } from '../period.ts'
import { type Person, Persons } from '../persons.ts'
import { coverageNeed, monthlyQuota } from '../quota.ts'
import { type AccountReview, type AuditForm, type FormRow, type Manager, noUnit, type Results, type Subject } from './audit-form.ts'
import type { RecordCodes, RecordTitles } from './catalogue-titles.ts'
import { RosterDays } from './roster-days.ts'
import { settingWords } from './setting-words.ts'
import type { ThrownWords } from './thrown-words.ts'

/** Members of a `query` entry that the form prints. */
export interface QueryMembers extends RecordCodes {
  readonly address: string
  readonly at: string
  readonly auth: { readonly type: string }
  readonly case?: string
  readonly mode?: string
  readonly policy: string
  readonly reason?: string
  readonly rows?: number
  readonly subject?: { readonly kind: string; readonly tag: string }
  readonly user?: string
}

/** A drawn record as it was recorded, and what a form adds. */
export interface DrawnEntry {
  readonly query: QueryMembers
  readonly titles: RecordTitles
  /** Where it came into the sample by a later draw. */
  readonly added?: 'enlargement' | 'supplement'
  /** Of a file: the rows that its completion tells. */
  readonly completedRows?: number
  /** Whom it asked about, where a `disclosure` entry opened that. */
  readonly opened?: string
}

/** What a form is made from. */
export interface DrawnEvidence {
  readonly agency: { readonly code: string; readonly name: string }
  readonly manager?: Manager
  readonly draw: Draw
  /** The draw's seed, lower-case hex, and how its randomness was thrown, in words. */
  readonly seed: string
  readonly thrown: ThrownWords
  /** Heads that the freeze names. */
  readonly logs: AuditForm['draw']['checkpoints']
  /** The day in Taipei on which the draw was recorded. */
  readonly issued: CivilDate
  /** The roster of the freeze, whole: rows are never deleted. */
  readonly roster: readonly FrozenRow[]
  /** By account, in the roster's spelling: the day of its last use up to the end of the period, in any log that was frozen. */
  readonly lastUses: ReadonlyMap<string, CivilDate>
  /** Whom the round names to audit: `陳大文（政風室）`. */
  readonly auditors: readonly string[]
  /** D-10: the annex of calls that do not count. */
  readonly notCounted: AuditForm['notCounted']
  /** Absent until results were recorded. */
  readonly results?: Results
  /** D-20: users up to which the auditor comes from another unit. */
  readonly fewUsers: number
  /** @returns the entry of a drawn record: each of them is there */
  entryOf(record: DrawnRecord): DrawnEntry
}

/** The form. The same evidence gives the same form. */
export function drawnForm(evidence: DrawnEvidence): AuditForm {
  const { agency, auditors, draw, fewUsers, issued, lastUses, logs, manager, notCounted, results, roster, seed, thrown } = evidence
  const period = { from: draw.from, until: draw.until }
  const { first, last } = daysOf(period)
  const days = new RosterDays(roster)
  const rows = draw.drawn.map((record) => rowOf(record, evidence.entryOf(record), days, last))
  const persons = new Persons(roster, period)
  const reviews = draw.reviews.flatMap((review) => reviewsOf(review, days, last, lastUses))
  const drawn = new Set(draw.drawn.map(({ user }) => persons.appears(user)))
  for (const { accounts } of draw.reviews) for (const account of accounts) persons.appears(account)
  return {
    agency,
    auditors,
    period: { from: first, until: last },
    issued,
    modes: modesOf(draw),
    months: monthCounts(draw),
    users: {
      total: draw.coverage.users,
      left: [...persons.users].filter((person) => hasLeft(person, days, last)).length,
      needed: coverageNeed(draw.coverage.users),
      drawn: drawn.size,
      reviewed: draw.reviews.length,
    },
    units: unitCounts(rows, reviews, roster, period, persons),
    draw: { seed, thrown, freeze: draw.freeze, checkpoints: logs },
    settings: settingWords(draw.parameters, fewUsers),
    rows,
    reviews,
    notCounted,
    ...(manager !== undefined && { manager }),
    ...(results !== undefined && { results }),
  }
}

const modeNames: readonly Mode[] = ['online', 'file', 'api']

const modesOf = ({ modes }: Draw): readonly Mode[] => modeNames.filter((name) => modes.some(({ mode }) => mode === name))

function monthCounts({ drawn, modes, months }: Draw): AuditForm['months'] {
  return months.map(({ month, population, quota, records }) => ({
    month,
    counted: population,
    quota,
    all: records,
    quotaOfAll: monthlyQuota(records),
    drawn: drawn.filter((each) => each.month === month).length,
    byMode: modeNames.flatMap((mode) => {
      const found = modes.find((each) => each.month === month && each.mode === mode)
      return found === undefined ? [] : [{ mode, counted: found.counted }]
    }),
  }))
}

function rowOf(
  record: DrawnRecord,
  { added, completedRows, opened, query, titles }: DrawnEntry,
  days: RosterDays,
  last: CivilDate,
): FormRow {
  const held = days.on(record.user, civilDateOf(Date.parse(query.at)))
  const rows = query.rows ?? completedRows
  return {
    id: { log: record.log, index: record.index, ...(record.row !== undefined && { row: record.row }) },
    at: query.at,
    ...(held !== undefined && { user: { name: held.name, title: held.title, unit: held.unit, system: held.kind === 'system' } }),
    account: record.user,
    service: days.serviceAt(record.user, last),
    claimed: query.auth.type === 'api-key',
    mode: modeNames.find((mode) => mode === query.mode) ?? 'api', // a counted record was granted, and so has a mode
    ...titles,
    ...(query.reason !== undefined && { reason: query.reason }),
    ...(query.case !== undefined && { case: query.case }),
    subject: subjectOf(query, opened),
    address: query.address,
    ...(rows !== undefined && { rows }),
    drawnBy: added === undefined ? record.why : [...record.why, added],
  }
}

function subjectOf({ subject }: QueryMembers, opened: string | undefined): Subject {
  if (subject === undefined) return { kind: 'none' }
  return opened === undefined ? { kind: 'sealed' } : { kind: 'full', text: opened }
}

/** An account each: a person's accounts are looked at one by one. */
function reviewsOf(
  { accounts }: Review,
  days: RosterDays,
  last: CivilDate,
  lastUses: ReadonlyMap<string, CivilDate>,
): readonly AccountReview[] {
  return accounts.map((account) => {
    const [held, lastUse] = [days.lastOf(account, last), lastUses.get(account)]
    const first = held && days.rowsOf(account)[0]
    return {
      account,
      name: held?.name ?? '',
      unit: held?.unit ?? noUnit,
      title: held?.title ?? '',
      system: held?.kind === 'system',
      ...(first !== undefined && { from: first.from }),
      ...(held?.until !== undefined && held.until <= last && { until: held.until }),
      ...(lastUse !== undefined && { lastUse }),
    }
  })
}

/** A person who had accounts in the period, and none at its end. */
function hasLeft({ accounts }: Person, days: RosterDays, last: CivilDate): boolean {
  const known = accounts.filter((account) => days.rowsOf(account).length > 0)
  return known.length > 0 && known.every((account) => days.serviceAt(account, last).left !== undefined)
}

/** D-12: by unit, besides. Whoever changed units in the period is a user of each. */
function unitCounts(
  rows: readonly FormRow[],
  reviews: readonly AccountReview[],
  roster: readonly FrozenRow[],
  period: Period,
  persons: Persons,
): AuditForm['units'] {
  const { first, last } = daysOf(period)
  const inPeriod = roster.filter(({ from, until }) => from <= last && (until ?? last) >= first)
  const units = new Map<
    string,
    { readonly users: Set<Person>; readonly drawn: Set<Person>; readonly reviewed: Set<Person>; records: number }
  >()
  const of = (unit: string) => {
    const known = units.get(unit) ?? { users: new Set(), drawn: new Set(), reviewed: new Set(), records: 0 }
    units.set(unit, known)
    return known
  }
  for (const { account, unit } of inPeriod) of(unit).users.add(persons.of(account))
  for (const { account, user } of rows) {
    const unit = of(user?.unit ?? noUnit)
    unit.users.add(persons.of(account))
    unit.drawn.add(persons.of(account))
    unit.records += 1
  }
  for (const { account, unit } of reviews) of(unit).reviewed.add(persons.of(account))
  return [...units]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([unit, { drawn, records, reviewed, users }]) => ({
      unit,
      users: users.size,
      drawn: drawn.size,
      reviewed: reviewed.size,
      records,
    }))
}
