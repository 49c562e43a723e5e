// checkpoint.ts: a tree head as C2SP tlog-checkpoint, the text that a log signs.
import type { Hash } from '../canonical.ts'
import { NoteError, type NoteVerifier, openNote } from './note.ts'
import type { Head } from './ports.ts'

/** Origin, size, root; no extension lines, no time (time comes from who else signs). SPEC C2SP tlog-checkpoint. */
export function checkpointText(origin: string, head: Head): string {
  return `${origin}\n${head.size}\n${head.root.toString('base64')}\n`
}

/** The head that a signed checkpoint states.
 *  @throws NoteError when the note, its origin or its lines are not what they must be */
export function openCheckpoint(note: string, verifier: NoteVerifier): Head {
  return readText(openNote(note, [verifier]), verifier.name)
}

/** The head that a checkpoint of a log states, whoever signed it: of another writer's log, whose keys are known from its entries only.
 *  @throws NoteError */
export function statedHead(note: string, log: string): Head {
  return readText(note.slice(0, note.lastIndexOf('\n\n') + 1), log)
}

function readText(text: string, log: string): Head {
  const [origin, size = '', root = '', end, ...more] = text.split('\n')
  if (origin !== log) throw new NoteError(`a checkpoint: expected the origin ${log}`)
  const hash = Buffer.from(root, 'base64')
  if (!/^(0|[1-9]\d{0,15})$/.test(size) || hash.length !== 32 || hash.toString('base64') !== root || end !== '' || more.length > 0) {
    throw new NoteError('a checkpoint: expected origin, size and root, nothing else')
  }
  return { size: Number(size), root: hash as Hash } // 32 bytes by the check above
}
