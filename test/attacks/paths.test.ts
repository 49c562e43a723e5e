// paths.test.ts: path confusion on real sockets: a path that two readers could read differently is nobody's path.
import t from 'tap'
import type { MadeAgency } from '../end-to-end/configuration.ts'
import { household, startDepartment, statusPath } from '../end-to-end/department.ts'
import { answering, startWelfare } from '../end-to-end/welfare.ts'
import { type Attack, attack, hear, request } from './harness.ts'

const other = await startWelfare(answering(JSON.stringify(household)))
t.teardown(() => other.close())
let elsewhere: MadeAgency | undefined
const department = await startDepartment(t, (configuration) => {
  configuration.edit('gateway.yaml', (file) => file.setIn(['upstreams', 'other'], file.createNode({ url: other.url })))
  configuration.addApi('other', (file) => file.setIn(['x-linkage', 'upstream'], 'other'))
  elsewhere = configuration.addAgency('elsewhere', (file) => file.setIn(['grants', 0, 'api'], 'other'))
})
const parent = '/low-income/households'
const at = (advisory: string, target: string): Attack => ({
  advisory: `${advisory}: ${target.slice(0, 48)}`,
  sent: request(department, { target }),
  code: 'request-invalid',
})

t.test('path confusion: paths and targets', async (t) => {
  await attack(t, department, [
    at('reply-from GHSA-qmw8-3v4g-gwj4, GHSA-2q7r-29rg-6m5h, Oathkeeper 8e00021: a dot segment', `${parent}/../households/status`),
    at('Caddy CVE-2026-27587: an encoded dot segment', `${parent}/%2e%2e/households/status`),
    at('Traefik CVE-2026-48020, GHSA-6jwx-7vp4-9847 (CVE-2026-40912): half encoded', `${parent}/.%2e/households/status`),
    at('fastify static CVE-2026-6414: an encoded slash', `${parent}..%2fstatus`),
    at('Heimdall CVE-2026-42274, CVE-2026-42272: in upper case', '/low-income%2Fhouseholds%2Fstatus'),
    at('encoded twice', `${parent}/%252e%252e/status`),
    at('Tomcat’s path parameter', `${parent}/..;/households/status`),
    at('a parameter behind the segment', `${statusPath};jsessionid=1`),
    at('a backslash', '/low-income\\households\\status'),
    at('an encoded backslash', '/low-income%5chouseholds%5cstatus'),
    at('APISIX CVE-2021-43557, OPA-envoy CVE-2026-26205, Envoy CVE-2019-9901: an empty segment', '//low-income/households/status'),
    at('in the middle', '/low-income//households/status'),
    at('find-my-way: a fragment', `${statusPath}#x`),
    at('NUL', `${statusPath}%00`),
    at('CR and LF', `${statusPath}%0d%0aX-Injected:%201`),
    at('overlong UTF-8', '/low-income/%c0%ae%c0%ae/households/status'),
    at('a letter that needs no encoding', '/low-income/h%6fuseholds/status'),
    at('middie CVE-2026-2880, express CVE-2026-22037, CVE-2026-33807, CVE-2026-33808: a trailing slash', `${statusPath}/`),
    at('a current segment', '/low-income/./households/status'),
    at('absolute form, another host', `http://evil.test${statusPath}`),
    at('absolute form, our host', `http://linkage.test${statusPath}`),
    at('asterisk form', '*'),
    at('authority form', 'linkage.test:443'),
    at('two question marks', `${statusPath}?a?b`),
    at('an empty query', `${statusPath}?`),
    at('a target beyond 2,048 characters', `${statusPath}?a=${'x'.repeat(2_100)}`),
    at('beyond ASCII', '/low-income/households/狀態'),
  ])
})

t.test('a route that is not there, one in other letters and one that is not granted are one refusal', async (t) => {
  const heard = []
  for (const target of [
    '/nothing',
    '/low-income/Households/Status',
    '/LOW-INCOME/households/status',
    '/receipts',
    '/__proto__',
    '/protection/protection-orders/query',
  ]) {
    const { text } = await hear(department.port, request(department, { target }))
    const { title, status, detail } = JSON.parse(text.slice(text.indexOf('\r\n\r\n') + 4))
    heard.push({ title, status, detail })
  }
  t.equal(new Set(heard.map((each) => JSON.stringify(each))).size, 1, JSON.stringify(heard))
  t.match(heard[0], { status: 403 })
})

t.test('reply-from GHSA-v574-6498-x57v: one path behind two upstreams: each call goes to its own, however they take turns', async (t) => {
  if (elsewhere === undefined) throw new Error('the agency was made')
  for (let turn = 0; turn < 6; turn += 1) {
    const before = [department.welfare.asked.length, other.asked.length]
    const first = await department.call(department.education)
    const second = await department.call(elsewhere, { path: statusPath.replace('low-income', 'other') })
    t.same([first.status, second.status], [200, 200])
    t.same(
      [department.welfare.asked.length, other.asked.length],
      before.map((asked) => asked + 1),
    )
  }
})

t.test('http-proxy GHSA-c4qr-gmr9-v23w: a WebSocket handshake beyond its prefix goes nowhere', async (t) => {
  const handshake = [
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Sec-WebSocket-Version: 13',
    'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==',
  ]
  await attack(
    t,
    department,
    [statusPath, `${parent}/../../admin`, '/admin'].map((target) => ({
      advisory: `Upgrade: ${target}`,
      sent: request(department, { target, headers: handshake }),
      code: 'request-invalid',
    })),
  )
})
