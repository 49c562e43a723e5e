// serve.ts: `linkage serve`: the gateway, until it is told to stop.
import { resolve } from 'node:path'
import { Command } from 'commander'
import { civilDateOf } from '../calendar.ts'
import { type OperationalLog, operationalLog } from '../gateway/operational-log.ts'
import { findingLine } from '../policy/finding.ts'
import { rewritten } from '../policy/rewritten.ts'
import { openStore } from '../store/open.ts'
import { type AcceptAfter, type GatewayProcess, startGateway } from './gateway-process.ts'
import { LiveFolder } from './live-folder.ts'
import { processSettings } from './process-settings.ts'

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

/** Loads a folder and serves it.
 *  @throws FolderInvalid with every finding; what the store, the log or a port could not do */
export async function serve(folder: string, operational: OperationalLog): Promise<Serving> {
  const live = new LiveFolder(folder)
  const { snapshot, gateway, audit, findings, place } = live.load()
  if (snapshot === undefined || gateway === undefined || audit === undefined) throw new FolderInvalid(findings.map(findingLine).join('\n'))
  for (const { file, line, message } of findings) operational.warn('configuration', { file, line, finding: message })
  const settings = processSettings(folder, { gateway, audit, snapshot }, process.env.DATABASE_URL)
  const store = await openStore(settings.database)
  try {
    const accept: AcceptAfter = (previous, now) => {
      const changes = rewritten(previous, snapshot, civilDateOf(now), place)
      if (changes.length > 0) throw new FolderInvalid(changes.map(findingLine).join('\n'))
    }
    const signers = gateway.signers === undefined ? undefined : resolve(folder, gateway.signers)
    const source = live.source(Date.now, gateway.environment === 'production', signers)
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

export function serveCommand(): Command {
  return new Command('serve')
    .description('啟動閘道 serve the gateway')
    .argument('[folder]', '設定資料夾 configuration folder', process.env.LINKAGE_CONFIG ?? 'config')
    .action(async (folder: string) => {
      const operational = operationalLog()
      // Whatever broke is not understood: nothing more may be released.
      process.on('uncaughtException', (error) => {
        operational.error('uncaught', { error })
        process.exit(3)
      })
      const serving = await serve(resolve(folder), operational)
      operational.info('stopping', { signal: await toldToStop() })
      await serving.stop()
    })
}
