// networks.ts: networks in their one canonical spelling, and which of them hold an address.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Snapshot } from './snapshot.ts'

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

const REMEMBERED = 4096

/** All networks of all agencies and delegates, for the check that comes before any cryptography. Days are left to the decision, which
 *  knows the caller: a caller whose range has ended is then told so. Safe for any number of callers; it keeps the last answers. */
export class NetworkIndex {
  readonly #ranges: Readonly<Record<4 | 6, readonly AddressRange[]>>
  readonly #answers = new Map<string, boolean>()

  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = { 4: united(ranges, 4), 6: united(ranges, 6) }
  }

  knows(address: Address): boolean {
    const answer = this.#answers.get(address.text)
    if (answer !== undefined) return answer
    const found = this.#search(address)
    if (this.#answers.size >= REMEMBERED) this.#answers.clear() // bounded without bookkeeping: it only saves work
    this.#answers.set(address.text, found)
    return found
  }

  #search({ family, value }: Address): boolean {
    const ranges = this.#ranges[family]
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      const range = ranges[middle]
      if (range === undefined || value < range.first) high = middle
      else if (range.last < value) low = middle + 1
      else return true
    }
    return false
  }
}

/** Sorted and without overlaps, so that one binary search answers. */
function united(ranges: readonly AddressRange[], family: 4 | 6): readonly AddressRange[] {
  const out: { family: 4 | 6; first: bigint; last: bigint }[] = []
  const ofFamily = ranges.filter((each) => each.family === family).sort((one, other) => (one.first < other.first ? -1 : 1))
  for (const { first, last } of ofFamily) {
    const before = out.at(-1)
    if (before !== undefined && first <= before.last) before.last = before.last < last ? last : before.last
    else out.push({ family, first, last })
  }
  return out
}

/** The known networks of a snapshot. Build it once per snapshot. */
export function networkIndex({ agencies }: Pick<Snapshot, 'agencies'>): NetworkIndex {
  // Of a range on trial the caller is identified, so that the record can say what would have been.
  const known = [...agencies.values()].map((agency) => agency.onTrial ?? agency)
  return new NetworkIndex(known.flatMap((agency) => [agency, ...agency.delegates]).flatMap((holder) => holder.networks))
}
