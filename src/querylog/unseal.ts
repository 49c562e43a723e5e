// unseal.ts: opening what entries seal: for who holds a recipient's private key, in a command of their own. The gateway never loads this.
import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto'
import { type GeneralJWE, generalDecrypt } from 'jose'
import type { EntryId, Sealed } from './entry.ts'
import { boundTo, nonceOf } from './seal.ts'

/** A recipient's private key. */
export interface OpeningKey {
  /** Of the public half, as gateway.yaml names it. */
  readonly kid: string
  readonly key: KeyObject
}

/** What a `key` entry holds: read from its text by `keyMembers`. */
export interface KeyMembers {
  readonly jwe: GeneralJWE
  readonly recipients: readonly string[]
}

/** @throws TypeError unless it is a `key` entry */
export function keyMembers(entry: string): KeyMembers {
  const { kind, jwe, recipients } = JSON.parse(entry)
  if (kind !== 'key' || !Array.isArray(jwe?.recipients) || !Array.isArray(recipients))
    throw new TypeError('a data key: expected a key entry with jwe and recipients')
  return { jwe, recipients }
}

/** Where a key of this id stands among those that a data key is encrypted to. */
const placeOf = ({ jwe }: KeyMembers, kid: string): number => jwe.recipients.findIndex((each) => each.header?.kid === kid)

/** Whose key it is, `<id>/<year>`; undefined where the data key is not encrypted to it. Nothing is decrypted to tell. */
export function recipientOf(members: KeyMembers, kid: string): string | undefined {
  return members.recipients[placeOf(members, kid)]
}

/** Ids of the keys that a data key is encrypted to. */
export const kidsOf = ({ jwe }: KeyMembers): readonly string[] => jwe.recipients.flatMap(({ header }) => header?.kid ?? [])

/** Decrypts a data key.
 *  @throws Error where this is another key, or the entry was changed */
export async function openDataKey(members: KeyMembers, { kid, key }: OpeningKey): Promise<Uint8Array> {
  const own = members.jwe.recipients[placeOf(members, kid)]
  if (own === undefined) throw new Error(`a data key: expected one of the keys ${kidsOf(members).join(', ')}, found ${kid}`)
  const options = { keyManagementAlgorithms: ['ECDH-ES+A256KW'], contentEncryptionAlgorithms: ['A256GCM'] }
  return (await generalDecrypt({ ...members.jwe, recipients: [own] }, key, options)).plaintext
}

const tagLength = 16

/** Opens a sealed part with its data key: what it was bound to must be the same.
 *  @returns the JSON text, without its padding
 *  @throws Error when it was changed, or stands in another entry or log */
export function open(sealed: Sealed, log: string, entry: EntryId, key: Uint8Array): string {
  const bytes = Buffer.from(sealed.bytes, 'base64')
  const decipher = createDecipheriv('aes-256-gcm', createSecretKey(key), nonceOf(sealed.counter))
  decipher.setAAD(boundTo(log, entry, sealed.key))
  decipher.setAuthTag(bytes.subarray(-tagLength))
  return Buffer.concat([decipher.update(bytes.subarray(0, -tagLength)), decipher.final()])
    .toString('utf8')
    .trimEnd()
}
