// open.ts: the store that a process works with: a database that somebody runs, or the embedded one.

import type { ArchiveStore } from '../audit/archive/ports.ts'
import type { AccountUses, CountedStore, NotCounted } from '../audit/ports.ts'
import type { SignalsAsked, SignalsStore } from '../audit/signals/counts.ts'
import type { ExportStore } from '../querylog/export/ports.ts'
import type { FindStore } from '../querylog/find.ts'
import type { OwnRecordsStore } from '../querylog/own-records.ts'
import type { HistoryStore, LogReaderStore, LogSearchStore, LogWriterStore, PublishedStore, Slot, SlotEndStore } from '../querylog/ports.ts'
import type { RetentionStore } from '../querylog/retire.ts'
import { PostgresArchive } from './archive-store.ts'
import { PostgresCounted } from './counted-store.ts'
import { type EmbeddedOptions, type EmbeddedServer, runningEmbedded, startEmbedded } from './embedded.ts'
import { PostgresExport } from './export-store.ts'
import { PostgresFind } from './find-store.ts'
import { migrate } from './migrate.ts'
import { PostgresOwnRecords } from './own-records.ts'
import { PostgresLogReader } from './reader.ts'
import { PostgresRetention } from './retention-store.ts'
import { makeRoles } from './roles.ts'
import { PostgresLogSearch } from './search.ts'
import { PostgresSignals } from './signals-store.ts'
import { openStoredLogs } from './stored-logs.ts'
import { PostgresLogWriter } from './writer.ts'

export type StoreSettings =
  /** DATABASE_URL, as the role linkage_gateway, of commands that end slots as linkage_operations; roles and tables are made by
   *  `database roles` and `database migrate`. */
  | { readonly databaseUrl: string }
  /** The embedded server's folder; roles and tables are made here. */
  | { readonly dataDir: string; readonly embedded?: EmbeddedOptions }

export interface Store {
  readonly writer: LogWriterStore
  /** Ends slots: for commands of operations. Of the embedded server as its administrator, elsewhere as DATABASE_URL says. */
  readonly ends: SlotEndStore
  readonly reader: LogReaderStore & PublishedStore & HistoryStore
  readonly search: LogSearchStore
  /** Reads rows for an export, on connections of its own. */
  openExport(): ExportStore & { close(): Promise<void> }
  /** Reads what an archive holds, on connections of its own. */
  openArchive(): ArchiveStore & { close(): Promise<void> }
  /** Finds recorded calls, on connections of its own: in logs as they stood at these sizes, and in no others. */
  openFind(sizes: ReadonlyMap<Slot, number>): FindStore & { close(): Promise<void> }
  /** Reads agencies' own records for them, on connections of its own. */
  openOwnRecords(): OwnRecordsStore & { close(): Promise<void> }
  /** Reads counted records for a draw, on connections of its own. */
  openCounted(): AccountUses & CountedStore & NotCounted & { close(): Promise<void> }
  /** Counts what the signals of a month are made from, on connections of its own. */
  openSignals(asked: SignalsAsked): SignalsStore
  /** Takes months out: as linkage_retention; of the embedded server as its administrator.
   *  @param url as that role, which writes no entry; without it only what is asked about a month is answered */
  openRetention(url?: string): RetentionStore & { close(): Promise<void> }
  /** The logs as the verifier reads them. */
  openLogs(): ReturnType<typeof openStoredLogs>
  /** The embedded server, where there is one. */
  readonly server?: EmbeddedServer
  /** Closes the connections, then stops the embedded server: the last thing that a process does. */
  close(): Promise<void>
}

/** Opens the store; with a URL nothing is connected yet, so that a gateway starts while its database is away.
 *  @param alone whether its slot is not written while a gateway writes another one
 *  @throws Error that says what was found and what to do */
export async function openStore(settings: StoreSettings, alone = false): Promise<Store> {
  if ('databaseUrl' in settings) return storeOf(settings.databaseUrl, { alone })
  const server = await startEmbedded(settings.dataDir, settings.embedded)
  try {
    await makeRoles(server.adminUrl, server.passwords)
    await migrate(server.adminUrl)
    return storeOf(server.url('linkage_gateway'), { alone, operationsUrl: server.adminUrl, server })
  } catch (error) {
    await server.stop()
    throw error
  }
}

/** Opens the store for a command that runs beside a gateway: an embedded server that runs is left running; one that does not is started,
 *  and stopped by `close`. */
export async function openStoreBeside(settings: StoreSettings): Promise<Store> {
  if ('databaseUrl' in settings) return storeOf(settings.databaseUrl)
  const running = runningEmbedded(settings.dataDir, settings.embedded?.user)
  return running === undefined
    ? await openStore(settings)
    : storeOf(running('linkage_gateway'), { operationsUrl: running('linkage_admin') })
}

interface Opened {
  readonly alone?: boolean
  readonly operationsUrl?: string
  readonly server?: EmbeddedServer
}

function storeOf(url: string, { alone = false, operationsUrl, server }: Opened = {}): Store {
  const [writer, ends] = [new PostgresLogWriter(url, alone), new PostgresLogWriter(operationsUrl ?? url)]
  const reader = new PostgresLogReader(url)
  const search = new PostgresLogSearch(url)
  return {
    writer,
    ends,
    reader,
    search,
    openExport: () => new PostgresExport(url),
    openArchive: () => new PostgresArchive(url),
    openFind: (sizes) => new PostgresFind(url, sizes),
    openOwnRecords: () => new PostgresOwnRecords(url),
    openCounted: () => new PostgresCounted(url),
    openSignals: (asked) => new PostgresSignals(url, asked),
    openRetention: (own = url) => new PostgresRetention(operationsUrl ?? own),
    openLogs: () => openStoredLogs(url),
    ...(server === undefined ? {} : { server }),
    close: async () => {
      await Promise.all([writer.close(), ends.close(), reader.close(), search.close()])
      await server?.stop()
    },
  }
}
