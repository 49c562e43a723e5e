// certificate.test.ts: RFC 8705: a credential that is bound to certificates opens nothing without the key of one.
import fc from 'fast-check'
import t from 'tap'
import { verifyAssertion } from '../../src/credential/assertion.ts'
import { authenticate } from '../../src/credential/authenticate.ts'
import { boundTo, type ClientCertificate } from '../../src/credential/certificate.ts'
import { MemoryReplayStore } from '../../src/credential/replay.ts'
import type { PublicJwk, Snapshot } from '../../src/policy/snapshot.ts'
import {
  apiKey,
  assertion,
  assertionCredential,
  drawSigner,
  education,
  keys,
  means,
  moment,
  NOW,
  request,
  signers,
  snapshot,
} from './department.ts'

const named = 'A'.repeat(43)
const shown: ClientCertificate = { thumbprint: named, from: NOW - 1_000, until: NOW + 1_000 }
const bound = { certificates: ['B'.repeat(42).concat('A'), named] }
const ofBound: Snapshot = {
  ...snapshot,
  apiKeys: new Map([[keys.education.sha256, { agency: education, credential: apiKey('edu-2026a', keys.education.sha256, bound) }]]),
  assertionKeys: new Map([[education.id, [{ agency: education, credential: assertionCredential('edu-jwt', [signers.eddsa.jwk], bound) }]]]),
}
const unfit: Readonly<Record<string, ClientCertificate | undefined>> = {
  'no certificate': undefined,
  'another certificate': { ...shown, thumbprint: 'C'.repeat(42).concat('A') },
  'one that is not valid yet': { ...shown, from: NOW + 1 },
  'one that has ended': { ...shown, until: NOW - 1 },
}
const call = (credential: string, certificate: ClientCertificate | undefined, replay = new MemoryReplayStore(NOW - 60_000)) =>
  authenticate(
    { ...request, linkage: {}, authorization: `Bearer ${credential}` },
    ofBound,
    moment,
    means(replay, () => certificate),
  )

t.test('an API key with its certificate identifies, and the record will name it', async (t) => {
  const found = await call(keys.education.key, shown)
  t.match(found, { identified: true, caller: { auth: { type: 'api-key', certificate: named } } })
})

for (const [title, certificate] of Object.entries(unfit)) {
  t.test(`with ${title} nobody is identified, and an assertion is not used up`, async (t) => {
    t.match(await call(keys.education.key, certificate), { identified: false, refusal: { code: 'credentials-invalid' } })
    const replay = new MemoryReplayStore(NOW - 60_000)
    const token = assertion()
    t.match(await call(token, certificate, replay), { identified: false, refusal: { code: 'credentials-invalid' } })
    const own = await call(token, shown, replay)
    t.match(own, { identified: true, caller: { auth: { type: 'assertion', certificate: named } } })
    t.notOk('refusal' in own, 'its owner can still use it')
  })
}

t.test(
  'without its certificate nothing is verified by a key, nor asked where it is published: it costs nothing, however often',
  async (t) => {
    let used = 0
    const { jwk } = signers.eddsa
    const watched = {
      ...jwk,
      get x() {
        used += 1
        return jwk.x
      },
    } as PublicJwk // its members are those of the key
    const published = {
      find: async () => {
        used += 1
        return watched
      },
    }
    for (const [keys, more] of [
      [[watched], {}],
      [[], { jwksUri: 'https://education.example.gov.tw/jwks.json' }],
    ] as const) {
      const credential = assertionCredential('edu-jwt', keys, { ...bound, ...more })
      const rules = { ...snapshot, assertionKeys: new Map([[education.id, [{ agency: education, credential }]]]) }
      const present = (certificate: ClientCertificate | undefined) =>
        verifyAssertion(
          assertion(),
          request,
          rules,
          moment,
          means(new MemoryReplayStore(0), () => certificate, published),
        )
      for (const certificate of Object.values(unfit)) t.equal(await present(certificate), undefined)
      t.equal(used, 0)
      t.match(await present(shown), { auth: { certificate: named } })
      t.ok(used > 0, 'with it, it is used')
      used = 0
    }
  },
)

t.test('of like-named keys one that is bound opens with its certificate alone, and is in no other’s way', async (t) => {
  const own = drawSigner('EdDSA', 'edu-1')
  const holders = [
    { agency: education, credential: assertionCredential('bound', [signers.eddsa.jwk], bound) },
    { agency: education, credential: assertionCredential('unbound', [own.jwk]) },
    { agency: education, credential: assertionCredential('same-key', [signers.eddsa.jwk]) },
  ]
  const present = (of: typeof holders, signer: typeof own, certificate?: ClientCertificate) => {
    const rules = { ...snapshot, assertionKeys: new Map([[education.id, of]]) }
    const given = means(new MemoryReplayStore(0), () => certificate)
    return verifyAssertion(assertion({}, signer), request, rules, moment, given).then((found) => found?.holder.credential.id)
  }
  const two = holders.slice(0, 2)
  t.equal(await present(two, signers.eddsa), undefined)
  t.equal(await present(two, signers.eddsa, shown), 'bound')
  for (const certificate of [undefined, shown]) t.equal(await present(two, own, certificate), 'unbound')
  t.equal(await present(holders, signers.eddsa, shown), 'bound')
  t.equal(await present(holders, signers.eddsa), 'same-key', 'where one key is two credentials’, it opens what the unbound one does')
})

t.test('a credential that is bound to none asks for none', (t) => {
  const credential = apiKey('edu-2026a', keys.education.sha256)
  const asked = (): never => {
    throw new Error('no certificate was to be read')
  }
  t.same(boundTo(credential, asked, NOW), {})
  t.end()
})

t.test('whatever is shown: it opens for a named thumbprint in its time, and for nothing else', (t) => {
  const names = fc.constantFrom(...'ABCDE')
  fc.assert(
    fc.property(fc.array(names, { minLength: 1 }), names, fc.integer(), fc.integer(), (certificates, thumbprint, from, until) => {
      const credential = apiKey('edu-2026a', keys.education.sha256, { certificates })
      const opens = boundTo(credential, () => ({ thumbprint, from, until }), 0) !== undefined
      return opens === (certificates.includes(thumbprint) && from <= 0 && until >= 0)
    }),
  )
  t.end()
})
