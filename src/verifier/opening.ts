// opening.ts: the first entry of a log says which log it is, and by which key it is signed.
import type { Content } from './entry.ts'
import type { Fault } from './finding.ts'
import { Invalid } from './invalid.ts'
import { readVerifierKey, type VerifierKey } from './note.ts'

/** Holds an opening against the log that was asked for.
 *  @returns the key that it names; undefined where it is none of this log */
export function keyOfOpening(
  opening: Extract<Content, { kind: 'opening' }>,
  log: string,
  slot: string,
  tell: (fault: Fault) => void,
): VerifierKey | undefined {
  if (opening.log !== log || opening.slot !== slot || opening.zone !== 'Asia/Taipei') {
    const found = `${opening.log}, slot ${opening.slot}, ${opening.zone}`
    tell({ code: 'opening-mismatch', found, expected: `${log}, slot ${slot}, Asia/Taipei` })
  }
  try {
    const key = readVerifierKey(opening.verifierKey)
    if (key.name === log) return key
    throw new Invalid('note-invalid', `a verifier key: of ${key.name}`)
  } catch (error) {
    if (!(error instanceof Invalid)) throw error
    tell({ code: 'opening-mismatch', found: error.message, expected: `a verifier key of ${log}` })
    return undefined
  }
}
