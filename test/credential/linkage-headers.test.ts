// linkage-headers.test.ts: what an agency's system claims enters a record as it is, or is refused by name.
import fc from 'fast-check'
import t from 'tap'
import { checkText, refuseIdentifiers } from '../../src/credential/claims.ts'
import { readClaims } from '../../src/credential/linkage-headers.ts'
import { Refused } from '../../src/problems.ts'

/** SPEC RFC 9651 §4.1.11, every byte encoded. */
const display = (text: string): string => `%"${[...Buffer.from(text)].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('')}"`
const invalid = (detail: RegExp) => ({ code: 'request-invalid', detail })

t.test('ASCII is read as it is, anything else as a Display String', async (t) => {
  t.same(
    readClaims({
      user: 'wang.hm',
      purpose: 'school-fee-waiver',
      case: '"115-1"; x',
      reason: '%"%e5%ad%b8%e8%b2%bb"',
      fields: 'status.category, members[].name ,[].id',
    }),
    {
      claims: {
        user: 'wang.hm',
        purpose: 'school-fee-waiver',
        case: '"115-1"; x',
        reason: '學費',
        fields: ['status.category', 'members[].name', '[].id'],
      },
    },
  )
  t.same(readClaims({}), { claims: {} })
  t.same(readClaims({ case: '100%' }).claims, { case: '100%' })
  t.same(
    readClaims({ user: display('\u{20000}‧Kulas') }).claims,
    { user: '\u{20000}‧Kulas' },
    'beyond the BMP, and U+2027 of indigenous names',
  )
  t.same(readClaims({ fields: display('戶籍.狀態,id') }).claims, { fields: ['戶籍.狀態', 'id'] })
})

t.test('RFC 9651 §4.2.10: a Display String is read strictly, without parameters', async (t) => {
  for (const header of [
    '%"',
    '%"a',
    '%"%e5"',
    '%"%E5%AD%B8"',
    '%"%zz"',
    '%"%4"',
    '%"a"b',
    '%"a";x=1',
    '%"a", "b"',
    '%"%c0%ae"',
    '%"%ed%a0%80"',
    '%"%ff"',
  ]) {
    const { claims, refusal } = readClaims({ reason: header })
    t.match(refusal, invalid(/^Linkage-Reason: a Display String/), header)
    t.same(claims, {})
  }
})

t.test('raw UTF-8 is refused, with the form to write instead', async (t) => {
  for (const text of ['學費', 'é', '\u0080', 'a\tb', '\u007f']) {
    const asNodeGivesIt = Buffer.from(text).toString('latin1')
    t.match(readClaims({ reason: asNodeGivesIt }).refusal, invalid(/^Linkage-Reason: .*Display String/), JSON.stringify(text))
    t.match(readClaims({ fields: asNodeGivesIt }).refusal, invalid(/^Linkage-Fields: .*Display String/), JSON.stringify(text))
  }
})

const unfit = [
  ['C0', '\u0000'], ['C0', '\n'], ['C0', '\r'], ['C0', '\u001b'], ['DEL', '\u007f'], ['C1', '\u0085'], ['C1', '\u009f'], ['Zl', '\u2028'], ['Zp', '\u2029'],
  ['Bidi_Control', '\u061c'], ['Bidi_Control', '\u200e'], ['Bidi_Control', '\u200f'], ['Bidi_Control', '\u202a'], ['Bidi_Control', '\u202e'], ['Bidi_Control', '\u2066'], ['Bidi_Control', '\u2069'],
] as const // biome-ignore format: a table

t.test('control, bidi and line-separator characters enter no record (Envoy Gateway CVE-2025-25294, Envoy CVE-2026-26309)', async (t) => {
  for (const [name, character] of unfit) {
    for (const member of ['user', 'purpose', 'case', 'reason'] as const) {
      for (const text of [character, `a${character}`, `${character}a`, `a${character}b`]) {
        t.throws(
          () => checkText(member, text),
          invalid(new RegExp(`^${member}: .*control, bidi`)),
          `${name} U+${character.codePointAt(0)?.toString(16)}`,
        )
      }
    }
    const { claims, refusal } = readClaims({ user: 'wang', reason: display(`a${character}b`) })
    t.match(refusal, invalid(/^reason: /))
    t.same(claims, { user: 'wang' }, 'the others stand')
  }
  t.match(readClaims({ fields: display('a\u202eb') }).refusal, invalid(/^a field path: /))
})

t.test('a lone surrogate is refused: one fails the whole batch that it shares', async (t) => {
  for (const text of ['\ud800', 'a\udc00', '\udc00\ud800']) t.throws(() => checkText('reason', text), invalid(/well-formed/))
  t.doesNotThrow(() => checkText('reason', '\ud840\udc00'))
})

t.test('lengths are counted in characters: user and purpose 64, case 100, reason 200', async (t) => {
  for (const [member, most] of [
    ['user', 64],
    ['purpose', 64],
    ['case', 100],
    ['reason', 200],
  ] as const) {
    for (const character of ['a', '王', '\u{20000}']) {
      t.doesNotThrow(() => checkText(member, character.repeat(most)), `${member} ${character}`)
      t.throws(
        () => checkText(member, character.repeat(most + 1)),
        invalid(new RegExp(`^${member}: longer than ${most}`)),
        `${member} ${character}`,
      )
    }
    t.throws(() => checkText(member, 'a'.repeat(100_000)), invalid(/longer/))
  }
})

t.test('an empty text is no text', async (t) => {
  for (const text of ['', ' ', '\u3000', '\u00a0 '])
    for (const member of ['user', 'purpose', 'case', 'reason'] as const) t.throws(() => checkText(member, text), invalid(/empty/))
  t.match(readClaims({ case: '' }).refusal, invalid(/^case: empty/))
})

t.test('an empty list of fields is refused, and never all of them', async (t) => {
  for (const fields of ['', ' ', ',', 'a,', ',a', 'a,,b', '%""'])
    t.match(readClaims({ fields }).refusal, { code: 'request-invalid' }, fields)
  t.match(readClaims({ fields: 'a,b,a' }).refusal, invalid(/twice/))
  t.match(readClaims({ fields: Array.from({ length: 513 }, (_, i) => i).join(',') }).refusal, invalid(/more than 512/))
  t.match(readClaims({ fields: 'x'.repeat(257) }).refusal, invalid(/^a field path: longer/))
})

t.test('D-16: an identifier in case or reason is refused and never recorded', async (t) => {
  // A123456789 and A800000014 are invented test values with right checksums.
  for (const id of ['A123456789', 'a123456789', 'Ａ１２３４５６７８９', 'A800000014']) {
    for (const text of [id, `案 ${id} 號`, `x-${id}`]) {
      const { claims, refusal } = readClaims({ user: 'wang', case: display(text), reason: display(text) })
      t.match(refusal, invalid(/^case: names a person/), text)
      t.same(claims, { user: 'wang' }, 'neither is left')
      t.notMatch(String(refusal), id)
    }
  }
  t.same(readClaims({ case: 'A123456780' }).claims, { case: 'A123456780' }, 'a number whose checksum is wrong is a case number')
})

t.test('this call’s subject in case or reason is refused, in whatever width or case', async (t) => {
  for (const [subject, text] of [
    ['AB1234', '案 ab1234'],
    ['ab1234', 'ＡＢ１２３４'],
    ['ＡＢ１２３４', 'x AB-12 34'],
    ['AB1234', 'AB\u200b1234'],
  ] as const) {
    const read = refuseIdentifiers({ user: 'wang', case: text, reason: 'r' }, ['CD5678', subject])
    t.match(read.refusal, invalid(/^case: /), text)
    t.same(read.claims, { user: 'wang', reason: 'r' })
  }
  t.same(refuseIdentifiers({ user: 'AB1234', case: '115-1', reason: 'r' }, ['AB1234']), {
    claims: { user: 'AB1234', case: '115-1', reason: 'r' },
  })
  t.same(
    refuseIdentifiers({ case: '115-1' }, ['']),
    { claims: { case: '115-1' } },
    'an empty subject is in every text, and refused elsewhere',
  )
})

t.test('whatever the headers hold, what is claimed is fit for a record, or named as refused', async () => {
  const header = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ maxLength: 300 }),
    fc.string({ unit: 'grapheme', maxLength: 150 }).map(display),
  )
  fc.assert(
    fc.property(fc.dictionary(fc.constantFrom('user', 'purpose', 'case', 'reason', 'fields'), header), (headers) => {
      const { claims, refusal } = readClaims(headers)
      const given = Object.keys(headers)
      const texts = [claims.user, claims.purpose, claims.case, claims.reason, ...(claims.fields ?? [])].filter((text) => text !== undefined)
      const fit = texts.every((text) => text.isWellFormed() && text.trim() !== '' && !/[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u.test(text))
      return (
        fit &&
        (refusal === undefined) === given.every((member) => member in claims) &&
        (refusal === undefined || refusal instanceof Refused)
      )
    }),
    { numRuns: 1000 },
  )
})

t.test('a Display String gives back every text that is fit', async () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 60 }), (text) => {
      try {
        checkText('reason', text)
      } catch {
        return true
      }
      const { claims, refusal } = readClaims({ reason: display(text) })
      return refusal !== undefined || claims.reason === text
    }),
  )
})
