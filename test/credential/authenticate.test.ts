// authenticate.test.ts: nobody known, or an agency under which every later refusal is recorded.
import fc from 'fast-check'
import t from 'tap'
import { drawApiKey } from '../../src/credential/api-key.ts'
import { type Authentication, authenticate, type PresentedRequest } from '../../src/credential/authenticate.ts'
import { MemoryReplayStore } from '../../src/credential/replay.ts'
import { assertion, education, keys, means, moment, NOW, request, signers, snapshot, vendor } from './department.ts'

const call = (authorization: string | undefined, linkage: PresentedRequest['linkage'] = {}): Promise<Authentication> =>
  authenticate(
    { ...request, linkage, ...(authorization !== undefined && { authorization }) },
    snapshot,
    moment,
    means(new MemoryReplayStore(NOW - 60_000)),
  )

t.test('an API key identifies, and what stands beside it is claimed', async (t) => {
  const found = await call(`Bearer ${keys.education.key}`, { user: 'wang', purpose: 'school-fee-waiver', fields: 'a' })
  t.same(found, {
    identified: true,
    caller: {
      holder: snapshot.apiKeys.get(keys.education.sha256),
      claims: { user: 'wang', purpose: 'school-fee-waiver', fields: ['a'] },
      auth: { type: 'api-key' },
    },
  })
})

t.test('a delegate’s key names the delegate', async (t) => {
  t.match(await call(`Bearer ${keys.vendor.key}`), { identified: true, caller: { holder: { agency: education, delegate: vendor } } })
})

t.test('an assertion identifies, with what it says', async (t) => {
  const token = assertion()
  const found = await call(`Bearer ${token}`)
  t.match(found, { identified: true, caller: { claims: { user: 'wang.hm' }, auth: { type: 'assertion', token, kid: 'edu-1' } } })
  t.notOk('refusal' in found)
})

t.test('RFC 9110 §11.1: the scheme is read in any case', async (t) => {
  for (const scheme of ['bearer', 'BEARER', 'Bearer ']) t.match(await call(`${scheme} ${keys.education.key}`), { identified: true }, scheme)
})

t.test('no credential is told from a wrong one, and wrong ones are all alike', async (t) => {
  t.match(await call(undefined), { identified: false, refusal: { code: 'credentials-missing' } })
  const wrong = [
    '', ' ', 'Bearer', 'Bearer ', `Basic ${Buffer.from('a:b').toString('base64')}`, keys.education.key, `Bearer${keys.education.key}`, `Bearer\t${keys.education.key}`,
    `Bearer ${drawApiKey().key}`, `Bearer ${keys.education.key}x`, `Bearer ${keys.education.key}, Bearer ${keys.education.key}`, `Bearer ${keys.education.sha256}`,
    `Bearer ${keys.education.key} `, `Bearer "${keys.education.key}"`, 'Bearer x.y.z', `Bearer ${assertion({ iss: 'nobody' })}`, `Bearer ${assertion({}, signers.stranger)}`,
    `Bearer ${assertion().slice(0, -4)}`, `Token ${keys.education.key}`, `DPoP ${assertion()}`,
  ] // biome-ignore format: a table
  const answers = await Promise.all(wrong.map((each) => call(each)))
  for (const [at, found] of answers.entries()) {
    t.match(found, { identified: false, refusal: { code: 'credentials-invalid' } }, (wrong[at] ?? '').slice(0, 20))
    t.equal(found.refusal?.detail, undefined, 'nothing tells them apart')
  }
})

t.test('a key that is expired, revoked or not yet valid is its agency’s all the same', async (t) => {
  for (const { key } of [keys.expired, keys.revoked, keys.future]) {
    const found = await call(`Bearer ${key}`, { user: 'wang', reason: 'a\u0000' })
    t.match(found, {
      identified: true,
      refusal: { code: 'credentials-expired' },
      caller: { holder: { agency: education }, claims: { user: 'wang' } },
    })
  }
})

t.test('claims that are not fit are refused under the agency, and the fit ones stay', async (t) => {
  const found = await call(`Bearer ${keys.education.key}`, { user: 'wang', reason: '\u00e5\u00ad\u00b8' })
  t.match(found, { identified: true, refusal: { code: 'request-invalid', detail: /Linkage-Reason/ }, caller: { claims: { user: 'wang' } } })
})

t.test('whatever Authorization holds, nobody is identified by it but its holder', async () => {
  const credential = fc.oneof(
    fc.string({ maxLength: 60 }),
    fc.string({ unit: 'binary', maxLength: 60 }),
    fc.base64String().map((text) => `lk_${text}`),
    fc.tuple(fc.base64String(), fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
  )
  await fc.assert(
    fc.asyncProperty(fc.constantFrom('Bearer ', 'bearer  ', 'Basic ', ''), credential, async (scheme, text) => {
      const found = await call(scheme + text)
      return !found.identified && found.refusal.code === 'credentials-invalid'
    }),
    { numRuns: 1000 },
  )
})
