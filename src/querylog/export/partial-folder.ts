// partial-folder.ts: a folder that is being written: under another name until it is whole and durable, and gone on with after an interruption.
import { constants, existsSync } from 'node:fs'
import { type FileHandle, lstat, mkdir, open, readdir, readFile, rename, rm, rmdir, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { type FolderLock, holdFolder } from '../../lock.ts'

/** What is to have the name stands in a folder of its own, beside what the work needs: it gets the name as it is, in one step. */
const [contentFolder, progressFile] = ['content', 'progress.json']
/** What the lock leaves in the folder. */
const ofTheLock = ['lock.db', 'lock.db-journal', 'lock.holder']

/** The folder cannot be begun, or gone on with, as it was asked: the message says what to do. */
export class ExportFolderError extends Error {
  readonly code = 'usage'
}

/** The name that a folder has until it is whole. */
export const partialName = (folder: string): string => `${folder}.partial`

/** Names of what is exported, and of ours, as every file system takes them: none leads out of the folder, or is hidden in it. */
const names = /^(?:[^\\/:*?"<>|.\p{Cc}][^\\/:*?"<>|\p{Cc}]*\/)*[^\\/:*?"<>|.\p{Cc}][^\\/:*?"<>|\p{Cc}]*$/u

/** Whoever may write into the folder says by what lies there which files are written, and how long they are: nobody but this user may.
 *  @throws ExportFolderError */
async function requireOwn(path: string): Promise<void> {
  const { mode, uid } = await lstat(path)
  const own = process.getuid?.() ?? uid
  if ((mode & constants.S_IFMT) === constants.S_IFDIR && uid === own && (mode & 0o077) === 0) return
  throw new ExportFolderError(
    `${path}：應為本帳號所有、他人無法進出之資料夾（0700），不續作。 Expected a folder of this user that nobody else enters (mode 0700): it is not gone on with.`,
  )
}

/** What is in it is somebody else's. */
async function removeEmpty(folder: string): Promise<void> {
  await rmdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOTEMPTY' && error.code !== 'ENOENT') throw error
  })
}

/** Either it has not its name yet, or nothing but its name.
 *  @throws ExportFolderError */
async function requireBegun(final: string): Promise<void> {
  const beside = partialName(final)
  if (existsSync(join(beside, progressFile)) && existsSync(join(beside, contentFolder)) !== existsSync(final)) return
  // Its end was cut short, or is under way: nothing of the work is left.
  if (existsSync(final) && existsSync(beside) && (await readdir(beside)).every((name) => ofTheLock.includes(name))) {
    for (const name of ofTheLock) await rm(join(beside, name), { force: true })
    await removeEmpty(beside)
    throw new ExportFolderError(`${final} 已完整，無須續作。 It is whole: there is nothing to go on with.`)
  }
  throw new ExportFolderError(
    `${beside}：沒有中斷之匯出可續作；有此資料夾者，請刪除後重來。 No interrupted export to go on with; where that folder is there, remove it.`,
  )
}

/** @param path of a file, or of a folder */
async function sync(path: string): Promise<void> {
  const file = await open(path, 'r')
  try {
    await file.sync()
  } finally {
    await file.close()
  }
}

/** Names of files that wait for the next point: beyond these, writing does. */
const mostUnsynced = 256

export interface Resumed {
  readonly folder: PartialFolder
  /** What was saved last. */
  readonly saved: unknown
  /** Whether it has its name: then nothing is written any more. */
  readonly isWhole: boolean
}

/** One writer, held by a kernel lock. What `save` resolved for survives a power cut; what was written after it is written again. */
export class PartialFolder {
  /** In which the files are. */
  readonly path: string
  readonly #beside: string
  readonly #final: string
  readonly #lock: FolderLock
  readonly #files = new Map<string, FileHandle>()
  readonly #lengths = new Map<string, number>()
  readonly #folders = new Set<string>()
  /** Files that were put, and folders with files that were made, since the last `save`. */
  readonly #unsynced = new Set<string>()
  /** Whether it has its name. */
  readonly #isWhole: boolean
  #saving = Promise.resolve()
  #syncing: Promise<unknown> = Promise.resolve()

  private constructor(final: string, lock: FolderLock, isWhole: boolean) {
    this.#isWhole = isWhole
    this.path = join(lock.folder, contentFolder)
    this.#beside = lock.folder
    this.#final = final
    this.#lock = lock
  }

  /** Begins a folder.
   *  @throws ExportFolderError where it exists, or was begun before · FolderHeld */
  static async begin(final: string): Promise<PartialFolder> {
    if (existsSync(final))
      throw new ExportFolderError(`${final} 已存在，請指定新的資料夾。 It exists already: name a folder that does not.`)
    if (existsSync(partialName(final)))
      throw new ExportFolderError(
        `${partialName(final)} 為先前中斷之匯出：以 --resume 續作，或刪除後重來。 An export was interrupted here: go on with --resume, or remove it.`,
      )
    await mkdir(dirname(final), { recursive: true })
    await mkdir(partialName(final), { mode: 0o700 }) // where it appeared meanwhile it is somebody else's
    const folder = new PartialFolder(final, holdFolder(partialName(final)), false)
    await mkdir(folder.path, { mode: 0o700 })
    return folder
  }

  /** Goes on with a folder, from what was saved last. One that has its name already lacks nothing but `finish`.
   *  @throws ExportFolderError where there is nothing to go on with, or others could have changed it · FolderHeld */
  static async resume(final: string): Promise<Resumed> {
    const beside = partialName(final)
    await requireBegun(final)
    await requireOwn(beside)
    const lock = holdFolder(beside)
    const isWhole = !existsSync(join(beside, contentFolder))
    const folder = new PartialFolder(final, lock, isWhole)
    try {
      // Whoever held it before may have come to its end meanwhile.
      await requireBegun(final)
      const progress = await readFile(join(beside, progressFile), 'utf8')
      const { lengths, state }: { lengths: Record<string, number>; state: unknown } = JSON.parse(progress) // written by `save`
      if (!isWhole) for (const [name, length] of Object.entries(lengths)) await folder.#goOn(name, length)
      return { folder, saved: state, isWhole }
    } catch (error) {
      await folder.leave()
      throw error
    }
  }

  async #goOn(name: string, length: number): Promise<void> {
    const file = await open(this.#pathOf(name), constants.O_RDWR | constants.O_NOFOLLOW)
    this.#files.set(name, file)
    this.#lengths.set(name, length)
    await file.truncate(length)
  }

  /** @throws Error for a name that leads elsewhere */
  #pathOf(name: string): string {
    if (!names.test(name)) throw new Error(`${this.path}: expected the name of a file in it, found ${JSON.stringify(name)}`)
    return join(this.path, name)
  }

  /** Adds to a file that grows. */
  async append(name: string, bytes: Uint8Array): Promise<void> {
    const file = this.#files.get(name) ?? (await this.#made(name))
    const at = this.#lengths.get(name) ?? 0
    this.#lengths.set(name, at + bytes.length)
    for (let done = 0; done < bytes.length; ) done += (await file.write(bytes, done, bytes.length - done, at + done)).bytesWritten
  }

  async #made(name: string): Promise<FileHandle> {
    const path = await this.#placeOf(name)
    const file = await open(path, 'w')
    this.#files.set(name, file)
    this.#unsynced.add(dirname(path))
    return file
  }

  /** The path of a file, in a folder that is there. */
  async #placeOf(name: string): Promise<string> {
    const path = this.#pathOf(name)
    if (!this.#folders.has(dirname(path))) await mkdir(dirname(path), { recursive: true })
    this.#folders.add(dirname(path))
    return path
  }

  /** Writes a whole file, durable with the next `save`. */
  async put(name: string, bytes: Uint8Array | string): Promise<void> {
    const path = await this.#placeOf(name)
    await writeFile(path, bytes)
    this.#unsynced.add(path).add(dirname(path))
    if (this.#unsynced.size > mostUnsynced) await this.#sync()
  }

  /** Also of what another call took: no point is made before that is durable. */
  #sync(): Promise<unknown> {
    this.#syncing = Promise.all([this.#syncing, ...Array.from(this.#unsynced, sync)])
    this.#unsynced.clear()
    return this.#syncing
  }

  /** Makes everything so far durable, and remembers how far it is. What is written meanwhile belongs to the next point; once one could not be
   *  made, none behind it is. */
  save(state: unknown): Promise<void> {
    const progress = JSON.stringify({ lengths: Object.fromEntries(this.#lengths), state })
    this.#saving = this.#saving.then(() => this.#save(progress))
    this.#saving.catch(() => undefined) // told where it is awaited
    return this.#saving
  }

  async #save(progress: string): Promise<void> {
    await Promise.all([...this.#files.values()].map((file) => file.datasync()))
    await this.#sync()
    const next = join(this.#beside, `${progressFile}.new`)
    await writeFile(next, progress, { flush: true })
    await rename(next, join(this.#beside, progressFile))
    await sync(this.#beside)
  }

  /** Gives the folder its name: only now it is there. */
  async finish(): Promise<void> {
    await this.#saving
    await this.#sync()
    for (const file of this.#files.values()) {
      await file.sync()
      await file.close()
    }
    this.#files.clear()
    if (!this.#isWhole) await this.#name()
    // While it is held, or what is removed may be that of whoever comes next. Without its progress it is whole, whatever else is left.
    for (const name of [`${progressFile}.new`, progressFile, ...ofTheLock]) await rm(join(this.#beside, name), { force: true })
    this.#lock.release()
    await removeEmpty(this.#beside)
  }

  /** Nobody goes on with what is whole. Where what it holds is not there, nothing gets the name.
   *  @throws Error ENOENT */
  async #name(): Promise<void> {
    for (const each of await readdir(this.path, { recursive: true, withFileTypes: true }))
      if (each.isDirectory()) await sync(join(each.parentPath, each.name))
    await sync(this.path)
    await rename(this.path, this.#final)
    await sync(dirname(this.#final))
  }

  /** Lets go of a folder that is not whole: it stays under its other name, to be gone on with. */
  async leave(): Promise<void> {
    await this.#saving.catch(() => undefined)
    for (const file of this.#files.values()) await file.close()
    this.#files.clear()
    this.#lock.release()
  }

  /** Takes back a folder of which nothing was shown yet. */
  async discard(): Promise<void> {
    await this.leave()
    await rm(this.#beside, { recursive: true, force: true })
  }
}
