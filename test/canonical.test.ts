// canonical.test.ts: RFC 8785 bytes, digests and length prefixes.
import fc from 'fast-check'
import t from 'tap'
import { canonicalJson, digestHex, lengthPrefixed, sha256, sha256Hex } from '../src/canonical.ts'

t.test('RFC 8785 §3.2.3: members are sorted by UTF-16 code units', async (t) => {
  const value = {
    '\u20ac': 'Euro Sign',
    '\r': 'Carriage Return',
    '\ufb33': 'Hebrew',
    '1': 'One',
    '\ud83d\ude00': 'Emoji',
    '\u0080': 'Control',
    ö: 'o',
  }
  t.equal(
    canonicalJson(value),
    '{"\\r":"Carriage Return","1":"One","\u0080":"Control","ö":"o","\u20ac":"Euro Sign","\ud83d\ude00":"Emoji","\ufb33":"Hebrew"}',
  )
})

t.test('what has no canonical form is refused', async (t) => {
  t.throws(() => canonicalJson(undefined), TypeError)
  t.throws(() => canonicalJson({ name: '\ud800' }))
  t.throws(() => canonicalJson({ number: Number.NaN }))
})

t.test('FIPS 180-4: SHA-256 of "abc"', async (t) => {
  t.equal(sha256Hex('abc'), 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  t.equal(sha256(Buffer.from('abc')).toString('hex'), sha256Hex('abc'))
})

t.test('a digest is 64 lower-case hex digits', async (t) => {
  t.equal(digestHex('0'.repeat(64)), '0'.repeat(64))
  for (const bad of ['', '0'.repeat(63), '0'.repeat(65), 'A'.repeat(64), `${'0'.repeat(64)}\n`]) t.throws(() => digestHex(bad), TypeError)
})

t.test('two lists of parts never give the same bytes', async () => {
  const parts = fc.array(fc.string({ unit: 'binary' }), { maxLength: 4 })
  fc.assert(
    fc.property(parts, parts, (a, b) => {
      const same = a.length === b.length && a.every((part, index) => Buffer.from(part).equals(Buffer.from(b[index] ?? '')))
      return lengthPrefixed(...a).equals(lengthPrefixed(...b)) === same
    }),
  )
})
