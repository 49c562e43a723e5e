// thrower.ts: who recorded a throw, by office and name, as the rosters have it.
import type { Seed } from '../../audit/samples.ts'
import { civilDateOf } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { Snapshot } from '../../policy/snapshot.ts'

/** `臺北市政府社會局政風室林淑慧`; what is in no roster of today stands as the entry has it. */
export function throwerOf({ agencies }: Pick<Snapshot, 'agencies'>, { agency, at, user }: Pick<Seed, 'agency' | 'at' | 'user'>): string {
  const office = agencies.get(agency)
  const day = civilDateOf(Date.parse(at))
  const row = office?.roster.get(foldAccount(user))?.findLast(({ from }) => from <= day)
  return `${office?.name ?? agency}${row?.name ?? ` ${user}`}`
}
