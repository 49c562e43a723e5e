// tags-of-many.test.ts: the kernel tags many people as they are tagged one by one, and as RFC 2104 says.
import { createHmac, randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import t from 'tap'
import { lengthPrefixed } from '../../src/canonical.ts'
import { foldIdentifier } from '../../src/identifier.ts'
import { blockBytes, MESSAGES, mostBlocks, mostMessages, pages } from '../../src/querylog/hmac/layout.ts'
import { People } from '../../src/querylog/people.ts'
import { SubjectTagger } from '../../src/querylog/tag.ts'
import { binaryFile, compileKernel, hmacKernel } from '../kernels.ts'

const key = randomBytes(32)
const tagger = new SubjectTagger(new Map([['2026', key]]))

function peopleOf(identifiers: readonly string[]): People {
  const people = new People()
  for (const each of identifiers) {
    const bytes = Buffer.from(each)
    people.add(bytes, 0, bytes.length)
  }
  return people
}

/** By Node's own HMAC, of whoever is named for the first time. */
function expected(agency: string, kind: string, identifiers: readonly string[]): string {
  return [...new Set(identifiers.map(foldIdentifier))]
    .map((each) =>
      createHmac('sha256', key)
        .update(lengthPrefixed(agency, kind, each))
        .digest('hex')
        .slice(0, 32),
    )
    .join('')
}

const tagged = (agency: string, kind: string, identifiers: readonly string[]): string =>
  tagger.ofKind('2026', agency, kind).tags(peopleOf(identifiers)).toString('hex')

t.test('the kernel, compiled again, is byte for byte the one that is served', async (t) => {
  const compiled = await compileKernel(hmacKernel)
  t.ok(compiled === readFileSync(binaryFile(hmacKernel), 'utf8'), 'run `npm run build:kernel` after a change of its source, and commit it')
  t.ok(MESSAGES + mostMessages * mostBlocks * blockBytes <= pages * 65_536, 'the messages end before the memory')
})

t.test('of every length, about the edges of blocks and beyond what the kernel takes', async (t) => {
  for (let length = 0; length <= 300; length += 1) {
    const identifiers = ['7', '8', '9', 'A', 'B'].map((first) => (length === 0 ? '' : first.padEnd(length, '0')))
    if (tagged('a', 'k', identifiers) !== expected('a', 'k', identifiers)) t.fail(`of ${length} characters`)
  }
})

t.test('so many of them as may be, and nobody', async (t) => {
  t.equal(tagged('a', 'k', []), '')
  for (const count of [1, 2, 3, 4, 5, 63, 64, 65, 200]) {
    const identifiers = Array.from({ length: count }, (_, at) => `A${at}`)
    t.equal(tagged('a', 'tw-national-id', identifiers), expected('a', 'tw-national-id', identifiers), `${count}`)
  }
})

t.test('whoever they are, however they are spelled, and whatever was tagged before', async () => {
  const identifier = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'aA1１ａＡ\u3000陳𠮷'), maxLength: 12 }),
    fc.constantFrom('A100000001', 'a100000001', 'Ａ１００００００００１', 'A200000002'),
  )
  const call = fc.record({
    agency: fc.constantFrom('taipei-education', '教育局', 'a'),
    kind: fc.constantFrom('tw-national-id', 'housing:permitNumber'),
    identifiers: fc.array(identifier, { maxLength: 40 }),
  })
  fc.assert(
    fc.property(fc.array(call, { maxLength: 6 }), (calls) =>
      calls.every(({ agency, kind, identifiers }) => {
        const well = identifiers.map((each) => each.toWellFormed())
        const alone = [...new Set(well.map(foldIdentifier))].map((each) => tagger.tag('2026', agency, kind, each).tag).join('')
        return tagged(agency, kind, well) === expected(agency, kind, well) && alone === expected(agency, kind, well)
      }),
    ),
    { numRuns: 2_000 },
  )
})
