// compromised-key.test.ts: a key that somebody else may have had is believed as far as the trust policy says, and no further.
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import t, { type Test } from 'tap'
import { checkpointText } from '../../../src/querylog/checkpoint.ts'
import type { NoteSigner } from '../../../src/querylog/note.ts'
import { receiptHeader } from '../../../src/querylog/receipt.ts'
import { leafHash, Tree } from '../../../src/querylog/tree.ts'
import { Invalid } from '../../../src/verifier/invalid.ts'
import { readTrustPolicy } from '../../../src/verifier/trust.ts'
import { temporaryFolder } from '../../store/server.ts'
import { writeFolder } from '../../verifier/written-folder.ts'
import { at, edited, log, newSigner, rewritten, slot, type Written, writeLog } from '../../verifier/written-log.ts'
import { verifyJson } from './verifying.ts'

const { written, signer } = await writeLog()
const [stolen, next] = [signer.verifierKey, newSigner()]

function fileOf(t: Test, text: string): string {
  const file = join(temporaryFolder(t), 'file')
  writeFileSync(file, text)
  return file
}

function folderOf(t: Test, of: Written): string {
  const folder = temporaryFolder(t)
  writeFolder(folder, slot, of)
  return folder
}

/** What is found, but that this log speaks of one that is not there. */
async function found(...args: readonly string[]): Promise<{ readonly inShort: readonly string[]; readonly signedTo: number }> {
  const { inShort, logs } = await verifyJson(...args)
  return { inShort: inShort.filter((each) => !each.endsWith('log-missing')), signedTo: logs[0]?.signed_to }
}

const beyond = (size: number): string[] =>
  written.checkpoints
    .map((each) => each.size)
    .filter((each) => each > size)
    .map((each) => `1 ${each} key-compromised`)

t.test('what it signed beyond the last size believed is a finding each, and counts as signed by nobody', async (t) => {
  const folder = folderOf(t, written)
  const of = (size: number) => found(folder, '--trust', fileOf(t, `log ${stolen}\ncompromised ${stolen} ${size}\n`))
  t.same(await of(at.size), { inShort: [], signedTo: at.size })
  t.same(await of(8), { inShort: beyond(8), signedTo: 8 })
  t.same(await of(0), { inShort: beyond(0), signedTo: 0 })
  t.same(
    await found(folder, '--trust', fileOf(t, `compromised ${stolen} 8\n`)),
    { inShort: beyond(8), signedTo: 8 },
    'without its log line',
  )
  const also = await found(folder, '--key', stolen, '--trust', fileOf(t, `compromised ${stolen} 8\n`))
  t.same(also, { inShort: beyond(8), signedTo: 8 }, 'given as trusted besides, it is not trusted for that')
  const { findings } = await verifyJson(folder, '--trust', fileOf(t, `compromised ${stolen} 8\n`))
  t.match(findings.find(({ code }) => code === 'key-compromised')?.found, /of size 9, .*believed to 8/)
})

t.test('receipts and checkpoints that were kept are believed as far, and no further', async (t) => {
  const noteAt = (size: number, by = signer) =>
    by.sign(checkpointText(log, { size, root: new Tree().extended(written.leaves.slice(0, size)).root }))
  const receiptAt = (index: number, size: number) =>
    receiptHeader(
      '1',
      { index, leaf: leafHash(written.entries[index] ?? ''), checkpoint: Buffer.from(noteAt(size)).toString('base64') },
      Buffer.alloc(32),
    )
  const policy = fileOf(t, `compromised ${stolen} 8\n`)
  const folder = folderOf(t, written)
  for (const [kept, expected] of [
    [noteAt(8), []],
    [noteAt(9), ['1 0 key-compromised']],
    [receiptAt(3, 8), []],
    [receiptAt(3, 9), ['1 0 key-compromised']],
    [noteAt(9, newSigner()), ['1 0 known-invalid']],
  ] as const) {
    const { inShort } = await found(folder, '--trust', policy, '--known', fileOf(t, kept))
    t.same(
      inShort.filter((each) => each.startsWith('1 0 ')),
      expected,
    )
  }
})

/** The log with a change of key at its first turn of a month, signed as `by` says. */
function changing(t: Test, by: (size: number) => readonly NoteSigner[]): string {
  const change = { from: stolen, to: next.verifierKey }
  const entries = written.entries.with(
    at.december,
    edited(written.entries[at.december], (it) => (it.key_change = change)),
  )
  const { leaves, checkpoints } = rewritten(written, entries, signer)
  const signed = checkpoints.map(({ size }) => {
    const text = checkpointText(log, new Tree().extended(leaves.slice(0, size)))
    const signatures = by(size).map((each) => each.sign(text).slice(text.length + 1))
    return { size, note: `${text}\n${signatures.join('')}` }
  })
  return folderOf(t, { entries, leaves, checkpoints: signed })
}

t.test('another key’s word still counts, unless the compromised one alone brought it in', async (t) => {
  const due = (size: number) => (size <= at.december ? [signer] : size <= at.february ? [signer, next] : [next])
  const folder = changing(t, due)
  const whole = { inShort: [] as string[], signedTo: at.size }
  t.same(await found(folder, '--key', stolen), whole)
  const after = (size: number): string => fileOf(t, `log ${stolen}\ncompromised ${stolen} ${size}\n`)
  t.same(
    await found(folder, '--trust', after(at.secondPolicy)),
    whole,
    'a checkpoint holds it that the old key signed while it was believed',
  )
  const unheld = await found(folder, '--trust', after(at.december + 1))
  t.ok(unheld.inShort.includes(`1 ${at.february} key-change`), 'no such checkpoint holds it')
  t.equal(unheld.signedTo, at.december)
  const before = `compromised ${stolen} ${at.december}\n`
  const unlisted = await found(folder, '--trust', fileOf(t, before))
  t.equal(unlisted.inShort[0], `1 ${at.december} key-compromised`, 'whoever had the key may have begun it')
  t.equal(unlisted.signedTo, at.december)
  t.same(
    await found(folder, '--trust', fileOf(t, `${before}log ${next.verifierKey}\n`)),
    whole,
    'the auditor was given the next one by hand',
  )
})

t.test('a policy that cannot be read is refused, with its line', async (t) => {
  for (const [text, message] of [
    [`compromised ${stolen}`, /line 1: behind the compromised key/],
    [`# ours\ncompromised ${stolen} 08`, /line 2: behind the compromised key/],
    [`compromised ${stolen} -1`, /line 1/],
    [`compromised x 5`, /line 1: a verifier key/],
    [`compromise ${stolen} 5`, /line 1: expected log, compromised/],
  ] as const)
    t.throws(() => readTrustPolicy(text), { name: 'Invalid', message }, text)
  t.throws(() => readTrustPolicy('compromised'), Invalid)
  const [key] = readTrustPolicy(`compromised ${stolen} 9\nlog ${stolen}\ncompromised ${stolen} 7\ncompromised ${stolen} 8`)
  t.equal(key?.believedTo, 7, 'of several lines the one that believes least')
})
