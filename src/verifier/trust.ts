// trust.ts: which keys an auditor trusts, as a file says it (C2SP tlog-policy): its `log` lines.
import { Invalid } from './invalid.ts'
import { readVerifierKey, type VerifierKey } from './note.ts'

/** Lines of tlog-policy that speak of witnesses: these logs are checked by their own keys and by what was kept of them. */
const ofWitnesses = new Set(['witness', 'group', 'quorum'])

/** The keys of the logs that a policy trusts. A log whose key changed has a line for each.
 *  @throws Invalid note-invalid that names the line */
export function readTrustPolicy(text: string): readonly VerifierKey[] {
  const keys: VerifierKey[] = []
  for (const [at, line] of text.split('\n').entries()) {
    const [word = '', key = ''] = line.trim().split(/[ \t]+/)
    if (word === '' || word.startsWith('#') || ofWitnesses.has(word)) continue
    if (word !== 'log') throw new Invalid('note-invalid', `a trust policy: line ${at + 1}: expected log, witness, group or quorum`)
    try {
      keys.push(readVerifierKey(key))
    } catch (error) {
      throw error instanceof Invalid ? new Invalid('note-invalid', `a trust policy: line ${at + 1}: ${error.message}`) : error
    }
  }
  return keys
}
