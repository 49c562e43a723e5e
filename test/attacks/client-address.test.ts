// client-address.test.ts: who claims to be where: only a declared proxy is believed, and only in one spelling.
import t from 'tap'
import { startDepartment } from '../end-to-end/department.ts'
import { type Attack, attack, hear, request } from './harness.ts'

// A refusal before the body is read ends the connection, whichever it is.
/** The network of the example's education bureau, and an address of nobody. */
const [known, stranger] = ['203.0.113.5', '198.18.0.9']

t.test('client addresses: behind the declared proxy', async (t) => {
  const department = await startDepartment(t)
  const forwarded = (advisory: string, lines: readonly string[], code: Attack['code']): Attack => ({
    advisory,
    sent: request(department, { without: ['x-forwarded-for'], headers: lines.map((line) => `X-Forwarded-For: ${line}`) }),
    code,
  })
  await attack(t, department, [
    forwarded('fastify trustProxy: true takes the leftmost hop (tyk#624)', [`${known}, ${stranger}`], 'network-not-allowed'),
    forwarded('the last of several lines counts', [known, stranger], 'network-not-allowed'),
    forwarded('a proxy that names nobody', [], 'request-invalid'),
    forwarded('an empty chain', [''], 'request-invalid'),
    forwarded('a chain of declared proxies alone', ['127.0.0.1'], 'request-invalid'),
    forwarded('netmask CVE-2021-28918: octal', ['0313.0.113.5'], 'request-invalid'),
    forwarded('octal with leading zeros', ['203.000.113.005'], 'request-invalid'),
    forwarded('a short form', ['203.113.5'], 'request-invalid'),
    forwarded('one number', ['3405803781'], 'request-invalid'),
    forwarded('hexadecimal', ['0xcb.0.0x71.5'], 'request-invalid'),
    forwarded('with a port', [`${known}:1234`], 'request-invalid'),
    forwarded('in brackets', ['[2001:db8::1]'], 'request-invalid'),
    forwarded('ipaddr.js: IPv4 in IPv6 without a prefix', [`::${known}`], 'request-invalid'),
    forwarded('mapped, in octal', ['::ffff:0313.0.113.5'], 'request-invalid'),
    forwarded('another spelling of IPv6', ['2001:DB8::1'], 'request-invalid'),
    forwarded('a zone', ['fe80::1%eth0'], 'request-invalid'),
    forwarded('unknown', ['unknown'], 'request-invalid'),
    forwarded('obfuscated', ['_hidden'], 'request-invalid'),
    forwarded('no address at all', ['evil<script>'], 'request-invalid'),
    forwarded('a quote left open', [`"${known}`], 'request-invalid'),
    forwarded('what follows the true hop', [`${known},`], 'request-invalid'),
  ])
  await attack(
    t,
    department,
    Object.entries({
      'Forwarded: for=203.0.113.5': 'the other standard header',
      'X-Real-IP: 203.0.113.5': 'Tyk trusts X-Real-IP of anybody',
      'X_Forwarded_For: 203.0.113.5': 'Traefik GHSA-5m6w-wvh7-57vm, Caddy GHSA-f59h-q822-g45g: underscores',
      'X.Forwarded.For: 203.0.113.5': 'Caddy 947087c: dots',
      'X-Forwarded-For-Original: 203.0.113.5': 'a longer name',
    }).map(([header, advisory]) => ({
      advisory: `${advisory}: ${header} beside the one that is configured`,
      sent: request(department, { without: ['x-forwarded-for'], headers: [`X-Forwarded-For: ${stranger}`, header] }),
      code: 'network-not-allowed',
    })),
  )
  const mapped = request(department, { without: ['x-forwarded-for'], headers: [`X-Forwarded-For: ::ffff:${known}`] })
  t.match(
    (await hear(department.port, mapped)).text,
    /^HTTP\/1\.1 200 OK/,
    'Hono GHSA-xpcf-pg52-r92g, express-rate-limit CVE-2026-30827: IPv4-mapped IPv6 is IPv4',
  )
  const removed = request(department, { headers: ['Connection: close, X-Forwarded-For, Authorization'] })
  t.match(
    (await hear(department.port, removed)).text,
    /^HTTP\/1\.1 200 OK/,
    'Fabio CVE-2025-48865, reply-from c815dc4: Connection names no header of ours away',
  )
})

t.test('client addresses: a peer that nobody declared is where it is, whatever it says', async (t) => {
  const department = await startDepartment(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) => document.deleteIn(['trusted_proxies'])),
  )
  const names = ['X-Forwarded-For', 'Forwarded', 'X-Real-IP', 'True-Client-IP', 'CF-Connecting-IP', 'X-Client-IP', 'Fastly-Client-IP']
  await attack(
    t,
    department,
    names.map((name) => ({
      advisory: `APISIX CVE-2022-24112, tyk#3654: ${name}`,
      sent: request(department, { without: ['x-forwarded-for'], headers: [`${name}: ${name === 'Forwarded' ? `for=${known}` : known}`] }),
      code: 'network-not-allowed',
    })),
  )
})

t.test('tls: terminated: who is no declared proxy is not heard at all; the proxy is', async (t) => {
  const department = await startDepartment(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) => {
      document.setIn(['listeners', 'public', 'tls'], 'terminated')
      document.setIn(['trusted_proxies', 'cidrs'], document.createNode(['127.0.0.2/32']))
    }),
  )
  const sent = request(department)
  const { text, ended } = await hear(department.port, sent)
  t.same([text, ended], ['', true], 'a peer that speaks in clear gets no byte')
  const proxied = await hear(department.port, sent, '127.0.0.2')
  t.match(proxied.text, /^HTTP\/1\.1 200 OK/)
  const records = (await department.records()).filter(({ entry }) => entry.kind === 'query')
  t.same(
    records.map(({ entry }) => entry.code),
    ['released'],
  )
})
