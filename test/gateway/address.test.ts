// address.test.ts: the caller's address is what the declared proxies vouch for, in one spelling, or nothing.
import { isIP } from 'node:net'
import fc from 'fast-check'
import t from 'tap'
import { type ForwardingTrust, readAddress, resolveOrigin } from '../../src/gateway/address.ts'
import type { AddressRange } from '../../src/policy/networks.ts'

const range = (first: string, last = first): AddressRange => {
  const [from, to] = [readAddress(first), readAddress(last)]
  if (from === undefined || to === undefined) throw new Error(`no address: ${first}, ${last}`)
  return { family: from.family, first: from.value, last: to.value }
}
const proxies = [range('10.0.0.0', '10.0.0.255'), range('2001:db8:ffff::', '2001:db8:ffff:ffff:ffff:ffff:ffff:ffff')]
const trust = (header: 'x-forwarded-for' | 'forwarded'): ForwardingTrust => ({ header, proxies })
const PROXY = '10.0.0.1'
const CLIENT = '203.0.113.9'
const origin = (header: 'x-forwarded-for' | 'forwarded', ...lines: string[]): string =>
  resolveOrigin(
    PROXY,
    lines.flatMap((line) => [header, line]),
    trust(header),
  )
const refused = { code: 'request-invalid' }

t.test(
  'a peer that is no declared proxy is the caller, whatever it writes (Tyk X-Real-IP, APISIX CVE-2022-24112, GHSA-5m6w-wvh7-57vm)',
  async (t) => {
    const names = [
      'X-Forwarded-For',
      'X_Forwarded_For',
      'X.Forwarded.For',
      'Forwarded',
      'X-Real-IP',
      'True-Client-IP',
      'CF-Connecting-IP',
      'X-Client-IP',
    ]
    for (const name of names) {
      for (const value of ['198.51.100.1', 'for=198.51.100.1', '127.0.0.1', '', 'evil<script>']) {
        t.equal(resolveOrigin(CLIENT, [name, value], trust('x-forwarded-for')), CLIENT, `${name}: ${value}`)
        t.equal(resolveOrigin(CLIENT, [name, value], trust('forwarded')), CLIENT, `${name}: ${value}`)
        t.equal(resolveOrigin(PROXY, [name, value], undefined), PROXY, `${name}: ${value}, no proxy declared`)
      }
    }
  },
)

t.test('behind a declared proxy, only the one configured header is read', async (t) => {
  const aliases = ['Forwarded', 'X_Forwarded_For', 'X.Forwarded.For', 'X-Real-IP', 'X-Forwarded', 'X-Forwarded-For-']
  for (const alias of aliases) {
    t.equal(
      resolveOrigin(PROXY, [alias, 'for=198.51.100.1', 'x-FORWARDED-for', CLIENT, alias, '198.51.100.1'], trust('x-forwarded-for')),
      CLIENT,
      alias,
    )
    t.throws(() => resolveOrigin(PROXY, [alias, '198.51.100.1'], trust('x-forwarded-for')), refused, `${alias} alone`)
  }
  t.equal(resolveOrigin(PROXY, ['X-Forwarded-For', '198.51.100.1', 'Forwarded', `for=${CLIENT}`], trust('forwarded')), CLIENT)
  t.throws(() => resolveOrigin(PROXY, ['X-Forwarded-For', CLIENT], trust('forwarded')), refused)
})

t.test('R2: the rightmost hop that is no declared proxy is the caller (fastify trustProxy: true takes the leftmost)', async (t) => {
  t.equal(origin('x-forwarded-for', CLIENT), CLIENT)
  t.equal(origin('x-forwarded-for', `1.1.1.1, ${CLIENT}`), CLIENT)
  t.equal(origin('x-forwarded-for', `1.1.1.1,${CLIENT}\t, 10.0.0.7 ,2001:db8:ffff::2`), CLIENT)
  t.equal(origin('x-forwarded-for', '1.1.1.1', CLIENT, '10.0.0.7'), CLIENT, 'a proxy that adds a line of its own')
  t.equal(origin('x-forwarded-for', `garbage, unknown, ${CLIENT}`), CLIENT, 'what nobody vouches for is not read')
  t.equal(origin('forwarded', `for=1.1.1.1, for=${CLIENT};proto=https;by=_gate`), CLIENT)
  t.equal(origin('forwarded', 'for="', `for=${CLIENT}`), CLIENT, 'an open quote on a line of the client ends with that line')
  t.equal(resolveOrigin('2001:db8:ffff::1', ['X-Forwarded-For', '2001:db8::9'], trust('x-forwarded-for')), '2001:db8::9')
})

t.test('a declared proxy that names nobody is refused: missing, empty, all declared', async (t) => {
  t.throws(() => resolveOrigin(PROXY, [], trust('x-forwarded-for')), refused)
  t.throws(() => resolveOrigin(PROXY, [], trust('forwarded')), refused)
  for (const line of ['', ' ', ',', `${CLIENT},`, `${CLIENT}, ,`, '10.0.0.7', '10.0.0.7, 10.0.0.8', '::ffff:10.0.0.7']) {
    t.throws(() => origin('x-forwarded-for', line), refused, JSON.stringify(line))
  }
  for (const line of ['', ' ', ',', 'for=', 'for=10.0.0.7', 'proto=https', `for=${CLIENT},`, `for=${CLIENT};`, `by=${CLIENT}`]) {
    t.throws(() => origin('forwarded', line), refused, JSON.stringify(line))
  }
})

t.test('IPv4-mapped IPv6 is IPv4 (Hono GHSA-xpcf-pg52-r92g, express-rate-limit CVE-2026-30827)', async (t) => {
  t.equal(resolveOrigin('::ffff:203.0.113.9', [], undefined), CLIENT)
  t.equal(resolveOrigin('::ffff:10.0.0.1', ['X-Forwarded-For', CLIENT], trust('x-forwarded-for')), CLIENT, 'a mapped proxy is the proxy')
  t.equal(origin('x-forwarded-for', '::ffff:203.0.113.9, ::ffff:10.0.0.2'), CLIENT)
  t.equal(origin('forwarded', 'for="[::ffff:203.0.113.9]:443"'), CLIENT)
  t.same(readAddress('::ffff:203.0.113.9'), readAddress(CLIENT))
})

t.test(
  'what two readers would take for two addresses is none (netmask CVE-2021-28918, ipaddr.js 2.5.0, APISIX ports, fastify request.ip)',
  async (t) => {
    const none = [
    '010.0.0.1', '127.1', '2130706433', '0x7f.1', '0', '1.2.3', '1.2.3.4.5', '1.2.3.256', '1.2.3.04', '1.2.3.4 ', ' 1.2.3.4', '1.2.3.4.',
    '１.2.3.4', '10/8', '10.0.0.0/8', '::10.0.0.1', '::ffff:010.0.0.1', '::ffff:a00:1', '::FFFF:10.0.0.1', '0:0:0:0:0:ffff:10.0.0.1', '::ffff:0:10.0.0.1',
    '64:ff9b::10.0.0.1', '2001:DB8::1', '2001:db8:0:0:0:0:0:1', '2001:0db8::1', '2001:db8::0:1', '2001:db8::1:0:0:0:1', '1::2:3:4:5:6:7', 'fe80::1%eth0', '::1%1',
    '[2001:db8::1]', '2001:db8:::1', ':::', 'unknown', '_hidden', '_', 'localhost', 'evil<script>', '1.2.3.4:80', '[2001:db8::1]:80', '1.2.3.4\0', '',
  ] // biome-ignore format: a table
    for (const text of none) {
      t.equal(readAddress(text), undefined, text)
      t.throws(() => resolveOrigin(text, [], undefined), refused, `peer ${text}`)
      if (text !== text.trim()) continue
      t.throws(() => origin('x-forwarded-for', text), refused, `XFF ${text}`)
    }
  },
)

t.test('RFC 7239 §6: ports stand in `for=` only, IPv6 in brackets and quotes', async (t) => {
  for (const [line, found] of [
    ['for=203.0.113.9', CLIENT],
    ['FOR="203.0.113.9"', CLIENT],
    ['for="203.0.113.9:47011"', CLIENT],
    ['for="\\203.0.113.9"', CLIENT],
    ['proto=https;for=203.0.113.9;host="a, b;c=\\"d"', CLIENT],
    ['for="[2001:db8:cafe::17]"', '2001:db8:cafe::17'],
    ['for="[2001:db8:cafe::17]:4711" ,  for=10.0.0.2', '2001:db8:cafe::17'],
  ] as const) {
    t.equal(origin('forwarded', line), found, line)
  }
  const bad = [
    'for=unknown', 'for="unknown"', 'for=_hidden', 'for="_hidden"', 'for="203.0.113.9:_port"', 'for=203.0.113.9:80', 'for=[2001:db8::1]',
    'for=2001:db8::1', 'for="2001:db8::1"', 'for="[2001:db8::1%eth0]"', 'for="[203.0.113.9]"', 'for="[203.0.113.9]:80"', 'for="[::203.0.113.9]"',
    'for="010.0.0.1"', 'for="203.0.113.9:"', 'for="203.0.113.9:123456"', 'for="203.0.113.9 "', 'for = 203.0.113.9', 'for=203.0.113.9; proto=https',
    'for=203.0.113.9;for=198.51.100.1', 'for=203.0.113.9;FOR=203.0.113.9', 'for=203.0.113.9 for=1.1.1.1', '203.0.113.9', 'for="203.0.113.9', 'for=203.0.113.9"',
    'for=203.0.113.9;proto=https;PROTO=http', 'for="203.0.113.9"x', 'for=203.0.113.9;;proto=https', 'for=203.0.113.9\u00a0',
  ] // biome-ignore format: a table
  for (const line of bad) t.throws(() => origin('forwarded', line), refused, line)
})

t.test('a quote that the client leaves open never moves the hop that the proxy appended', async (t) => {
  for (const start of ['for="', 'x="', 'for=198.51.100.1;x="', 'for=198.51.100.1;x="\\', 'for="198.51.100.1']) {
    for (const own of [
      `for=${CLIENT}`,
      `for="${CLIENT}:443"`,
      `for=${CLIENT};host="for=198.51.100.1"`,
      `for=${CLIENT};host=";for=198.51.100.1;x="`,
    ]) {
      t.throws(() => origin('forwarded', `${start}, ${own}`), refused, `${start}, ${own}`)
    }
  }
})

t.test('a detail never repeats what the header held', async (t) => {
  for (const header of ['x-forwarded-for', 'forwarded'] as const) {
    try {
      origin(header, 'SECRET-7731')
      t.fail('refused')
    } catch (error) {
      t.notMatch(String(error), /SECRET-7731/)
    }
  }
})

const text = fc.oneof(
  fc.string({ maxLength: 40 }),
  fc.string({ unit: fc.constantFrom(...'0123456789abcdefx:.,;="[]%_- \\for'), maxLength: 50 }),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.ipV6().map((address) => `for="[${address}]"`),
  fc.ipV4().map((address) => `for=${address}`),
)

t.test('whatever a client writes before it, the hop that the proxy appended is the caller, or the call is refused', async () => {
  fc.assert(
    fc.property(text, fc.constantFrom(CLIENT, '2001:db8::9'), fc.boolean(), (written, client, ownLine) => {
      const separate = (own: string): string[] => (ownLine ? [written, own] : [`${written}, ${own}`])
      if (origin('x-forwarded-for', ...separate(client)) !== client) return false
      const own = isIP(client) === 4 ? `for=${client}` : `for="[${client}]"`
      try {
        return origin('forwarded', ...separate(own)) === client
      } catch (error) {
        return !ownLine && error instanceof Error && 'code' in error && error.code === 'request-invalid'
      }
    }),
    { numRuns: 3000 },
  )
})

t.test('whatever a header holds, what comes out is an address in the one spelling', async () => {
  fc.assert(
    fc.property(text, fc.constantFrom('x-forwarded-for' as const, 'forwarded' as const), (line, header) => {
      let found: string
      try {
        found = origin(header, line)
      } catch (error) {
        return error instanceof Error && 'code' in error && error.code === 'request-invalid'
      }
      // WHATWG URL is a second implementation of the canonical spelling.
      const url = new URL(isIP(found) === 6 ? `http://[${found}]` : `http://${found}`)
      return isIP(found) !== 0 && url.hostname.replace(/^\[|\]$/g, '') === found && !/^(10\.0\.0\.|2001:db8:ffff:)/.test(found)
    }),
    { numRuns: 3000 },
  )
})

t.test('every IPv6 address is read in its RFC 5952 spelling and in no other', async () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom('0', '1', 'db8', 'ffff', '0', '0'), { minLength: 8, maxLength: 8 }), (groups) => {
      const long = groups.join(':')
      const canonical = new URL(`http://[${long}]`).hostname.slice(1, -1)
      const read = readAddress(canonical)
      const mapped = /^(0:){5}ffff:/.test(long)
      if (mapped) return read === undefined
      const value = groups.reduce((sum, group) => (sum << 16n) | BigInt(`0x${group}`), 0n)
      return read?.text === canonical && read.value === value && (long === canonical || readAddress(long) === undefined)
    }),
    { numRuns: 2000 },
  )
})

t.test('reading many addresses changes no answer', async (t) => {
  for (let i = 0; i < 10_000; i++) readAddress(`198.18.${i >> 8}.${i & 255}`)
  t.equal(readAddress('198.18.0.1')?.text, '198.18.0.1')
  t.equal(readAddress('198.18.0.01'), undefined)
})
