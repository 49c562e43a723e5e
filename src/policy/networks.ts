// networks.ts: networks in their one canonical spelling, and which of them hold an address.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'

/** An address in canonical text: dotted IPv4, or RFC 5952; IPv4-mapped IPv6 was made IPv4 where it was read. */
export interface Address {
  readonly text: string
  readonly family: 4 | 6
  /** Unsigned, of the family's width. */
  readonly value: bigint
}

/** Addresses from `first` to `last`, both included, as unsigned integers of the family's width. */
export interface AddressRange {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

export type Cidr =
  | ({ readonly ok: true } & AddressRange)
  /** What is wrong, and the spelling that was probably meant. */
  | {
      readonly ok: false
      readonly problem: 'no-network' | 'no-prefix' | 'not-canonical' | 'host-bits' | 'ipv4-mapped'
      readonly nearest?: string
    }

/** Whether an address is this machine's own. A name is none: what it leads to is somebody else's to say. */
export const isLoopback = (host: string): boolean => host === '::1' || (isIP(host) === 4 && host.startsWith('127.'))

const WIDTH = { 4: 32, 6: 128 } as const

function addressValue(text: string): { readonly family: 4 | 6; readonly value: bigint; readonly canonical: string } | undefined {
  // net.isIP comes first: ipaddr.js alone reads octal, hexadecimal and short forms (netmask CVE-2021-28918).
  const family = isIP(text)
  if (family === 0 || text.includes('%')) return undefined
  const parsed = family === 4 ? ipaddr.IPv4.parse(text) : ipaddr.IPv6.parse(text)
  const value = BigInt(`0x${Buffer.from(parsed.toByteArray()).toString('hex')}`)
  return { family: family === 4 ? 4 : 6, value, canonical: canonical(family === 4 ? 4 : 6, value) }
}

function canonical(family: 4 | 6, value: bigint): string {
  const bytes = [...Buffer.from(value.toString(16).padStart(WIDTH[family] / 4, '0'), 'hex')]
  return family === 4 ? new ipaddr.IPv4(bytes).toString() : new ipaddr.IPv6(bytes).toRFC5952String()
}

/** Reads a network, `203.0.113.0/28` or `2001:db8:20::/48`. Only the one canonical spelling is a network: a second spelling of one
 *  network would be a second decision. */
export function parseCidr(text: string): Cidr {
  const slash = text.indexOf('/')
  const address = addressValue(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return { ok: false, problem: 'no-network' }
  const { family, value } = address
  const width = WIDTH[family]
  if (family === 6 && value >> 32n === 0xffffn) return { ok: false, problem: 'ipv4-mapped' }
  if (slash < 0) return { ok: false, problem: 'no-prefix', nearest: `${address.canonical}/${width}` }
  const prefix = text.slice(slash + 1)
  if (!/^\d{1,4}$/.test(prefix) || Number(prefix) > width) return { ok: false, problem: 'no-network' }
  const hosts = BigInt(width - Number(prefix))
  const first = (value >> hosts) << hosts
  const written = `${canonical(family, first)}/${Number(prefix)}`
  if (first !== value) return { ok: false, problem: 'host-bits', nearest: written }
  if (written !== text) return { ok: false, problem: 'not-canonical', nearest: written }
  return { ok: true, family, first, last: first + (1n << hosts) - 1n }
}

/** One address as the network that holds it alone; undefined unless the text is its canonical spelling. */
export function hostAddress(text: string): Address | undefined {
  const range = parseCidr(`${text}/${WIDTH[isIP(text) === 6 ? 6 : 4]}`)
  return range.ok ? { text, family: range.family, value: range.first } : undefined
}

/** Whether a network holds an address. */
export function inNetwork(address: Pick<Address, 'family' | 'value'>, network: AddressRange): boolean {
  return network.family === address.family && network.first <= address.value && address.value <= network.last
}

/** Whether two networks share an address. */
export function overlap(one: AddressRange, other: AddressRange): boolean {
  return one.family === other.family && one.first <= other.last && other.first <= one.last
}

/** How many addresses a network holds. */
export function sizeOf({ first, last }: AddressRange): bigint {
  return last - first + 1n
}
