// command-place.ts: what a command about records works with: the rules of a configuration folder, and its database.
import { resolve } from 'node:path'
import { findingLine } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { AuditFile } from '../policy/schema/audit.ts'
import type { GatewayFile } from '../policy/schema/gateway.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { activations } from './config-history.ts'
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

/** The rules that a folder holds now, and the database beside a gateway that may be running. A folder that has errors is not in force: then
 *  the rules are those that are, so that a leak at night is looked into whatever else is wrong.
 *  @throws FolderInvalid where nothing is in force either, or gateway.yaml or audit.yaml cannot be read; SettingsError; what the store
 *  could not do */
export async function openPlace(folder: string, databaseUrl = process.env.DATABASE_URL): Promise<CommandPlace> {
  const loaded = loadFolder(folder)
  const { gateway, audit } = loaded.sound
  if (gateway === undefined || audit === undefined) throw new FolderInvalid(loaded.findings.map(findingLine).join('\n'))
  const store = await openStoreBeside(databaseOf(gateway, (relative) => resolve(folder, relative), databaseUrl))
  try {
    // A report of a sandbox's calls would look like one of real ones; and slot `cli` would begin there.
    await refuseOtherLogs(store.reader, new URL(gateway.origin).hostname)
    const { place: placeOf, snapshot } = loaded.snapshot === undefined ? await inForceInstead(loaded, store) : loaded
    if (snapshot === undefined) throw new FolderInvalid(loaded.findings.map(findingLine).join('\n'))
    return { audit, gateway, snapshot, placeOf, store, close: () => store.close() }
  } catch (error) {
    await store.close()
    throw error
  }
}

async function inForceInstead({ findings }: Loaded, { reader }: Store): Promise<Pick<Loaded, 'place' | 'snapshot'>> {
  const last = (await activations(reader)).at(-1)
  if (last === undefined) throw new FolderInvalid(findings.map(findingLine).join('\n'))
  process.stderr.write(
    `設定資料夾未通過檢查，以線上之版本 ${last.digest.slice(0, 12)} 執行。 The folder is not valid: this goes by the rules in force.\n`,
  )
  return await pastPolicy(reader, last.digest)
}
