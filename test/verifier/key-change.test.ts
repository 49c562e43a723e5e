// key-change.test.ts: a key that a log brings in itself is believed once the key before it is shown to have signed that it comes.
import t from 'tap'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import type { NoteSigner } from '../../src/querylog/note.ts'
import { Tree } from '../../src/querylog/tree.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { inShort, verifyWritten } from './verifying.ts'
import { at, edited, log, newSigner, rewritten, type Written, writeLog } from './written-log.ts'

const { written, signer } = await writeLog()
const next = newSigner()
const trusted = [readVerifierKey(signer.verifierKey)]

/** The log with a change to the next key where December begins, and of its checkpoints those that somebody signs. */
function changing(by: (size: number) => readonly NoteSigner[]): Written {
  const entries = written.entries.with(
    at.december,
    edited(written.entries[at.december], (it) => (it.key_change = { from: signer.verifierKey, to: next.verifierKey })),
  )
  const { leaves, checkpoints } = rewritten(written, entries, signer)
  const signed = checkpoints.flatMap(({ size }) => {
    const text = checkpointText(log, new Tree().extended(leaves.slice(0, size)))
    const signatures = by(size).map((each) => each.sign(text).slice(text.length + 1))
    return signatures.length === 0 ? [] : [{ size, note: `${text}\n${signatures.join('')}` }]
  })
  return { entries, leaves, checkpoints: signed }
}

const verify = async (by: (size: number) => readonly NoteSigner[], keys = trusted) => verifyWritten(changing(by), { trusted: keys })

t.test('one checkpoint that holds the change and that the key before it signed is enough', async (t) => {
  const { findings, summary } = await verify((size) =>
    size <= at.december ? [signer] : size === 16 ? [signer, next] : size > at.february ? [next] : [],
  )
  t.same(inShort(findings), [])
  t.equal(summary.signedTo, at.size)
})

t.test('whoever has the database alone brings in no key of their own: the key before it never signed the change', async (t) => {
  // What was signed is cut off behind November; the months behind it are another's, who waits for the turn at which their key signs alone.
  const own = (size: number) => (size <= at.december ? [signer] : size > at.february ? [next] : [])
  const { findings, summary } = await verify(own)
  t.same(inShort(findings), [`${at.february} key-change`, `${at.size} checkpoint-invalid`])
  t.equal(findings[0]?.found, `a change to ${next.verifierKey} at entry ${at.december}, under no valid checkpoint of the key before it`)
  t.equal(summary.signedTo, at.december)
  const given = await verify(own, [...trusted, readVerifierKey(next.verifierKey)])
  t.same(inShort(given.findings), [], 'given as trusted, it needs nobody’s word')
})

t.test('a signature of another tree vouches for nothing', async (t) => {
  const others = new Map(written.checkpoints.map(({ note, size }) => [size, note]))
  const forged = changing((size) => (size <= at.december ? [signer] : size > at.february ? [next] : []))
  const kept = { size: 16, note: others.get(16) ?? '' }
  const checkpoints = [...forged.checkpoints, kept].sort((one, other) => one.size - other.size)
  const { findings } = await verifyWritten({ ...forged, checkpoints }, { trusted })
  t.ok(inShort(findings).includes(`${at.february} key-change`), 'the old log was signed there, not this one')
})
