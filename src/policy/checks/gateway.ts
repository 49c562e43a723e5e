// gateway.ts: what gateway.yaml must hold beyond its schema: where it may listen, what must be encrypted.
import type { ApiReading } from '../catalogue/api.ts'
import type { Examined } from '../examine.ts'
import { type Report, within } from '../finding.ts'
import { nearest } from '../nearest.ts'
import { isLoopback } from '../networks.ts'
import { isUsableKey } from '../public-key.ts'
import { isSandboxOrigin } from '../sandbox-name.ts'
import type { GatewayFile } from '../schema/gateway.ts'
import type { YamlDocument } from '../yaml-document.ts'
import { type AgencyReading, parts } from './agency.ts'
import { entriesOf } from './entries.ts'

const places = {
  zh: 'copies: {places: […]}，維運人員無法更動之處，至少一處',
  en: 'copies: {places: […]}, at least one place outside operations’ control',
}

export function checkGateway(file: YamlDocument, value: Examined<'gateway'>, report: Report): void {
  const { environment, origin, sandbox } = value
  checkListeners(file, '/listeners', value.listeners, value, report)
  checkOrigin(file, '/origin', origin, value, report)
  // A sandbox is served by a gateway.yaml of which both say the same; what serves real data is refused by that name at its start.
  if (origin !== undefined && file.sound('/origin') && isSandboxOrigin(origin) && sandbox?.origin !== origin)
    report.add(file, '/origin', 'sandbox-name', {
      found: origin,
      expected: { zh: '沒有 sandbox 之主機名稱', en: 'a host without the label' },
    })
  if (sandbox !== undefined && file.sound('/sandbox')) {
    checkListeners(file, '/sandbox/listeners', sandbox.listeners, value, report)
    checkOrigin(file, '/sandbox/origin', sandbox.origin, value, report)
    const expected = { zh: '例如 https://sandbox.linkage.example.gov.tw', en: 'a host like sandbox.linkage.example.gov.tw' }
    if (file.sound('/sandbox/origin') && !isSandboxOrigin(sandbox.origin))
      report.add(file, '/sandbox/origin', 'sandbox-name', { found: sandbox.origin, expected })
  }
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

type Listeners = GatewayFile['listeners']

function checkListeners(
  file: YamlDocument,
  at: string,
  listeners: Listeners | undefined,
  { environment, trusted_proxies }: Examined<'gateway'>,
  report: Report,
): void {
  if (listeners === undefined || !file.sound(at)) return
  const { admin, public: open } = listeners
  const code = environment === 'demo' ? 'demo-public' : 'tls-missing'
  if (!isLoopback(open.host) && (environment === 'demo' || open.tls === undefined))
    report.add(file, environment === 'demo' ? `${at}/public/host` : `${at}/public`, code, { found: open.host })
  const guarded = admin.tls !== undefined && admin.token_file !== undefined
  if (!isLoopback(admin.host) && (!guarded || environment === 'demo'))
    report.add(file, `${at}/admin/host`, guarded ? 'demo-public' : 'admin-public', { found: admin.host })
  if (open.tls === 'terminated' && trusted_proxies === undefined) report.add(file, `${at}/public/tls`, 'proxy-missing')
}

function checkOrigin(
  file: YamlDocument,
  at: string,
  origin: string | undefined,
  { environment }: Examined<'gateway'>,
  report: Report,
): void {
  if (environment === 'production' && origin !== undefined && file.sound(at) && !origin.startsWith('https:'))
    report.add(file, at, 'origin-insecure', { found: origin })
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
  // A listener that is missing has been reported: what it has of its type is not known.
  const { public: open }: Partial<Listeners> = gateway.listeners ?? {}
  const tls = open?.tls
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
