// slot-keys.ts: the signing keys of a slot's key directory: the first, by which the slot is known, and those that took over.
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { keyFileName, readPrivate } from './key-directory.ts'
import { type NoteSigner, noteSigner, verifierKeyOf } from './note.ts'
import { LogRefusal } from './refusal.ts'
import type { CheckpointSigner } from './releaser.ts'

const keyFile = /^signing-key(?:-(\d{1,4}))?\.pem$/

interface KeyFile {
  /** 1: the first. */
  readonly ordinal: number
  readonly name: string
}

async function keyFilesOf(directory: string): Promise<readonly KeyFile[]> {
  const files = (await readdir(directory)).flatMap((name) => {
    const match = keyFile.exec(name)
    return match === null ? [] : [{ ordinal: Number(match[1] ?? 1), name }]
  })
  return files.sort((a, b) => a.ordinal - b.ordinal)
}

/** The keys of one slot. Of one that signs no more the private half may be destroyed: its public half in the same file stands for it. */
export class SlotKeys implements CheckpointSigner {
  readonly #directory: string
  readonly #log: string
  /** By verifier key, oldest first; without a signer where only the public half is left. */
  #keys: ReadonlyMap<string, NoteSigner | undefined> = new Map()

  private constructor(directory: string, log: string) {
    this.#directory = directory
    this.#log = log
  }

  /** @throws LogRefusal keys-unreadable */
  static async read(directory: string, log: string): Promise<SlotKeys> {
    const keys = new SlotKeys(directory, log)
    await keys.#read()
    return keys
  }

  async #read(): Promise<void> {
    const keys = new Map<string, NoteSigner | undefined>()
    for (const [at, { name, ordinal }] of (await filesOrRefusal(this.#directory)).entries()) {
      if (ordinal !== at + 1)
        throw new LogRefusal('keys-unreadable', `${this.#directory}: expected ${keyFileName(at)} before ${name}; it is missing.`)
      const pem = await readPrivate(join(this.#directory, name))
      try {
        const signer = pem.includes('PRIVATE KEY') ? noteSigner(this.#log, pem) : undefined
        keys.set(signer?.verifierKey ?? verifierKeyOf(this.#log, pem), signer)
      } catch (error) {
        const found = error instanceof Error ? error.message : String(error)
        throw new LogRefusal('keys-unreadable', `${join(this.#directory, name)}: ${found}.`, { cause: error })
      }
    }
    this.#keys = keys
  }

  /** Of every key, oldest first: what is published. */
  get verifierKeys(): readonly string[] {
    return [...this.#keys.keys()]
  }

  get verifierKey(): string {
    const [first] = this.#keys.keys()
    if (first === undefined) throw new LogRefusal('keys-unreadable', `${this.#directory} holds no signing key.`)
    return first
  }

  sign(text: string, keys: readonly string[]): string {
    const lines = keys.map((each) => {
      const signer = this.#keys.get(each)
      if (signer === undefined) throw new LogRefusal('keys-unreadable', `${this.#directory} does not hold the key that signs now, ${each}.`)
      return signer.line(text)
    })
    return `${text}\n${lines.join('')}`
  }

  /** Read anew: a key is prepared while the gateway runs.
   *  @throws LogRefusal keys-unreadable, also where a key is gone that was there, or only the public half of the newest is left */
  async next(): Promise<string> {
    const before = this.verifierKeys
    await this.#read()
    const now = this.verifierKeys
    const gone = before.find((each, at) => now[at] !== each)
    if (gone !== undefined) throw new LogRefusal('keys-unreadable', `${this.#directory} no longer holds the key ${gone}.`)
    const newest = now.at(-1) ?? this.verifierKey
    if (this.#keys.get(newest) === undefined)
      throw new LogRefusal('keys-unreadable', `${this.#directory} holds only the public half of its newest key, ${newest}.`)
    return newest
  }
}

async function filesOrRefusal(directory: string): Promise<readonly KeyFile[]> {
  let files: readonly KeyFile[]
  try {
    files = await keyFilesOf(directory)
  } catch (error) {
    throw new LogRefusal('keys-unreadable', `The key directory ${directory} cannot be read.`, { cause: error })
  }
  if (files.length === 0) throw new LogRefusal('keys-unreadable', `The key directory ${directory} holds no signing key.`)
  return files
}
