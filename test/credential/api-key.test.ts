// api-key.test.ts: a key has one spelling, is stored as a digest, and is found by it.
import fc from 'fast-check'
import t from 'tap'
import { sha256Hex } from '../../src/canonical.ts'
import { drawApiKey, findApiKey, isApiKey } from '../../src/credential/api-key.ts'
import { apiKey, education, keys, snapshot, vendor } from './department.ts'

t.test('a drawn key is lk_ and 32 bytes, and only its digest is kept', async (t) => {
  const { key, sha256 } = drawApiKey()
  t.match(key, /^lk_[A-Za-z0-9_-]{43}$/)
  t.equal(Buffer.from(key.slice(3), 'base64url').length, 32)
  t.equal(sha256, sha256Hex(key))
  t.ok(isApiKey(key))
  t.not(drawApiKey().key, key)
})

t.test('a key opens its holder, a delegate’s key the delegate’s', async (t) => {
  t.match(findApiKey(keys.education.key, snapshot), { agency: education, credential: { id: 'edu-2026a' } })
  t.equal(findApiKey(keys.vendor.key, snapshot)?.delegate, vendor)
  t.equal(findApiKey(keys.expired.key, snapshot)?.credential.id, 'edu-2025a', 'an expired key is still somebody’s')
})

t.test('what is no key, or nobody’s, opens nothing', async (t) => {
  const { key, sha256 } = keys.education
  for (const wrong of [
    '',
    'lk_',
    key.slice(0, -1),
    `${key}A`,
    ` ${key}`,
    `${key}\n`,
    `LK_${key.slice(3)}`,
    key.slice(3),
    `${key}=`,
    sha256,
    drawApiKey().key,
  ]) {
    t.equal(findApiKey(wrong, snapshot), undefined)
  }
})

t.test('RFC 4648 §3.5: of the four spellings of the last character, one is a key', async (t) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const { key } = keys.education
  const spellings = [...alphabet].map((last) => key.slice(0, -1) + last)
  t.equal(spellings.filter(isApiKey).length, 16)
  for (const spelling of spellings)
    t.equal(isApiKey(spelling), Buffer.from(spelling.slice(3), 'base64url').toString('base64url') === spelling.slice(3))
})

t.test('an index that names another credential opens nothing', async (t) => {
  const wrong = new Map([[keys.education.sha256, { agency: education, credential: apiKey('x', keys.vendor.sha256) }]])
  t.equal(findApiKey(keys.education.key, { ...snapshot, apiKeys: wrong }), undefined)
})

t.test('any change of a key makes it nobody’s', async () => {
  const { key } = keys.education
  fc.assert(
    fc.property(fc.nat(key.length - 1), fc.constantFrom(...'ABab01-_+/= '), (at, character) => {
      const changed = key.slice(0, at) + character + key.slice(at + 1)
      return changed === key || findApiKey(changed, snapshot) === undefined
    }),
  )
})
