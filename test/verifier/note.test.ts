// note.test.ts: signed notes and checkpoints by their published vectors, mangled in every place, and as the writer signs them.
import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { sha256 as writersSha256 } from '../../src/canonical.ts'
import { checkpointText } from '../../src/querylog/checkpoint.ts'
import { noteSigner } from '../../src/querylog/note.ts'
import { readVerifierKey as readArchivedKey } from '../../src/verifier/archive/checkpoint.ts'
import { nodeCryptography } from '../../src/verifier/archive/disk.ts'
import { openCheckpoint, openNote, readCheckpoint, readVerifierKey } from '../../src/verifier/note.ts'
import { keyOfOpening } from '../../src/verifier/opening.ts'
import { sha256 } from '../rfc6962.ts'
import { c2sp, c2spNote, neumann, ofSmallOrder, verifierKeyOver, withLargerS } from '../signed-notes.ts'

const invalid = { name: 'Invalid', code: 'note-invalid' }
const pem = (): string => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

t.test('C2SP signed-note: the published example opens', async (t) => {
  t.equal(openNote(c2spNote, [readVerifierKey(c2sp)]), 'This is an example message.\n')
})

t.test("C2SP signed-note, Go's sumdb/note: a published key is read, and refused when mangled in any place", async (t) => {
  for (const published of [c2sp, neumann]) {
    const { name, id, text } = readVerifierKey(published)
    t.equal(published.startsWith(`${name}+${id}+`), true)
    t.equal(text, published)
    for (let at = 0; at < published.length; at += 1) {
      const mangled = `${published.slice(0, at)}${published[at] === 'A' ? 'B' : 'A'}${published.slice(at + 1)}`
      t.throws(() => readVerifierKey(mangled), invalid, mangled)
      t.throws(() => readVerifierKey(published.slice(0, at)), invalid, published.slice(0, at))
      t.throws(() => readVerifierKey(published.slice(at + 1)), invalid, published.slice(at + 1))
    }
  }
  const ofOtherType = Buffer.concat([Buffer.of(4), Buffer.alloc(32)])
  const id = sha256('example.com/foo\n', ofOtherType).toString('hex', 0, 4)
  t.throws(() => readVerifierKey(`example.com/foo+${id}+${ofOtherType.toString('base64')}`), invalid, 'a cosigner’s key')
})

t.test('Ed25519: a key of small order, for which whoever wants to makes signatures, is no verifier key', async (t) => {
  t.equal(new Set(ofSmallOrder.map((key) => key.toString('hex'))).size, 14)
  for (const key of ofSmallOrder) {
    const log = 'city.example/log/1'
    const published = verifierKeyOver(log, key)
    t.throws(() => readVerifierKey(published), { ...invalid, message: /small order/ }, key.toString('hex'))
    t.equal(readArchivedKey(published, nodeCryptography), undefined, 'nor where an archive names it')
    const codes: string[] = []
    const opening = { kind: 'opening', log, slot: '1', zone: 'Asia/Taipei', verifierKey: published, parameters: undefined } as const
    t.equal(
      keyOfOpening(opening, log, '1', ({ code }) => codes.push(code)),
      undefined,
    )
    t.same(codes, ['opening-mismatch'], 'nor where an opening names it')
  }
  const own = Buffer.from(c2sp.slice(c2sp.lastIndexOf('+') + 1), 'base64').subarray(1)
  t.equal(verifierKeyOver('example.com/foo', own), c2sp, 'a key that is one is read')
})

t.test('RFC 8032 §5.1.7: a signature of which another was made without the key, by S + L, does not verify', async (t) => {
  t.not(withLargerS(c2spNote), c2spNote)
  t.throws(() => openNote(withLargerS(c2spNote), [readVerifierKey(c2sp)]), /does not verify/)
})

t.test('a note that is changed or cut in any place does not open', async (t) => {
  const trusted = [readVerifierKey(c2sp)]
  for (let at = 0; at < c2spNote.length; at += 1) {
    const mangled = `${c2spNote.slice(0, at)}${c2spNote[at] === 'x' ? 'y' : 'x'}${c2spNote.slice(at + 1)}`
    t.throws(() => openNote(mangled, trusted), invalid, JSON.stringify(mangled))
    t.throws(() => openNote(c2spNote.slice(0, at), trusted), invalid)
    t.throws(() => openNote(c2spNote.slice(at + 1), trusted), invalid)
  }
})

t.test('unknown signatures are ignored, a trusted one that fails refuses, none trusted refuses', async (t) => {
  const [ours, other] = [noteSigner('city.example/log/1', pem()), noteSigner('witness.example', pem())]
  const text = 'a text\n\nwith an empty line\n'
  const note = ours.sign(text) + other.sign(text).slice(text.length + 1)
  const [key, witness] = [readVerifierKey(ours.verifierKey), readVerifierKey(other.verifierKey)]
  for (const trusted of [[key], [witness], [key, witness]]) t.equal(openNote(note, trusted), text)
  const forged = ours.sign(text) + other.sign('another text\n').slice('another text\n'.length + 1)
  t.equal(openNote(forged, [key]), text)
  t.throws(() => openNote(forged, [key, witness]), /signature of witness.example does not verify/)
  t.throws(() => openNote(note, [readVerifierKey(c2sp)]), /no trusted key/)
  t.throws(() => openNote(note, []), invalid)
  const many = (count: number) =>
    ours.sign(text) +
    ours
      .sign(text)
      .slice(text.length + 1)
      .repeat(count - 1)
  t.equal(openNote(many(16), [key]), text, 'C2SP signed-note: at least sixteen signatures are accepted')
  t.throws(() => openNote(many(101), [key]), invalid)
})

t.test('control characters, lone surrogates, and names with spaces are refused', async (t) => {
  const trusted = [readVerifierKey(c2sp)]
  const signature = c2spNote.slice(c2spNote.indexOf('\n\n') + 2)
  for (const text of ['a\tb\n', 'a\r\n', 'a\0\n', 'a\u001f\n', 'a\ud800\n'])
    t.throws(() => openNote(`${text}\n${signature}`, trusted), invalid)
  for (const name of ['a b', 'a\u3000b', 'a\u0085b', 'a+b', '']) {
    t.throws(() => openNote(`a\n\n\u2014 ${name} AAAAAAA=\n`, trusted), invalid, JSON.stringify(name))
  }
})

t.test('C2SP tlog-checkpoint: origin, size and root, and nothing else; as the writer signs them', async (t) => {
  const log = 'city.example/log/1'
  const signer = noteSigner(log, pem())
  const trusted = [readVerifierKey(signer.verifierKey)]
  const head = { size: 1234, root: writersSha256('root') }
  const text = checkpointText(log, head)
  t.same(openCheckpoint(signer.sign(text), log, trusted), { origin: log, ...head })
  t.throws(() => openCheckpoint(signer.sign(text), 'city.example/log/2', trusted), invalid, 'of another log')
  for (const bad of [
    text.replace('1234', '01234'),
    text.replace('1234', '-1'),
    text.replace('1234', '1e3'),
    text.replace('1234', '9007199254740992'),
    text.replace('1234', ''),
    `${text}extra\n`,
    `${log}\n1\nAAAA\n`,
    text.replace('=', ''),
    text.replace(log, ''),
    text.slice(0, -1),
    '',
  ])
    t.throws(() => readCheckpoint(bad), invalid, JSON.stringify(bad))
  fc.assert(
    fc.property(fc.maxSafeNat(), (size) => openCheckpoint(signer.sign(checkpointText(log, { ...head, size })), log, trusted).size === size),
    { numRuns: 50 },
  )
})
