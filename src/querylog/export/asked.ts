// asked.ts: what an auditor asks to be read out of the logs: which entries, in which form.
import type { CivilDate } from '../../calendar.ts'
import type { Slot } from '../ports.ts'

/** NDJSON of the exact entries, a table for spreadsheets, or whole logs in the layout of C2SP tlog-tiles. */
export type ExportForm = 'ndjson' | 'csv' | 'tiles'

/** Absent: not asked for, and so all. */
export interface ExportAsked {
  readonly agency?: string
  readonly api?: string
  readonly form: ExportForm
  /** First day in Asia/Taipei. */
  readonly from?: CivilDate
  readonly slots?: readonly Slot[]
  /** Last day. */
  readonly until?: CivilDate
  /** The roster's spelling. */
  readonly user?: string
}

/** A log as far as it is exported. */
export interface ExportedLog {
  readonly slot: Slot
  readonly log: string
  /** Of its opening, and those that took over, oldest first. */
  readonly verifierKeys: readonly string[]
  readonly size: number
  /** Standard base64. */
  readonly root: string
  /** Entries [from, to) are of the period. */
  readonly from: number
  readonly to: number
  /** The signed checkpoint of `size` entries: of whole logs. */
  readonly checkpoint?: string
}

/** Texts of which each stands in an entry exactly where it has that member: entries are canonical JSON, in whose strings a quote is
 *  escaped, and the objects within a query or a completion have none of these members. */
export function membersOf({ agency, api, user }: Pick<ExportAsked, 'agency' | 'api' | 'user'>): string[] {
  const members = { agency, api, user }
  return Object.entries(members).flatMap(([name, value]) => (value === undefined ? [] : [`"${name}":${JSON.stringify(value)}`]))
}
