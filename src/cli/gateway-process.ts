// gateway-process.ts: a whole gateway in this process: log opened, rules activated, both ports listening; and its end.
import { hostname } from 'node:os'
import { Server as TlsServer } from 'node:tls'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { FastifyInstance } from 'fastify'
import { unusedSince, usesThatCount } from '../credential/assertion.ts'
import { RemoteKeys } from '../credential/published-keys.ts'
import { MemoryReplayStore } from '../credential/replay.ts'
import { activate, newestPolicy, type PreviousPolicy, previousPolicy, type Who } from '../gateway/activate.ts'
import { adminServer } from '../gateway/admin.ts'
import { admitConnections } from '../gateway/admission.ts'
import { fetchKeys } from '../gateway/fetch-keys.ts'
import type { Gateway } from '../gateway/gateway.ts'
import { uuidv7 } from '../gateway/ids.ts'
import { InferenceLimits } from '../gateway/inference-limits.ts'
import { DayCounters, openLimits } from '../gateway/limits.ts'
import { Metrics } from '../gateway/metrics.ts'
import type { OperationalLog } from '../gateway/operational-log.ts'
import { PreparedPolicy } from '../gateway/prepared.ts'
import { reportRules } from '../gateway/report-rules.ts'
import { RulesInForce, type RulesPorts } from '../gateway/rules-in-force.ts'
import { RunningStreams } from '../gateway/running-streams.ts'
import { type PublicServer, publicServer } from '../gateway/server.ts'
import { keepCertificate, type Tls } from '../gateway/tls.ts'
import { UndeclaredMembers } from '../gateway/undeclared.ts'
import type { Snapshot } from '../policy/snapshot.ts'
import { QueryLog } from '../querylog/log.ts'
import type { OwnRecordsStore } from '../querylog/own-records.ts'
import type { LogReaderStore, LogSearchStore, LogWriterStore, PublishedStore } from '../querylog/ports.ts'
import { PublishedLogs } from '../querylog/published.ts'
import { LogRefusal } from '../querylog/refusal.ts'
import { SearchFill } from '../querylog/search.ts'
import { Turns } from '../upstream/turns.ts'
import { Upstream } from '../upstream/upstream.ts'
import type { Committed } from './committed.ts'
import { type KeptCopies, keepCopies } from './keep-copies.ts'
import type { ProcessSettings } from './process-settings.ts'
import { lastAssertion, spentToday } from './spent-today.ts'
import { systemClock as clock } from './system-clock.ts'

export interface Store {
  readonly writer: LogWriterStore
  readonly reader: LogReaderStore & PublishedStore
  readonly search: LogSearchStore
  openOwnRecords(): OwnRecordsStore & { close(): Promise<void> }
  close(): Promise<void>
}

/** Whether the rules may be the first that this process serves: histories are only extended.
 *  @param previous those that were in force last, where any were
 *  @param now milliseconds since 1970 UTC
 *  @throws Error where they may not */
export type AcceptAfter = (previous: PreviousPolicy | undefined, now: number) => Promise<void>

export interface GatewayProcess {
  readonly gateway: Gateway
  readonly publicPort: number
  readonly adminPort: number
  /** What the configuration folder says, as far as it is in force. */
  readonly rules: RulesInForce
  /** Resolves once another gateway served while this one had no database: what this process remembers of assertions and limits is
   *  no longer what was used. Only a new one reads it anew. */
  readonly outdated: Promise<LogRefusal>
  /** No new connections; open calls are finished, the log flushed, everything closed. */
  stop(): Promise<void>
}

/** Pages of the logs that read the database at once: of the reader's three connections one is left, since the turn of a month needs it. Who
 *  asks again and again fills an eighth of the places to wait: these pages cost more than a call, and nobody needs many at once. */
const pageTurns = { atOnce: 2, waiting: 64, waitingOfOne: 8 }
/** Chunks of downloads that are read at once; each waits for the next no longer than a chunk takes. */
const recordsTurns = { atOnce: 2, waiting: 256, waitingOfOne: 32 }

/** Where rules come from while the gateway runs, and what is seen of whoever changes them. */
export interface RulesSource extends Pick<RulesPorts, 'load' | 'loadBlocks' | 'against' | 'againstLift'> {
  readonly owners: (snapshot: Snapshot) => readonly number[]
  /** Who committed what the folder holds; undefined where it is not as it was committed. */
  readonly committed: (snapshot: Snapshot) => Promise<Committed | undefined>
}

/** Starts serving. Nothing listens before the log can be written and holds the rules.
 *  @throws LogRefusal, StoreError, NotRecorded; an error of the port, where one is in use */
export async function startGateway(
  settings: ProcessSettings,
  snapshot: Snapshot,
  store: Store,
  operational: OperationalLog,
  accept: AcceptAfter,
  source: RulesSource,
): Promise<GatewayProcess> {
  keepAnswersYoung()
  const metrics = new Metrics()
  const newId = () => uuidv7(Date.now())
  let kept: KeptCopies | undefined
  const outdated = Promise.withResolvers<LogRefusal>()
  const log = await QueryLog.open({
    ...settings.log,
    store: store.writer,
    reader: store.reader,
    clock,
    newId,
    software: settings.software,
    report: (event) => {
      if (event.event === 'batch') metrics.committed(event.entries, event.ms / 1000)
      else if (event.event === 'month-turned') {
        operational.info(event.event, { slot: settings.log.slot })
        kept?.turned()
      } else if (event.event === 'other-log-fell-back') operational.error(event.event, { slot: settings.log.slot, finding: event.log })
      else operational.warn(event.event, { error: 'error' in event ? event.error : undefined, slot: settings.log.slot })
      if (event.event === 'log-away' || event.event === 'log-refused') metrics.logAway(true)
      if (event.event === 'log-back') metrics.logAway(false)
      if (event.event === 'log-refused' && event.error instanceof LogRefusal && event.error.code === 'other-instance')
        outdated.resolve(event.error)
    },
  })
  const opened: { close(): Promise<unknown> }[] = []
  try {
    const who = async (of: Snapshot): Promise<Who> => ({
      observed: { host: hostname(), uid: process.getuid?.() ?? 0, owners: source.owners(of) },
      ...(await source.committed(of)),
    })
    const previous = await previousPolicy(store.reader, log.slot)
    await accept(await newestPolicy(store.reader), log.now())
    await activate(log, store.writer, snapshot, previous, who(snapshot), newId())
    const { fastify, serveCalls, end } = publicServer(settings.tls)
    admitConnections(fastify.server, settings.admission, (why) => metrics.notHeard(why))
    const counters = new DayCounters(() => log.now())
    const inference = new InferenceLimits(() => log.now(), { users: 100_000, pairs: 250_000 })
    const ownRecords = store.openOwnRecords()
    opened.push(ownRecords)
    await spentToday(store.reader, log, counters, inference, snapshot)
    const start = log.now()
    const lastUse = await lastAssertion(store.reader, start - usesThatCount)
    const gateway: Gateway = {
      policy: new PreparedPolicy(snapshot),
      log,
      logs: new PublishedLogs(store.reader, log),
      pageTurns: new Turns(pageTurns),
      downloadRule: settings.downloadRule,
      ownRecords,
      recordsTurns: new Turns(recordsTurns),
      downloading: new Set(),
      upstreams: upstreamsOf(settings, metrics, operational),
      limits: await openLimits(fastify, counters, 100_000, settings.failuresAMinute),
      inference,
      replay: new MemoryReplayStore(unusedSince(start, lastUse)),
      published: new RemoteKeys(fetchKeys(), (uri, error) => operational.warn('keys not fetched', { address: new URL(uri).host, error })),
      trust: settings.trust,
      metrics,
      operational,
      streams: new RunningStreams(),
      undeclared: new UndeclaredMembers(metrics, operational),
      recordedRefusals: new Map(),
      closing: false,
    }
    opened.push(...gateway.upstreams.values())
    serveCalls(gateway)
    const rules = new RulesInForce(snapshot, {
      ...source,
      activate: (next, inForce) => activate(log, store.writer, next, inForce, who(next), newId()),
      refuse: (next, inForce) => gateway.streams.judge(next, log.now(), inForce),
      swap: (next) => {
        gateway.policy = new PreparedPolicy(next, gateway.policy)
        gateway.streams.judge(next, log.now())
      },
      wall: clock.wall,
      sleep: clock.sleep,
      report: (event) => reportRules(event, metrics, operational),
    })
    kept = await keepCopies(settings, log, metrics, operational)
    const { copies } = kept
    const required = settings.copies.required
    const copiesSeen = {
      required,
      get stale() {
        return copies.stale
      },
    }
    const admin = adminServer({ log, metrics, rules, closing: () => gateway.closing, copies: copiesSeen }, settings.admin)
    opened.unshift(admin, fastify)
    keepCertificates({ public: [fastify, settings.tls], admin: [admin, settings.admin.tls] }, metrics, operational)
    letGoOfTheStart()
    const adminPort = await listen(admin, settings.admin)
    const publicPort = await listen(fastify, settings.listen)
    const search = fillSearch(store.search, gateway)
    const stopAll = async (): Promise<void> => {
      await rules.end()
      await stop(gateway, end, admin).finally(() => Promise.all([search.stop(), ownRecords.close()]))
      await kept?.stop()
    }
    return { gateway, publicPort, adminPort, rules, outdated: outdated.promise, stop: stopAll }
  } catch (error) {
    for (const each of opened) await each.close()
    await kept?.stop()
    await log.close()
    throw error
  }
}

function upstreamsOf({ upstreams }: ProcessSettings, metrics: Metrics, operational: OperationalLog): Map<string, Upstream> {
  const made = Object.entries(upstreams).map(([id, settings]) => {
    const changed = (agency: string, open: boolean): void => {
      metrics.leftAlone(id, agency, open)
      operational.warn(open ? 'upstream left alone' : 'upstream asked again', { upstream: id })
    }
    return [id, new Upstream(id, settings, changed)] as const
  })
  return new Map(made)
}

/** Calls that wait for the log at once: from here on search waits for them. */
const busyFrom = 8

function fillSearch(store: LogSearchStore, { log, metrics, operational }: Gateway): SearchFill {
  return new SearchFill({
    store,
    clock: { ...clock, sleep: (ms) => new Promise<void>((resolve) => setTimeout(resolve, ms).unref()) },
    busy: () => log.waiting >= busyFrom,
    progress: (behind) => {
      for (const { slot, entries, ms } of behind) metrics.searchBehind(slot, entries, ms / 1000)
    },
    report: (event) => operational.warn(event.event, event.event === 'search-failed' ? { error: event.error } : { slot: event.slot }),
  })
}

/** Milliseconds between two looks at the files of a certificate. */
const looks = 2_000

/** New certificates are shown without a restart: what renews them replaces their files, and tells nobody. */
function keepCertificates(
  servers: Readonly<Record<string, readonly [FastifyInstance, Tls | undefined]>>,
  metrics: Metrics,
  operational: OperationalLog,
): void {
  for (const [listener, [fastify, tls]] of Object.entries(servers)) {
    const { server } = fastify
    if (tls === undefined || !(server instanceof TlsServer)) continue
    const end = keepCertificate(
      server,
      tls.read,
      {
        inForce: (until) => {
          metrics.certificate(listener, until / 1000)
          operational.info('certificate in force', { listener, until: new Date(until).toISOString() })
        },
        refused: (error) => operational.error('certificate refused: the one before stays', { listener, error }),
      },
      looks,
    )
    server.once('close', end)
  }
}

/** V8 would allocate what often survives a collection in its old generation, where the buffers of answers that ended long ago then
 *  stay until a full collection: three a second under load. Here nothing of a call lives longer than the call. */
function keepAnswersYoung(): void {
  setFlagsFromString('--no-allocation-site-pretenuring')
  // And buffers lie outside its heap: by a bound of their own, 64 MiB whatever the heap, it would mark all of the heap each thirty
  // answers of 1 MB, which took more of a core than the answers. So one bound holds for both, and leaves room for that many more.
  setFlagsFromString('--external-memory-accounted-in-global-limit')
  setFlagsFromString('--heap-growing-percent=200')
}

/** What a start leaves behind is let go once: by reading the rules V8's young generation grows to 64 MiB, and shrinks only where memory is
 *  asked for. Bounded for good (--max-semi-space-size=8) it would cost a call a tenth of its time. What is compiled already stays. */
function letGoOfTheStart(): void {
  setFlagsFromString('--expose-gc')
  setFlagsFromString('--no-flush-bytecode')
  const collect: unknown = runInNewContext('gc')
  if (typeof collect === 'function') collect({ type: 'major', execution: 'sync', flavor: 'last-resort' })
}

/** A port in use is the commonest start that fails: which one, and how to change it. */
export class PortInUse extends Error {
  readonly code = 'port-in-use'
}

async function listen(server: FastifyInstance, { host, port }: { readonly host: string; readonly port: number }): Promise<number> {
  try {
    await server.listen({ host, port })
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') {
      throw new PortInUse(`Port ${port} of ${host} is in use. Stop the process that listens there, or give another port in gateway.yaml.`, {
        cause: error,
      })
    }
    throw error
  }
  const address = server.server.address()
  if (address === null || typeof address === 'string') throw new Error('a server that listens has an address')
  return address.port
}

/** Milliseconds that streams may still take once the process is told to stop. */
const streamsEnd = 10_000

async function stop(gateway: Gateway, end: PublicServer['end'], admin: FastifyInstance): Promise<void> {
  gateway.closing = true
  try {
    const ends = setTimeout(() => gateway.streams.cutAll({ code: 'gateway-stopped' }), streamsEnd)
    await end().finally(() => clearTimeout(ends))
    await gateway.streams.ended()
    await gateway.log.close()
  } finally {
    for (const upstream of gateway.upstreams.values()) await upstream.close()
    await admin.close()
  }
}
