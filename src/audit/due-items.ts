// due-items.ts: what an agency owes, one line each, with its day: what the table, the calendar feed and the reminders are made of.
import { addDays, type CivilDate, halfYearOf, showRocDateShort } from '../calendar.ts'
import type { AgencyStatus, FindingStatus, QuarterStatus } from './agency-status.ts'
import { CalendarUnknown, type DownloadRule, type DueDate, dueDate, quarterOf, reportDue } from './due-dates.ts'
import { findingWords } from './findings.ts'
import { showMonth } from './form/wording.ts'
import type { HalfYearStatus } from './reporting.ts'
import { roundWords } from './rounds.ts'

export type DueKind = 'download' | 'report' | 'correction' | 'finding'

export interface DueItem {
  readonly kind: DueKind
  readonly agency: string
  /** `115Q3`, `115H1`, the number of a round or a finding: with kind and agency it names the item for ever. */
  readonly of: string
  readonly due: DueDate
  /** `done`: nothing more is asked; `waiting`: it lies with the department; `overdue`; `undecided`: the nominal day was a rest day and has
   *  passed, a person decides (D-15); `to-come`: its period is not over. */
  readonly state: 'done' | 'waiting' | 'open' | 'undecided' | 'overdue' | 'to-come'
  readonly zh: string
  readonly en: string
}

export const dueWords: Readonly<Record<DueKind, readonly [zh: string, en: string]>> = {
  download: ['下載查詢紀錄（六（一）2）', 'download of query records'],
  report: ['報送稽核紀錄（六（一）6）', 'report of the audit'],
  correction: ['補正稽核紀錄', 'correction of the report'],
  finding: ['限期說明改善（六（三））', 'explanation and improvement'],
}

/** `2026-Q3` as people name it: `115Q3`. */
const roc = (quarter: string): string => `${Number(quarter.slice(0, 4)) - 1911}${quarter.slice(5)}`

/** Everything that an agency owes or owed lately, in the order of its days. */
export function dueItems(status: AgencyStatus, day: CivilDate): readonly DueItem[] {
  return [
    ...status.quarters.map((each) => ofQuarter(status, each)),
    ...status.halfYears.flatMap((each) => [ofHalfYear(status, each), ...corrections(status, each, day)]),
    ...status.findings.map((each) => ofFinding(status, each)),
  ].sort((one, other) => (one.due.nominal < other.due.nominal ? -1 : one.due.nominal > other.due.nominal ? 1 : 0))
}

/** From one to another, or one alone. */
const spanOf = <T extends string>({ from, until }: { readonly from: T; readonly until: T }, show: (each: T) => string): string =>
  from === until ? show(from) : `${show(from)}–${show(until)}`

function ofQuarter({ agency }: AgencyStatus, { done, late, missingDays, quarter: { due, name } }: QuarterStatus): DueItem {
  const days = missingDays.map((each) => spanOf(each, String))
  const rocDays = missingDays.map((each) => spanOf(each, showRocDateShort))
  const [zh, en] =
    done === undefined
      ? [`缺 ${rocDays.join('、')}`, `missing ${days.join(', ')}`]
      : [`${showRocDateShort(done)} 下載完成${late ? '（逾期）' : ''}`, `whole since ${done}${late ? ', late' : ''}`]
  const state = done !== undefined ? 'done' : late ? 'overdue' : 'open'
  return { kind: 'download', agency, of: roc(name), due: { nominal: due }, state, zh, en }
}

function ofHalfYear({ agency }: AgencyStatus, { due, half, rounds, state, timeliness, uncovered }: HalfYearStatus): DueItem {
  const [zh, en] = [
    [
      ...(uncovered.length > 0 ? [`尚未抽樣 ${uncovered.map(showMonth).join('、')}`] : []),
      ...rounds.map((each) => `${spanOf(each, showMonth)} ${roundWords[each.state]}`),
    ].join('；'),
    [
      ...(uncovered.length > 0 ? [`no round of ${uncovered.join(', ')}`] : []),
      ...rounds.map((each) => `${spanOf(each, String)} ${each.state}`),
    ].join('; '),
  ]
  const late = timeliness === 'late' ? '（逾期）' : timeliness === 'after-rest-days' ? '（期限遇休息日後）' : ''
  if (state !== 'open')
    return { kind: 'report', agency, of: half.label, due, state: state === 'done' ? 'done' : 'waiting', zh: `${zh}${late}`, en }
  const open = { late: 'overdue', 'after-rest-days': 'undecided', 'in-time': 'open' } as const
  return { kind: 'report', agency, of: half.label, due, state: open[timeliness], zh, en }
}

function corrections({ agency }: AgencyStatus, { corrections: all }: HalfYearStatus, day: CivilDate): readonly DueItem[] {
  return all.flatMap(({ deadline, number }) => {
    if (deadline === undefined) return []
    const state = day > deadline ? 'overdue' : 'open'
    return [{ kind: 'correction', agency, of: number, due: { nominal: deadline }, state, zh: '補正', en: 'to be corrected' } as const]
  })
}

function ofFinding({ agency }: AgencyStatus, { deadline, number, overdue, state }: FindingStatus): DueItem {
  const stands = state === 'to-confirm' ? 'waiting' : overdue ? 'overdue' : 'open'
  return { kind: 'finding', agency, of: number, due: { nominal: deadline }, state: stands, zh: findingWords[state], en: state }
}

/** What an agency will owe of the quarter and the half-year that run: only of a linked agency that is not gone. Where the calendar of the
 *  due date's year is not there yet, its rest days are not known, and the nominal day stands alone. */
export function itemsToCome(
  { agency, kind, standing }: AgencyStatus,
  day: CivilDate,
  rule: DownloadRule,
  restDays: Parameters<typeof dueDate>[1],
): readonly DueItem[] {
  if (kind !== 'linked-agency' || standing === 'terminated' || standing === 'not-approved') return []
  const [quarter, half] = [quarterOf(day, rule), halfYearOf(day)]
  const coming = { agency, state: 'to-come', zh: '期間尚未結束', en: 'its period is not over' } as const
  return [
    { ...coming, kind: 'download', of: roc(quarter.name), due: { nominal: quarter.due } },
    { ...coming, kind: 'report', of: half.label, due: nominalOrKnown(reportDue(half), restDays) },
  ]
}

function nominalOrKnown(nominal: CivilDate, restDays: Parameters<typeof dueDate>[1]): DueDate {
  try {
    return dueDate(nominal, restDays)
  } catch (error) {
    if (error instanceof CalendarUnknown) return { nominal }
    throw error
  }
}

/** Days before the due date, and behind it, on which an agency is reminded (domain: D−14, D−7, D−3). */
export const reminderDays = [14, 7, 3] as const

/** Which reminder is due on a day: the nearest stage that has come. Before the date it counts to the last working day before it, behind it
 *  from the first working day after it.
 *  @returns undefined while none has come, on the day itself until three days behind it, and for what is not open */
export function reminderOf(
  { due: { after, before, nominal }, state }: DueItem,
  day: CivilDate,
): { readonly when: 'before' | 'after'; readonly days: number } | undefined {
  if (state !== 'open' && state !== 'overdue' && state !== 'undecided') return undefined
  const until = before ?? nominal
  const since = after ?? nominal
  if (day <= until) {
    const days = [...reminderDays].reverse().find((each) => day >= addDays(until, -each))
    return days === undefined ? undefined : { when: 'before', days }
  }
  const days = reminderDays.find((each) => day >= addDays(since, each))
  return days === undefined ? undefined : { when: 'after', days }
}
