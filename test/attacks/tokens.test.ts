// tokens.test.ts: forged, altered and misused assertions on real sockets: what is not signed for this call opens nothing.
import { createHash, createHmac, createPrivateKey, createPublicKey, type JsonWebKeyInput, randomUUID, sign } from 'node:crypto'
import t from 'tap'
import { claims, startDepartment, statusPath, subject } from '../end-to-end/department.ts'
import { type Attack, attack, goodBody, hear, request } from './harness.ts'

const department = await startDepartment(t, (configuration) =>
  configuration.edit('gateway.yaml', (document) => document.setIn(['limits', 'failures_per_minute'], '1000')),
)
const jwk = department.drawn.signing['edu-jwt-1'] ?? {}
const privateKey = createPrivateKey({ key: jwk, format: 'jwk' } as JsonWebKeyInput) // a private JWK, drawn by the demo
const kid = String((jwk as { kid?: unknown }).kid)
const base64url = (value: string | Buffer): string => Buffer.from(value).toString('base64url')
const now = (): number => Math.floor(Date.now() / 1000)

type Members = Readonly<Record<string, unknown>>
const goodHeader: Members = { alg: 'EdDSA', typ: 'linkage-assertion+jwt', kid }
const goodPayload = (): Members => ({
  ...claims,
  iss: 'taipei-education',
  sub: 'edu-chang',
  aud: department.origin,
  iat: now(),
  exp: now() + 120,
  jti: randomUUID(),
  htm: 'POST',
  htu: `${department.origin}${statusPath}`,
  body_sha256: createHash('sha256').update(goodBody).digest('base64url'),
})
/** A token over these very texts, signed with the bureau's key. */
const signed = (header: string, payload: string, signature?: (input: string) => Buffer): string => {
  const input = `${base64url(header)}.${base64url(payload)}`
  return `${input}.${base64url(signature === undefined ? sign(null, Buffer.from(input), privateKey) : signature(input))}`
}
const token = (header: Members, payload: Members): string =>
  signed(JSON.stringify({ ...goodHeader, ...header }), JSON.stringify({ ...goodPayload(), ...payload }))
const claimed = ['authorization', 'linkage-user', 'linkage-purpose', 'linkage-case', 'linkage-reason']
const presenting = (text: string): Buffer => request(department, { without: claimed, headers: [`Authorization: Bearer ${text}`] })
const forged = (advisory: string, text: string): Attack => ({ advisory, sent: presenting(text), code: 'credentials-invalid' })
/** @param detail the member that the answer names */
const misused = (advisory: string, detail: string, payload: () => Members): Attack => ({
  advisory,
  sent: () => presenting(token({}, payload())),
  code: 'assertion-mismatch',
  detail,
  credential: 'edu-jwt-1',
  goesOn: true,
})
const text = (value: Members): string => JSON.stringify(value)
const publicPem = createPublicKey(privateKey).export({ type: 'spki', format: 'pem' })
const hmac = (input: string): Buffer => createHmac('sha256', publicPem).update(input).digest()
const [head = '', body = '', signature = ''] = token({}, {}).split('.')

t.test('tokens: before a signature of the issuer holds, every token is nobody’s', async (t) => {
  await attack(t, department, [
    forged(
      'alg none',
      signed(text({ ...goodHeader, alg: 'none' }), text(goodPayload()), () => Buffer.alloc(0)),
    ),
    forged('alg none, with a signature', token({ alg: 'none' }, {})),
    forged('HS256 under the public key', signed(text({ ...goodHeader, alg: 'HS256' }), text(goodPayload()), hmac)),
    forged('fast-jwt CVE-2026-34950: white space before alg', token({ alg: ' EdDSA' }, {})),
    forged('another algorithm than the key’s', token({ alg: 'ES256' }, {})),
    forged('fast-jwt CVE-2026-35042: crit', token({ crit: ['exp'] }, {})),
    forged('a key of its own: jwk', token({ jwk: createPublicKey(privateKey).export({ format: 'jwk' }) }, {})),
    forged('a key by URL: jku', token({ jku: 'https://evil.test/jwks' }, {})),
    forged('a certificate: x5c', token({ x5c: ['AA=='] }, {})),
    forged('RFC 7797: b64', token({ b64: false }, {})),
    forged('no typ', signed(text({ alg: 'EdDSA', kid }), text(goodPayload()))),
    forged('another typ', token({ typ: 'JWT' }, {})),
    forged('a kid that is nobody’s', token({ kid: '../../etc/passwd' }, {})),
    forged('kid twice', signed(`{"alg":"EdDSA","typ":"linkage-assertion+jwt","kid":"x","kid":"${kid}"}`, text(goodPayload()))),
    forged('a claim twice, spelled otherwise', signed(text(goodHeader), text(goodPayload()).replace('{', '{"s\\u0075b":"edu-lin",'))),
    forged('another issuer', token({}, { iss: 'taipei-police' })),
    forged('no issuer', token({}, { iss: undefined })),
    forged('a changed payload', `${head}.${base64url(text({ ...goodPayload(), sub: 'edu-lin' }))}.${signature}`),
    forged('padding', `${head}.${body}.${signature}=`),
    forged('a signature that was cut', `${head}.${body}.${signature.slice(0, -4)}`),
    forged('no signature', `${head}.${body}.`),
    forged('five parts', `${head}.${body}.${signature}.x.y`),
    forged('no token', 'not-a-token'),
    forged('9 KiB', token({}, { purpose: 'x'.repeat(9_000) })),
  ])
})

/** @param seconds from its issue to its end */
const livesFor = (seconds: number): Members => {
  const iat = now()
  return { iat, exp: iat + seconds }
}

t.test('up to its bounds an assertion opens: 300 seconds of life, a clock that differs by less than 30', async (t) => {
  for (const [title, payload] of [
    ['a life of 300 seconds', () => livesFor(300)],
    ['issued 29 seconds ahead', () => ({ iat: now() + 29 })],
    ['not before 29 seconds from now', () => ({ nbf: now() + 29 })],
  ] as const) {
    const { text } = await hear(department.port, presenting(token({}, payload())))
    t.match(text, /^HTTP\/1\.1 200 /, title)
  }
})

t.test('what is signed, and not for this call, is told to its agency and recorded', async (t) => {
  await attack(t, department, [
    misused('another audience', 'aud', () => ({ aud: 'https://elsewhere.test' })),
    misused('two audiences', 'aud', () => ({ aud: [department.origin, 'https://elsewhere.test'] })),
    misused('another method', 'htm', () => ({ htm: 'GET' })),
    misused('another operation', 'htu', () => ({ htu: `${department.origin}/low-income/households/contact` })),
    misused('another query', 'htu', () => ({ htu: `${department.origin}${statusPath}?a=1` })),
    misused('another body, so another subject', 'body_sha256', () => ({
      body_sha256: createHash('sha256').update(goodBody.replace(subject, 'A200000003')).digest('base64url'),
    })),
    misused('no body digest', 'body_sha256', () => ({ body_sha256: undefined })),
    // 30 are allowed; it is on its way for less than five.
    misused('issued 35 seconds ahead', 'iat', () => ({ iat: now() + 35, exp: now() + 120 })),
    misused('issued 31 seconds ago, and far from its end', 'iat', () => ({ iat: now() - 31 })),
    misused('issued years ahead', 'iat', () => ({ iat: now() + 100_000_000, exp: now() + 100_000_120 })),
    misused('issued in the past year, with an end to come', 'iat', () => ({ iat: now() - 31_536_000 })),
    misused('issued at no time', 'iat', () => ({ iat: undefined })),
    misused('issued at a time that is a text', 'iat', () => ({ iat: String(now()) })),
    misused('a life of 301 seconds', 'exp', () => livesFor(301)),
    misused('past its end by a second', 'exp', () => ({ iat: now() - 20, exp: now() - 1 })),
    misused('no end', 'exp', () => ({ exp: undefined })),
    misused('no number of its own', 'jti', () => ({ jti: undefined })),
    misused('a number beyond 64 characters', 'jti', () => ({ jti: 'x'.repeat(65) })),
    misused('not before 35 seconds from now', 'nbf', () => ({ nbf: now() + 35 })),
  ])
})

t.test('an assertion opens once, whichever of many comes first', async (t) => {
  const before = department.size
  const sent = presenting(token({}, {}))
  const heard = await Promise.all(Array.from({ length: 8 }, () => hear(department.port, sent)))
  t.equal(heard.filter((each) => each.text.startsWith('HTTP/1.1 200')).length, 1)
  t.equal(heard.filter((each) => each.text.includes('assertion-replayed')).length, 7)
  const codes = (await department.records(before)).filter(({ entry }) => entry.kind === 'query').map(({ entry }) => entry.code)
  t.same(codes.sort(), [...Array(7).fill('assertion-replayed'), 'released'])
})

t.test('fast-jwt CVE-2026-35039: verification is never cached: who signs in turns is who stands in each record', async (t) => {
  const users = ['edu-chang', 'edu-chang2']
  for (let turn = 0; turn < 6; turn += 1) {
    const user = users[turn % 2] ?? ''
    const before = department.size
    const { text } = await hear(department.port, presenting(token({}, { sub: user })))
    t.match(text, /^HTTP\/1\.1 200/)
    const records = (await department.records(before)).filter(({ entry }) => entry.kind === 'query')
    t.same(
      records.map(({ entry }) => entry.user),
      [user],
    )
  }
})
