// assertion.test.ts: an assertion proves who signed it, for this very request, once.
import { createHmac } from 'node:crypto'
import fc from 'fast-check'
import t from 'tap'
import { sha256, sha256Hex } from '../../src/canonical.ts'
import { type BoundRequest, checkBody, unusedSince, type VerifiedAssertion, verifyAssertion } from '../../src/credential/assertion.ts'
import type { ReadCertificate } from '../../src/credential/certificate.ts'
import type { PublishedKeys } from '../../src/credential/published-keys.ts'
import { MemoryReplayStore, type ReplayStore } from '../../src/credential/replay.ts'
import type { Moment } from '../../src/credential/validity.ts'
import type { Snapshot } from '../../src/policy/snapshot.ts'
import {
  assertion,
  assertionCredential,
  BODY,
  base64url,
  compact,
  day,
  drawSigner,
  education,
  header,
  health,
  means,
  moment,
  NOW,
  ORIGIN,
  payload,
  request,
  signatureOf,
  signers,
  snapshot,
  vendor,
} from './department.ts'

const STARTED = NOW - 3_600_000
const store = (): ReplayStore => new MemoryReplayStore(STARTED)

interface Circumstances {
  request?: Partial<BoundRequest>
  snapshot?: Snapshot
  moment?: Moment
  replay?: ReplayStore
  certificate?: ReadCertificate
  published?: PublishedKeys
}

const verify = (token: string, given: Circumstances = {}): Promise<VerifiedAssertion | undefined> =>
  verifyAssertion(
    token,
    { ...request, ...given.request },
    given.snapshot ?? snapshot,
    given.moment ?? moment,
    means(given.replay ?? store(), given.certificate, given.published),
  )

const seconds = NOW / 1000
const { eddsa, es256, ps256 } = signers

t.test('an assertion of each algorithm tells who signed, what for, and what must be recorded', async (t) => {
  for (const signer of [eddsa, es256, ps256]) {
    const token = assertion({ fields: ['status.category'] }, signer)
    const verified = await verify(token)
    t.equal(verified?.refusal, undefined, signer.jwk.alg)
    t.equal(verified?.holder.agency, education)
    t.same(verified?.claims, {
      user: 'wang.hm',
      purpose: 'school-fee-waiver',
      case: '115-0001',
      reason: '學雜費減免審查',
      fields: ['status.category'],
    })
    t.same(verified?.auth, {
      type: 'assertion',
      kid: signer.jwk.kid,
      token,
      tokenDigest: sha256Hex(token),
      bodySha256: sha256(BODY).toString('base64url'),
    })
  }
})

t.test('a delegate signs as itself', async (t) => {
  const verified = await verify(assertion({ iss: vendor.id }, signers.vendor))
  t.equal(verified?.holder.delegate, vendor)
  t.equal(verified?.holder.agency, education)
  t.equal(await verify(assertion({ iss: education.id }, signers.vendor)), undefined, 'and not as its agency')
  t.equal(await verify(assertion({ iss: vendor.id }, eddsa)), undefined, 'nor its agency as the delegate')
})

t.test('before a signature holds, all refusals are one: nothing is returned, nothing is used up', async (t) => {
  const replay = new MemoryReplayStore(STARTED)
  const claims = payload({ reason: '學雜費減免審查，依學雜費減免辦法' }) // whose base64url has a hyphen
  const good = compact(eddsa, header(eddsa), claims)
  t.match(good, /-/)
  const [first = '', second = '', third = ''] = good.split('.')
  const pem = Buffer.from(JSON.stringify(eddsa.jwk))
  const hmac = (input: string): string => createHmac('sha256', pem).update(input).digest('base64url')
  const symmetric = `${base64url(header(eddsa, { alg: 'HS256' }))}.${second}`
  const repeatedHeader = `{"typ":"linkage-assertion+jwt","alg":"EdDSA","kid":"x","kid":"edu-1"}`
  const text = JSON.stringify(claims)
  const forged: Record<string, string> = {
    nothing: '',
    'no token': 'x',
    'two parts': `${first}.${second}`,
    'four parts': `${good}.${third}`,
    'no signature': `${first}.${second}.`,
    'alg none': `${base64url(header(eddsa, { alg: 'none' }))}.${second}.`,
    'alg None with the signature': compact(eddsa, header(eddsa, { alg: 'None' }), claims),
    'fast-jwt CVE-2026-34950: HS256 under the public key': `${symmetric}.${hmac(symmetric)}`,
    'fast-jwt CVE-2026-34950: white space before the algorithm': compact(eddsa, header(eddsa, { alg: ' EdDSA' }), claims),
    'an algorithm that is not accepted': compact(es256, header(es256, { alg: 'ES384' }), claims),
    'an algorithm other than the JWK’s': compact(eddsa, header(eddsa, { alg: 'ES256' }), claims),
    'RSA PKCS #1 v1.5': compact(ps256, header(ps256, { alg: 'RS256' }), claims),
    'Ed25519 as the JWK’s EdDSA is called in RFC 9864': compact(eddsa, header(eddsa, { alg: 'Ed25519' }), claims),
    'fast-jwt CVE-2026-35042: crit': compact(eddsa, header(eddsa, { crit: ['exp'] }), claims),
    'crit of something unknown': compact(eddsa, header(eddsa, { crit: ['x'], x: 1 }), claims),
    b64: compact(eddsa, header(eddsa, { b64: false, crit: ['b64'] }), claims),
    'a key in the header': compact(signers.stranger, header(signers.stranger, { jwk: signers.stranger.jwk }), claims),
    'a key in the header, of the right signer': compact(eddsa, header(eddsa, { jwk: eddsa.jwk }), claims),
    jku: compact(eddsa, header(eddsa, { jku: 'https://evil.example/jwks' }), claims),
    x5u: compact(eddsa, header(eddsa, { x5u: 'https://evil.example/x5u' }), claims),
    x5c: compact(eddsa, header(eddsa, { x5c: [] }), claims),
    'an unknown member': compact(eddsa, header(eddsa, { cty: 'x' }), claims),
    'another typ': compact(eddsa, header(eddsa, { typ: 'JWT' }), claims),
    'typ in another case': compact(eddsa, header(eddsa, { typ: 'Linkage-Assertion+JWT' }), claims),
    'no typ': compact(eddsa, { alg: 'EdDSA', kid: 'edu-1' }, claims),
    'no kid': compact(eddsa, { typ: 'linkage-assertion+jwt', alg: 'EdDSA' }, claims),
    'an empty kid': compact(eddsa, header(eddsa, { kid: '' }), claims),
    'a kid that is no text': compact(eddsa, header(eddsa, { kid: 1 }), claims),
    'another kid of the issuer': compact(eddsa, header(eddsa, { kid: 'edu-old' }), claims),
    'an unknown kid': compact(eddsa, header(eddsa, { kid: '../../etc/passwd' }), claims),
    'a stranger’s key under a known kid': compact(signers.stranger, header(eddsa), claims),
    'another agency’s key': compact(signers.health, header(signers.health), claims),
    'another agency as issuer': compact(eddsa, header(eddsa), { ...claims, iss: health.id }),
    'an unknown issuer': compact(eddsa, header(eddsa), { ...claims, iss: 'nobody' }),
    '__proto__ as issuer': compact(eddsa, header(eddsa), { ...claims, iss: '__proto__' }),
    'no issuer': compact(eddsa, header(eddsa), { ...claims, iss: undefined }),
    'a list of issuers': compact(eddsa, header(eddsa), { ...claims, iss: [education.id] }),
    'a member twice in the header': compact(eddsa, repeatedHeader, claims),
    'a member twice in the payload': compact(eddsa, header(eddsa), `${text.slice(0, -1)},"sub":"lin"}`),
    'a member twice in the payload, once escaped': compact(eddsa, header(eddsa), `${text.slice(0, -1)},"su\\u0062":"lin"}`),
    'a byte order mark': compact(eddsa, header(eddsa), `\ufeff${text}`),
    'trailing bytes': compact(eddsa, header(eddsa), `${text} x`),
    'a lone surrogate': compact(eddsa, header(eddsa), `${text.slice(0, -1)},"fields":["\\ud800"]}`),
    'an array as payload': compact(eddsa, header(eddsa), [claims]),
    'null as payload': compact(eddsa, header(eddsa), 'null'),
    'no JSON': compact(eddsa, header(eddsa), 'x'),
    padding: compact(eddsa, header(eddsa), claims).replace(/$/, '='),
    'white space': ` ${good}`,
    'a line feed': `${good}\n`,
    'base64 instead of base64url': good.replaceAll('-', '+').replaceAll('_', '/'),
    'more than 8,192 characters': compact(eddsa, header(eddsa), { ...claims, reason: 'x'.repeat(8192) }),
  }
  for (const [title, token] of Object.entries(forged)) t.equal(await verify(token, { replay }), undefined, title)
  t.equal(replay.size, 0, 'nobody but the signer can use up a jti')
  t.equal((await verify(good, { replay }))?.refusal, undefined, 'the assertion itself is good')
})

t.test('any change of a token makes it nobody’s', async () => {
  const tokens = [assertion(), assertion({}, es256), assertion({}, ps256)]
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...tokens),
      fc.nat(),
      fc.constantFrom(...'ABQgwxyz019-_.=+/ \n'),
      fc.constantFrom('replace', 'insert', 'delete'),
      async (token, where, character, how) => {
        const at = where % token.length
        const changed = token.slice(0, at) + (how === 'delete' ? '' : character) + token.slice(how === 'insert' ? at : at + 1)
        return changed === token || (await verify(changed)) === undefined
      },
    ),
    { numRuns: 500 },
  )
})

t.test('RFC 7515 §2: the spare bits of the last character are zero, or one assertion had several digests', async (t) => {
  const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_'
  const token = assertion()
  const verified = await Promise.all([...alphabet].map((last) => verify(token.slice(0, -1) + last)))
  t.equal(verified.filter((each) => each !== undefined).length, 1)
})

t.test('nothing that the signature covers can be taken over into another token', async (t) => {
  const [first, , third] = assertion().split('.')
  t.equal(await verify(`${first}.${base64url(payload({ sub: 'lin' }))}.${third}`), undefined)
  t.equal(await verify(`${base64url(header(eddsa, { kid: 'edu-2' }))}.${base64url(payload())}.${third}`), undefined)
})

const mismatches: Record<string, [claims: Record<string, unknown>, detail: RegExp]> = {
  'no iat': [{ iat: undefined }, /^iat/],
  'iat as text': [{ iat: String(seconds) }, /^iat/],
  'iat 31 seconds ago': [{ iat: seconds - 31 }, /^iat/],
  'iat in 31 seconds': [{ iat: seconds + 31, exp: seconds + 60 }, /^iat/],
  'no exp (jose accepts it)': [{ exp: undefined }, /^exp/],
  'exp as text': [{ exp: String(seconds + 60) }, /^exp/],
  'exp now': [{ exp: seconds }, /^exp/],
  'exp 301 seconds after iat (jose’s maxTokenAge does not look)': [{ exp: seconds + 301 }, /^exp/],
  'exp beyond all time': [{ exp: 1e300 }, /^exp/],
  'nbf in 31 seconds': [{ nbf: seconds + 31 }, /^nbf/],
  'nbf as text': [{ nbf: '0' }, /^nbf/],
  'nbf null': [{ nbf: null }, /^nbf/],
  'no jti': [{ jti: undefined }, /^jti/],
  'an empty jti': [{ jti: '' }, /^jti/],
  'a jti of 65 characters': [{ jti: 'x'.repeat(65) }, /^jti/],
  'a jti that is a number': [{ jti: 1 }, /^jti/],
  'no aud': [{ aud: undefined }, /^aud/],
  'another aud': [{ aud: 'https://other.example.gov.tw' }, /^aud/],
  'aud with a slash': [{ aud: `${ORIGIN}/` }, /^aud/],
  'a list of aud, ours among them': [{ aud: [ORIGIN] }, /^aud/],
  'no htm': [{ htm: undefined }, /^htm/],
  'another htm': [{ htm: 'GET' }, /^htm/],
  'htm in lower case': [{ htm: 'post' }, /^htm/],
  'no htu': [{ htu: undefined }, /^htu/],
  'another operation': [{ htu: `${ORIGIN}/low-income/v1/households/members?month=2026-11` }, /^htu/],
  'another query': [{ htu: `${ORIGIN}/low-income/v1/households/status?month=2026-10` }, /^htu/],
  'no query': [{ htu: `${ORIGIN}/low-income/v1/households/status` }, /^htu/],
  'another origin (fastify CVE-2026-3635)': [{ htu: `https://evil.example${request.target}` }, /^htu/],
  'http': [{ htu: `http://linkage.example.gov.tw${request.target}` }, /^htu/],
  'a default port': [{ htu: `https://linkage.example.gov.tw:443${request.target}` }, /^htu/],
  'the target alone': [{ htu: request.target }, /^htu/],
  'no body_sha256': [{ body_sha256: undefined }, /^body_sha256/],
  'body_sha256 as bytes': [{ body_sha256: [1] }, /^body_sha256/],
  'a member that nobody reads': [{ field: ['status'] }, /^unknown member/],
} // biome-ignore format: a table

for (const [title, [claims, detail]] of Object.entries(mismatches)) {
  t.test(`an assertion that does not fit is told so, to its agency: ${title}`, async (t) => {
    const verified = await verify(assertion(claims))
    t.match(verified?.refusal, { code: 'assertion-mismatch', detail })
    t.equal(verified?.holder.agency, education)
    t.equal(verified?.claims.user, 'wang.hm', 'and the record says for whom')
  })
}

t.test('the edges of time: iat to 30 seconds either way, a life of 300, nbf to 30', async (t) => {
  for (const claims of [
    { iat: seconds - 30 },
    { iat: seconds + 30 },
    { exp: seconds + 300 },
    { exp: seconds + 1 },
    { nbf: seconds + 30 },
    { nbf: 0 },
    { iat: seconds - 0.5 },
  ]) {
    t.equal((await verify(assertion(claims)))?.refusal, undefined, JSON.stringify(claims))
  }
})

t.test('an assertion is used up by its first use, whatever came of that', async (t) => {
  const firsts: [string, Circumstances, Record<string, unknown>][] = [
    ['good', {}, {}],
    ['another request', { request: { method: 'GET' } }, {}],
    ['unfit text', {}, { reason: 'a\u202eb' }],
    ['a header beside it', { request: { linkage: { user: 'lin' } } }, {}],
    ['too early', { moment: { ...moment, now: NOW - 31_000 } }, {}],
  ]
  for (const [title, circumstances, claims] of firsts) {
    const replay = store()
    const token = assertion(claims)
    const first = await verify(token, { ...circumstances, replay })
    t.equal(first?.refusal === undefined, title === 'good', title)
    t.match((await verify(token, { replay }))?.refusal, { code: 'assertion-replayed' }, title)
  }
})

t.test('a jti is used up for its issuer, in another assertion too, and not for others', async (t) => {
  const replay = store()
  t.equal((await verify(assertion({ jti: 'one' }), { replay }))?.refusal, undefined)
  t.match(
    (await verify(assertion({ jti: 'one' }, es256), { replay }))?.refusal,
    { code: 'assertion-replayed' },
    'another key of the issuer',
  )
  t.equal((await verify(assertion({ jti: 'one', iss: vendor.id }, signers.vendor), { replay }))?.refusal, undefined)
})

t.test('of many uses at once, one is the first', async (t) => {
  const replay = store()
  const token = assertion()
  const all = await Promise.all(Array.from({ length: 12 }, () => verify(token, { replay })))
  t.equal(all.filter((each) => each !== undefined && each.refusal === undefined).length, 1)
})

t.test('an agency and its delegates share what one may have remembered; their numbers are each one’s own', async (t) => {
  const replay = new MemoryReplayStore(STARTED, 4)
  const byVendor = (more: object) => verify(assertion({ iss: vendor.id, ...more }, signers.vendor), { replay })
  t.equal((await verify(assertion({ jti: 'one' }), { replay }))?.refusal, undefined)
  t.equal((await byVendor({ jti: 'one' }))?.refusal, undefined)
  t.match((await byVendor({ jti: 'two' }))?.refusal, { code: 'overloaded' })
  t.match((await verify(assertion(), { replay }))?.refusal, { code: 'overloaded' })
  t.equal((await verify(assertion({ iss: health.id }, signers.health), { replay }))?.refusal, undefined, 'another agency has its half')
})

t.test('until its end and 30 seconds after it, a jti is remembered', async (t) => {
  const replay = new MemoryReplayStore(STARTED)
  await verify(assertion({ exp: seconds + 60 }), { replay })
  await replay.use({ agency: 'x', iss: 'x', jti: 'x' }, NOW + 900_000, NOW + 90_000)
  t.equal(replay.size, 2)
  await replay.use({ agency: 'x', iss: 'x', jti: 'y' }, NOW + 900_000, NOW + 91_001)
  t.equal(replay.size, 2, 'then forgotten')
})

t.test('an assertion that claims to live for ever is not remembered for ever', async (t) => {
  const replay = new MemoryReplayStore(STARTED)
  await verify(assertion({ exp: 1e300 }), { replay })
  await verify(assertion({ exp: undefined }), { replay })
  t.equal(replay.size, 2)
  await replay.use({ agency: 'x', iss: 'x', jti: 'x' }, NOW + 900_000, NOW + 362_000)
  t.equal(replay.size, 1)
})

t.test('issued before this process started: nobody here can know whether it was used', async (t) => {
  const replay = new MemoryReplayStore(NOW - 10_000)
  t.match((await verify(assertion({ iat: seconds - 11 }), { replay }))?.refusal, {
    code: 'assertion-replayed',
    detail: /before this gateway started/,
  })
  t.equal((await verify(assertion({ iat: seconds - 10 }), { replay }))?.refusal, undefined)
})

t.test('used before this process started, and dated ahead: refused up to the skew behind the last use that is known', async (t) => {
  t.equal(unusedSince(NOW, undefined), NOW)
  t.equal(unusedSince(NOW, NOW - 60_000), NOW, 'a use that is long ago tells nothing more')
  const replay = new MemoryReplayStore(unusedSince(NOW - 5_000, NOW - 20_000))
  t.match((await verify(assertion({ iat: seconds + 10 }), { replay }))?.refusal, {
    code: 'assertion-replayed',
    detail: 'iat: expected 2026-11-24T04:00:11.000Z or later: what is older may have been used before this gateway started',
  })
  t.equal((await verify(assertion({ iat: seconds + 11 }), { replay }))?.refusal, undefined)
})

t.test('a full store refuses, and a store that fails is no fresh one', async (t) => {
  t.match((await verify(assertion(), { replay: new MemoryReplayStore(STARTED, 0) }))?.refusal, { code: 'overloaded' })
  const broken: ReplayStore = { since: 0, use: async () => { throw new Error('the store is away') } } // biome-ignore format: one thought
  await t.rejects(verify(assertion(), { replay: broken }), /away/)
})

t.test('an expired, revoked or future credential is told so, whatever else is wrong', async (t) => {
  t.match((await verify(assertion({}, signers.expired)))?.refusal, { code: 'credentials-expired' })
  t.match((await verify(assertion({ iat: 0, aud: 'x' }, signers.expired)))?.refusal, { code: 'credentials-expired' })
  const revoked = { at: '2026-12-01T00:00:00Z', by: '1234', reason: 'lost' }
  for (const more of [{ revoked }, { issued: day('2026-11-25') }, { expires: day('2026-11-23') }]) {
    const credential = assertionCredential('edu-jwt', [eddsa.jwk], more)
    const changed = { ...snapshot, assertionKeys: new Map([[education.id, [{ agency: education, credential }]]]) }
    t.match((await verify(assertion(), { snapshot: changed }))?.refusal, { code: 'credentials-expired' }, JSON.stringify(more))
  }
  for (const more of [{ issued: day('2026-11-24') }, { expires: day('2026-11-24') }]) {
    const credential = assertionCredential('edu-jwt', [eddsa.jwk], more)
    const changed = { ...snapshot, assertionKeys: new Map([[education.id, [{ agency: education, credential }]]]) }
    t.equal((await verify(assertion(), { snapshot: changed }))?.refusal, undefined, `${JSON.stringify(more)} counts to 24:00`)
  }
})

t.test('a verification is never remembered: a key that the next snapshot lacks verifies nothing', async (t) => {
  const token = assertion()
  t.ok(await verify(token))
  const rotated = {
    ...snapshot,
    assertionKeys: new Map([
      [education.id, [{ agency: education, credential: assertionCredential('edu-jwt', [drawSigner('EdDSA', 'edu-1').jwk]) }]],
    ]),
  }
  t.equal(await verify(token, { snapshot: rotated }), undefined)
})

t.test('two credentials of one issuer may name their keys alike: the one that signed is the one that is meant', async (t) => {
  const other = drawSigner('EdDSA', 'edu-1')
  const holders = [other, eddsa].map(({ jwk }, at) => ({ agency: education, credential: assertionCredential(`c${at}`, [jwk]) }))
  const changed = { ...snapshot, assertionKeys: new Map([[education.id, holders]]) }
  t.equal((await verify(assertion(), { snapshot: changed }))?.holder.credential.id, 'c1')
  t.equal((await verify(assertion({}, other), { snapshot: changed }))?.holder.credential.id, 'c0')
})

t.test(
  'of an assertion that one of two like-named keys signed nothing was forged, and the other, shut out, does not shut it out',
  async (t) => {
    const other = drawSigner('EdDSA', 'edu-1')
    const holders = [other, eddsa].map(({ jwk }, at) => ({ agency: education, credential: assertionCredential(`c${at}`, [jwk]) }))
    const changed = { ...snapshot, assertionKeys: new Map([[education.id, holders]]) }
    const counted: string[] = []
    const shut = new Set<string>()
    const forgeries = { tooMany: async (key: string) => shut.has(key), count: async (key: string) => counted.push(key) }
    const verifyCounted = (token: string) => verifyAssertion(token, request, changed, moment, { ...means(store()), forgeries })
    t.equal((await verifyCounted(assertion()))?.holder.credential.id, 'c1')
    t.same(counted, [])
    const forged = assertion({}, drawSigner('EdDSA', 'edu-1'))
    t.equal(await verifyCounted(forged), undefined)
    t.same(counted, ['c0 edu-1', 'c1 edu-1'], 'what none of them signed is each one’s forgery')
    shut.add('c0 edu-1')
    t.equal((await verifyCounted(assertion()))?.holder.credential.id, 'c1')
    await t.rejects(verifyCounted(assertion({}, other)), { code: 'rate-limited' }, 'by the one that is shut out nothing is verified')
    await t.rejects(verifyCounted(forged), { code: 'rate-limited' })
  },
)

t.test('beside an assertion stands Linkage-Fields alone, and only where the assertion names none', async (t) => {
  t.same((await verify(assertion(), { request: { linkage: { fields: 'a,b[].c' } } }))?.claims.fields, ['a', 'b[].c'])
  t.equal((await verify(assertion()))?.claims.fields, undefined)
  for (const linkage of [{ user: 'wang.hm' }, { purpose: 'x' }, { case: 'x' }, { reason: 'x' }, { user: 'x', fields: 'a' }]) {
    t.match(
      (await verify(assertion(), { request: { linkage } }))?.refusal,
      { code: 'assertion-mismatch', detail: /^Linkage-/ },
      JSON.stringify(linkage),
    )
  }
  const both = await verify(assertion({ fields: ['a'] }), { request: { linkage: { fields: 'a' } } })
  t.match(both?.refusal, { code: 'assertion-mismatch', detail: /^Linkage-Fields/ })
  t.same(both?.claims.fields, ['a'], 'what was signed is what is recorded')
})

t.test('claims that no record can hold are refused by name, never by value', async (t) => {
  for (const [claims, detail] of [
    [{ sub: '' }, /^user: empty/],
    [{ sub: 1 }, /^sub: expected a string/],
    [{ sub: null }, /^sub/],
    [{ sub: 'x'.repeat(65) }, /^user: longer/],
    [{ purpose: ['a'] }, /^purpose/],
    [{ case: 'a\nb' }, /^case/],
    [{ reason: 'a\u2028b' }, /^reason/],
    [{ fields: [] }, /^fields/],
    [{ fields: 'a' }, /^fields/],
    [{ fields: ['a', 1] }, /^fields/],
    [{ fields: ['a', 'a'] }, /^fields/],
    [{ fields: ['a\u0000'] }, /^a field path/],
    [{ fields: null }, /^fields/],
    [{ case: 'A123456789' }, /^case/],
    [{ reason: '查 A123456789 之家戶' }, /^reason/],
  ] as const) {
    const verified = await verify(assertion(claims))
    t.match(verified?.refusal, { code: 'request-invalid', detail }, Object.keys(claims).join())
    t.notMatch(String(verified?.refusal), /A123456789/)
    t.notMatch(JSON.stringify(verified?.claims), /A123456789|\\n|\u2028|\\u0000/)
  }
})

t.test('what is missing is the decision’s to ask for', async (t) => {
  const verified = await verify(assertion({ sub: undefined, purpose: undefined, case: undefined, reason: undefined }))
  t.equal(verified?.refusal, undefined)
  t.same(verified?.claims, {})
})

t.test('the body is held against what was signed for', async (t) => {
  const auth = (await verify(assertion()))?.auth
  if (auth === undefined) throw new Error('expected an assertion')
  t.equal(checkBody(auth, BODY), undefined)
  for (const body of ['', ' ', `${BODY} `, BODY.toString().replace('9', '8')]) {
    t.match(checkBody(auth, Buffer.from(body)), { code: 'assertion-mismatch', detail: /^body_sha256/ }, body)
  }
  const empty = (await verify(assertion({ body_sha256: '47DEQpj8HBSa-_TImW-5JCeuQeRkm5NMpJWZG3hSuFU' })))?.auth
  t.equal(empty && checkBody(empty, Buffer.alloc(0)), undefined)
  for (const other of [sha256(BODY).toString('hex'), sha256(BODY).toString('base64'), `${sha256(BODY).toString('base64url')}=`]) {
    const odd = (await verify(assertion({ body_sha256: other })))?.auth
    t.match(odd && checkBody(odd, BODY), { code: 'assertion-mismatch' }, 'one spelling only')
  }
})

t.test('the signature that is kept can be verified again by whoever has the key', async (t) => {
  const token = (await verify(assertion()))?.auth.token ?? ''
  t.equal(token.split('.')[2], signatureOf(eddsa, token.slice(0, token.lastIndexOf('.'))), 'Ed25519 is deterministic')
})
