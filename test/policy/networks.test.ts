// networks.test.ts: one spelling for each network, and whether it holds an address.
import fc from 'fast-check'
import t from 'tap'
import { NetworkIndex } from '../../src/policy/network-index.ts'
import { type Address, inNetwork, overlap, parseCidr, sizeOf } from '../../src/policy/networks.ts'

const range = (text: string) => {
  const read = parseCidr(text)
  if (!read.ok) throw new Error(`${text}: ${read.problem}`)
  return read
}
const v4 = (text: string): Address => ({ text, family: 4, value: text.split('.').reduce((sum, part) => sum * 256n + BigInt(part), 0n) })

t.test('a network in canonical form is its first and last address', async (t) => {
  t.match(range('203.0.113.0/28'), { family: 4, first: 0xcb007100n, last: 0xcb00710fn })
  t.match(range('0.0.0.0/0'), { family: 4, first: 0n, last: 0xffffffffn })
  t.match(range('255.255.255.255/32'), { first: 0xffffffffn, last: 0xffffffffn })
  t.match(range('2001:db8::/32'), { family: 6, first: 0x20010db8n << 96n, last: (0x20010db9n << 96n) - 1n })
  t.match(range('::/0'), { family: 6, first: 0n, last: (1n << 128n) - 1n })
  t.match(range('::1/128'), { first: 1n, last: 1n })
})

t.test('any other text is none', async (t) => {
  const cases: readonly (readonly [text: string, problem: string, nearest?: string])[] = [
    ['', 'no-network'],
    ['203.0.113.0', 'no-prefix', '203.0.113.0/32'],
    ['2001:db8::1', 'no-prefix', '2001:db8::1/128'],
    ['203.0.113.5/28', 'host-bits', '203.0.113.0/28'],
    ['2001:db8::1/64', 'host-bits', '2001:db8::/64'],
    ['203.0.113.0/028', 'not-canonical', '203.0.113.0/28'],
    ['2001:DB8::/32', 'not-canonical', '2001:db8::/32'],
    ['2001:db8:0:0::/32', 'not-canonical', '2001:db8::/32'],
    ['::10.0.0.0/120', 'ipv4-mapped'], // ipaddr.js takes it for one: two spellings, two decisions
    ['::ffff:10.0.0.0/104', 'ipv4-mapped'],
    ['::ffff:a00:0/104', 'ipv4-mapped'],
    ['010.0.0.0/8', 'no-network'],
    ['10/8', 'no-network'],
    ['0x0a.0.0.0/8', 'no-network'],
    ['167772160/8', 'no-network'],
    ['10.0.0.0/33', 'no-network'],
    ['10.0.0.0/-1', 'no-network'],
    ['10.0.0.0/', 'no-network'],
    ['10.0.0.0/8/8', 'no-network'],
    ['10.0.0.0/255.0.0.0', 'no-network'],
    ['10.0.0.0 /8', 'no-network'],
    [' 10.0.0.0/8', 'no-network'],
    ['fe80::1%eth0/128', 'no-network'],
    ['2001:db8::/129', 'no-network'],
    ['*', 'no-network'],
  ]
  for (const [text, problem, nearest] of cases) t.same(parseCidr(text), { ok: false, problem, ...(nearest && { nearest }) }, text)
})

t.test('what is suggested is canonical, and holds the address that was written', async () => {
  const octet = fc.integer({ min: 0, max: 255 })
  fc.assert(
    fc.property(fc.tuple(octet, octet, octet, octet), fc.integer({ min: 0, max: 32 }), (octets, prefix) => {
      const text = octets.join('.')
      const read = parseCidr(`${text}/${prefix}`)
      const canonical = read.ok ? read : range(read.nearest ?? '')
      return inNetwork(v4(text), canonical) && sizeOf(canonical) === 1n << BigInt(32 - prefix)
    }),
  )
})

t.test('an IPv4 address is in no IPv6 network of the same number', async (t) => {
  t.ok(inNetwork(v4('10.0.0.1'), range('10.0.0.0/8')))
  t.notOk(inNetwork(v4('10.0.0.1'), range('::/0')))
  t.notOk(overlap(range('0.0.0.0/0'), range('::/0')))
  t.ok(overlap(range('10.0.0.0/8'), range('10.255.255.0/24')))
  t.notOk(overlap(range('10.0.0.0/8'), range('11.0.0.0/8')))
})

t.test('the index knows exactly the addresses of its networks, asked once or again', async () => {
  // A small world, so that networks touch, nest and repeat.
  const cidr = fc.tuple(fc.integer({ min: 0, max: 63 }), fc.integer({ min: 26, max: 32 })).map(([host, prefix]) => {
    const size = 2 ** (32 - prefix)
    return range(`10.0.0.${Math.floor(host / size) * size}/${prefix}`)
  })
  fc.assert(
    fc.property(fc.array(cidr, { maxLength: 12 }), (networks) => {
      const index = new NetworkIndex(networks)
      return Array.from({ length: 80 }, (_, host) => v4(`10.0.0.${host}`)).every((address) => {
        const expected = networks.some((each) => inNetwork(address, each))
        return index.knows(address) === expected && index.knows(address) === expected
      })
    }),
  )
})

t.test('an index of nothing knows nobody, and more addresses than it remembers change nothing', async (t) => {
  t.notOk(new NetworkIndex([]).knows(v4('0.0.0.0')))
  const index = new NetworkIndex([range('10.0.0.0/17')])
  let known = 0
  for (let at = 0; at < 65_536; at++) if (index.knows(v4(`10.0.${at >> 8}.${at & 255}`))) known++
  t.equal(known, 32_768)
})
