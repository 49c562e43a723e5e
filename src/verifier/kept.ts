// kept.ts: files in which somebody kept evidence: checkpoints, one or many behind each other, receipts, tlog-proofs.
import { Invalid } from './invalid.ts'
import type { Known } from './known.ts'
import { readCheckpoint } from './note.ts'
import { readProof } from './proof.ts'
import { readReceipt } from './receipt.ts'

export interface Kept {
  /** The log that it is of; undefined where it is none of these, or malformed. */
  readonly log: string | undefined
  readonly known: Known
}

/** What a file holds, by its form.
 *  @param source the file's name */
export function readKept(text: string, source: string): readonly Kept[] {
  if (text.startsWith('c2sp.org/tlog-proof@')) {
    const log = logOf(() => readProof(text).checkpoint)
    return [{ log, known: { kind: 'proof', text, source } }]
  }
  if (text.includes('\n\n\u2014 ')) {
    return notesIn(text).map((note, at) => ({
      log: logOf(() => note),
      known: { kind: 'checkpoint', note, source: `${source}, ${at + 1}` },
    }))
  }
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '')
  return (lines.length === 0 ? [''] : lines).map((line, at) => {
    const header = line.replace(/^linkage-receipt:\s*/i, '')
    return { log: logOf(() => readReceipt(header).checkpoint), known: { kind: 'receipt', header, source: `${source}, line ${at + 1}` } }
  })
}

/** Notes that stand behind each other: each ends with its signature lines. What is left over is none, and told as such. */
function notesIn(text: string): readonly string[] {
  const notes: string[] = []
  let [note, isSigned] = ['', false]
  for (const line of text.split(/(?<=\n)/)) {
    const isSignature = line.startsWith('\u2014 ')
    if (isSigned && !isSignature) {
      notes.push(note)
      note = ''
    }
    note += line
    isSigned = isSignature
  }
  return note.trim() === '' ? notes : [...notes, note]
}

function logOf(noteOf: () => string): string | undefined {
  try {
    const note = noteOf()
    return readCheckpoint(note.slice(0, note.lastIndexOf('\n\n') + 1)).origin
  } catch (error) {
    if (error instanceof Invalid) return undefined
    throw error
  }
}
