// address.ts: which address a call comes from, through the proxies that the department declared and no others.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import { type Address, type AddressRange, inNetwork } from '../policy/networks.ts'
import { Refused } from '../problems.ts'

/** Headers as they came: name, value, name, value. Node joins or drops some repeated ones elsewhere. */
export type RawHeaders = readonly string[]

/** Proxies that may say for whom they speak, and the one header in which they do; without it no header is believed. */
export type ForwardingTrust = { readonly header: 'x-forwarded-for' | 'forwarded'; readonly proxies: readonly AddressRange[] } | undefined

const known = new Map<string, Address>()
const KNOWN_AT_MOST = 4096

/** Reads one address, without port, zone or brackets; IPv4-mapped IPv6 becomes IPv4.
 *  @returns undefined unless the text is the canonical one: `010.0.0.1`, `127.1`, `::10.0.0.1`, `2001:DB8::1`, `fe80::1%eth0` are none */
export function readAddress(text: string): Address | undefined {
  const found = known.get(text)
  if (found !== undefined) return found
  const read = parse(text)
  if (read === undefined) return undefined
  if (known.size >= KNOWN_AT_MOST) known.clear() // bounded without bookkeeping: it only saves work
  known.set(text, read)
  return read
}

function parse(text: string): Address | undefined {
  // net.isIP comes first: ipaddr.js alone reads octal, hexadecimal and short forms (netmask CVE-2021-28918).
  const family = isIP(text)
  if (family === 4) return address(text, 4, ipaddr.IPv4.parse(text).toByteArray())
  if (family !== 6 || text.includes('%')) return undefined
  if (text.startsWith('::ffff:') && text.includes('.')) {
    const mapped = text.slice(7)
    return isIP(mapped) === 4 ? parse(mapped) : undefined
  }
  // ipaddr.js takes `::10.0.0.1` for 10.0.0.1 and `::a00:1`, the same bits, for IPv6: dots stand in mapped addresses only.
  if (text.includes('.')) return undefined
  const parsed = ipaddr.IPv6.parse(text)
  if (parsed.isIPv4MappedAddress() || parsed.toRFC5952String() !== text) return undefined
  return address(text, 6, parsed.toByteArray())
}

function address(text: string, family: 4 | 6, bytes: readonly number[]): Address {
  return { text, family, value: BigInt(`0x${Buffer.from(bytes).toString('hex')}`) }
}

/** Whether an address is one of the declared proxies. */
export const isProxy = (address: Address, proxies: readonly AddressRange[]): boolean => proxies.some((range) => inNetwork(address, range))

/** The address that a call comes from: the peer's own, or, behind declared proxies, the rightmost hop that is none of them.
 *  What stands left of that hop was written by somebody whom nobody vouches for, and is not even read.
 *  @param peer the socket's remote address
 *  @returns canonical text
 *  @throws Refused `request-invalid` where a declared proxy does not say, in exactly one canonical way, for whom it speaks */
export function resolveOrigin(peer: string, headers: RawHeaders, trust: ForwardingTrust): string {
  const direct = readAddress(peer)
  if (direct === undefined) throw new Refused('request-invalid', 'the address of the connection is not a plain IPv4 or IPv6 address')
  if (trust === undefined || !isProxy(direct, trust.proxies)) return direct.text
  const readHops = trust.header === 'forwarded' ? forwardedHops : xForwardedForHops
  let lines = 0
  // From the last line and hop backwards: each proxy appends what it saw, on the same line or on one of its own.
  for (let i = headers.length - 2; i >= 0; i -= 2) {
    if (headers[i]?.toLowerCase() !== trust.header) continue
    lines++
    const hops = readHops(headers[i + 1] ?? '')
    for (let hop = hops.length - 1; hop >= 0; hop--) {
      const origin = readAddress(hops[hop] ?? '')
      if (origin === undefined) throw new Refused('request-invalid', `${trust.header}: a hop that is not an address in canonical form`)
      if (!isProxy(origin, trust.proxies)) return origin.text
    }
  }
  throw new Refused('request-invalid', `${trust.header}: ${lines === 0 ? 'missing' : 'names no address beyond the declared proxies'}`)
}

const EDGE_SPACE = /^[ \t]+|[ \t]+$/g

function xForwardedForHops(line: string): readonly string[] {
  return line.split(',').map((hop) => hop.replace(EDGE_SPACE, ''))
}

const TOKEN = "[!#$%&'*+.^_`|~0-9A-Za-z-]+"
/** SPEC RFC 7239 §4: forwarded-pair, then what follows it. Sticky, so that nothing between two pairs is skipped. */
const PAIR = new RegExp(`(${TOKEN})=(?:(${TOKEN})|"((?:[\\t !#-\\[\\]-~]|\\\\[\\t -~])*)")(?:(;)|[ \\t]*(?:(,)[ \\t]*|$))`, 'y')
const NODE = /^(?:\[([0-9A-Fa-f:.]+)\]|([\d.]+))(?::\d{1,5})?$/

/** The `for` of each element. A quote that a client leaves open swallows the proxy's own element: such a line is refused whole. */
function forwardedHops(line: string): readonly string[] {
  const malformed = (): Refused => new Refused('request-invalid', 'forwarded: not a list of elements of RFC 7239 that each name `for` once')
  const text = line.replace(EDGE_SPACE, '')
  const hops: string[] = []
  let names = new Set<string>()
  let hop: string | undefined
  let more = true
  PAIR.lastIndex = 0
  while (more) {
    const pair = PAIR.exec(text)
    if (pair === null) throw malformed()
    const [, rawName = '', token, quoted = '', sameElement, comma] = pair
    const name = rawName.toLowerCase()
    if (names.has(name)) throw malformed()
    names.add(name)
    if (name === 'for') hop = nodeAddress(token ?? quoted.replace(/\\(.)/g, '$1'))
    if (sameElement === undefined) {
      if (hop === undefined) throw malformed()
      hops.push(hop)
      hop = undefined
      names = new Set()
      more = comma !== undefined
    }
  }
  return hops
}

/** SPEC RFC 7239 §6: IPv4, or IPv6 in brackets, with or without a port. `unknown` and obfuscated names come out as no address. */
function nodeAddress(node: string): string {
  const [, v6, v4] = NODE.exec(node) ?? []
  if (v4 !== undefined) return v4
  return v6?.includes(':') ? v6 : ''
}
