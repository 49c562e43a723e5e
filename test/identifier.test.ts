// identifier.test.ts: check digits by their vectors, folding, and identifiers hidden in text.
import fc from 'fast-check'
import t from 'tap'
import { containsNationalId, foldAccount, foldIdentifier, isNationalId } from '../src/identifier.ts'
import { isValidIdentifier } from './identifiers.ts'

// Test values of the checksum's own documentation; they are nobody's.
const valid = [
  'A123456789',
  'I100000003',
  'O200000006',
  'W100000001',
  'X200000001',
  'Z100000002',
  'A800000014',
  'B900000026',
  'A870000006',
  'A880000009',
  'A990000004',
  'AA00000009',
  'AB00000001',
  'AC00000003',
  'AD00000005',
]

t.test('national, new foreign and old foreign numbers are told by their check digit', async (t) => {
  for (const text of valid) t.ok(isNationalId(text), text)
  for (const text of ['A123456788', 'A900000006', 'I100000001']) t.notOk(isNationalId(text), text)
})

t.test('another form is no identifier, whatever its sum', async (t) => {
  for (const text of [
    '',
    'a123456789',
    'Ａ１２３４５６７８９',
    'A12345678',
    'A1234567890',
    ' A123456789',
    'A323456789',
    'AE00000001',
    '1123456789',
    'A12345678९',
  ]) {
    t.notOk(isNationalId(text), text)
  }
})

t.test('for each letter, one check digit in ten is right, and an independent sum agrees', async () => {
  const form = fc.tuple(fc.constantFrom(...'ABCDEFGHIJKLMNOPQRSTUVWXYZ'), fc.constantFrom(...'1289ABCD'), fc.stringMatching(/^\d{7}$/))
  fc.assert(
    fc.property(form, (parts) => {
      const all = [...'0123456789'].map((digit) => parts.join('') + digit)
      return all.filter(isNationalId).length === 1 && all.every((text) => isNationalId(text) === isValidIdentifier(text))
    }),
  )
})

t.test('identifiers are folded to half-width upper case, and nothing else', async (t) => {
  t.equal(foldIdentifier('ａ１２３４５６７８９'), 'A123456789')
  t.equal(foldIdentifier('ac00000003'), 'AC00000003')
  t.equal(foldIdentifier('黃𡘙‧ß'), '黃𡘙‧ß')
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => foldIdentifier(text).length === text.length))
})

t.test('accounts that differ in case or width are one account', async (t) => {
  for (const text of ['Edu-Lin', 'ＥＤＵ－ＬＩＮ', 'edu-lin']) t.equal(foldAccount(text), 'edu-lin')
  t.not(foldAccount('edu-lin'), foldAccount('edu lin'))
})

t.test('an identifier in a free text is found, however it is written', async (t) => {
  for (const text of [
    'A123456789',
    '查詢A123456789之列冊資格',
    '對象：ａ１２３４５６７８９，急件',
    'a123456789.',
    '(A123456789)',
    'A12-345-6789',
    'A 1 2 3 4 5 6 7 8 9',
    'A123\u200b456789',
    'A12\u2011345\u20136789',
    'X123456789 與 AC00000003',
  ]) {
    t.ok(containsNationalId(text), text)
  }
})

t.test('what is no identifier is left alone', async (t) => {
  for (const text of [
    '',
    '學雜費減免',
    '北市教字第1150000045號',
    'A123456788',
    'PD115000001',
    'XA123456789',
    'A1234567890',
    '2026-11-24 08:00',
    'A--123456789',
  ]) {
    t.notOk(containsNationalId(text), text)
  }
})
