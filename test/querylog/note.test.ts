// note.test.ts: signed notes and checkpoints against the published vectors, and mangled in every place.
import { createPrivateKey, generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { sha256 } from '../../src/canonical.ts'
import { checkpointText, openCheckpoint } from '../../src/querylog/checkpoint.ts'
import { noteSigner, noteVerifier, openNote } from '../../src/querylog/note.ts'
import { c2sp, c2spNote, neumann, withLargerS } from '../signed-notes.ts'

const invalid = { code: 'note-invalid' }
const neumannSeed = 'AYEKFALVFGyNhPJEMzD1QIDr+Y7hfZx09iUvxdXHKDFz'

t.test('C2SP signed-note: the published example opens', async (t) => {
  t.equal(openNote(c2spNote, [noteVerifier(c2sp)]), 'This is an example message.\n')
})

t.test("Go's sumdb/note: signing with the published key gives its published verifier key", async (t) => {
  const seed = Buffer.from(neumannSeed, 'base64').subarray(1)
  const der = Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed])
  const signer = noteSigner(
    'PeterNeumann',
    createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }).export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  t.equal(signer.verifierKey, neumann)
  const text = 'If you think cryptography is the answer to your problem,\nthen you don\u2019t know what your problem is.\n'
  t.equal(openNote(signer.sign(text), [noteVerifier(neumann)]), text)
})

t.test('a verifier key that is mangled in any byte is refused', async (t) => {
  for (const key of [c2sp, neumann]) {
    for (let at = 0; at < key.length; at += 1) {
      const mangled = `${key.slice(0, at)}${key[at] === 'A' ? 'B' : 'A'}${key.slice(at + 1)}`
      t.throws(() => noteVerifier(mangled), invalid, mangled)
      t.throws(() => noteVerifier(key.slice(0, at)), invalid, key.slice(0, at))
    }
  }
})

t.test('a note that is changed in any byte does not open', async (t) => {
  const verifier = noteVerifier(c2sp)
  for (let at = 0; at < c2spNote.length; at += 1) {
    const mangled = `${c2spNote.slice(0, at)}${c2spNote[at] === 'x' ? 'y' : 'x'}${c2spNote.slice(at + 1)}`
    t.throws(() => openNote(mangled, [verifier]), invalid, JSON.stringify(mangled))
    t.throws(() => openNote(c2spNote.slice(0, at), [verifier]), invalid)
  }
})

t.test('RFC 8032 §5.1.7: a signature of which another was made without the key, by S + L, does not verify', async (t) => {
  t.not(withLargerS(c2spNote), c2spNote)
  t.throws(() => openNote(withLargerS(c2spNote), [noteVerifier(c2sp)]), /does not verify/)
})

t.test('unknown signatures are ignored, a known one that fails refuses, none known refuses', async (t) => {
  const pem = () => generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const ours = noteSigner('city.example/log/1', pem())
  const other = noteSigner('witness.example', pem())
  const text = 'a text\n\nwith an empty line\n'
  const note = ours.sign(text) + other.sign(text).slice(text.length + 1)
  t.equal(openNote(note, [noteVerifier(ours.verifierKey)]), text)
  t.equal(openNote(note, [noteVerifier(other.verifierKey)]), text)
  t.throws(() => openNote(note, [noteVerifier(c2sp)]), /no signature by a known key/)
  t.throws(() => openNote(note, []), invalid)
  t.throws(() => ours.sign('no newline'), invalid)
  t.throws(() => noteSigner('with space', pem()), invalid)
  t.throws(
    () =>
      noteSigner('a', generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()),
    invalid,
  )
})

t.test('C2SP tlog-checkpoint: origin, size and root, and nothing else', async (t) => {
  const signer = noteSigner(
    'city.example/log/1',
    generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
  const verifier = noteVerifier(signer.verifierKey)
  const head = { size: 1234, root: sha256('root') }
  const text = checkpointText(signer.name, head)
  t.equal(text, `city.example/log/1\n1234\n${head.root.toString('base64')}\n`)
  t.same(openCheckpoint(signer.sign(text), verifier), head)
  for (const bad of [
    `other/log/1\n1\n${head.root.toString('base64')}\n`,
    text.replace('1234', '01234'),
    text.replace('1234', '-1'),
    `${text}extra\n`,
    'city.example/log/1\n1\nAAAA\n',
  ]) {
    t.throws(() => openCheckpoint(signer.sign(bad), verifier), invalid, JSON.stringify(bad))
  }
  fc.assert(
    fc.property(fc.nat(), (size) => openCheckpoint(signer.sign(checkpointText(signer.name, { ...head, size })), verifier).size === size),
  )
})
