// edited-file.ts: a YAML file that a command changes: its comments and order stay, and nobody else's change is overwritten.
import { chmodSync, chownSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Document, parseDocument } from 'yaml'
import { sha256Hex } from '../canonical.ts'

/** A command would not do what it was asked: nothing was written. */
export class EditRefused extends Error {
  readonly code = 'folder-invalid'
}

/** A file of a configuration folder, as it was when it was opened. */
export class EditedFile {
  readonly name: string
  readonly #path: string
  readonly #before: Buffer
  readonly document: Document

  /** @throws EditRefused where it is no YAML; what reading it threw */
  constructor(folder: string, name: string) {
    this.name = name
    this.#path = join(folder, name)
    this.#before = readFileSync(this.#path)
    this.document = parseDocument(this.#before.toString('utf8'), { schema: 'failsafe' })
    const [error] = this.document.errors
    if (error !== undefined)
      throw new EditRefused(`${this.#path}：不是正確的 YAML，請先更正 not well-formed YAML, to be mended first: ${error.message}`)
  }

  /** What it would be. Spaces before comments are the one thing that is not kept. */
  get text(): string {
    return this.document.toString({ lineWidth: 0, flowCollectionPadding: false })
  }

  /** Replaces the file as a whole, or not at all: whoever reads it sees the old or the new one. Its mode and owner stay.
   *  @throws EditRefused where it changed since it was read, or is being changed; what writing threw */
  save(): void {
    const { mode, uid, gid } = statSync(this.#path)
    // Of all commands that begin from one state one makes this file: between the last look and the rename nobody else is there.
    const beside = `${this.#path}.${sha256Hex(this.#before).slice(0, 16)}~`
    const file = madeAlone(beside, mode & 0o777)
    try {
      writeWhole(file, this.text)
      chmodSync(beside, mode & 0o777)
      if (process.getuid?.() === 0) chownSync(beside, uid, gid)
      // Last, right before the one step that cannot be taken back.
      if (!readFileSync(this.#path).equals(this.#before)) {
        throw new EditRefused(
          `${this.#path}：開啟後已被他人修改，未寫入；請看過其修改後再執行一次 changed by somebody else since it was read, not written; look at that change and run this again`,
        )
      }
      renameSync(beside, this.#path)
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
}

/** @throws EditRefused where it is there: another command is about to save, or was killed when it was */
function madeAlone(beside: string, mode: number): number {
  try {
    return openSync(beside, 'wx', mode)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error
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
