// serve-sandbox.ts: `linkage serve --sandbox`: the department's own folder, for real callers with their own credentials, before invented data.
import { resolve } from 'node:path'
import { civilDateOf } from '../../calendar.ts'
import type { OperationalLog } from '../../gateway/operational-log.ts'
import { findingLine } from '../../policy/finding.ts'
import { loadFolder } from '../../policy/load.ts'
import { LiveFolder } from '../live-folder.ts'
import { SettingsError } from '../process-settings.ts'
import { startSampleWelfare } from '../sample-welfare/server.ts'
import { FolderInvalid, type Serving, serve } from '../serve.ts'
import { openSandboxFolder } from './apart.ts'
import { noSandbox, sandboxGateway } from './gateway-file.ts'

/** The URL of a database of the sandbox's own, where it is not to use the embedded server. */
const urlName = 'LINKAGE_SANDBOX_DATABASE_URL'

/** What is said wherever a sandbox starts. */
export const notice = '試連環境：資料皆為虛構，紀錄不是證據 sandbox: invented data only, nothing of it is evidence'

/** Serves a folder as a sandbox: networks, credentials, grants and users are those of the folder, and every upstream is the sample welfare
 *  system of this process. Name, keys, database and log are its own.
 *  @throws FolderInvalid, SettingsError; what serve throws */
export async function serveSandbox(
  folder: string,
  operational: OperationalLog,
  environment: NodeJS.ProcessEnv = process.env,
): Promise<Serving> {
  const { sandbox, gateway } = sandboxIn(folder)
  if ((environment.DATABASE_URL ?? '') !== '')
    throw new SettingsError(
      `DATABASE_URL 為正式環境之資料庫，試連環境不使用，請取消設定；試連環境另有資料庫者，以 ${urlName} 指定。 DATABASE_URL is the gateway's own database: unset it, and name one of the sandbox's own in ${urlName} where it has one.`,
    )
  const path = (relative: string): string => resolve(folder, relative)
  const [year] = civilDateOf(Date.now()).split('-')
  const others = [gateway.keys.directory, gateway.tags?.directory, gateway.database.directory ?? 'postgres', '.']
  await openSandboxFolder(path(sandbox.directory), {
    host: new URL(sandbox.origin).hostname,
    others: others.flatMap((each) => (each === undefined ? [] : [path(each)])),
    years: [String(year), String(Number(year) + 1)],
  })
  const welfare = await startSampleWelfare()
  try {
    const live = new LiveFolder(folder, (text) => sandboxGateway(text, welfare.url))
    const serving = await serve(folder, operational, { live, databaseUrl: environment[urlName] })
    operational.warn(notice, { log: serving.process.gateway.log.log })
    return { ...serving, stop: () => serving.stop().finally(() => welfare.close()) }
  } catch (error) {
    await welfare.close()
    throw error
  }
}

/** What gateway.yaml says of its sandbox.
 *  @throws FolderInvalid, SettingsError */
function sandboxIn(folder: string) {
  const { gateway, findings } = loadFolder(folder)
  if (gateway === undefined) throw new FolderInvalid(findings.map(findingLine).join('\n'))
  const { sandbox } = gateway
  if (sandbox === undefined) throw noSandbox()
  return { gateway, sandbox }
}
