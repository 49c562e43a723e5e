// seal.ts: the sealed part of an entry. The gateway seals; only holders of recipients' private keys open (unseal.ts).
import { createCipheriv, createSecretKey, type KeyObject, randomBytes } from 'node:crypto'
import { GeneralEncrypt, importJWK, type JWK } from 'jose'
import { canonicalJson, lengthPrefixed } from '../canonical.ts'
import type { EntryId, Sealed } from './entry.ts'
import type { KeyFacts } from './key-entry.ts'

/** Who can open: one key pair per recipient and year. */
export interface Recipient {
  readonly id: string
  readonly year: string
  /** X25519 or P-256 public key, with `kid`. */
  readonly jwk: JWK
}

const paddedTo = 512
/** Room of the members that depend on what an upstream sent: numbers of 16 digits each, and a problem of a hundred characters. */
const dependentRoom = 320

/** The text that a record seals. The caller chooses or knows how long `known` is, and reads in its receipt how long the sealed part came
 *  out: beside members that end just below a step one digit more would show. So `dependent` takes the same room whatever it holds. */
export function sealedText(known: object, dependent: object): string {
  const [first, last] = [JSON.stringify(known).slice(1, -1), JSON.stringify(dependent).slice(1, -1)]
  const rest = first === '' || last === '' ? last : `,${last}`
  const length = Buffer.byteLength(rest)
  const room = Math.max(1, Math.ceil(length / dependentRoom)) * dependentRoom
  return `{${first}${rest}${' '.repeat(room - length)}}`
}

/** Nonce of 96 bits from a counter below 2^48: never twice under one key. */
export function nonceOf(counter: number, nonce = Buffer.alloc(12)): Buffer {
  nonce.writeUIntBE(counter, 6, 6)
  return nonce
}

/** What the ciphertext is bound to: it opens in no other log, entry or key. */
export const boundTo = (log: string, entry: EntryId, key: EntryId): Buffer => lengthPrefixed(log, entry, key)

/** One data key: it seals until the next one takes over, and is then forgotten. */
export class Sealer {
  readonly id: EntryId
  readonly #key: KeyObject
  readonly #log: string
  readonly #nonce = Buffer.alloc(12)
  /** The padded text, and what becomes of it: kept from one sealing to the next, since buffers cost more than the cipher. */
  #plain = Buffer.allocUnsafeSlow(4 * paddedTo)
  #counter = 0

  constructor(id: EntryId, log: string, key: Uint8Array) {
    this.id = id
    this.#log = log
    this.#key = createSecretKey(key)
  }

  /** Seals a JSON text, padded with spaces to a multiple of 512 bytes: lengths of names and reasons stay inside. */
  seal(entry: EntryId, text: string): Sealed {
    const room = text.length * 3 + 2 * paddedTo
    if (this.#plain.length < room) this.#plain = Buffer.allocUnsafeSlow(room)
    const plain = this.#plain
    const length = plain.write(text)
    const padded = Math.ceil(length / paddedTo) * paddedTo
    plain.fill(0x20, length, padded)
    const counter = this.#counter++
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonceOf(counter, this.#nonce))
    cipher.setAAD(boundTo(this.#log, entry, this.id))
    const sealed = cipher.update(plain.subarray(0, padded))
    cipher.final() // of a stream cipher nothing is left over
    // What was readable is overwritten by what is not.
    const end = sealed.copy(plain)
    const whole = end + cipher.getAuthTag().copy(plain, end)
    return { bytes: plain.toString('base64', 0, whole), counter, key: this.id }
  }
}

/** Draws a data key and encrypts it to every recipient (RFC 7516 general serialization, ECDH-ES+A256KW, A256GCM).
 *  Its entry must be committed before the sealer is used. */
export async function drawSealer(id: EntryId, log: string, recipients: readonly Recipient[]): Promise<{ sealer: Sealer; entry: KeyFacts }> {
  const key = randomBytes(32)
  const encrypt = new GeneralEncrypt(key).setProtectedHeader({ enc: 'A256GCM' })
  for (const { jwk } of recipients) {
    const { kid } = jwk
    if (kid === undefined) throw new TypeError('a recipient key needs a kid')
    encrypt.addRecipient(await importJWK(jwk, 'ECDH-ES+A256KW')).setUnprotectedHeader({ alg: 'ECDH-ES+A256KW', kid })
  }
  const jwe: object = JSON.parse(canonicalJson(await encrypt.encrypt())) // sorts its members for the entry's writer
  const sealer = new Sealer(id, log, key)
  key.fill(0)
  return { sealer, entry: { id, jwe, recipients: recipients.map((each) => `${each.id}/${each.year}`) } }
}
