// checkpoint.ts: signed checkpoints and verifier keys as an archive holds them, verified by whatever cryptography there is.
import { ifValid } from '../invalid.ts'
import { bytesOf } from '../octets.ts'
import { type CheckpointText, type Note, type PublishedKey, readCheckpointText, readNote, readPublishedKey } from '../signed-note.ts'
import type { Cryptography } from './place.ts'

export type VerifierKey = PublishedKey

/** A verifier key as published; undefined where any part of it contradicts another, or it is not Ed25519. */
export const readVerifierKey = (text: string, { sha256 }: Pick<Cryptography, 'sha256'>): VerifierKey | undefined =>
  ifValid(() => readPublishedKey(text, sha256))

export interface Checkpoint extends CheckpointText, Note {}

/** A checkpoint, whoever signed it; undefined where it is malformed. */
export const readCheckpoint = (note: string): Checkpoint | undefined =>
  ifValid(() => {
    const read = readNote(note)
    return { ...readCheckpointText(read.text), ...read }
  })

/** Whether a key signed a checkpoint: at least once, and never wrongly. SPEC C2SP signed-note, "Signatures". */
export async function isSignedBy({ signatures, text }: Checkpoint, key: VerifierKey, crypto: Cryptography): Promise<boolean> {
  const own = signatures.filter(({ id, name }) => name === key.name && id === key.id)
  const bytes = bytesOf(text)
  for (const each of own) if (!(await crypto.verifyEd25519(key.key, bytes, each.bytes))) return false
  return own.length > 0
}
