// serve.ts: the gateway of a configuration folder, until it is told to stop.
import { resolve } from 'node:path'
import { civilDateOf } from '../calendar.ts'
import type { OperationalLog } from '../gateway/operational-log.ts'
import { findingLine } from '../policy/finding.ts'
import { rewritten } from '../policy/rewritten.ts'
import { openStore } from '../store/open.ts'
import { type AcceptAfter, type GatewayProcess, startGateway } from './gateway-process.ts'
import { LiveFolder } from './live-folder.ts'
import { processSettings } from './process-settings.ts'
import { refuseOtherLogs, refuseSandbox } from './sandbox/apart.ts'

export interface Serving {
  readonly process: GatewayProcess
  readonly store: Awaited<ReturnType<typeof openStore>>
  /** Finishes open calls, flushes the log, stops the embedded server last. */
  stop(): Promise<void>
}

/** The folder does not pass its check: nothing is served. */
export class FolderInvalid extends Error {
  readonly code = 'folder-invalid'
}

/** How a folder is served, where not as it stands. */
export interface Served {
  /** The rules, by another gateway.yaml. */
  readonly live?: LiveFolder
  /** In place of DATABASE_URL; undefined for the embedded server. */
  readonly databaseUrl?: string | undefined
}

/** Loads a folder and serves it.
 *  @throws FolderInvalid with every finding; SettingsError; what the store, the log or a port could not do */
export async function serve(folder: string, operational: OperationalLog, served: Served = {}): Promise<Serving> {
  const { live = new LiveFolder(folder) } = served
  const { snapshot, gateway, audit, findings, place } = live.load()
  if (snapshot === undefined || gateway === undefined || audit === undefined) throw new FolderInvalid(findings.map(findingLine).join('\n'))
  for (const { file, line, message } of findings) operational.warn('configuration', { file, line, finding: message })
  const databaseUrl = 'databaseUrl' in served ? served.databaseUrl : process.env.DATABASE_URL
  const settings = processSettings(folder, { gateway, audit, snapshot }, databaseUrl)
  if (served.live === undefined) refuseSandbox(settings)
  const store = await openStore(settings.database, true)
  try {
    await refuseOtherLogs(store.reader, settings.log.host)
    // A sandbox tries what is saved, committed or not.
    const committedOnly = served.live === undefined && (gateway.source === 'committed' || (await live.committed.isAsked()))
    const accept: AcceptAfter = async (previous, now) => {
      const changes = [
        ...(previous === undefined ? [] : rewritten(previous, snapshot, civilDateOf(now), place)),
        ...(committedOnly ? await live.committed.againstStart(snapshot, previous) : []),
      ]
      if (changes.length > 0) throw new FolderInvalid(changes.map(findingLine).join('\n'))
    }
    const signers = gateway.signers === undefined ? undefined : resolve(folder, gateway.signers)
    const source = live.source(Date.now, { production: gateway.environment === 'production', signers, committedOnly })
    const running = await startGateway(settings, snapshot, store, operational, accept, source)
    const endFollowing = live.follow(running.rules, operational)
    operational.info('serving', {
      address: settings.listen.host,
      port: running.publicPort,
      slot: settings.log.slot,
      policy: snapshot.digest,
      version: settings.software,
    })
    let stopping: Promise<void> | undefined
    const stop = (): Promise<void> => {
      endFollowing()
      stopping ??= running.stop().finally(() => store.close())
      return stopping
    }
    return { process: running, store, stop }
  } catch (error) {
    await store.close()
    throw error
  }
}

/** Resolves once the process is told to stop. */
export function toldToStop(): Promise<string> {
  return new Promise((told) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => told(signal))
  })
}
