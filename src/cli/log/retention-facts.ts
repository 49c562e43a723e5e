// retention-facts.ts: what decides whether a month may be taken out, read from the logs themselves: who called, what was archived, what is held.
import { findingsOf } from '../../audit/findings.ts'
import { holdsOf, incidentsOf } from '../../audit/incidents.ts'
import type { MonthName } from '../../audit/period.ts'
import { type Recorded, type RecordedSteps, recordedSteps } from '../../audit/recorded.ts'
import type { Hold, OpenCase, RetentionFacts } from '../../audit/retention.ts'
import { archivingsOf, roundsOf } from '../../audit/rounds.ts'
import type { CivilDate } from '../../calendar.ts'
import { CannotRetire, type RetentionStore } from '../../querylog/retire.ts'
import type { CommandPlace } from '../command-place.ts'

type Reader = Parameters<typeof recordedSteps>[0]

/** @throws CannotRetire where something is recorded of rounds, findings or incidents that this version cannot read: it may be a hold */
export async function retentionFacts(
  { audit, snapshot, store }: CommandPlace,
  retention: RetentionStore,
  month: MonthName,
  today: CivilDate,
): Promise<RetentionFacts> {
  const first = `${month}-01`
  const { findings, incidents, rounds } = await stepsRead(store.reader)
  const [all, found] = [[...roundsOf(rounds).cases.values()], [...incidentsOf(incidents).cases.values()]]
  const open = [
    ...all.filter(({ state }) => state !== 'archived' && state !== 'withdrawn'),
    ...[...findingsOf(findings).cases.values()].filter(({ state }) => state !== 'closed'),
    ...found.filter(({ state }) => state !== 'closed'),
  ]
  const earlier = await retention.earlier(first)
  const agencies = await retention.agencies(first)
  return {
    month,
    // Whoever is in no file any more is taken for a linked agency: the department archives for it.
    agencies: agencies.map((agency) => ({ agency, archives: snapshot.agencies.get(agency)?.kind !== 'using-unit' })),
    archivings: archivingsOf(all),
    holds: holdsOf(found),
    openCases: open.map(openCase),
    earlier: earlier?.slice(0, 7),
    today,
    setting: audit['D-6'],
  }
}

/** Holds that were ever set.
 *  @throws as `retentionFacts` */
export async function recordedHolds(reader: Reader): Promise<readonly Hold[]> {
  return holdsOf(incidentsOf((await stepsRead(reader)).incidents).cases.values())
}

async function stepsRead(reader: Reader): Promise<RecordedSteps> {
  const steps = await recordedSteps(reader)
  const [unknown] = steps.unread
  if (unknown !== undefined)
    throw new CannotRetire(
      `${unknown.log} 第 ${unknown.index} 筆：本版無法讀取之稽核紀錄，可能載有保全。 Entry ${unknown.index} of ${unknown.log} is no step that this version reads, and may be a hold.`,
    )
  return steps
}

const openCase = ({ number, steps }: { readonly number: string; readonly steps: readonly Recorded<unknown>[] }): OpenCase => ({
  number,
  months: [...new Set(steps.map(({ recording }) => recording.on.slice(0, 7)))],
})
