// note.ts: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), from the verifier's side: Ed25519.
import { createHash, createPublicKey, type KeyObject, verify } from 'node:crypto'
import { fromBase64 } from './base64.ts'
import { readDecimal } from './decimal.ts'
import { Invalid } from './invalid.ts'
import type { Head } from './tree.ts'

/** Type byte of Ed25519 signatures over the text. SPEC C2SP signed-note, "Signature types". */
const ed25519 = 0x01
/** A note holds at least 16 signatures; beyond this bound nobody reads on. */
const mostSignatures = 100

/** A published key by which a log signs. */
export interface VerifierKey {
  /** As it was published: `<name>+<key id>+<base64 of type and key>`. */
  readonly text: string
  readonly name: string
  /** 8 lower-case hex digits. */
  readonly id: string
  readonly key: KeyObject
  /** Of a compromised key: how many entries it is believed to have signed as its log's writer. Absent: it is believed whatever it signed. */
  readonly believedTo?: number
}

/** Whether a key's word counts for a tree of this size. */
export const isBelieved = ({ believedTo = Number.POSITIVE_INFINITY }: VerifierKey, size: number): boolean => size <= believedTo

const isKeyName = (text: string): boolean => text !== '' && !/[\p{White_Space}+]/u.test(text)

/** A verifier key as published.
 *  @throws Invalid note-invalid where any part of it contradicts another, or the algorithm is not Ed25519 */
export function readVerifierKey(text: string): VerifierKey {
  const [, name = '', id = '', base64 = ''] = /^([^+]+)\+([0-9a-f]{8})\+(.+)$/s.exec(text) ?? []
  const typed = fromBase64(base64)
  if (!isKeyName(name) || typed === undefined) throw new Invalid('note-invalid', 'a verifier key: expected name+id+key')
  if (typed.length !== 33 || typed[0] !== ed25519) throw new Invalid('note-invalid', 'a verifier key: expected Ed25519')
  const digest = createHash('sha256').update(name).update('\n').update(typed).digest('hex')
  if (!digest.startsWith(id)) throw new Invalid('note-invalid', `a verifier key: its id is ${digest.slice(0, 8)}, it says ${id}`)
  const jwk = { kty: 'OKP', crv: 'Ed25519', x: typed.subarray(1).toString('base64url') }
  return { text, name, id, key: createPublicKey({ key: jwk, format: 'jwk' }) }
}

interface Signature {
  readonly name: string
  readonly id: string
  readonly bytes: Buffer
}

interface Note {
  /** With its last newline: what is signed. */
  readonly text: string
  readonly signatures: readonly Signature[]
}

function readSignature(line: string): Signature {
  const [, name = '', base64 = ''] = /^\u2014 ([^ ]+) ([^ ]+)$/.exec(line) ?? []
  const bytes = fromBase64(base64)
  if (!isKeyName(name) || bytes === undefined || bytes.length < 5)
    throw new Invalid('note-invalid', 'a note: a signature line is malformed')
  return { name, id: bytes.toString('hex', 0, 4), bytes: bytes.subarray(4) }
}

/** The last empty line parts the text from the signatures. */
function readNote(note: string): Note {
  if (!note.isWellFormed() || /[\0-\x09\x0b-\x1f]/.test(note)) throw new Invalid('note-invalid', 'a note: it holds what no note may hold')
  const end = note.lastIndexOf('\n\n')
  if (end < 0 || !note.endsWith('\n')) throw new Invalid('note-invalid', 'a note: expected a text, an empty line, signatures')
  const lines = note.slice(end + 2).split('\n')
  lines.pop() // behind the last newline
  if (lines.length > mostSignatures) throw new Invalid('note-invalid', `a note: ${lines.length} signatures, at most ${mostSignatures}`)
  return { text: note.slice(0, end + 1), signatures: lines.map(readSignature) }
}

/** The text of a note, once a trusted key is shown to have signed it.
 *  Signatures of unknown keys are ignored; one of a trusted key that fails refuses the note. SPEC C2SP signed-note, "Signatures".
 *  @throws Invalid note-invalid */
export function openNote(note: string, trusted: readonly VerifierKey[]): string {
  const { text, signatures } = readNote(note)
  const bytes = Buffer.from(text)
  let signers = 0
  for (const { name, id, bytes: signature } of signatures) {
    const key = trusted.find((each) => each.name === name && each.id === id)
    if (key === undefined) continue
    if (!verify(null, bytes, key.key, signature)) throw new Invalid('note-invalid', `a note: the signature of ${name} does not verify`)
    signers += 1
  }
  if (signers === 0) throw new Invalid('note-invalid', 'a note: no trusted key signed it')
  return text
}

export interface Checkpoint extends Head {
  /** The log's name. */
  readonly origin: string
}

/** Origin, size, root. Extension lines, which these logs never write and nobody could check, are refused. SPEC C2SP tlog-checkpoint.
 *  @throws Invalid note-invalid */
export function readCheckpoint(text: string): Checkpoint {
  const [origin = '', decimal = '', base64 = '', end, ...more] = text.split('\n')
  const size = readDecimal(decimal)
  const root = fromBase64(base64)
  if (origin === '' || size === undefined || root?.length !== 32 || end !== '' || more.length > 0)
    throw new Invalid('note-invalid', 'a checkpoint: expected origin, size and root')
  return { origin, size, root }
}

/** The checkpoint that a trusted key signed for a log.
 *  @param log its origin
 *  @throws Invalid note-invalid; key-compromised where only keys signed it that are not believed at its size */
export function openCheckpoint(note: string, log: string, trusted: readonly VerifierKey[]): Checkpoint {
  const checkpoint = readCheckpoint(openNote(note, trusted))
  const { origin, size } = checkpoint
  if (origin !== log) throw new Invalid('note-invalid', `a checkpoint: of ${origin}, expected ${log}`)
  const believed = trusted.filter((each) => isBelieved(each, size))
  if (believed.length < trusted.length) refuseCompromised(note, size, believed, trusted)
  return checkpoint
}

/** @param note whose signatures by trusted keys hold */
function refuseCompromised(note: string, size: number, believed: readonly VerifierKey[], trusted: readonly VerifierKey[]): void {
  const signed = ({ name, id }: VerifierKey): boolean => readNote(note).signatures.some((each) => each.name === name && each.id === id)
  if (believed.some(signed)) return
  const signers = trusted.filter(signed).map(({ id, believedTo }) => `${id}, believed to ${believedTo}`)
  throw new Invalid('key-compromised', `a checkpoint: of size ${size}, signed by none but compromised keys (${signers.join('; ')})`)
}
