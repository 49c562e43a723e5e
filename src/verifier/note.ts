// note.ts: signed notes and checkpoints (C2SP signed-note, tlog-checkpoint), from the verifier's side: Ed25519.
import { createPublicKey, hash, type KeyObject, verify } from 'node:crypto'
import { Invalid } from './invalid.ts'
import { isBelieved, type PublishedKey, readCheckpointText, readNote, readPublishedKey } from './signed-note.ts'
import type { Head } from './tree.ts'

/** A published key by which a log signs. */
export type VerifierKey = PublishedKey<KeyObject>

/** @param key 32 bytes */
export const ed25519Key = (key: Uint8Array): KeyObject =>
  createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x: Buffer.from(key).toString('base64url') }, format: 'jwk' })

/** A verifier key as published.
 *  @throws Invalid note-invalid where any part of it contradicts another, or the algorithm is not Ed25519 */
export function readVerifierKey(text: string): VerifierKey {
  const read = readPublishedKey(text, (bytes) => hash('sha256', bytes, 'buffer'))
  return { ...read, key: ed25519Key(read.key) }
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

/** Origin, size, root.
 *  @throws Invalid note-invalid */
export function readCheckpoint(text: string): Checkpoint {
  const read = readCheckpointText(text)
  return { ...read, root: Buffer.from(read.root) }
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
