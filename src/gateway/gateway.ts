// gateway.ts: everything that calls share while the gateway runs.
import type { DownloadRule } from '../audit/due-dates.ts'
import type { PublishedKeys } from '../credential/published-keys.ts'
import type { ReplayStore } from '../credential/replay.ts'
import type { QueryLog } from '../querylog/log.ts'
import type { OwnRecordsStore } from '../querylog/own-records.ts'
import type { PublishedLogs } from '../querylog/published.ts'
import type { Turns } from '../upstream/turns.ts'
import type { Upstream } from '../upstream/upstream.ts'
import type { ForwardingTrust } from './address.ts'
import type { InferenceLimits } from './inference-limits.ts'
import type { Limits } from './limits.ts'
import type { Metrics } from './metrics.ts'
import type { OperationalLog } from './operational-log.ts'
import type { PreparedPolicy } from './prepared.ts'
import type { RunningStreams } from './running-streams.ts'
import type { UndeclaredMembers } from './undeclared.ts'

export interface Gateway {
  /** The rules in force: replaced as one reference, never changed. */
  policy: PreparedPolicy
  readonly log: QueryLog
  /** Every log of the database, as far as it is signed. */
  readonly logs: PublishedLogs
  /** Who reads the database next for a page of the logs. */
  readonly pageTurns: Turns
  /** D-4: when a quarter's download is due. */
  readonly downloadRule: DownloadRule
  /** Agencies' own records, for their managers. */
  readonly ownRecords: OwnRecordsStore
  /** Who reads the database next for a download. */
  readonly recordsTurns: Turns
  /** Agencies of which a download runs. */
  readonly downloading: Set<string>
  readonly upstreams: ReadonlyMap<string, Upstream>
  readonly limits: Limits
  readonly inference: InferenceLimits
  readonly replay: ReplayStore
  readonly published: PublishedKeys
  readonly trust: ForwardingTrust
  readonly metrics: Metrics
  readonly operational: OperationalLog
  /** Answers that are being let out while they come. */
  readonly streams: RunningStreams
  readonly undeclared: UndeclaredMembers
  /** Refusals that were recorded one by one, per credential and minute. */
  readonly recordedRefusals: Map<string, { minute: number; count: number }>
  /** No new connections; calls on open ones are finished, each with Connection: close. */
  closing: boolean
}
