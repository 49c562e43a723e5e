// downloads.ts: which agencies have downloaded their records of the last quarter (R11c), by the `export` entries of the log.
import { addDays, type CivilDate, civilDate, startOfDay } from '../calendar.ts'
import type { Agency } from '../policy/snapshot.ts'
import type { HistoryStore } from '../querylog/ports.ts'

export interface Quarter {
  /** `2026-Q3`. */
  readonly name: string
  /** The day behind its last. */
  readonly ended: CivilDate
  /** D-4: the last day of the month that follows. */
  readonly due: CivilDate
}

export interface Downloads {
  readonly quarter: string
  readonly due: CivilDate
  readonly missing: readonly { readonly agency: string; readonly name: string; readonly overdue: boolean }[]
}

/** The last quarter that has ended by a day. */
export function lastQuarter(day: CivilDate): Quarter {
  const [year = 0, month = 1] = day.split('-').map(Number)
  const index = year * 4 + Math.floor((month - 1) / 3)
  const ended = firstOf(index)
  const [inYear, nth] = [Math.floor((index - 1) / 4), ((index - 1) % 4) + 1]
  const monthAfter = Number(ended.slice(5, 7)) + 1
  const due = addDays(civilDate(`${ended.slice(0, 4)}-${String(monthAfter).padStart(2, '0')}-01`), -1)
  return { name: `${inYear}-Q${nth}`, ended, due }
}

/** @param index quarters since the year 0 */
const firstOf = (index: number): CivilDate =>
  civilDate(`${String(Math.floor(index / 4)).padStart(4, '0')}-${String((index % 4) * 3 + 1).padStart(2, '0')}-01`)

/** Who of these agencies has not read its own records out since the quarter ended. */
export async function downloadsOf(
  reader: Pick<HistoryStore, 'heads' | 'ofKind'>,
  agencies: readonly Agency[],
  quarter: Quarter,
  day: CivilDate,
): Promise<Downloads> {
  const downloaded = new Set<string>()
  for (const { slot } of await reader.heads()) {
    for await (const { entry } of reader.ofKind(slot, 'export')) {
      const { agency, at } = JSON.parse(entry)
      if (Date.parse(at) >= startOfDay(quarter.ended)) downloaded.add(agency)
    }
  }
  const missing = agencies.filter(({ id }) => !downloaded.has(id)).map(({ id, name }) => ({ agency: id, name, overdue: day > quarter.due }))
  return { quarter: quarter.name, due: quarter.due, missing }
}
