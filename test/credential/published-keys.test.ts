// published-keys.test.ts: keys by URL: read strictly, kept for a while, and never asked for as often as callers would like.
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { type KeyTimes, RemoteKeys, readKeySet } from '../../src/credential/published-keys.ts'
import { drawSigner } from './department.ts'

const uri = 'https://keys.example.gov.tw/jwks.json'
const [one, two, rsa] = [drawSigner('EdDSA', 'one').jwk, drawSigner('ES256', 'two').jwk, drawSigner('PS256', 'three').jwk]
const set = (...keys: readonly object[]): Buffer => Buffer.from(JSON.stringify({ keys }))
const over = (ms: number): Promise<void> => new Promise((passed) => setTimeout(passed, ms))
const long: KeyTimes = { good: 60_000, apart: 60_000, fetch: 1_000 }

/** A server that gives what `answer` says, and how often it was asked and failed. */
function served(answer: () => Buffer, times: KeyTimes = long) {
  const seen = { fetches: 0, failures: 0, answer }
  const keys = new RemoteKeys(
    async () => {
      seen.fetches += 1
      await over(5)
      return seen.answer()
    },
    () => {
      seen.failures += 1
    },
    times,
  )
  return { seen, find: (kid: string, alg: 'EdDSA' | 'ES256' | 'PS256' = 'EdDSA') => keys.find(uri, kid, alg) }
}

t.test('a key is found by its id and algorithm, and by nothing else', async (t) => {
  const { find } = served(() => set(one, two, rsa))
  t.same(await find('one'), one)
  t.same(await find('two', 'ES256'), two)
  t.same(await find('three', 'PS256'), rsa)
  t.equal(await find('one', 'ES256'), undefined)
})

t.test('two keys of one id are none', async (t) => {
  const { find } = served(() => set(one, { ...drawSigner('EdDSA', 'one').jwk }))
  t.equal(await find('one'), undefined)
})

t.test('however many ask at once, a set is fetched once; a flood of unknown ids fetches nothing more', async (t) => {
  const { find, seen } = served(() => set(one))
  const all = await Promise.all(Array.from({ length: 200 }, (_, at) => find(at % 2 === 0 ? 'one' : `unknown-${at}`)))
  t.equal(all.filter((key) => key !== undefined).length, 100)
  for (let at = 0; at < 200; at += 1) t.equal(await find(`unknown-${at}`), undefined)
  t.equal(seen.fetches, 1)
})

t.test('a server that fails is asked no oftener than one that answers, and each failure is told', async (t) => {
  const { find, seen } = served(
    () => {
      throw new Error('away')
    },
    { ...long, apart: 150 },
  )
  for (let at = 0; at < 50; at += 1) t.equal(await find('one'), undefined)
  t.same([seen.fetches, seen.failures], [1, 1])
  seen.answer = () => set(one)
  await over(170)
  t.same(await find('one'), one, 'and is asked again later')
})

t.test('a new key opens once its set may be fetched again; a withdrawn one closes when the set is no longer good', async (t) => {
  const { find, seen } = served(() => set(one), { good: 400, apart: 100, fetch: 1_000 })
  await find('one')
  seen.answer = () => set(two)
  t.equal(await find('two', 'ES256'), undefined)
  await over(120)
  t.same(await find('two', 'ES256'), two)
  t.equal(await find('one'), undefined)
  seen.answer = () => {
    throw new Error('away')
  }
  await over(420)
  t.equal(await find('two', 'ES256'), undefined, 'a set that cannot be renewed opens nothing')
})

t.test('a set is renewed beside the calls, before it ends: one fetch that fails then refuses nobody', async (t) => {
  const { find, seen } = served(() => set(one), { good: 400, apart: 100, fetch: 1_000 })
  await find('one')
  seen.answer = () => {
    throw new Error('away')
  }
  await over(250)
  t.same(await find('one'), one)
  await over(20)
  t.same([seen.fetches, seen.failures], [2, 1])
  seen.answer = () => set(one)
  await over(120)
  t.same(await find('one'), one)
  await over(200)
  t.same(await find('one'), one, 'beyond the end of the first')
})

t.test('a wall clock that is set back lets no withdrawn key open for longer', async (t) => {
  const { find, seen } = served(() => set(one), { good: 150, apart: 50, fetch: 1_000 })
  await find('one')
  seen.answer = () => set(two)
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => now() - 3_600_000
  await over(200)
  t.equal(await find('one'), undefined)
})

t.test('a set is read strictly', (t) => {
  t.same(readKeySet(set(one, { kty: 'EC', alg: 'ECDH-ES', crv: 'P-256', kid: 'x', x: 'AA', y: 'AA' }, { ...two, use: 'enc' })), [one])
  for (const [title, bytes] of Object.entries({
    'a member twice': Buffer.from(`{"keys":[],"keys":${JSON.stringify([one])}}`),
    'a member of a key twice': Buffer.from(`{"keys":[{"kty":"OKP","alg":"EdDSA","crv":"Ed25519","kid":"a","kid":"one","x":"AAAA"}]}`),
    'no set': Buffer.from('[]'),
    'keys that are none': Buffer.from('{"keys":["one"]}'),
    'text behind it': Buffer.concat([set(one), Buffer.from('{}')]),
    'a page of HTML': Buffer.from('<html></html>'),
    'too many': set(...Array(101).fill(one)),
    'a private key': set({ ...one, d: 'AAAA' }),
    'a secret': set(one, { kty: 'oct', k: 'AAAA', alg: 'HS256', kid: 'h' }),
  }))
    t.throws(() => readKeySet(bytes), title)
  for (const [title, key] of Object.entries<object>({
    'another curve': { ...one, crv: 'X25519' },
    'an algorithm that is another kind’s': { ...one, alg: 'ES256' },
    'no algorithm': { ...one, alg: undefined },
    'no id': { ...one, kid: 7 },
    'an id that no record may hold': { ...one, kid: 'A\u202e\n' },
    'an id without end': { ...one, kid: 'a'.repeat(65) },
    'a key that is no point of its curve': { ...two, y: two.x },
    'an RSA key of 1,024 bits': {
      ...generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey.export({ format: 'jwk' }),
      alg: 'PS256',
      kid: 'r',
    },
    'no text as key': { ...one, x: 7 },
    'a kind that every object has': { ...one, kty: 'constructor' },
  }))
    t.same(readKeySet(set(key)), [], title)
  t.end()
})
