// unused-networks.ts: ranges that stand open and that nobody calls from: each is a way in that nobody would miss.
import { addDays, type CivilDate, startOfDay } from '../calendar.ts'
import { type Finding, Report } from './finding.ts'
import type { Loaded } from './load.ts'
import { hostAddress, inNetwork } from './networks.ts'
import type { Agency, Delegate, Network } from './snapshot.ts'

/** Days after which a range that nobody called from is worth a question. */
export const unusedAfter = 90

/** From when on calls are looked at, milliseconds since 1970 UTC. */
export const usedSince = (day: CivilDate): number => startOfDay(addDays(day, -unusedAfter))

/** An address from which calls of an agency, or of one of its delegates, came. */
export interface Caller {
  readonly agency: string
  readonly delegate?: string
  readonly address: string
}

/** R2: a warning for each range that is open, and was so all the time that is looked at, without a call from it.
 *  @param callers everybody who called in these days */
export function unusedNetworks(
  { place, snapshot }: Pick<Loaded, 'place' | 'snapshot'>,
  day: CivilDate,
  callers: readonly Caller[],
): readonly Finding[] {
  const report = new Report()
  const note = (party: Agency | Delegate, own: readonly Caller[]): void => {
    for (const network of party.networks) {
      const at = place(network.rule)
      if (at === undefined || !isOldAndOpen(network, party.networks, day) || own.some((caller) => isWithin(caller, network))) continue
      report.addAt(at.file, network.rule.slice(network.rule.indexOf('#') + 1), at, 'network-unused', {
        found: `${party.id} ${network.cidr}`,
      })
    }
  }
  for (const agency of snapshot?.agencies.values() ?? []) {
    const own = callers.filter((each) => each.agency === agency.id)
    const of = (delegate?: string) => own.filter((each) => each.delegate === delegate)
    note(agency, of())
    for (const delegate of agency.delegates) note(delegate, of(delegate.id))
  }
  return report.sorted()
}

const isOldAndOpen = (network: Network, all: readonly Network[], day: CivilDate): boolean =>
  network.purpose === 'calls' && network.from <= day && day <= network.until && openSince(network, all) <= addDays(day, -unusedAfter)

/** The day from which a range has stood open without a gap: a renewal is a line of its own, and opens nothing anew. */
function openSince({ family, first, last, from }: Network, all: readonly Network[]): CivilDate {
  const before = all.find(
    (each) =>
      each.purpose === 'calls' &&
      each.family === family &&
      each.first <= first &&
      last <= each.last &&
      each.from < from &&
      addDays(each.until, 1) >= from,
  )
  return before === undefined ? from : openSince({ ...before, family, first, last }, all)
}

function isWithin({ address }: Caller, network: Network): boolean {
  const host = hostAddress(address)
  return host !== undefined && inNetwork(host, network)
}
