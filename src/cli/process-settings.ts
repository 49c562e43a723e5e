// process-settings.ts: what a gateway process needs beside its rules, read from gateway.yaml with its paths and keys resolved.
import { readFileSync, statSync } from 'node:fs'
import { join, resolve } from 'node:path'
import type { DownloadRule } from '../audit/due-dates.ts'
import { canonicalJson } from '../canonical.ts'
import type { ForwardingTrust } from '../gateway/address.ts'
import type { AdminAccess } from '../gateway/admin.ts'
import type { Admission } from '../gateway/admission.ts'
import type { Tls } from '../gateway/tls.ts'
import { isLoopback, parseCidr } from '../policy/networks.ts'
import { isSandboxOrigin } from '../policy/sandbox-name.ts'
import type { AuditFile } from '../policy/schema/audit.ts'
import { FAILURES, type GatewayFile } from '../policy/schema/gateway.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import type { CopyPlace } from '../querylog/copies.ts'
import { filePlace, httpsPlace, syslogPlace } from '../querylog/copy-places.ts'
import type { LogOptions } from '../querylog/log.ts'
import type { UpstreamSettings } from '../upstream/upstream.ts'
import { publishedCredentials } from './published-example.ts'

export interface Endpoint {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

export interface ProcessSettings {
  readonly listen: Endpoint
  readonly admin: Endpoint & AdminAccess
  readonly tls: Tls | undefined
  readonly trust: ForwardingTrust
  readonly admission: Admission
  readonly log: Pick<LogOptions, 'slot' | 'host' | 'keyDirectory' | 'tagDirectory' | 'recipients' | 'parameters' | 'queueLimit'>
  readonly copies: { readonly places: readonly CopyPlace[]; readonly required: boolean }
  readonly database: { readonly databaseUrl: string } | { readonly dataDir: string }
  readonly upstreams: Readonly<Record<string, UpstreamSettings>>
  /** D-4: when a quarter's download is due. */
  readonly downloadRule: DownloadRule
  /** Failures before authentication that one address may have in a minute. */
  readonly failuresAMinute: number
  /** Name and version of this software, for `opening` entries. */
  readonly software: string
}

/** A setting that is not to be served with: where it stands, and what to do. */
export class SettingsError extends Error {
  readonly code = 'settings'
}

const root = join(import.meta.dirname, '..', '..')

/** What a folder holds, once it passed its check. */
export interface Loaded {
  readonly gateway: GatewayFile
  readonly audit: AuditFile
  readonly snapshot: Snapshot
}

/** @param folder the configuration folder: paths in it are relative to it
 *  @param databaseUrl DATABASE_URL, where it is set
 *  @throws SettingsError */
export function processSettings(folder: string, { gateway, audit, snapshot }: Loaded, databaseUrl: string | undefined): ProcessSettings {
  const path = (relative: string): string => resolve(folder, relative)
  const { host, port, tls, connections, connections_per_address } = gateway.listeners.public
  const trust = trustOf(gateway.trusted_proxies)
  if (gateway.environment === 'demo' && !(isLoopback(host) && isLoopback(gateway.listeners.admin.host)))
    throw new SettingsError('gateway.yaml: environment demo listens on loopback only.')
  const [published] = gateway.environment === 'production' ? publishedCredentials(snapshot) : []
  if (published !== undefined)
    throw new SettingsError(`${published}: this credential stands in the published example; issue one of your own.`)
  if (!isLoopback(host) && tls === undefined)
    throw new SettingsError('gateway.yaml: listeners/public off loopback needs tls: a certificate and key, or terminated.')
  if (tls === 'terminated' && gateway.trusted_proxies === undefined)
    throw new SettingsError('gateway.yaml: tls: terminated needs trusted_proxies, and accepts only them.')
  const keyDirectory = path(gateway.keys.directory)
  return {
    listen: { host, port },
    admin: adminOf(gateway.listeners.admin, path),
    tls: tls === undefined || tls === 'terminated' ? undefined : tlsOf(tls, path),
    trust,
    admission: {
      connections: connections ?? 4096,
      connectionsOfOne: connections_per_address ?? 512,
      trust,
      onlyProxies: tls === 'terminated',
    },
    log: {
      ...anyLog({ gateway, audit }),
      slot: slotOf(String(gateway.slot ?? process.env.LINKAGE_SLOT ?? 1)),
      keyDirectory,
      tagDirectory: gateway.tags === undefined ? keyDirectory : path(gateway.tags.directory),
    },
    copies: {
      places: (gateway.copies?.places ?? []).map((each) => copyPlaceOf(each, path)),
      required: gateway.copies?.required ?? false,
    },
    database: databaseOf(gateway, path, databaseUrl),
    upstreams: Object.fromEntries(Object.entries(gateway.upstreams).map(([id, each]) => [id, upstreamOf(each, path)])),
    downloadRule: audit['D-4'],
    failuresAMinute: gateway.limits?.failures_per_minute ?? FAILURES,
    software: softwareName(),
  }
}

/** Files of a pair, read anew whenever they are asked for: they are replaced while we serve. */
function tlsOf(
  { certificate, key, client_certificates }: { certificate: string; key: string; client_certificates?: boolean },
  path: (relative: string) => string,
): Tls {
  return {
    read: () => ({ cert: readFileSync(path(certificate), 'utf8'), key: readSecret(path(key)) }),
    asksCallers: client_certificates === true,
  }
}

/** @throws SettingsError where it would open to whoever reaches it */
function adminOf(
  { host, port, tls, token_file }: GatewayFile['listeners']['admin'],
  path: (relative: string) => string,
): ProcessSettings['admin'] {
  if (!isLoopback(host) && (tls === undefined || token_file === undefined))
    throw new SettingsError('gateway.yaml: listeners/admin off loopback needs tls and token_file.')
  const token = token_file === undefined ? undefined : readToken(path(token_file))
  return { host, port, ...(tls !== undefined && { tls: tlsOf(tls, path) }), ...(token !== undefined && { token }) }
}

/** @throws SettingsError where it could be guessed, or is no bearer token (RFC 6750 §2.1) */
function readToken(file: string): string {
  const token = readSecret(file).trim()
  if (!/^[A-Za-z0-9._~+/-]{32,1024}=*$/.test(token))
    throw new SettingsError(`${file}: expected a token of at least 32 characters (RFC 6750 §2.1); openssl rand -hex 32 makes one.`)
  return token
}

/** @throws SettingsError: a slot names a log for ever */
function slotOf(text: string): string {
  if (!/^(?:[1-9]|[1-5]\d|6[0-4])$/.test(text)) throw new SettingsError('LINKAGE_SLOT: expected a whole number from 1 to 64.')
  return text
}

/** What the logs of all slots have in common. */
export function anyLog({
  gateway,
  audit,
}: Pick<Loaded, 'gateway' | 'audit'>): Pick<LogOptions, 'host' | 'recipients' | 'parameters' | 'queueLimit'> {
  return {
    host: new URL(gateway.origin).hostname,
    recipients: gateway.recipients,
    // Its name says it; whoever reads the opening alone is told, too.
    parameters: JSON.parse(canonicalJson({ audit, ...(isSandboxOrigin(gateway.origin) && { sandbox: true }) })),
    queueLimit: 4096,
  }
}

/** Name and version of this software, for `opening` entries. */
export function softwareName(): string {
  const { name, version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
  return `${name}/${version}`
}

/** Whose word on addresses is taken. */
export function trustOf(trusted: GatewayFile['trusted_proxies']): ForwardingTrust {
  if (trusted === undefined) return undefined
  const proxies = trusted.cidrs.flatMap((each) => {
    const range = parseCidr(each)
    return range.ok ? [range] : []
  })
  return { header: trusted.header, proxies }
}

/** @throws SettingsError */
export function databaseOf(
  gateway: GatewayFile,
  path: (relative: string) => string,
  databaseUrl: string | undefined,
): ProcessSettings['database'] {
  if (databaseUrl !== undefined && databaseUrl !== '') return { databaseUrl }
  if (gateway.environment === 'production' && gateway.database.embedded !== true) {
    throw new SettingsError('DATABASE_URL is not set. Set it, or say database: {embedded: true} in gateway.yaml.')
  }
  return { dataDir: path(gateway.database.directory ?? 'postgres') }
}

type PlaceOf = NonNullable<GatewayFile['copies']>['places'][number]

/** @throws SettingsError where a secret is readable by others; Error where a file cannot be read */
function copyPlaceOf(place: PlaceOf, path: (relative: string) => string): CopyPlace {
  if (place.type === 'file') return filePlace(path(place.path))
  const ca = place.ca_file === undefined ? {} : { ca: readFileSync(path(place.ca_file), 'utf8') }
  if (place.type === 'https') {
    const authorization = place.authorization_file === undefined ? {} : { authorization: readSecret(path(place.authorization_file)).trim() }
    return httpsPlace(place.url, { ...ca, ...authorization })
  }
  if ((place.certificate === undefined) !== (place.key === undefined))
    throw new SettingsError('gateway.yaml: copies: a syslog place names certificate and key together.')
  const own =
    place.certificate === undefined || place.key === undefined
      ? {}
      : { cert: readFileSync(path(place.certificate), 'utf8'), key: readSecret(path(place.key)) }
  const [host = '', port = '6514'] = place.host.split(':')
  return syslogPlace(host, Number(port), { ...ca, ...own })
}

function upstreamOf(upstream: GatewayFile['upstreams'][string], path: (relative: string) => string): UpstreamSettings {
  const { url, credential_file, timeouts_ms: timeouts, in_flight, waiting, breaker, encodings } = upstream
  const { protocol, hostname } = new URL(url)
  if (protocol !== 'https:' && !isLoopback(hostname.replace(/^\[|\]$/g, '')))
    throw new SettingsError(`gateway.yaml: the upstream ${url} is off loopback: https is needed.`)
  return {
    base: url,
    ...(credential_file !== undefined && { authorization: readSecret(path(credential_file)).trim() }),
    connect: timeouts?.connect ?? 1_000,
    answer: timeouts?.answer ?? 5_000,
    body: timeouts?.body ?? 10_000,
    stream: timeouts?.stream ?? 30_000,
    encodings: encodings ?? [],
    inFlight: in_flight ?? 64,
    // Beyond one and a half turns of what is in flight, who waits would be answered later than three unloaded calls take.
    waiting: waiting ?? 96,
    breaker: { failures: breaker?.failures ?? 20, open: breaker?.open_ms ?? 5_000 },
  }
}

function readSecret(file: string): string {
  if ((statSync(file).mode & 0o077) !== 0) throw new SettingsError(`${file}: others can read it; set its mode to 0600.`)
  return readFileSync(file, 'utf8')
}

/** User ids of the owners of a folder's files, as they are now; of one that was taken away meanwhile nobody's. What else lies beside them,
 *  an editor's lock or a repository of thousands of files, is not looked at. */
export function ownersOf(folder: string, names: Iterable<string>): number[] {
  const found = [...names].map((name) => statSync(join(folder, name), { throwIfNoEntry: false }))
  const owners = found.flatMap((each) => (each === undefined ? [] : [each.uid]))
  return [...new Set(owners)].sort((a, b) => a - b)
}
