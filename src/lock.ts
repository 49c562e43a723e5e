// lock.ts: one process per folder: a kernel lock that ends with its process, however that process ends.
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { DatabaseSync } from 'node:sqlite'

const lockName = 'lock.db'
const holderName = 'lock.holder'

/** The folder is held by another process, or by another part of this one. */
export class FolderHeld extends Error {
  readonly code = 'folder-held'
  readonly folder: string
  /** Who holds it, as that process wrote it down: `process 4711 on host gw1 since 2026-11-24T01:02:03.004Z`. */
  readonly holder: string
  constructor(folder: string, holder: string, options?: ErrorOptions) {
    super(`${folder} is in use by ${holder}. Stop that process, or give this one a folder of its own.`, options)
    this.name = 'FolderHeld'
    this.folder = folder
    this.holder = holder
  }
}

export interface FolderLock {
  readonly folder: string
  /** Lets go; calling it again does nothing. */
  release(): void
}

/** Takes a folder for this process, making it (mode 0700) where it does not exist.
 *  The lock is SQLite's exclusive lock on `lock.db`, held by the kernel: it is gone when the process is, also after kill -9,
 *  so there is nothing stale to clear away. The text beside it only says who; it decides nothing.
 *  @throws FolderHeld · Error where the folder cannot be made or written */
export function holdFolder(folder: string): FolderLock {
  const path = resolve(folder)
  const database = openLockFile(path)
  try {
    // EXCLUSIVE and not IMMEDIATE: a reader of the file would otherwise share it.
    database.exec('PRAGMA busy_timeout = 0; BEGIN EXCLUSIVE')
  } catch (error) {
    database.close()
    if (isBusy(error)) throw new FolderHeld(path, readHolder(path), { cause: error })
    throw unusable(path, error)
  }
  const holder = join(path, holderName)
  try {
    writeFileSync(`${holder}.new`, `process ${process.pid} on host ${hostname()} since ${new Date().toISOString()}\n`, { mode: 0o600 })
    renameSync(`${holder}.new`, holder)
  } catch (error) {
    database.close()
    throw unusable(path, error)
  }
  let held = true
  return {
    folder: path,
    release: () => {
      if (!held) return
      held = false
      rmSync(holder, { force: true })
      database.close()
    },
  }
}

function openLockFile(folder: string): DatabaseSync {
  try {
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    makeLockFile(join(folder, lockName))
    return new DatabaseSync(join(folder, lockName))
  } catch (error) {
    throw unusable(folder, error)
  }
}

/** Made by ourselves, since SQLite would give it the mode of the umask. Never opened where it exists: POSIX locks of a process
 *  are dropped when the process closes any descriptor of the file, and this process may be the holder. */
function makeLockFile(file: string): void {
  try {
    writeFileSync(file, '', { mode: 0o600, flag: 'wx' })
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
  }
}

function readHolder(folder: string): string {
  try {
    return readFileSync(join(folder, holderName), 'utf8').trim() || 'a process that did not say who it is'
  } catch {
    // The holder is about to write it, or to leave: either way somebody holds the lock.
    return 'a process that did not say who it is'
  }
}

const sqliteBusy = 5
const isBusy = (error: unknown): boolean => error instanceof Error && 'errcode' in error && error.errcode === sqliteBusy

function unusable(folder: string, error: unknown): Error {
  const found = error instanceof Error ? error.message : String(error)
  return new Error(`${folder}: expected a folder that this user can write (uid ${process.getuid?.() ?? '?'}), found: ${found}`, {
    cause: error,
  })
}
