// networks.ts: networks as ranges of addresses: read from canonical CIDR text only, and matched.
import { isIP } from 'node:net'
import ipaddr from 'ipaddr.js'
import type { Network, Snapshot } from './snapshot.ts'

/** An address in canonical spelling, with its bits as an unsigned integer of the family's width. */
export interface Address {
  readonly text: string
  readonly family: 4 | 6
  readonly value: bigint
}

export interface AddressRange {
  readonly family: 4 | 6
  readonly first: bigint
  readonly last: bigint
}

export const inNetwork = ({ family, value }: Address, range: AddressRange): boolean =>
  range.family === family && range.first <= value && value <= range.last

/** Reads a CIDR in its one canonical spelling: four-part decimal or RFC 5952, no host bits, no IPv4-mapped IPv6.
 *  net.isIP stands before ipaddr.js, which reads `010.0.0.1`, `10/8` and host bits (netmask CVE-2021-28918).
 *  @returns undefined for anything else */
export function parseCidr(text: string): (AddressRange & { readonly bits: number }) | undefined {
  const [, address = '', prefix = ''] = /^([0-9a-f:.]+)\/(0|[1-9]\d{0,2})$/.exec(text) ?? []
  const family = isIP(address)
  const bits = Number(prefix)
  if (prefix === '' || (family !== 4 && family !== 6) || bits > (family === 4 ? 32 : 128)) return undefined
  if (family === 6 && address.includes('.')) return undefined
  const parsed = family === 4 ? ipaddr.IPv4.parse(address) : ipaddr.IPv6.parse(address)
  if (parsed instanceof ipaddr.IPv6 && (parsed.isIPv4MappedAddress() || parsed.toRFC5952String() !== address)) return undefined
  const first = BigInt(`0x${Buffer.from(parsed.toByteArray()).toString('hex')}`)
  const hosts = (1n << BigInt((family === 4 ? 32 : 128) - bits)) - 1n
  return (first & hosts) === 0n ? { family, first, last: first + hosts, bits } : undefined
}

/** Whether an address stands in any network of any agency or delegate, whatever its days: asked before any cryptography. */
export interface NetworkIndex {
  knows(address: Address): boolean
}

const remembered = 4096

export function networkIndex(snapshot: Snapshot): NetworkIndex {
  const all: Network[] = []
  for (const { networks, delegates } of snapshot.agencies.values()) all.push(...networks, ...delegates.flatMap((each) => each.networks))
  const answers = new Map<string, boolean>()
  return {
    knows(address) {
      const before = answers.get(address.text)
      if (before !== undefined) return before
      const known = all.some((each) => inNetwork(address, each))
      if (answers.size >= remembered) answers.clear() // bounded without bookkeeping: it only saves work
      answers.set(address.text, known)
      return known
    },
  }
}
