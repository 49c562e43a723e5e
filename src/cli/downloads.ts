// downloads.ts: what agencies have downloaded of their records (R11c), and who has not: the first screen's line; `audit status` tells more.

import type { Quarter } from '../audit/due-dates.ts'
import { type Download, doneAt, downloadsOf, handedOver } from '../audit/quarter-done.ts'
import type { CivilDate } from '../calendar.ts'
import type { Agency } from '../policy/snapshot.ts'
import type { OwnRecordsStore } from '../querylog/own-records.ts'
import type { HistoryStore } from '../querylog/ports.ts'

export interface Downloads {
  readonly quarter: string
  readonly due: CivilDate
  readonly missing: readonly { readonly agency: string; readonly name: string; readonly overdue: boolean }[]
}

/** Every recorded download: by managers over the network, and packages that commands handed over. */
export async function recordedDownloads(
  own: Pick<OwnRecordsStore, 'downloads'>,
  reader: Pick<HistoryStore, 'ofKind'>,
): Promise<readonly Download[]> {
  const found = [...downloadsOf(await own.downloads())]
  const whole = new Set<string>()
  for await (const { entry } of reader.ofKind('cli', 'completion')) {
    const { of, outcome } = JSON.parse(entry)
    if (outcome === 'whole') whole.add(of.id)
  }
  for await (const { entry } of reader.ofKind('cli', 'export')) {
    const given = handedOver(entry, whole)
    if (given !== undefined) found.push(given)
  }
  return found
}

/** Who of these agencies has not downloaded a quarter. */
export function missingDownloads(
  downloads: readonly Download[],
  agencies: readonly Pick<Agency, 'id' | 'name'>[],
  quarter: Quarter,
  day: CivilDate,
): Downloads {
  const missing = agencies.flatMap(({ id, name }) => {
    const own = downloads.filter(({ agency }) => agency === id)
    return doneAt(quarter, own) === undefined ? [{ agency: id, name, overdue: day > quarter.due }] : []
  })
  return { quarter: quarter.name, due: quarter.due, missing }
}
