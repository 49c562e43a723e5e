// json.test.ts: what counts as canonical, against the canonicaliser itself.
import canonicalize from 'canonicalize'
import fc from 'fast-check'
import t from 'tap'
import { readJson } from '../../src/verifier/json.ts'

const text = fc.string({
  unit: fc.oneof(
    fc.constantFrom('a', 'b', '1', '10', '"', '\\', '\\ud', '\u2028', '字', '𠮷', '\u007f', '\u0001', '/', '__proto__'),
    fc.string({ minLength: 1, maxLength: 1 }),
  ),
  maxLength: 5,
})
const { value } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    text,
    fc.maxSafeInteger(),
    fc.constantFrom(null, true, false),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(text, tie('value'), { maxKeys: 5 }),
  ),
}))

t.test('RFC 8785: a text is canonical exactly where the canonicaliser writes it', async (t) => {
  let canonical = 0
  fc.assert(
    fc.property(value, fc.boolean(), (value, sort) => {
      const text = sort ? (canonicalize(value) ?? '') : JSON.stringify(value)
      const read = readJson(Buffer.from(text))
      if (read.canonical) canonical += 1
      return read.canonical === (canonicalize(JSON.parse(text)) === text)
    }),
    { numRuns: 2000 },
  )
  t.ok(canonical > 1000)
})

t.test('RFC 8785: any other spelling of the same value is not canonical', async (t) => {
  for (const spelling of [
    '{"a":1 }',
    ' {"a":1}',
    '{"b":1,"a":2}',
    '{"a":1,"a":1}',
    '{"a":1,"\\u0061":1}',
    '{"\\u0061":1}',
    '{"9":1,"10":2}',
    '{"a":"\\/"}',
    '{"a":"\\u000A"}',
    '{"a":"\\ud800"}',
    '{"a":"\\uD83D\\uDE00"}',
    '[1e3]',
    '[-0]',
    '[1.0]',
    '{"a":[],"a":[]}',
    '{"__proto__":1,"a":1,"a":1}',
  ])
    t.equal(readJson(Buffer.from(spelling)).canonical, false, spelling)
  for (const form of ['{"10":2,"9":1}', '{"__proto__":{"a":1}}', '{"\ufb33":1}', '{"𠮷":1,"\ufb33":2}', '["\\\\ud800"]'])
    t.equal(readJson(Buffer.from(form)).canonical, true, form)
})

t.test('what is no JSON of these logs is refused, and not quoted', async (t) => {
  for (const text of ['', 'A123456789', '{"a":1.5}', '{"a":9007199254740992}', '\ufeff{}', `${'['.repeat(70)}${']'.repeat(70)}`])
    t.throws(() => readJson(Buffer.from(text)), { message: /^(?!.*A123456789)/, cause: undefined }, text)
  t.throws(() => readJson(Buffer.of(0x22, 0xc0, 0xaf, 0x22)), { name: 'SyntaxError' }, 'an overlong encoding')
  const bytes = Buffer.from('xx{"a":1}xx').subarray(2, 9)
  t.same(readJson(bytes), { value: { a: 1 }, canonical: true }, 'a view into a larger buffer')
})
