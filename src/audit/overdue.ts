// overdue.ts: what an agency has not done of one half-year though it was due: what a letter of reminder (稽催函) says.
import type { HalfYear } from '../calendar.ts'
import type { AgencyStatus } from './agency-status.ts'
import type { DueDate } from './due-dates.ts'
import { type DueItem, dueItems, dueWords } from './due-items.ts'

export interface OverdueHalfYear {
  readonly half: HalfYear
  /** Of its report. */
  readonly due: DueDate
  /** Its report, or what was to be corrected of it, downloads of its quarters: at least the first or the second. */
  readonly undone: readonly DueItem[]
}

const isUndone = ({ state }: DueItem): boolean => state === 'overdue' || state === 'undecided'

/** Half-years of which the report, or its correction, is overdue; oldest first. D-15: of a rest day that passed a person decides: it is
 *  among them. */
export function overdueHalfYears(status: AgencyStatus, day: AgencyStatusDay): readonly OverdueHalfYear[] {
  const items = dueItems(status, day)
  return status.halfYears.flatMap(({ corrections, due, half }) => {
    const numbers = corrections.map(({ number }) => number)
    const reports = items.filter(
      ({ kind, of }) => (kind === 'report' && of === half.label) || (kind === 'correction' && numbers.includes(of)),
    )
    if (!reports.some(isUndone)) return []
    const quarters = status.quarters.filter(({ quarter }) => half.from <= quarter.from && quarter.until <= half.until)
    const days = new Set(quarters.map(({ quarter }) => quarter.due))
    const downloads = items.filter((item) => item.kind === 'download' && days.has(item.due.nominal))
    return [{ half, due, undone: [...downloads, ...reports].filter(isUndone) }]
  })
}

type AgencyStatusDay = Parameters<typeof dueItems>[1]

/** `115H1 報送稽核紀錄（六（一）6）：尚未抽樣 2026-05、2026-06` */
export const undoneText = ({ kind, of, zh }: DueItem): string => `${of} ${dueWords[kind][0]}：${zh}`
