// audit-form.ts: everything that the audit form of one agency and round prints (R13, R24), as data: what is counted, what was drawn, and why.
import type { CivilDate } from '../../calendar.ts'
import type { Mode } from '../../policy/snapshot.ts'
import type { OpenRow } from '../answers/open-rows.ts'
import type { Why } from '../draw.ts'
import type { ThrownWords } from './thrown-words.ts'

/** The form of one agency for one round. It comes from evidence alone: two who hold the same records make the same form. */
export interface AuditForm {
  readonly agency: { readonly code: string; readonly name: string }
  /** First and last day, both in the period. */
  readonly period: { readonly from: CivilDate; readonly until: CivilDate }
  /** Whom the round names to audit; subjects in full are for them. */
  readonly auditors: readonly string[]
  /** The day that stands on the form: of the draw, not of the printing. */
  readonly issued: CivilDate
  /** Modes of provision in which the agency had a grant or a record in the period. */
  readonly modes: readonly Mode[]
  readonly months: readonly MonthCount[]
  readonly users: UserCount
  readonly units: readonly UnitCount[]
  readonly draw: DrawFacts
  /** The defaults that these numbers depend on (D-numbers). */
  readonly settings: readonly Setting[]
  /** Every drawn record, in any order: the form sorts them by unit, user and case. */
  readonly rows: readonly FormRow[]
  /** 帳號清查: who is audited without a record. */
  readonly reviews: readonly AccountReview[]
  /** D-10: refused and failed calls of the period, listed in an annex: how many, and the name of its file. */
  readonly notCounted: { readonly count: number; readonly file: string }
  readonly manager?: Manager
  /** Absent until results were taken back. */
  readonly results?: Results
}

/** Rule 六(一)3, of one calendar month of Asia/Taipei. */
export interface MonthCount {
  /** `2026-03` */
  readonly month: string
  /** Records that count (D-10), and the quota that follows. */
  readonly counted: number
  readonly quota: number
  /** The same with refusals and failures before any release: what D-10 leaves out. */
  readonly all: number
  readonly quotaOfAll: number
  /** Records of the month in the sample, whichever draw took them. */
  readonly drawn: number
  readonly byMode: readonly { readonly mode: Mode; readonly counted: number }[]
}

/** Rule 六(一)3: persons, by 人員代號 (D-11). */
export interface UserCount {
  /** Everyone on the roster on a day of the period, those who left included, and everyone who appears in the log. */
  readonly total: number
  readonly left: number
  /** ⌈total/2⌉ */
  readonly needed: number
  /** With a record in the sample. */
  readonly drawn: number
  /** By 帳號清查, without a record. */
  readonly reviewed: number
}

/** The same persons by unit (D-12): who changed units in the period is listed under each. */
export interface UnitCount {
  readonly unit: string
  readonly users: number
  readonly drawn: number
  readonly reviewed: number
  readonly records: number
}

export interface DrawFacts {
  /** Lower-case hex, 32 bytes. */
  readonly seed: string
  /** How the randomness was thrown, in words. */
  readonly thrown: ThrownWords
  /** The `sample` entry that froze the population. */
  readonly freeze: RecordId
  /** Heads of the logs at the freeze. */
  readonly checkpoints: readonly { readonly log: string; readonly size: number; readonly root: string }[]
}

export interface Setting {
  /** `D-7` */
  readonly id: string
  readonly about: string
  readonly chosen: string
}

/** An entry of a log; with D-9 `row`, one row of the file that it delivered. */
export interface RecordId {
  /** `linkage.example.gov.tw/log/1` */
  readonly log: string
  readonly index: number
  /** From 1. */
  readonly row?: number
}

/** Why a record is in the sample; an enlargement and a late record's draw only add. */
export type DrawnBy = Why | 'enlargement' | 'supplement'

export interface FormRow {
  readonly id: RecordId
  /** Of the entry, RFC 3339 in UTC. */
  readonly at: string
  /** From the roster of that day; absent: nobody on it had this account. */
  readonly user?: { readonly name: string; readonly title: string; readonly unit: string; readonly system: boolean }
  readonly account: string
  /** How the account stands at the end of the period. */
  readonly service: { readonly left?: CivilDate; readonly reason?: string }
  /** An API key proves no user: who it was is what the agency's system said. */
  readonly claimed: boolean
  readonly mode: Mode
  /** Titles of the catalogue: `低收入戶資格：查詢列冊資格`. */
  readonly operation: string
  /** Titles of what was released. */
  readonly fields: readonly string[]
  readonly purpose: string
  readonly reason?: string
  readonly case?: string
  readonly subject: Subject
  readonly address: string
  /** Rows of the answer; absent where nothing was released. */
  readonly rows?: number
  readonly drawnBy: readonly DrawnBy[]
}

/** Who was asked about. Entries hold it sealed: it is known only to whom a `disclosure` entry opened it. */
export type Subject =
  | { readonly kind: 'sealed' }
  | { readonly kind: 'full'; readonly text: string }
  /** A file, or an operation without a subject. */
  | { readonly kind: 'none' }

export interface AccountReview {
  readonly account: string
  readonly name: string
  readonly unit: string
  readonly title: string
  readonly system: boolean
  /** Absent: the roster has no row of the account. */
  readonly from?: CivilDate
  /** The last day, where it is in the period or before. */
  readonly until?: CivilDate
  /** Of its last counted record up to the end of the period. Absent: none, as far as the logs reach. */
  readonly lastUse?: CivilDate
}

export interface Manager {
  readonly name: string
  readonly title: string
  readonly phone: string
  readonly email: string
}

/** What the auditors wrote, counted. */
export interface Results {
  readonly audited: { readonly users: number; readonly records: number }
  readonly normal: number
  readonly abnormal: number
  readonly toExplain: number
  readonly open: number
  readonly findings: readonly { readonly unit: string; readonly result: string; readonly about: string }[]
  /** What was drawn and has no result, of accounts to review too; of results that an earlier version took it is not known which. */
  readonly openRows: readonly OpenRow[]
}

/** `1#12345`, `1#12345:7`: a record as the form names it, never taken for a number or a day by a spreadsheet. */
export function recordName({ index, log, row }: RecordId): string {
  return `${log.slice(log.lastIndexOf('/') + 1)}#${index}${row === undefined ? '' : `:${row}`}`
}

/** Where nobody on the roster of the day had the account. */
export const noUnit = '（不在清冊）'

/** The unit under whose head a record is audited: the user's unit of that day. */
export const unitOf = ({ user }: FormRow): string => user?.unit ?? noUnit

/** Most of an auditor's time goes into finding the paper file: by unit, user, case, then as the records stand in the log. */
export function sortedRows(rows: readonly FormRow[]): readonly FormRow[] {
  const keys = (row: FormRow): readonly string[] => [unitOf(row), row.user?.name ?? '', row.account, row.case ?? '', row.at, row.id.log]
  return rows
    .map((row) => ({ row, keys: keys(row) }))
    .sort((one, other) => {
      const at = one.keys.findIndex((key, index) => key !== other.keys[index])
      if (at >= 0) return (one.keys[at] ?? '') < (other.keys[at] ?? '') ? -1 : 1
      return one.row.id.index - other.row.id.index || (one.row.id.row ?? 0) - (other.row.id.row ?? 0)
    })
    .map(({ row }) => row)
}

/** Units with something to audit, in the order of the form. */
export function unitsOf({ reviews, rows }: AuditForm): readonly string[] {
  return [...new Set([...rows.map(unitOf), ...reviews.map(({ unit }) => unit)])].sort()
}
