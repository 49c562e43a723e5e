// note.ts: signed notes (C2SP signed-note), Ed25519 only: sign, publish the verifier key, open.
import { createPrivateKey, createPublicKey, type KeyObject, sign, verify } from 'node:crypto'
import { sha256 } from '../canonical.ts'

const ed25519 = 0x01
/** DER of an Ed25519 public key up to its 32 bytes (RFC 8410 §4). */
const spki = Buffer.from('302a300506032b6570032100', 'hex')

export interface NoteSigner {
  /** Key name: the log's origin. */
  readonly name: string
  /** `name+hex8(key id)+base64(type ‖ public key)`: what is published. */
  readonly verifierKey: string
  /** The note: text, an empty line, this key's signature line. */
  sign(text: string): string
  /** This key's signature line alone. */
  line(text: string): string
}

export interface NoteVerifier {
  readonly name: string
  readonly keyId: number
  readonly publicKey: KeyObject
}

/** Why a note was not opened; `note` says it in words. */
export class NoteError extends Error {
  readonly code = 'note-invalid'
}

function checkName(name: string): void {
  if (name === '' || /[\s+]/u.test(name)) throw new NoteError('a key name: expected text without spaces and plus signs')
}

/** SHA-256(name ‖ 0x0A ‖ type ‖ public key), its first four bytes. SPEC C2SP signed-note. */
function keyIdOf(name: string, typedKey: Buffer): number {
  return sha256(Buffer.concat([Buffer.from(`${name}\n`), typedKey])).readUInt32BE(0)
}

/** A signer from a PKCS #8 PEM.
 *  @throws NoteError when the key is not Ed25519, or the name not a key name */
export function noteSigner(name: string, pem: string): NoteSigner {
  const key = createPrivateKey(pem)
  const verifierKey = verifierKeyOf(name, pem)
  const id = Buffer.from(keyIdIn(verifierKey), 'hex')
  const line = (text: string): string => {
    if (!text.endsWith('\n')) throw new NoteError('the text of a note ends in a newline')
    return `\u2014 ${name} ${Buffer.concat([id, sign(null, Buffer.from(text), key)]).toString('base64')}\n`
  }
  return { name, verifierKey, line, sign: (text) => `${text}\n${line(text)}` }
}

/** The id in a verifier key: 8 lower-case hex digits. */
export const keyIdIn = (verifierKey: string): string => verifierKey.split('+')[1] ?? ''

/** The verifier key of a log's key, from its PKCS #8 PEM or from the PEM of its public half.
 *  @throws NoteError */
export function verifierKeyOf(name: string, pem: string): string {
  checkName(name)
  const key = createPublicKey(pem)
  if (key.asymmetricKeyType !== 'ed25519') throw new NoteError(`a log's key: expected Ed25519, found ${key.asymmetricKeyType}`)
  const typedKey = Buffer.concat([Buffer.of(ed25519), key.export({ type: 'spki', format: 'der' }).subarray(spki.length)])
  return `${name}+${keyIdOf(name, typedKey).toString(16).padStart(8, '0')}+${typedKey.toString('base64')}`
}

/** Ids of the keys that signed a note, in the order of its lines, as they say themselves.
 *  @returns 8 lower-case hex digits each */
export function signersOf(note: string): readonly string[] {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2, -1).split('\n')
  return lines.map((line) => Buffer.from(line.split(' ')[2] ?? '', 'base64').toString('hex', 0, 4))
}

/** A verifier from a published verifier key.
 *  @throws NoteError when it is mangled in any place, or of an algorithm other than Ed25519 */
export function noteVerifier(verifierKey: string): NoteVerifier {
  const [name = '', id = '', encoded = '', ...rest] = verifierKey.split('+')
  // Standard base64 holds plus signs itself: only the first two separate.
  const base64 = [encoded, ...rest].join('+')
  checkName(name)
  const typedKey = Buffer.from(base64, 'base64')
  if (!/^[0-9a-f]{8}$/.test(id) || typedKey.toString('base64') !== base64) throw new NoteError('a verifier key: expected name+hash+key')
  if (typedKey.length !== 33 || typedKey[0] !== ed25519) throw new NoteError('a verifier key: expected an Ed25519 key')
  const keyId = keyIdOf(name, typedKey)
  if (keyId !== Number.parseInt(id, 16)) throw new NoteError('a verifier key: its hash is not that of its name and key')
  const publicKey = createPublicKey({ key: Buffer.concat([spki, typedKey.subarray(1)]), format: 'der', type: 'spki' })
  return { name, keyId, publicKey }
}

/** The text of a note that one of the verifiers signed.
 *  A signature by a known name and key id that fails refuses the whole note; unknown ones are ignored; none known refuses. SPEC C2SP signed-note.
 *  @throws NoteError */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): string {
  if (!note.isWellFormed() || /[\u0000-\u0009\u000b-\u001f]/.test(note))
    throw new NoteError('a note: expected text without control characters')
  const split = note.lastIndexOf('\n\n')
  if (split < 0 || !note.endsWith('\n')) throw new NoteError('a note: expected text, an empty line, signature lines')
  const text = note.slice(0, split + 1)
  const lines = note.slice(split + 2, -1).split('\n')
  if (lines.length > 100) throw new NoteError('a note: more than 100 signatures')
  let known = 0
  for (const line of lines) {
    const [dash, name = '', base64 = '', ...rest] = line.split(' ')
    const bytes = Buffer.from(base64, 'base64')
    if (dash !== '\u2014' || rest.length > 0 || bytes.length < 5 || bytes.toString('base64') !== base64)
      throw new NoteError('a note: a malformed signature line')
    checkName(name)
    const verifier = verifiers.find((each) => each.name === name && each.keyId === bytes.readUInt32BE(0))
    if (verifier === undefined) continue
    if (!verify(null, Buffer.from(text), verifier.publicKey, bytes.subarray(4)))
      throw new NoteError(`a note: the signature by ${name} does not verify`)
    known += 1
  }
  if (known === 0) throw new NoteError('a note: no signature by a known key')
  return text
}
