// apart.ts: what keeps a sandbox and a gateway that serves real data apart: neither takes the other's folders, nor the other's database.
import { existsSync, mkdirSync, readdirSync, realpathSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, resolve } from 'node:path'
import { isSandboxHost } from '../../policy/sandbox-name.ts'
import { makeSlotKeys, makeTagKey } from '../../querylog/key-directory.ts'
import type { LogReaderStore } from '../../querylog/ports.ts'
import { type ProcessSettings, SettingsError } from '../process-settings.ts'

/** By this file a sandbox's folder is known, with all that lies in it. */
const markerFile = 'SANDBOX.txt'
const marker = (host: string): string =>
  `試連環境 ${host} 之資料夾：其金鑰、資料庫均非正式紀錄。\nThe folder of the sandbox ${host}: nothing in it is evidence.\n`

/** Where a path leads, symbolic links followed as far as it is there. */
function real(path: string): string {
  if (existsSync(path)) return realpathSync(path)
  const parent = dirname(path)
  return parent === path ? path : join(real(parent), relative(parent, path))
}

/** Whether a folder is another, or lies in it. */
function isWithin(path: string, folder: string): boolean {
  const way = relative(real(folder), real(path))
  return way === '' || !(way === '..' || way.startsWith('../') || way.startsWith('/'))
}

/** Whether a folder is a sandbox's, or lies in one. */
function isOfSandbox(path: string): boolean {
  const at = real(path)
  return existsSync(join(at, markerFile)) || (dirname(at) !== at && isOfSandbox(dirname(at)))
}

/** Opens the sandbox's folder: made and marked at the first start, with a signing key, a mark and tag keys of its own.
 *  @param others folders of the department's own gateway, which it must neither hold nor lie in
 *  @param years for which it tags subjects
 *  @throws SettingsError for a folder that is not, or may not be, a sandbox's */
export async function openSandboxFolder(
  directory: string,
  { host, others, years }: { readonly host: string; readonly others: readonly string[]; readonly years: readonly string[] },
): Promise<void> {
  for (const other of others)
    if (isWithin(directory, other) || isWithin(other, directory))
      throw new SettingsError(
        `gateway.yaml: sandbox/directory: ${directory} 與正式環境之資料夾 ${other} 重疊，請另指定資料夾。 It overlaps a folder of the gateway itself: give it one of its own.`,
      )
  const path = join(directory, markerFile)
  if (!existsSync(path)) {
    if (existsSync(directory) && readdirSync(directory).length > 0)
      throw new SettingsError(
        `gateway.yaml: sandbox/directory: ${directory} 已有其他內容，且非試連環境之資料夾，請指定空的資料夾。 It holds something else, and is no sandbox's folder: give an empty one.`,
      )
    mkdirSync(directory, { recursive: true, mode: 0o700 })
    writeFileSync(path, marker(host), { flag: 'wx', mode: 0o600 })
  }
  const keys = join(directory, 'keys')
  if (!existsSync(keys)) await makeSlotKeys(keys)
  for (const year of years) if (!existsSync(join(keys, `tag-${year}.key`))) await makeTagKey(keys, year)
}

/** A gateway that serves real data takes neither a sandbox's name nor anything from its folder.
 *  @throws SettingsError */
export function refuseSandbox({ database, log }: Pick<ProcessSettings, 'database' | 'log'>): void {
  if (isSandboxHost(log.host))
    throw new SettingsError(
      `gateway.yaml: origin: ${log.host} 有以 sandbox 開頭之一節，僅試連環境可用。 A label that begins with sandbox is for sandboxes alone: its log would not be taken for evidence.`,
    )
  const folders = [log.keyDirectory, log.tagDirectory, ...('dataDir' in database ? [database.dataDir] : [])]
  const [found] = folders.filter((each): each is string => each !== undefined && isOfSandbox(resolve(each)))
  if (found !== undefined)
    throw new SettingsError(
      `${found}：這是試連環境之資料夾，正式環境不可使用。 It belongs to a sandbox: what it holds is not evidence. Give a folder of its own.`,
    )
}

/** A database holds logs of sandboxes, or of gateways that serve real data, never of both.
 *  @param host of the log that is about to be opened
 *  @throws SettingsError; StoreError where the database cannot be asked */
export async function refuseOtherLogs(reader: Pick<LogReaderStore, 'heads'>, host: string): Promise<void> {
  const sandbox = isSandboxHost(host)
  for (const { log } of await reader.heads()) {
    if (isSandboxHost(log.split('/')[0] ?? '') === sandbox) continue
    throw new SettingsError(
      sandbox
        ? `此資料庫有正式環境之紀錄 ${log}，試連環境不可使用。 The database holds ${log}, a log of real calls: a sandbox needs a database of its own.`
        : `此資料庫有試連環境之紀錄 ${log}，正式環境不可使用。 The database holds ${log}, a sandbox's log: give this gateway its own database.`,
    )
  }
}
