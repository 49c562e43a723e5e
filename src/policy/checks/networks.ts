// networks.ts: approved networks against each other, against the proxies, and against how large they may be (R2).

import type { Report } from '../finding.ts'
import { type AddressRange, overlap, parseCidr, sizeOf } from '../networks.ts'
import type { NetworkEntry } from '../schema/agency.ts'
import type { GatewayFile } from '../schema/gateway.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { type AgencyReading, ordered, parts } from './agency.ts'
import { entriesOf } from './entries.ts'

interface Line extends AddressRange {
  readonly holder: string
  readonly file: YamlDocument
  readonly pointer: string
  readonly entry: NetworkEntry
}

const rangesOf = (cidrs: readonly string[]): readonly (AddressRange & { readonly cidr: string })[] =>
  cidrs.flatMap((cidr) => {
    const read = parseCidr(cidr)
    return read.ok ? [{ cidr, family: read.family, first: read.first, last: read.last }] : []
  })

/** SPEC RFC 5737, RFC 3849, RFC 9637: addresses for documentation, which nobody calls from. */
const documentation = rangesOf(['192.0.2.0/24', '198.51.100.0/24', '203.0.113.0/24', '2001:db8::/32', '3fff::/20'])
const LARGEST = { 4: 1n << 16n, 6: 1n << 96n } as const

/** @param gateway as far as it could be read: proxies and environment */
export function checkNetworks(
  readings: readonly AgencyReading[],
  gateway: Pick<Partial<GatewayFile>, 'environment' | 'trusted_proxies'>,
  report: Report,
): void {
  const proxies = rangesOf(Array.isArray(gateway.trusted_proxies?.cidrs) ? gateway.trusted_proxies.cidrs.map(String) : [])
  const all = readings.flatMap(linesOf)
  for (const line of all) {
    const { entry, file, pointer } = line
    ordered(file, `${pointer}/until`, entry.from, entry.until, report)
    const proxy = proxies.find((each) => overlap(each, line))
    if (proxy !== undefined)
      report.add(file, `${pointer}/cidr`, 'network-of-proxy', {
        found: entry.cidr,
        expected: { zh: `不含 ${proxy.cidr}`, en: `without ${proxy.cidr}` },
      })
    if (gateway.environment === 'production' && documentation.some((each) => overlap(each, line)))
      report.add(file, `${pointer}/cidr`, 'documentation-network', { found: entry.cidr })
  }
  for (const holder of new Set(all.map((line) => line.holder)))
    checkSize(
      all.filter((line) => line.holder === holder),
      report,
    )
  checkShared(all, report)
}

function linesOf({ file, id, value }: AgencyReading): Line[] {
  const lists = [
    { holder: id, at: '/networks', networks: value.networks },
    ...[...entriesOf(file, '/delegates', value.delegates, parts)].map(([at, delegate]) => ({
      holder: delegate.id,
      at: `${at}/networks`,
      networks: delegate.networks,
    })),
  ]
  return lists.flatMap(({ holder, at, networks }) =>
    [...entriesOf(file, at, networks)].flatMap(([pointer, entry]) => {
      const read = parseCidr(entry.cidr)
      return read.ok ? [{ holder, file, pointer, entry, family: read.family, first: read.first, last: read.last }] : []
    }),
  )
}

/** In all, on any one day: what has ended by then, or has not begun, does not count. */
function checkSize(lines: readonly Line[], report: Report): void {
  for (const line of lines) {
    if (line.entry.allow_any === true) continue
    const same = lines.filter(
      ({ entry, family }) =>
        family === line.family && entry.allow_any !== true && entry.from <= line.entry.from && line.entry.from <= entry.until,
    )
    const total = same.reduce((sum, each) => sum + sizeOf(each), 0n)
    const largest = same.reduce((one, other) => (sizeOf(other) > sizeOf(one) ? other : one), line)
    if (total > LARGEST[line.family]) report.add(line.file, `${largest.pointer}/cidr`, 'network-too-large', { found: largest.entry.cidr })
  }
}

/** Two agencies behind one exit are possible, and worth a look. Sorted by their first address, only neighbours can overlap. */
function checkShared(lines: readonly Line[], report: Report): void {
  let widest: Line | undefined
  for (const line of lines.toSorted((one, other) => one.family - other.family || (one.first < other.first ? -1 : 1))) {
    if (widest !== undefined && widest.holder !== line.holder && overlap(widest, line)) {
      const { entry, file } = widest
      report.add(line.file, `${line.pointer}/cidr`, 'network-shared', {
        found: line.entry.cidr,
        expected: { zh: `不含 ${file.name} 之 ${entry.cidr}`, en: `nothing of ${entry.cidr} in ${file.name}` },
      })
    }
    if (widest === undefined || widest.family !== line.family || widest.last < line.last) widest = line
  }
}
