// histories.ts: what of a folder would rewrite a history that took effect (R6, R20): said before it is saved or committed, not by the gateway alone.
import { resolve } from 'node:path'
import type { CivilDate } from '../calendar.ts'
import type { Finding } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import { rewritten } from '../policy/rewritten.ts'
import type { Said } from '../policy/schema/forms.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { Store } from '../store/open.ts'
import { askBeside } from './database-beside.ts'
import { takenUpLast } from './in-force.ts'
import { pastPolicy } from './past-policy.ts'
import { atRevision } from './revision.ts'
import { NotComparable } from './valid-snapshot.ts'

/** Rules that took effect, and what they are called. */
export interface Before {
  readonly snapshot: Snapshot
  readonly called: Said
}

/** The rules in force, where a database can tell without being started for it; undefined where none were ever in force.
 *  @returns as text for people, why that is not known */
export async function rulesInForce(folder: string, loaded: Pick<Loaded, 'gateway'>): Promise<Before | Said | undefined> {
  return await askBeside(folder, loaded, async ({ reader }: Store) => {
    const last = await takenUpLast(reader)
    if (last === undefined) return undefined
    const { snapshot } = await pastPolicy(reader, last.digest)
    return { snapshot, called: { zh: `線上之版本 ${last.digest.slice(0, 12)}`, en: `the rules in force, ${last.digest.slice(0, 12)}` } }
  })
}

/** What the folder's newest commit holds, where it is valid. */
async function committed(folder: string): Promise<Snapshot | undefined> {
  try {
    return (await atRevision('HEAD', folder, (copy) => loadFolder(copy))).snapshot
  } catch (error) {
    if (error instanceof NotComparable) return undefined // in no repository, or not committed yet: nothing says what was before
    throw error
  }
}

/** What a gateway would refuse of a valid folder: held against the rules in force, or where nobody can tell these, the last commit.
 *  @param day up to which lines took effect */
export async function rewrittenIn(folder: string, loaded: Loaded, day: CivilDate): Promise<readonly Finding[]> {
  if (loaded.snapshot === undefined) return []
  const inForce = await rulesInForce(resolve(folder), loaded)
  const before = inForce !== undefined && 'snapshot' in inForce ? inForce.snapshot : await committed(folder)
  return before === undefined ? [] : rewritten(before, loaded.snapshot, day, loaded.place)
}
