// key-directory.ts: what a slot's writer keeps outside the database: its signing key, its mark, the tag keys.
import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { mkdir, open, readdir, readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { makeMark } from './mark.ts'
import { type NoteSigner, noteSigner } from './note.ts'
import { LogRefusal } from './refusal.ts'
import { type TagKeys, tagKey } from './tag.ts'

export const markFile = 'mark'
/** There where the slot ended: by which order, in words. */
export const endedFile = 'ended'
/** File of the signing key that takes over after `before` others. */
export const keyFileName = (before: number): string => (before === 0 ? 'signing-key.pem' : `signing-key-${before + 1}.pem`)
const tagKeyName = /^tag-(\d{4})\.key$/

async function writeOnce(path: string, content: string): Promise<void> {
  const file = await open(path, 'wx', 0o600)
  try {
    await file.writeFile(content)
    await file.sync()
  } finally {
    await file.close()
  }
}

/** A key file's text.
 *  @throws LogRefusal keys-unreadable where it is missing, or readable by group or others */
export async function readPrivate(path: string): Promise<string> {
  try {
    const { mode } = await stat(path)
    if ((mode & 0o077) !== 0) throw new Error(`mode ${(mode & 0o777).toString(8)} lets others read it`)
    return await readFile(path, 'utf8')
  } catch (error) {
    throw new LogRefusal('keys-unreadable', `The key file ${path}: ${error instanceof Error ? error.message : String(error)}.`, {
      cause: error,
    })
  }
}

const newSigningKey = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

/** Makes a slot's signing key and empty mark. Once: where one of them exists nothing is written over.
 *  @throws Error EEXIST */
export async function makeSlotKeys(directory: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeOnce(join(directory, keyFileName(0)), newSigningKey())
  await makeMark(join(directory, markFile))
}

/** Prepares the key that takes over at the next turn of the month.
 *  @throws Error EEXIST */
export async function makeNextKey(directory: string, before: number): Promise<void> {
  await writeOnce(join(directory, keyFileName(before)), newSigningKey())
}

/** Makes the tag key of a year.
 *  @throws Error EEXIST: another key would hide every earlier record of a subject */
export async function makeTagKey(directory: string, year: string): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o700 })
  await writeOnce(join(directory, `tag-${year}.key`), `${randomBytes(32).toString('hex')}\n`)
}

/** The signer of a slot's checkpoints; its name is the log's.
 *  @throws LogRefusal keys-unreadable */
export async function readSigner(directory: string, log: string): Promise<NoteSigner> {
  return noteSigner(log, await readPrivate(join(directory, keyFileName(0))))
}

/** Every year's tag key.
 *  @throws LogRefusal keys-unreadable */
export async function readTagKeys(directory: string): Promise<TagKeys> {
  const keys = new Map<string, Uint8Array>()
  for (const name of (await readdir(directory)).sort()) {
    const year = tagKeyName.exec(name)?.[1]
    if (year === undefined) continue
    const text = await readPrivate(join(directory, name))
    if (!/^[0-9a-f]{64}\n?$/.test(text)) throw new LogRefusal('keys-unreadable', `The tag key ${name} is not 64 hex digits.`)
    keys.set(year, tagKey(Buffer.from(text.trim(), 'hex')))
  }
  return keys
}
