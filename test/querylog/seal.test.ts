// seal.test.ts: what is sealed opens with a recipient's key, in its own entry, and nowhere else.
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import { exportJWK, generalDecrypt, generateKeyPair } from 'jose'
import t from 'tap'
import { canonicalJson } from '../../src/canonical.ts'
import { saltedDigest } from '../../src/querylog/salted.ts'
import { drawSealer, sealedText } from '../../src/querylog/seal.ts'
import { SubjectTagger, tagKey } from '../../src/querylog/tag.ts'
import { open } from '../../src/querylog/unseal.ts'

const log = 'linkage.example/log/1'
const pair = async (crv: 'X25519' | 'P-256', kid: string) => {
  const { publicKey, privateKey } = await generateKeyPair('ECDH-ES+A256KW', { crv, extractable: true })
  return { jwk: { ...(await exportJWK(publicKey)), kid }, privateKey }
}

t.test('each recipient opens what was sealed; its entry is canonical', async (t) => {
  const [ethics, audit] = [await pair('X25519', 'ethics-2026'), await pair('P-256', 'audit-2026')]
  const { sealer, entry } = await drawSealer('key-1', log, [
    { id: 'ethics', year: '2026', jwk: ethics.jwk },
    { id: 'audit', year: '2026', jwk: audit.jwk },
  ])
  t.same(entry.recipients, ['ethics/2026', 'audit/2026'])
  t.equal(JSON.stringify(entry.jwe), canonicalJson(entry.jwe))
  const sealed = sealer.seal('entry-1', '{"subject":"A123456789"}')
  for (const { privateKey } of [ethics, audit]) {
    const jwe = entry.jwe as Parameters<typeof generalDecrypt>[0] // written by this very function
    const { plaintext } = await generalDecrypt(jwe, privateKey)
    t.equal(open(sealed, log, 'entry-1', plaintext), '{"subject":"A123456789"}')
    t.throws(() => open(sealed, log, 'entry-2', plaintext), 'in another entry')
    t.throws(() => open(sealed, 'linkage.example/log/2', 'entry-1', plaintext), 'in another log')
    t.throws(() => open({ ...sealed, counter: 1 }, log, 'entry-1', plaintext), 'under another nonce')
  }
  const stranger = await pair('X25519', 'ethics-2026')
  await t.rejects(generalDecrypt(entry.jwe as Parameters<typeof generalDecrypt>[0], stranger.privateKey))
})

t.test('lengths are sealed in steps of 512 bytes, and no counter comes twice', async (t) => {
  const { jwk } = await pair('X25519', 'a')
  const { sealer } = await drawSealer('key-1', log, [{ id: 'a', year: '2026', jwk }])
  const counters = new Set<number>()
  for (const length of [1, 100, 511, 512, 513, 2000]) {
    const sealed = sealer.seal(`e${length}`, `"${'字'.repeat(Math.floor(length / 3))}"`)
    t.equal((Buffer.from(sealed.bytes, 'base64').length - 16) % 512, 0)
    counters.add(sealed.counter)
  }
  t.equal(counters.size, 6)
  t.equal(sealer.seal('x', 'a').bytes.length, sealer.seal('y', 'a'.repeat(512)).bytes.length)
})

t.test('whatever stands beside it, what depends on the upstream changes no length', async () => {
  const most = fc.nat({ max: Number.MAX_SAFE_INTEGER })
  const count = fc.oneof(fc.constantFrom(0, 9, 10, Number.MAX_SAFE_INTEGER), most)
  const beyond = fc.option(fc.record({ withheld: count, undeclared: count, misshapen: count, suppressed: count }), { nil: undefined })
  const problem = fc.option(
    fc.string({ unit: 'binary-ascii', maxLength: 100 }).filter((text) => !/[^ -~]|["\\]/.test(text)),
    { nil: undefined },
  )
  const upstream = fc.option(fc.record({ bytes: count, ms: count, problem, status: fc.integer({ min: 100, max: 999 }) }), {
    nil: undefined,
  })
  const dependent = fc.record({ beyond, upstream })
  const { sealer } = await drawSealer('key-1', log, [{ id: 'a', year: '2026', jwk: (await pair('X25519', 'a')).jwk }])
  const known = fc.record({
    assertion: fc.nat({ max: 3_000 }).map((length) => 'a'.repeat(length)),
    bytes: fc.option(count, { nil: undefined }),
  })
  fc.assert(
    fc.property(known, dependent, dependent, (known, one, other) => {
      const texts = [one, other].map((each) => sealedText(known, each))
      const [first, second] = texts.map((text) => sealer.seal('entry-1', text).bytes.length)
      const read = texts.map((text) => JSON.stringify(JSON.parse(text)))
      return first === second && read[0] === JSON.stringify({ ...known, ...one }) && read[1] === JSON.stringify({ ...known, ...other })
    }),
    { numRuns: 500 },
  )
})

t.test('a salted digest is HMAC-SHA-256 (RFC 2104), for any salt of 32 bytes and any body', async () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 32, maxLength: 32 }), fc.uint8Array({ maxLength: 300 }), (salt, body) => {
      return saltedDigest(salt, body) === createHmac('sha256', salt).update(body).digest('hex')
    }),
  )
})

const twoYears = new Map([
  ['2026', tagKey(Buffer.alloc(32, 1))],
  ['2027', tagKey(Buffer.alloc(32, 2))],
])

t.test('a tag is the HMAC that docs/log-format.md says, whatever was tagged before it', async () => {
  const LP = (text: string): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(Buffer.byteLength(text))
    return Buffer.concat([length, Buffer.from(text)])
  }
  const tagger = new SubjectTagger(twoYears)
  const text = fc.string({ unit: 'grapheme', maxLength: 200 })
  const subject = fc.tuple(fc.constantFrom('2026', '2027'), fc.constantFrom('a', 'taipei-education'), fc.constantFrom('k', 'caseNo'), text)
  fc.assert(
    fc.property(fc.array(subject, { minLength: 1, maxLength: 6 }), (subjects) =>
      subjects.every(([year, agency, kind, identifier]) => {
        const mac = createHmac('sha256', twoYears.get(year) ?? '').update(Buffer.concat([LP(agency), LP(kind), LP(identifier)]))
        return tagger.tag(year, agency, kind, identifier).tag === mac.digest('hex').slice(0, 32)
      }),
    ),
    { numRuns: 500 },
  )
})

t.test('two agencies, two kinds, two years give one subject different tags', async (t) => {
  const tagger = new SubjectTagger(twoYears)
  const tags = [
    tagger.tag('2026', 'taipei-education', 'tw-national-id', 'A123456789'),
    tagger.tag('2026', 'taipei-police', 'tw-national-id', 'A123456789'),
    tagger.tag('2026', 'taipei-education', 'protection:caseNo', 'A123456789'),
    tagger.tag('2027', 'taipei-education', 'tw-national-id', 'A123456789'),
  ]
  t.equal(new Set(tags.map((each) => each.tag)).size, 4)
  t.same(tagger.tag('2026', 'taipei-education', 'tw-national-id', 'A123456789'), tags[0])
  t.match(tags[0]?.tag, /^[0-9a-f]{32}$/)
  t.throws(() => tagger.tag('2028', 'a', 'b', 'c'), { name: 'RangeError' })
  t.throws(() => tagKey(Buffer.alloc(31)), { name: 'RangeError' })
})
