// command-place.ts: what a command about records works with: the rules of a configuration folder, and its database.
import { resolve } from 'node:path'
import { findingLine } from '../policy/finding.ts'
import { type Loaded, loadFolder } from '../policy/load.ts'
import type { AuditFile } from '../policy/schema/audit.ts'
import type { GatewayFile } from '../policy/schema/gateway.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { openStoreBeside, type Store } from '../store/open.ts'
import { databaseOf } from './process-settings.ts'
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

/** The rules that a folder holds now, and the database beside a gateway that may be running.
 *  @throws FolderInvalid, SettingsError; what the store could not do */
export async function openPlace(folder: string, databaseUrl = process.env.DATABASE_URL): Promise<CommandPlace> {
  const { snapshot, gateway, audit, findings, place } = loadFolder(folder)
  if (snapshot === undefined || gateway === undefined || audit === undefined) throw new FolderInvalid(findings.map(findingLine).join('\n'))
  const store = await openStoreBeside(databaseOf(gateway, (relative) => resolve(folder, relative), databaseUrl))
  return { audit, gateway, snapshot, placeOf: place, store, close: () => store.close() }
}
