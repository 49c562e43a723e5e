// deciding.ts: what of a configuration decides calls, and its digest.
import { type Canonical, canonicalJson, type DigestHex, sha256Hex } from '../canonical.ts'
import { parseJson } from '../json.ts'
import type { GatewayFile } from './schema/gateway.ts'
import type { Snapshot } from './snapshot.ts'

/** Contents of the deciding files, typed, by name. Comments, order of members and spelling of YAML are no part of them. */
export type Contents = ReadonlyMap<string, unknown>

/** Of gateway.yaml: for whom it speaks (`origin` is in every assertion), whose word on addresses it takes, what it bounds, whom it asks.
 *  Ports, paths, keys and the database decide nothing. */
export function decidingMembers({ environment, origin, trusted_proxies, jwks_hosts, upstreams, limits }: GatewayFile): object {
  return {
    environment,
    origin,
    upstreams: Object.fromEntries(Object.entries(upstreams).map(([id, { url }]) => [id, { url }])),
    ...(trusted_proxies !== undefined && { trusted_proxies }),
    ...(jwks_hosts !== undefined && { jwks_hosts }),
    ...(limits !== undefined && { limits }),
  }
}

/** The digest of a policy: SHA-256 over the RFC 8785 form of `{files: {name: content}}`, which sorts them by name. */
export function digested(contents: Contents): Pick<Snapshot, 'bytes' | 'digest' | 'files'> {
  const bytes: Canonical = canonicalJson({ files: Object.fromEntries(contents) })
  const files = new Map<string, DigestHex>(
    [...contents].map(([name, content]) => [name, sha256Hex(canonicalJson(content))] as const).sort(byName),
  )
  return { bytes, digest: sha256Hex(bytes), files }
}

const byName = ([one]: readonly [string, DigestHex], [other]: readonly [string, DigestHex]): number => (one < other ? -1 : 1)

/** Bytes of a policy: a snapshot's own, or those that the log's last `policy` entry names. */
export interface PolicyBytes {
  readonly bytes: Canonical | Buffer
}

/** The contents that a policy's bytes hold.
 *  @throws TypeError where they hold none; JsonError where they are no JSON */
export function contentsOf({ bytes }: PolicyBytes): Map<string, unknown> {
  const document = parseJson(typeof bytes === 'string' ? Buffer.from(bytes) : bytes)
  if (document === null || typeof document !== 'object' || !('files' in document)) throw new TypeError('policy bytes: expected {files}')
  const { files } = document
  if (files === null || typeof files !== 'object') throw new TypeError('policy bytes: expected {files}')
  return new Map(Object.entries(files))
}
