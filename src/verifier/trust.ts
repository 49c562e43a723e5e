// trust.ts: which keys an auditor trusts, and how far, as a file says it (C2SP tlog-policy): its `log` lines, and `compromised` ones.
import { readDecimal } from './decimal.ts'
import { Invalid } from './invalid.ts'
import { readVerifierKey, type VerifierKey } from './note.ts'

/** Lines of tlog-policy that speak of witnesses: these logs are checked by their own keys and by what was kept of them. */
const ofWitnesses = new Set(['witness', 'group', 'quorum'])

/** The keys of the logs that a policy trusts. A log whose key changed has a line for each. `compromised <key> <size>`, which is our own,
 *  says of a key, whether a `log` line names it or not, how far it is believed: to the last size that its log is known to have had
 *  when nobody else could sign; 0 where that is not known of any.
 *  @throws Invalid note-invalid that names the line */
export function readTrustPolicy(text: string): readonly VerifierKey[] {
  const keys = new Map<string, VerifierKey>()
  for (const [at, line] of text.split('\n').entries()) {
    const [word = '', key = '', size = ''] = line.trim().split(/[ \t]+/)
    if (word === '' || word.startsWith('#') || ofWitnesses.has(word)) continue
    const wrong = (what: string): Invalid => new Invalid('note-invalid', `a trust policy: line ${at + 1}: ${what}`)
    if (word !== 'log' && word !== 'compromised') throw wrong('expected log, compromised, witness, group or quorum')
    const read = keyOf(key, wrong)
    const earlier = keys.get(read.text)
    if (word === 'log') keys.set(read.text, earlier ?? read)
    else {
      const believedTo = readDecimal(size)
      if (believedTo === undefined) throw wrong('behind the compromised key, expected the last size of its log that is believed, or 0')
      // Of two lines the one that believes less.
      keys.set(read.text, { ...read, believedTo: Math.min(believedTo, earlier?.believedTo ?? believedTo) })
    }
  }
  return [...keys.values()]
}

function keyOf(text: string, wrong: (what: string) => Invalid): VerifierKey {
  try {
    return readVerifierKey(text)
  } catch (error) {
    throw error instanceof Invalid ? wrong(error.message) : error
  }
}
