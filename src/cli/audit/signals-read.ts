// signals-read.ts: the signals of each agency, read from the database, and what a report says besides.

import { daysOf } from '../../audit/period.ts'
import { AccountSigns } from '../../audit/signals/account-signs.ts'
import { compare, type KindOf } from '../../audit/signals/comparison.ts'
import type { AgencyTotals, SignalsStore } from '../../audit/signals/counts.ts'
import type { AgencyReport, Holder, NamedPart, Reader } from '../../audit/signals/report/report.ts'
import { reproductionOf } from '../../audit/signals/report/reproduction.ts'
import { signals, type UserSignals } from '../../audit/signals/signals.ts'
import { tenureWindows } from '../../audit/signals/tenure.ts'
import { grantsInForce } from '../../audit/signals/unused-grants.ts'
import type { CivilDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { Agency, Snapshot } from '../../policy/snapshot.ts'
import type { ReadableMonth } from './signals-asked.ts'

export interface ReadingAll {
  readonly snapshot: Snapshot
  readonly month: ReadableMonth
  readonly made: CivilDate
  /** Absent: reports name nobody. */
  readonly reader?: Reader
  /** Only of this agency. */
  readonly only?: string
}

/** Agencies with something to report, and those without. */
export interface AllReports {
  readonly reports: readonly AgencyReport[]
  readonly quiet: readonly string[]
}

/** One agency after the other: memory holds what is told of them. */
export async function allReports(store: SignalsStore, reading: ReadingAll): Promise<AllReports> {
  const totals = await store.totals()
  const { only, snapshot } = reading
  const ids = [...new Set([...snapshot.agencies.keys(), ...totals.map(({ agency }) => agency)])].filter((id) => (only ?? id) === id).sort()
  const [reports, quiet]: [AgencyReport[], string[]] = [[], []]
  for (const id of ids) {
    const report = await reportOf(store, id, totals, reading)
    const { countedRefusals, records } = report.signals.totals
    const isQuiet = records === 0 && countedRefusals === 0 && (report.named?.users.openings.length ?? 0) === 0
    if (isQuiet && only === undefined) quiet.push(id)
    else reports.push(report)
  }
  return { reports, quiet }
}

async function reportOf(
  store: SignalsStore,
  id: string,
  totals: readonly AgencyTotals[],
  { made, month, reader, snapshot }: ReadingAll,
): Promise<AgencyReport> {
  const { asked, provisional, reads, rules, settings, unread } = month
  const agency = snapshot.agencies.get(id)
  const kindOf: KindOf = (of) => snapshot.agencies.get(of)?.kind
  const windows = tenureWindows(rules.month, agency?.roster ?? new Map(), rules.thresholds)
  const accounts = new AccountSigns(rules.thresholds)
  for await (const chunk of store.accounts(id)) for (const account of chunk) accounts.add(account)
  const inForce = grantsInForce(agency?.grants ?? [], daysOf({ from: rules.month, until: rules.month }).last, month.begun)
  const uses = await store.grantUses(
    id,
    inForce.map(({ grant }) => grant),
  )
  const grants = inForce.map((each) => {
    const last = uses.get(each.grant)
    return last === undefined ? each : { ...each, last }
  })
  const all = signals({ ...(await store.counts(id, windows)), grants }, accounts, rules)
  const similar = [...snapshot.agencies.keys()].filter((of) => of === id || kindOf(of) === kindOf(id)).sort()
  return {
    agency: { id, name: agency?.name ?? id, ...(agency !== undefined && { code: agency.code }) },
    month: rules.month,
    made,
    provisional,
    logs: reads,
    unread,
    settings,
    signals: all.agency,
    comparison: compare(id, totals, kindOf, rules.thresholds),
    reproduction: reproductionOf({ agency: id, asked, rest: rules.rest, grants: inForce, named: reader && { peers: similar, windows } }),
    ...(reader !== undefined && { named: await namedOf(store, id, agency, all.users, reader) }),
  }
}

async function namedOf(
  store: SignalsStore,
  id: string,
  agency: Agency | undefined,
  users: UserSignals,
  reader: Reader,
): Promise<NamedPart> {
  const listed = users.users.rows.map(({ account }) => account)
  const holders = new Map<string, Holder>()
  for (const account of [...listed, ...users.tenure.map((each) => each.account)]) {
    const row = agency?.roster.get(foldAccount(account))?.at(-1)
    if (row !== undefined) holders.set(account, { name: row.name, unit: row.unit, title: row.title, kind: row.kind })
  }
  const credentials = [agency, ...(agency?.delegates ?? [])].flatMap((each) => each?.credentials ?? [])
  const days = listed.length === 0 ? [] : await store.days(id, listed)
  return { reader, users, days, holders, claimed: credentials.some(({ type }) => type === 'api-key') }
}
