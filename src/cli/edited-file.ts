// edited-file.ts: a YAML file that a command changes: its comments and order stay, and nobody else's change is overwritten.
import { randomBytes } from 'node:crypto'
import { chmodSync, chownSync, closeSync, fsyncSync, openSync, readFileSync, renameSync, rmSync, statSync, writeSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { type Document, parseDocument } from 'yaml'

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

  /** Replaces the file as a whole: whoever reads it sees the old or the new one. Its mode and owner stay.
   *  @throws EditRefused where it changed since it was read */
  save(): void {
    const { mode, uid, gid } = statSync(this.#path)
    const beside = `${this.#path}.${randomBytes(4).toString('hex')}~`
    try {
      const file = openSync(beside, 'wx', mode & 0o777)
      try {
        writeSync(file, this.text)
        fsyncSync(file)
      } finally {
        closeSync(file)
      }
      chmodSync(beside, mode & 0o777)
      if (process.getuid?.() === 0) chownSync(beside, uid, gid)
      // Last, right before the one step that cannot be taken back.
      if (!readFileSync(this.#path).equals(this.#before)) {
        throw new EditRefused(
          `${this.#path}：開啟後已被他人修改，未寫入；請看過其修改後再執行一次 changed by somebody else since it was read, not written; look at that change and run this again`,
        )
      }
      renameSync(beside, this.#path)
    } finally {
      rmSync(beside, { force: true })
    }
    const folder = openSync(dirname(this.#path), 'r')
    try {
      fsyncSync(folder)
    } finally {
      closeSync(folder)
    }
  }
}
