// gateway.ts: what gateway.yaml must hold beyond its schema: where it may listen, what must be encrypted.
import type { ApiReading } from '../catalogue/api.ts'
import type { Examined } from '../examine.ts'
import { type Report, within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import { isLoopback } from '../networks.ts'
import { isUsableKey } from '../public-key.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { type AgencyReading, parts } from './agency.ts'
import { entriesOf } from './entries.ts'

const places = {
  zh: 'copies: {places: […]}，維運人員無法更動之處，至少一處',
  en: 'copies: {places: […]}, at least one place outside operations’ control',
}

export function checkGateway(file: YamlDocument, value: Examined<'gateway'>, report: Report): void {
  const { environment, listeners, origin, trusted_proxies } = value
  if (listeners !== undefined && file.sound('/listeners')) {
    const { admin, public: open } = listeners
    const code = environment === 'demo' ? 'demo-public' : 'tls-missing'
    if (!isLoopback(open.host) && (environment === 'demo' || open.tls === undefined))
      report.add(file, environment === 'demo' ? '/listeners/public/host' : '/listeners/public', code, { found: open.host })
    const guarded = admin.tls !== undefined && admin.token_file !== undefined
    if (!isLoopback(admin.host) && (!guarded || environment === 'demo'))
      report.add(file, '/listeners/admin/host', guarded ? 'demo-public' : 'admin-public', { found: admin.host })
    if (open.tls === 'terminated' && trusted_proxies === undefined) report.add(file, '/listeners/public/tls', 'proxy-missing')
  }
  if (environment === 'production' && origin !== undefined && file.sound('/origin') && !origin.startsWith('https:'))
    report.add(file, '/origin', 'origin-insecure', { found: origin })
  // No error: a department waits for the office that is to keep them, and agencies are served meanwhile; evidence is the weaker for it.
  if (environment === 'production' && value.copies === undefined) report.add(file, '/environment', 'copies-missing', { expected: places })
  for (const [id, upstream] of Object.entries(value.upstreams ?? {})) {
    const at = `${within('/upstreams', id)}/url`
    if (!file.sound(at) || typeof upstream?.url !== 'string' || !URL.canParse(upstream.url)) continue
    const { hostname, protocol } = new URL(upstream.url)
    if (protocol !== 'https:' && !isLoopback(hostname.replaceAll(/[[\]]/g, '')))
      report.add(file, at, 'upstream-insecure', { found: upstream.url })
  }
  const seen = new Set<string>()
  for (const [at, { id, jwk, year }] of entriesOf(file, '/recipients', value.recipients)) {
    if (seen.has(`${id} ${year}`)) report.add(file, `${at}/id`, 'duplicate-id', { found: `${id} ${year}` })
    seen.add(`${id} ${year}`)
    if (!isUsableKey(jwk)) report.add(file, `${at}/jwk`, 'key-invalid', { found: id })
  }
}

/** Each API stands before an upstream that gateway.yaml names. */
export function checkUpstreams(apis: Iterable<ApiReading>, gateway: Examined<'gateway'>, report: Report): void {
  if (typeof gateway.upstreams !== 'object') return
  const known = Object.keys(gateway.upstreams)
  for (const { file, upstream } of apis) {
    if (upstream !== undefined && !known.includes(upstream))
      report.add(file, '/x-linkage/upstream', 'unknown-name', { found: upstream, nearest: nearest(upstream, known) })
  }
}

/** What credentials ask of the gateway: that callers are asked for certificates where they are bound to some, and that the host of
 *  published keys is one from which they may be fetched. */
export function checkCredentials(agencies: Iterable<AgencyReading>, gateway: Examined<'gateway'>, report: Report): void {
  const tls = gateway.listeners?.public.tls
  const asked = typeof tls === 'object' && tls.client_certificates === true
  const hosts = Array.isArray(gateway.jwks_hosts) ? gateway.jwks_hosts : []
  for (const { file, value } of agencies) {
    const holders = [['', value] as const, ...entriesOf(file, '/delegates', value.delegates, parts)]
    for (const [at, { credentials }] of holders) {
      for (const [place, credential] of entriesOf(file, `${at}/credentials`, credentials)) {
        if (credential.certificates !== undefined && !asked) report.add(file, `${place}/certificates`, 'certificate-unseen')
        if (credential.type !== 'assertion' || credential.jwks_uri === undefined) continue
        const { host } = new URL(credential.jwks_uri)
        if (!hosts.includes(host)) report.add(file, `${place}/jwks_uri`, 'unknown-name', { found: host, nearest: nearest(host, hosts) })
      }
    }
  }
}
