// process-settings.ts: what a gateway process needs beside its rules, read from gateway.yaml with its paths and keys resolved.
import type { ForwardingTrust } from '../gateway/address.ts'
import type { Tls } from '../gateway/server.ts'
import type { LogOptions } from '../querylog/log.ts'
import type { UpstreamSettings } from '../upstream/upstream.ts'

export interface Endpoint {
  readonly host: string
  /** 0: a free one. */
  readonly port: number
}

export interface ProcessSettings {
  readonly listen: Endpoint
  readonly admin: Endpoint
  readonly tls: Tls | undefined
  readonly trust: ForwardingTrust
  readonly log: Pick<LogOptions, 'slot' | 'host' | 'keyDirectory' | 'recipients' | 'parameters' | 'queueLimit'>
  readonly upstreams: Readonly<Record<string, UpstreamSettings>>
  /** Failures before authentication that one address may have in a minute. */
  readonly failuresAMinute: number
  /** Name and version of this software, for `opening` entries. */
  readonly software: string
  /** User ids of the owners of the configuration's files. */
  readonly owners: readonly number[]
}
