// shape.test.ts: design §6.2 on real sockets: every request that has more than one reading, or asks for another answer than ours.
import { connect } from 'node:net'
import t from 'tap'
import { startDepartment, statusPath, subject } from '../end-to-end/department.ts'
import { type Attack, attack, goodBody, hear, request } from './harness.ts'

const department = await startDepartment(t)
const of = (change: Parameters<typeof request>[1]): Buffer => request(department, change)
const invalid = (advisory: string, change: Parameters<typeof request>[1]): Attack => ({
  advisory,
  sent: of(change),
  code: 'request-invalid',
})
const { authorization = '' } = department.headers(department.education)

const bodyless = { without: ['content-length', 'content-type'], body: '' }
const methods = ['HEAD', 'OPTIONS', 'TRACE'].map((method) => ({
  ...invalid(`RFC 9110 §9.3: ${method}`, { ...bodyless, method }),
  head: method === 'HEAD',
}))
const conditions = [
  'Range: bytes=0-10',
  'If-Match: "x"',
  'If-None-Match: "x"',
  'If-Modified-Since: Sat, 29 Oct 1994 19:43:31 GMT',
  'If-Unmodified-Since: Sat, 29 Oct 1994 19:43:31 GMT',
  'If-Range: "x"',
  'TE: trailers',
  'Trailer: X-Sum',
].map((header) => invalid(`RFC 9110: ${header.split(':')[0]}`, { headers: [header] }))
const repeated = [
  ['Host', 'Host: evil.test'],
  ['Authorization (Istio CVE-2026-26308)', `Authorization: ${authorization}`],
  ['Linkage-User', 'Linkage-User: edu-chang'],
  ['Linkage-Purpose', 'LINKAGE-PURPOSE: school-fee-waiver'],
  ['Content-Type', 'Content-Type: application/json'],
].map(([name, header = '']) => invalid(`repeated ${name}`, { headers: [header] }))
/** What other gateways read a credential from: once it is passed over, twice it is refused. */
const elsewhere = ['DPoP', 'X-Api-Key', 'Signature', 'Signature-Input'].map((name) =>
  invalid(`repeated ${name} (Istio CVE-2026-26308)`, { headers: [`${name}: a`, `${name.toLowerCase()}: b`] }),
)
const unknown = ['Linkage-Agency: x', 'Linkage_User: x', 'Linkage.User: x', 'Linkage-Userx: x'].map((header) =>
  invalid(`a Linkage header that is not known: ${header} (Traefik GHSA-5m6w-wvh7-57vm)`, { headers: [header] }),
)

t.test('design §6.2', async (t) => {
  await attack(t, department, [
    ...methods,
    ...conditions,
    ...repeated,
    ...elsewhere,
    ...unknown,
    invalid('RFC 9110 §7.8: Upgrade to h2c', {
      headers: ['Connection: Upgrade, HTTP2-Settings', 'Upgrade: h2c', 'HTTP2-Settings: AAMAAABkAAQAAP__'],
    }),
    invalid('HTTP/1.0', { version: 'HTTP/1.0' }),
    invalid('no Host', { without: ['host'] }),
    invalid('a Host that is none', { without: ['host'], headers: ['Host: a b'] }),
    invalid('a body on GET', { method: 'GET' }),
    invalid('a query parameter twice', { target: `${statusPath}?a=1&a=2` }),
    { advisory: 'RFC 9110 §10.1.1: Expect', sent: of({ headers: ['Expect: 100-continue'] }), code: 'expectation-failed' },
    { advisory: 'RFC 9110 §10.1.1: another Expect', sent: of({ headers: ['Expect: x'] }), code: 'expectation-failed' },
    { advisory: 'RFC 9113 §3.4: the preface of HTTP/2', sent: 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', code: 'request-invalid' },
    { advisory: 'CONNECT', sent: `CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n`, code: 'request-invalid' },
    invalid('a head beyond 16 KiB', { headers: [`X-Long: ${'x'.repeat(17_000)}`] }),
    invalid('very many headers', { headers: Array.from({ length: 4_000 }, (_, at) => `X-${at}: ${at}`) }),
    {
      advisory: 'RFC 9112 §7.1.2: trailers that nobody announced',
      sent: Buffer.concat([
        of({ without: ['content-length'], headers: ['Transfer-Encoding: chunked'], body: '' }),
        Buffer.from(`${Buffer.byteLength(goodBody).toString(16)}\r\n${goodBody}\r\n0\r\nX-Sum: 1\r\n\r\n`),
      ]),
      code: 'request-invalid',
      credential: 'edu-2026a',
      goesOn: true,
    },
  ])
})

t.test('what is sent at once is answered in turn, each by a record of its own', async (t) => {
  const from = department.size
  const { text, ended } = await hear(department.port, Buffer.concat([of({}), of({ headers: ['Linkage-Fields: status.category'] })]))
  t.notOk(ended)
  t.equal(text.match(/HTTP\/1\.1 200 OK/g)?.length, 2)
  t.ok(text.indexOf('王小測') < text.lastIndexOf('HTTP/1.1'), 'the first answer comes first')
  const records = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
  t.same(
    records.map(({ entry }) => entry.code),
    ['released', 'released'],
  )
})

t.test('behind a refusal of shape nothing more is read: what was smuggled there is nobody’s call', async (t) => {
  const from = department.size
  const asked = department.welfare.asked.length
  const { text, ended } = await hear(department.port, Buffer.concat([of({ headers: ['Range: bytes=0-1'] }), of({})]))
  t.ok(ended)
  t.equal(text.match(/HTTP\/1\.1/g)?.length, 1)
  t.equal(department.welfare.asked.length, asked)
  t.same(
    (await department.records(from)).filter(({ entry }) => entry.kind === 'query'),
    [],
  )
})

t.test('nor behind or before a page of ours: one refusal ends the connection, whoever answers it', async (t) => {
  const { log } = department.serving.process.gateway
  const page = (more: string): Buffer => Buffer.from(`GET /log/1/checkpoint HTTP/1.1\r\nHost: linkage.test\r\n${more}\r\n`)
  const unshaped = 'Range: bytes=0-1\r\n'
  for (const [title, sent] of Object.entries({
    'a call behind a page': [page(unshaped), of({})],
    'a page behind a page': [page(unshaped), page('')],
    'a page behind a call': [of({ headers: ['Range: bytes=0-1'] }), page('')],
    'what is no request, behind a call': [of({ headers: ['Range: bytes=0-1'] }), Buffer.from('no request at all\r\n\r\n')],
  })) {
    await log.refusals.flush()
    const [from, asked] = [department.size, department.welfare.asked.length]
    const { text, ended } = await hear(department.port, Buffer.concat(sent))
    t.ok(ended, title)
    t.equal(text.match(/HTTP\/1\.1/g)?.length, 1, title)
    t.equal(department.welfare.asked.length, asked, title)
    await log.refusals.flush()
    t.same(
      (await department.records(from)).flatMap(({ entry }) => [
        entry.kind,
        ...(entry.counts ?? []).map(({ code, count }) => [code, count]),
      ]),
      ['refusals', ['request-invalid', 1]],
      title,
    )
  }
})

t.test('a header that is ours to know, and no other, decides nothing', async (t) => {
  const names = {
    'X-Real-IP': 'APISIX CVE-2022-24112',
    'True-Client-IP': 'of a proxy that is not here',
    'CF-Connecting-IP': 'of a proxy that is not here',
    'X-Client-IP': 'of a proxy that is not here',
    Forwarded: 'RFC 7239, not the one that is configured',
    'X-Original-URL': 'another path, for whoever is behind',
    'X-Forwarded-Prefix': 'Traefik GHSA-6384-m2mw-rf54',
    'X-Forwarded-Uri': 'oauth2-proxy CVE-2026-40575',
    'X-Forwarded-Proto': 'fastify CVE-2026-3635',
    'X-Forwarded-Host': 'fastify CVE-2026-3635',
    'X-Auth-Request-User': 'oauth2-proxy CVE-2025-64484',
    'Remote-User': 'Caddy GHSA-7r4p-vjf4-gxv4: the client’s own copy of what the gateway would say of it',
    Proxy: 'httpoxy CVE-2016-5385',
  }
  const { text } = await hear(department.port, of({ headers: Object.keys(names).map((name) => `${name}: 10.0.0.9`) }))
  t.match(text, /^HTTP\/1\.1 200 OK/)
  const { headers } = department.welfare.asked.at(-1) ?? { headers: {} }
  for (const [name, advisory] of Object.entries(names)) t.notOk(name.toLowerCase() in headers, `${name} (${advisory})`)
  t.notMatch(JSON.stringify(headers), new RegExp(`edu-chang|lk_|${subject}`))
})

t.test('who resets the connection in the middle of a head has left: nothing is refused and nothing counted', async (t) => {
  const { log } = department.serving.process.gateway
  await log.refusals.flush()
  const from = department.size
  await new Promise<void>((over) => {
    const socket = connect(department.port, '127.0.0.1', () => {
      socket.write(`POST ${statusPath} HTTP/1.1\r\nHost: x`, () => setTimeout(() => socket.resetAndDestroy(), 50))
    })
    socket.on('close', () => setTimeout(over, 100))
    socket.on('error', () => undefined) // its own reset
  })
  await log.refusals.flush()
  t.same(await department.records(from), [])
})
