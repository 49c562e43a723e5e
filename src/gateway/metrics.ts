// metrics.ts: what Prometheus reads: counts by reason and time by stage. No label ever holds a value of a call.
import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import type { Code } from '../problems.ts'
import type { NotHeard } from './admission.ts'

/** Served calls that wait to be observed together. */
const heldAtMost = 1024

/** The gateway's metrics, in a registry of their own. */
export class Metrics {
  readonly registry = new Registry()
  readonly #byCode = new Map<Code, number>()
  readonly #seconds: Histogram<'api'>
  #served: { readonly api: string; readonly seconds: number }[] = []
  readonly #batchEntries: Histogram
  readonly #batchSeconds: Histogram
  readonly #logAway: Gauge
  readonly #copied: Gauge<'place'>
  readonly #copiesStale: Gauge
  readonly #pages: Counter<'code'>
  readonly #searchEntries: Gauge<'slot'>
  readonly #searchSeconds: Gauge<'slot'>
  readonly #notHeard: Counter<'why'>
  readonly #certificate: Gauge<'listener'>
  readonly #leftAlone: Gauge<'upstream' | 'agency'>
  readonly #undeclared: Counter<'api' | 'parent'>
  readonly #activations: Counter
  readonly #notInForce: Gauge

  constructor() {
    const registers = [this.registry]
    collectDefaultMetrics({ register: this.registry })
    const byCode = this.#byCode
    new Counter({
      name: 'linkage_calls_total',
      help: 'Calls by reason',
      labelNames: ['code'],
      registers,
      // Counted in a map on the path of a call, and handed over when somebody looks.
      collect() {
        this.reset()
        for (const [code, count] of byCode) this.inc({ code }, count)
      },
    })
    this.#seconds = new Histogram({
      name: 'linkage_call_seconds',
      help: 'Seconds from the request head to the release, of served calls',
      labelNames: ['api'],
      buckets: [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 1, 1.5, 2.5, 5, 10],
      registers,
      collect: () => this.#observe(),
    })
    this.#batchEntries = new Histogram({
      name: 'linkage_log_batch_entries',
      help: 'Entries per commit',
      buckets: [1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1000],
      registers,
    })
    this.#batchSeconds = new Histogram({
      name: 'linkage_log_commit_seconds',
      help: 'Seconds of a commit',
      buckets: [0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5],
      registers,
    })
    this.#pages = new Counter({
      name: 'linkage_log_pages_total',
      help: 'Requests for checkpoints, tiles, entries and receipts of the logs, by reason',
      labelNames: ['code'],
      registers,
    })
    this.#notHeard = new Counter({
      name: 'linkage_connections_not_heard_total',
      help: 'Connections that were ended before a byte of them was read',
      labelNames: ['why'],
      registers,
    })
    this.#certificate = new Gauge({
      name: 'linkage_certificate_not_after_seconds',
      help: 'Last instant of the certificate in force, seconds since 1970',
      labelNames: ['listener'],
      registers,
    })
    this.#leftAlone = new Gauge({
      name: 'linkage_upstream_left_alone',
      help: '1 while an upstream is left alone by the calls of an agency, after failures in a row',
      labelNames: ['upstream', 'agency'],
      registers,
    })
    this.#searchEntries = new Gauge({
      name: 'linkage_search_behind_entries',
      help: 'Entries of the query log that search does not find yet',
      labelNames: ['slot'],
      registers,
    })
    this.#searchSeconds = new Gauge({
      name: 'linkage_search_behind_seconds',
      help: 'Seconds since the first of them was appended',
      labelNames: ['slot'],
      registers,
    })
    this.#undeclared = new Counter({
      name: 'linkage_undeclared_members_total',
      help: 'Members of answers that the catalogue does not declare, by the declared path of the object that they stand in',
      labelNames: ['api', 'parent'],
      registers,
    })
    this.#activations = new Counter({
      name: 'linkage_policy_activations_total',
      help: 'Policies put in force since the start, without the first',
      registers,
    })
    this.#notInForce = new Gauge({
      name: 'linkage_configuration_errors',
      help: 'Errors that keep the configuration folder, as it stands, from being in force',
      registers,
    })
    this.#copied = new Gauge({
      name: 'linkage_log_copy_timestamp_seconds',
      help: 'When a place outside took a checkpoint last, seconds since 1970; 0: never',
      labelNames: ['place'],
      registers,
    })
    this.#copiesStale = new Gauge({
      name: 'linkage_log_copies_stale',
      help: '1 while no place took a checkpoint for four hours',
      registers,
    })
    this.#logAway = new Gauge({ name: 'linkage_log_away', help: '1 while the query log cannot be written', registers })
  }

  called(code: Code, api: string | undefined, seconds: number): void {
    this.#byCode.set(code, (this.#byCode.get(code) ?? 0) + 1)
    if (code !== 'released' || api === undefined) return
    // One after the other an observation costs a fifth of what it costs alone, between two turns of the event loop.
    if (this.#served.push({ api, seconds }) >= heldAtMost) this.#observe()
  }

  #observe(): void {
    for (const { api, seconds } of this.#served) this.#seconds.observe({ api }, seconds)
    this.#served = []
  }

  committed(entries: number, seconds: number): void {
    this.#batchEntries.observe(entries)
    this.#batchSeconds.observe(seconds)
  }

  /** A request for a page of the logs was answered. */
  page(code: Code): void {
    this.#pages.inc({ code })
  }

  notHeard(why: NotHeard): void {
    this.#notHeard.inc({ why })
  }

  searchBehind(slot: string, entries: number, seconds: number): void {
    this.#searchEntries.set({ slot }, entries)
    this.#searchSeconds.set({ slot }, seconds)
  }

  /** @param until seconds since 1970 UTC */
  certificate(listener: string, until: number): void {
    this.#certificate.set({ listener }, until)
  }

  leftAlone(upstream: string, agency: string, open: boolean): void {
    this.#leftAlone.set({ upstream, agency }, open ? 1 : 0)
  }

  /** @param parent a declared path */
  undeclared(api: string, parent: string, count: number): void {
    this.#undeclared.inc({ api, parent }, count)
  }

  policyInForce(): void {
    this.#activations.inc()
    this.#notInForce.set(0)
  }

  /** @param errors that keep the folder from being in force */
  configurationErrors(errors: number): void {
    this.#notInForce.set(errors)
  }

  /** @param taken by place: when it took a checkpoint last, seconds since 1970 UTC */
  copies(taken: readonly (readonly [place: string, seconds: number])[], stale: boolean): void {
    for (const [place, seconds] of taken) this.#copied.set({ place }, seconds)
    this.#copiesStale.set(stale ? 1 : 0)
  }

  logAway(away: boolean): void {
    this.#logAway.set(away ? 1 : 0)
  }
}
