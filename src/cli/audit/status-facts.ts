// status-facts.ts: what a status needs of the log: steps, downloads, and its first day.
import type { StatusFacts } from '../../audit/agency-status.ts'
import { allCases } from '../../audit/all-cases.ts'
import { recordedSteps } from '../../audit/recorded.ts'
import { type CivilDate, civilDateOf } from '../../calendar.ts'
import type { AuditFile } from '../../policy/schema/audit.ts'
import type { Snapshot } from '../../policy/snapshot.ts'
import type { Store } from '../../store/open.ts'
import { recordedDownloads } from '../downloads.ts'

/** @param day as of which a status is told: what was recorded later counts too */
export async function statusFacts(store: Store, snapshot: Snapshot, audit: AuditFile, day: CivilDate): Promise<StatusFacts> {
  const own = store.openOwnRecords()
  try {
    const oldest = await own.oldest()
    return {
      day,
      since: oldest === undefined ? day : civilDateOf(oldest),
      audit,
      downloadRule: audit['D-4'],
      restDays: snapshot.restDays,
      downloads: await recordedDownloads(own, store.reader),
      cases: allCases(await recordedSteps(store.reader)),
    }
  } finally {
    await own.close()
  }
}
