// proof.test.ts: the agency's receipts: the tlog-proof that it fetches, the header that it got, and what is forged in either.
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { parseDictionary } from 'structured-headers'
import t from 'tap'
import type { Hash } from '../../src/canonical.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import { receiptHeader } from '../../src/querylog/receipt.ts'
import { readVerifierKey } from '../../src/verifier/note.ts'
import { openProof, readProof } from '../../src/verifier/proof.ts'
import { openReceipt, readReceipt } from '../../src/verifier/receipt.ts'
import { leafByDefinition, pathByDefinition, rootByDefinition } from '../rfc6962.ts'

const log = 'city.example/log/1'
const pem = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
const signer = noteSigner(log, pem)
const trusted = [readVerifierKey(signer.verifierKey)]
const entries = Array.from({ length: 13 }, (_, index) => `{"entry":${index}}`)
const leaves = entries.map(leafByDefinition)
const root = rootByDefinition(leaves)
const note = signer.sign(checkpointText(log, { size: leaves.length, root: root as Hash })) // 32 bytes
const base64 = (bytes: Uint8Array | string): string => Buffer.from(bytes).toString('base64')

const proofOf = (index: number, entry = entries[index] ?? ''): string =>
  ['c2sp.org/tlog-proof@v1', `extra ${base64(entry)}`, `index ${index}`, ...pathByDefinition(index, leaves).map(base64), '', note].join(
    '\n',
  )

t.test('C2SP tlog-proof: the entry of every index is shown to stand in the signed tree', async (t) => {
  for (const [index, entry] of entries.entries()) {
    const proven = openProof(proofOf(index), log, trusted)
    t.equal(proven.entry.toString(), entry)
    t.equal(proven.index, index)
    t.same(proven.checkpoint, { origin: log, size: 13, root })
    t.throws(() => openProof(proofOf(index, `${entry} `), log, trusted), /does not stand at index/)
    t.throws(() => openProof(proofOf(index).replace(`index ${index}`, `index ${(index + 1) % 13}`), log, trusted), {
      code: 'proof-invalid',
    })
  }
})

t.test('C2SP tlog-proof: a proof that is changed in any place shows nothing', async (t) => {
  const proof = proofOf(5)
  for (let at = 0; at < proof.length; at += 1) {
    const mangled = `${proof.slice(0, at)}${proof[at] === 'x' ? 'y' : 'x'}${proof.slice(at + 1)}`
    t.throws(() => openProof(mangled, log, trusted), { name: 'Invalid' }, `character ${at}`)
    t.throws(() => openProof(proof.slice(0, at), log, trusted), { name: 'Invalid' })
  }
  t.throws(() => openProof(proof, 'city.example/log/2', trusted), { code: 'note-invalid' })
  t.throws(() => openProof(proof, log, []), { code: 'note-invalid' })
})

t.test('C2SP tlog-proof: parts of the format, and what is malformed in them', async (t) => {
  const header = 'c2sp.org/tlog-proof@v1\n'
  t.same(readProof(`${header}index 0\n\ncheckpoint\n`), { extra: undefined, index: 0, path: [], checkpoint: 'checkpoint\n' })
  t.same(readProof(`${header}extra ${base64('more')}\nindex 10\n${base64(root)}\n\na\n\nb\n`), {
    extra: Buffer.from('more'),
    index: 10,
    path: [root],
    checkpoint: 'a\n\nb\n',
  })
  for (const bad of [
    'wrong-header\nindex 0\n\ncheckpoint\n',
    `${header}extra !!notbase64!!\nindex 0\n\ncheckpoint\n`,
    `${header}\n\ncheckpoint\n`,
    `${header}index notanumber\n\ncheckpoint\n`,
    `${header}index -5\n\ncheckpoint\n`,
    `${header}index 05\n\ncheckpoint\n`,
    `${header}index 0\nextra ${base64('late')}\n\ncheckpoint\n`,
    `${header}index 0\n!!notbase64!!\n\ncheckpoint\n`,
    `${header}index 0\n${base64(Buffer.alloc(64))}\n\ncheckpoint\n`,
    `${header}index 0\n${`${base64(root)}\n`.repeat(54)}\ncheckpoint\n`,
    `${header}index 0\n${'a'.repeat(65 * 1024)}\n`,
    '',
  ])
    t.throws(() => readProof(bad), { code: 'proof-invalid' }, JSON.stringify(bad.slice(0, 80)))
  t.throws(() => openProof(`${header}index 0\n\n${note}`, log, trusted), /its entry is missing/)
})

const recorded = { index: 5, leaf: leaves[5] as Hash, checkpoint: base64(note) } // of thirteen
const salt = Buffer.alloc(32, 9)
const header = receiptHeader('1', recorded, salt)

t.test('Linkage-Receipt: the header that the gateway writes is read, and its checkpoint verified', async (t) => {
  const { receipt, checkpoint } = openReceipt(header, log, trusted)
  t.same(receipt, { slot: '1', index: 5, leaf: leaves[5], salt, checkpoint: note })
  t.same(checkpoint, { origin: log, size: 13, root })
  t.equal(readReceipt(receiptHeader('cli', recorded, salt)).slot, 'cli')
  t.throws(() => openReceipt(receiptHeader('2', recorded, salt), log, trusted), { code: 'receipt-invalid' }, 'of another slot')
  t.throws(() => openReceipt(receiptHeader('1', { ...recorded, index: 13 }, salt), log, trusted), /beyond its checkpoint/)
  t.throws(() => openReceipt(header, log, []), { code: 'note-invalid' })
})

t.test('RFC 9651: order, spaces, parameters and members of a later version do not matter', async (t) => {
  const parts = header.split(', ')
  const same = readReceipt(header)
  t.same(readReceipt(` ${[...parts].reverse().join('\t,  ')} `), same)
  t.same(readReceipt(`later="a \\"b\\\\", also=?0, ratio=-1.5, flag;p;q=2, token=a/b:c, ${header};x=:AA==:`), same)
  t.same(readReceipt(`slot=7, index=1, ${header}`), same, 'a later member of one name takes the place of an earlier one')
})

t.test('RFC 9651: what is no such dictionary is refused', async (t) => {
  const without = (name: string) =>
    header
      .split(', ')
      .filter((each) => !each.startsWith(name))
      .join(', ')
  for (const bad of [
    '',
    ...['slot', 'index', 'leaf', 'salt', 'checkpoint'].map(without),
    `${header},`,
    `,${header}`,
    header.replaceAll(', ', ' '),
    header.replace('index=5', 'index="5"'),
    header.replace('index=5', 'index=-5'),
    header.replace('index=5', 'index=5.0'),
    header.replace('index=5', 'index=1234567890123456'),
    header.replace('slot=1', 'slot=65'),
    header.replace('slot=1', 'slot=?1'),
    header.replace('leaf=:', 'leaf=:A'),
    header.replace(/leaf=:[^:]*:/, 'leaf=:AAAA:'),
    header.replace('index', 'Index'),
    header.replace('index=5', 'index=(5 6)'),
    `${header}\n`,
  ])
    t.throws(() => readReceipt(bad), { code: 'receipt-invalid' }, bad.slice(0, 60))
})

t.test('RFC 9651: nothing is read that a parser of its own would refuse', async () => {
  const piece = fc.constantFrom(
    'slot',
    'index',
    '=',
    '5',
    '1',
    ', ',
    ',',
    ' ',
    '\t',
    ';',
    'a',
    ':',
    '"',
    '\\',
    '?1',
    '.',
    '-',
    ...header.split(', '),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const text = `${pieces.join('')}, ${header}`
      try {
        readReceipt(text)
      } catch {
        return
      }
      parseDictionary(text)
    }),
    { numRuns: 3000 },
  )
})
