// command-place.ts: what a command about records works with: the rules of a configuration folder, and its database.
import { resolve } from 'node:path'
import { findingLine } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { AuditFile } from '../policy/schema/audit.ts'
import type { GatewayFile } from '../policy/schema/gateway.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { takenUpLast } from './in-force.ts'
import { pastPolicy } from './past-policy.ts'
import { databaseOf } from './process-settings.ts'
import { refuseOtherLogs } from './sandbox/apart.ts'
import { FolderInvalid } from './serve.ts'

export interface CommandPlace {
  readonly audit: AuditFile
  readonly gateway: GatewayFile
  readonly snapshot: Snapshot
  /** Where a rule of it stands. */
  readonly placeOf: Loaded['place']
  readonly store: Store
  close(): Promise<void>
}

/** The rules in force, and the database beside a gateway that may be running. What a folder says and no gateway has taken up decides
 *  nothing here: a key that somebody saved a minute ago proves no auditor. A folder that has errors is not in force either, and a leak at
 *  night is looked into all the same. Where nothing was ever in force the folder's rules are taken: then there are no records.
 *  @throws FolderInvalid where there are no rules at all, or gateway.yaml cannot be read; SettingsError; what the store
 *  could not do */
export async function openPlace(folder: string, databaseUrl = process.env.DATABASE_URL): Promise<CommandPlace> {
  const loaded = loadFolder(folder)
  const { gateway } = loaded.sound
  if (gateway === undefined) throw new FolderInvalid(loaded.findings.map(findingLine).join('\n'))
  const store = await openStoreBeside(databaseOf(gateway, (relative) => resolve(folder, relative), databaseUrl))
  try {
    // A report of a sandbox's calls would look like one of real ones; and slot `cli` would begin there.
    await refuseOtherLogs(store.reader, new URL(gateway.origin).hostname)
    // Who may open how much, and when an audit suffices, are rules like others.
    const { audit, place: placeOf, snapshot } = await inForce(loaded, store)
    if (snapshot === undefined || audit === undefined) throw new FolderInvalid(loaded.findings.map(findingLine).join('\n'))
    return { audit, gateway, snapshot, placeOf, store, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** The folder itself where it is what is in force: its lines are those of its files. */
async function inForce(loaded: Loaded, { reader }: Store): Promise<Pick<Loaded, 'audit' | 'place' | 'snapshot'>> {
  const last = await takenUpLast(reader)
  if (last === undefined || last.digest === loaded.snapshot?.digest) return loaded
  const [zh, en] =
    loaded.snapshot === undefined ? ['未通過檢查', 'is not valid'] : ['與線上不同', 'says something else than the rules in force']
  process.stderr.write(
    `設定資料夾${zh}，以線上之版本 ${last.digest.slice(0, 12)} 執行。 The folder ${en}: this goes by the rules in force.\n`,
  )
  return await pastPolicy(reader, last.digest)
}
