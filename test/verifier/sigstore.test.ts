// sigstore.test.ts: proofs and checkpoints as the writer gives them, before a verifier that others wrote: it takes what ours takes, and nothing else.
import { generateKeyPairSync } from 'node:crypto'
import { type SignedEntity, VerificationError, Verifier } from '@sigstore/verify'
import t from 'tap'
import type { Hash } from '../../src/canonical.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import { hashesOf, inclusionSpans, proofText } from '../../src/querylog/proof.ts'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { Invalid } from '../../src/verifier/invalid.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { openProof } from '../../src/verifier/proof.ts'
import { forgedInclusions, type Inclusion } from '../forged-proofs.ts'
import { sha256 } from '../rfc6962.ts'

const log = 'city.example/log/1'
const { privateKey, publicKey } = generateKeyPairSync('ed25519')
const signer = noteSigner(log, privateKey.export({ type: 'pkcs8', format: 'pem' }).toString())
const trusted = [readVerifierKey(signer.verifierKey)]

/** SPEC C2SP signed-note, "Signatures". */
const logID = sha256(`${log}\n`, Buffer.of(1), Buffer.from(publicKey.export({ format: 'jwk' }).x ?? '', 'base64url')).subarray(0, 4)
const always = { start: new Date(0), end: new Date(8.64e15) }
const sigstore = new Verifier(
  {
    certificateAuthorities: [],
    timestampAuthorities: [],
    ctlogs: [],
    tlogs: [{ baseURL: `https://${log}`, logID, publicKey, validFor: always }],
    publicKey: () => ({ publicKey, validFor: () => true }),
  },
  { ctlogThreshold: 0, timestampThreshold: 0, tlogThreshold: 1 },
)

/** Entries of a kind that theirs knows: what it refuses is never the entry. */
const entries = Array.from({ length: 130 }, (_, number) =>
  JSON.stringify({ apiVersion: '0.0.1', kind: 'hashedrekord', number, spec: { data: {}, signature: {} } }),
)
const leaves = entries.map(leafHash)

/** A signed note of a head, whatever it states. */
const noteOf = (size: number, root: Buffer): string => signer.sign(checkpointText(log, { size, root: root as Hash })) // 32 bytes

const yes = (): boolean => true
/** What theirs asks of a signature over the entry is answered with yes: the log alone is asked about. */
const signature = { signature: Buffer.of(), compareDigest: yes, compareSignature: yes, compareSignedDigest: yes, verifySignature: yes }

/** Whether theirs takes an entry for one of the log. */
function isTakenByTheirs(entry: string, index: number, path: readonly Buffer[], note: string): boolean {
  const entity: SignedEntity = {
    key: { $case: 'public-key', hint: '' },
    signature,
    timestamps: [],
    tlogEntries: [
      {
        canonicalizedBody: Buffer.from(entry),
        // Size and root it takes from the checkpoint.
        inclusionProof: { checkpoint: { envelope: note }, hashes: [...path], logIndex: `${index}`, rootHash: Buffer.of(), treeSize: '' },
        inclusionPromise: undefined,
        integratedTime: '0',
        kindVersion: { kind: 'hashedrekord', version: '0.0.1' },
        logId: { keyId: logID },
        logIndex: '',
      },
    ],
  }
  try {
    sigstore.verify(entity)
    return true
  } catch (error) {
    if (error instanceof VerificationError && error.code === 'TLOG_INCLUSION_PROOF_ERROR') return false
    throw error
  }
}

/** Whether ours does, as the text that an agency fetches. */
function isTakenByOurs(entry: string, index: number, path: readonly Buffer[], note: string): boolean {
  try {
    openProof(proofText(entry, index, path as Hash[], note), log, trusted) // of any length, where they are forged
    return true
  } catch (error) {
    if (error instanceof Invalid) return false
    throw error
  }
}

/** What both say. */
function areAgreed(entry: string, { index, path, root, size }: Omit<Inclusion, 'leaf'>, note = noteOf(size, root)): boolean | 'not agreed' {
  const theirs = isTakenByTheirs(entry, index, path, note)
  return theirs === isTakenByOurs(entry, index, path, note) ? theirs : 'not agreed'
}

/** As the writer makes it, from the one tile that such a tree has. */
function inclusionOf(index: number, size: number): Inclusion {
  const of = leaves.slice(0, size)
  const path = hashesOf(inclusionSpans(index, size), [{ name: { level: 0, index: 0, width: size }, hashes: of }])
  return { leaf: leaves[index] ?? leafHash(''), index, size, path, root: new Tree().extended(of).root }
}

t.test('RFC 6962: Sigstore takes the proofs of every tree up to 130 leaves, and what was made of them neither does', async (t) => {
  let forgeries = 0
  for (let size = 1; size <= leaves.length; size += 1) {
    for (const index of new Set([0, Math.floor(size / 2), size - 1])) {
      const inclusion = inclusionOf(index, size)
      const [entry = '', other = ''] = [entries[index], entries[(index + 1) % entries.length]]
      if (areAgreed(entry, inclusion) !== true) t.fail(`index ${index} of ${size}`)
      if (areAgreed(other, inclusion) !== false) t.fail(`index ${index} of ${size}: another entry`)
      // Neither is given the hash of a leaf, but the entry.
      const forged = forgedInclusions(inclusion).filter(([, { leaf }]) => leaf === inclusion.leaf)
      forgeries += forged.length
      for (const [name, each] of forged) if (areAgreed(entry, each) !== false) t.fail(`index ${index} of ${size}: ${name}`)
    }
  }
  t.ok(forgeries > 5000)
})

t.test('RFC 6962: of a path under every other index and size both say the same', async (t) => {
  for (const [index, size] of [
    [0, 1],
    [0, 3],
    [2, 5],
    [6, 7],
    [5, 11],
    [12, 13],
  ] as const) {
    const inclusion = inclusionOf(index, size)
    for (let other = 1; other <= 2 * size + 1; other += 1) {
      for (let at = 0; at <= other; at += 1) {
        const agreed = areAgreed(entries[index] ?? '', { ...inclusion, index: at, size: other })
        if (agreed === 'not agreed') t.fail(`${index} of ${size} as ${at} of ${other}`)
      }
    }
  }
  t.equal(areAgreed(entries[0] ?? '', { ...inclusionOf(0, 3), size: 4 }), true, 'only the signature says how large a tree is')
})

t.test('C2SP tlog-checkpoint: Sigstore takes ours, and neither takes one that was changed in any place', async (t) => {
  const [inclusion, entry = ''] = [inclusionOf(3, 7), entries[3]]
  const note = noteOf(inclusion.size, inclusion.root)
  const [text, base64] = [note.slice(0, note.indexOf('\n\n') + 1), note.slice(note.lastIndexOf(' ') + 1, -1)]
  t.equal(areAgreed(entry, inclusion, note), true)
  for (let at = 0; at < text.length; at += 1) {
    const changed = `${text.slice(0, at)}${text[at] === 'x' ? 'y' : 'x'}${note.slice(at + 1)}`
    t.equal(areAgreed(entry, inclusion, changed), false, JSON.stringify(changed.slice(0, text.length)))
  }
  const signed = Buffer.from(base64, 'base64')
  t.equal(signed.length, 4 + 64)
  for (const [at] of signed.entries()) {
    const changed = Buffer.from(signed.map((byte, place) => (place === at ? byte ^ 1 : byte))).toString('base64')
    t.equal(areAgreed(entry, inclusion, note.replace(base64, changed)), false, `byte ${at} of key id and signature`)
  }
})
