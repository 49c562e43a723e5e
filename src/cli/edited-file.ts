// edited-file.ts: a file that a command changes or makes: comments and order stay, and nobody else's change is overwritten.
import { isUtf8 } from 'node:buffer'
import {
  chmodSync,
  chownSync,
  closeSync,
  fsyncSync,
  linkSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { type Document, parseDocument } from 'yaml'
import { sha256Hex } from '../canonical.ts'

/** A command would not do what it was asked: nothing was written. */
export class EditRefused extends Error {
  readonly code = 'folder-invalid'
}

/** What is about to be saved. */
export interface Edit {
  /** Within the folder, with slashes: `agencies/taipei-education.yaml`. */
  readonly name: string
  /** What the file would be. */
  readonly text: string
  /** Replaces the file as a whole: whoever reads it sees the old or the new one.
   *  @throws EditRefused where it changed since it was read */
  save(): void
}

/** A file of a configuration folder, as it was when it was opened: there, or not yet. */
export class FolderFile {
  readonly #link: string
  /** Where it stands itself: a link to it stays a link. */
  readonly #path: string
  /** Undefined where there was none. */
  readonly before: Buffer | undefined

  constructor(folder: string, name: string) {
    this.#link = join(folder, name)
    this.#path = placeOf(this.#link)
    this.before = contentOf(this.#path)
  }

  get path(): string {
    return this.#link
  }

  /** As a whole, or not at all. Its mode and owner stay.
   *  @throws EditRefused where it changed since it was opened, or is being changed; what writing threw */
  replace(text: string): void {
    const was = this.before === undefined ? undefined : statSync(this.#path)
    // Of all commands that begin from one state one makes this file: between the last look and the rename nobody else is there.
    const beside = `${this.#path}.${sha256Hex(this.before ?? '').slice(0, 16)}~`
    const file = madeAlone(beside, (was?.mode ?? 0o644) & 0o777)
    try {
      writeWhole(file, text)
      if (was !== undefined) chmodSync(beside, was.mode & 0o777)
      if (was !== undefined && process.getuid?.() === 0) chownSync(beside, was.uid, was.gid)
      // Last, right before the one step that cannot be taken back.
      if (!this.#stands()) throw this.#changed()
      if (was === undefined) this.#appear(beside)
      else renameSync(beside, this.#path)
    } catch (error) {
      rmSync(beside, { force: true })
      throw error
    }
    const folder = openSync(dirname(this.#path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }

  /** Whether it is what it was when it was opened, at the same place. */
  #stands(): boolean {
    if (placeOf(this.#link) !== this.#path) return false
    const now = contentOf(this.#path)
    return this.before === undefined ? now === undefined : now?.equals(this.before) === true
  }

  /** A name is given only where nobody has taken it meanwhile. */
  #appear(beside: string): void {
    try {
      linkSync(beside, this.#path)
    } catch (error) {
      throw codeOf(error) === 'EEXIST' ? this.#changed() : error
    }
    rmSync(beside)
  }

  #changed(): EditRefused {
    return new EditRefused(
      `${this.#link}：開啟後已被他人修改，未寫入；請看過其修改後再執行一次 changed by somebody else since it was read, not written; look at that change and run this again`,
    )
  }
}

const codeOf = (error: unknown): string => (error instanceof Error && 'code' in error ? String(error.code) : '')

function placeOf(link: string): string {
  try {
    return realpathSync(link)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return link
    throw error
  }
}

function contentOf(path: string): Buffer | undefined {
  try {
    return readFileSync(path)
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** @throws EditRefused where it is there: another command is about to save, or was killed when it was */
function madeAlone(beside: string, mode: number): number {
  try {
    return openSync(beside, 'wx', mode)
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw error
    throw new EditRefused(
      `${beside}：另一指令正在修改，未寫入，請再執行一次；若無其他指令在執行，請刪除此檔 another command is saving it, not written: run this again; where none is running, remove this file`,
      { cause: error },
    )
  }
}

/** Durable once it returns. A full disk may take a part first: of that nothing comes but an error. */
function writeWhole(file: number, text: string): void {
  try {
    writeFileSync(file, text)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}

/** A YAML file of a configuration folder. */
export class EditedFile implements Edit {
  readonly name: string
  readonly #file: FolderFile
  readonly document: Document

  /** @throws EditRefused where there is none, or it is no YAML; what reading it threw */
  constructor(folder: string, name: string) {
    this.name = name
    this.#file = new FolderFile(folder, name)
    const { before, path } = this.#file
    if (before === undefined) throw new EditRefused(`${path}：沒有這個檔案 there is no such file`)
    // Read as UTF-8 its characters would be lost, and saved as lost.
    if (!isUtf8(before)) throw new EditRefused(`${path}：不是 UTF-8，請先以 UTF-8 另存 not UTF-8: save it as UTF-8 first`)
    this.document = parseDocument(before.toString('utf8'), { schema: 'failsafe' })
    const [error] = this.document.errors
    if (error !== undefined)
      throw new EditRefused(`${path}：不是正確的 YAML，請先更正 not well-formed YAML, to be mended first: ${error.message}`)
  }

  /** Spaces before comments are the one thing that is not kept. */
  get text(): string {
    return this.document.toString({ lineWidth: 0, flowCollectionPadding: false })
  }

  save(): void {
    this.#file.replace(this.text)
  }
}

/** A file written as a whole, made where it is not there yet. */
export class WrittenFile implements Edit {
  readonly name: string
  readonly text: string
  readonly #file: FolderFile

  constructor(name: string, text: string, file: FolderFile) {
    this.name = name
    this.text = text
    this.#file = file
  }

  save(): void {
    this.#file.replace(this.text)
  }
}
