// goals.ts: what the benches must reach, and in plain words what a run has missed: a bench that only prints fails nobody.

/** Milliseconds at the 99th percentile. */
export interface Slowest {
  readonly unloaded: number
  readonly loaded: number
}

export interface Overload {
  /** Calls a second. */
  readonly capacity: number
  readonly offered: number
  /** Admitted calls, as a client waits for them, and from head to release in the gateway. */
  readonly client: Slowest
  readonly gateway: Slowest
  readonly served: number
  readonly refused: number
  /** Milliseconds at the 99th percentile of what was refused, at the client. */
  readonly refusedP99: number
  /** Refusals that do not say when to come back. */
  readonly withoutRetryAfter: number
  /** Calls that ended without an answer. */
  readonly errors: number
  /** Answers that are neither 200 nor 503. */
  readonly unexpected: number
  /** Answers of `/health/ready` while it lasted, and how many said that no call can be served. */
  readonly probes: number
  readonly unready: number
  /** MiB; the most of it while it lasted. */
  readonly rss: { readonly start: number; readonly most: number }
}

export interface Soak {
  readonly calls: number
  readonly errors: number
  /** MiB. */
  readonly rss: { readonly start: number; readonly end: number }
}

/** Admitted calls may take three times as long as without load. */
const slowdown = 3
/** Of the calls that were meant to be offered: less, and it is the load that was measured. */
const offeredShare = 0.9
/** Ten times the calls: what is held is the calls in hand and those that wait, both bounded, and the connections. Whatever grows with
 *  what is refused passes this within the seconds of a run. */
const memory = 2
/** Probes that a run must have made: one says nothing about the rest of the time. */
const fewestProbes = 5
/** Growth of memory in a soak. */
const growth = 1.05

/** Milliseconds from a saved file to the first call that is refused by it, at the 99th percentile. */
const takenUpWithin = 100
/** Recorded calls a second that are put to another configuration. */
const simulated = 30_000

/** A goal that is not a number was not measured, so it is missed too: each condition says what is good. */
const unmet = (goals: readonly (readonly [met: boolean, told: string])[]): string[] => goals.flatMap(([met, told]) => (met ? [] : [told]))

/** @returns a line for each goal that a run has missed */
export function missedByOverload(run: Overload): string[] {
  const { client, gateway, rss } = run
  const ratio = ({ loaded, unloaded }: Slowest): number => loaded / unloaded
  return unmet([
    [
      run.offered >= run.capacity * 10 * offeredShare,
      `${run.offered.toFixed(0)} calls/s were offered: ten times ${run.capacity.toFixed(0)} are meant`,
    ],
    [run.served > 0 && run.refused > 0, `${run.served} calls were served and ${run.refused} refused: both must happen`],
    [ratio(client) <= slowdown, `at the client admitted calls took ${ratio(client).toFixed(1)} x the unloaded p99: at most ${slowdown}`],
    [ratio(gateway) <= slowdown, `in the gateway admitted calls took ${ratio(gateway).toFixed(1)} x the unloaded p99: at most ${slowdown}`],
    // Who is refused must know it before anybody could have been answered: else waiting to be refused is worse than a slow answer.
    [run.refusedP99 <= client.unloaded, `refusals took ${run.refusedP99} ms (p99): at most the ${client.unloaded} ms of an unloaded call`],
    [run.withoutRetryAfter === 0, `${run.withoutRetryAfter} refusals did not say when to come back`],
    [run.errors === 0, `${run.errors} calls ended without an answer`],
    [run.unexpected === 0, `${run.unexpected} answers were neither 200 nor 503`],
    [run.probes >= fewestProbes, `readiness was asked ${run.probes} times: at least ${fewestProbes}`],
    [run.unready === 0, `${run.unready} of ${run.probes} times the gateway was not ready`],
    [rss.most <= rss.start * memory, `memory went from ${rss.start.toFixed(0)} to ${rss.most.toFixed(0)} MiB: at most ${memory} x`],
  ])
}

/** @returns a line for each goal that a run has missed */
export function missedBySoak({ calls, errors, rss }: Soak): string[] {
  return unmet([
    [calls > 0, 'no call was served'],
    [errors === 0, `${errors} calls were not answered with 200`],
    [rss.end <= rss.start * growth, `memory grew from ${rss.start.toFixed(0)} to ${rss.end.toFixed(0)} MiB: by at most 5 %`],
  ])
}

/** @param p99 milliseconds
 *  @param dropped calls of others that were not answered with 200
 *  @returns a line for each goal that a run has missed */
export const missedByReload = ({ p99, dropped }: { readonly p99: number; readonly dropped: number }): string[] =>
  unmet([
    [p99 <= takenUpWithin, `rules were taken up in ${p99.toFixed(0)} ms (p99): at most ${takenUpWithin} ms`],
    [dropped === 0, `${dropped} calls of others were not answered with 200`],
  ])

/** @returns a line where a run has missed the goal */
export const missedBySimulate = (callsASecond: number): string[] =>
  unmet([[callsASecond >= simulated, `${callsASecond.toFixed(0)} calls/s: at least ${simulated}`]])

/** How many times the calls of nginx with a Lua filter the gateway serves, which records nothing: at 20 KB, and at 1 MB. */
const besideNginx = { large: 1.8, huge: 4 }

/** @returns a line for each goal that a run has missed */
export const missedBesideNginx = ({ large, huge }: { readonly large: number; readonly huge: number }): string[] =>
  unmet([
    [large >= besideNginx.large, `${large.toFixed(2)} x nginx with a Lua filter at 20 KB: at least ${besideNginx.large}`],
    [huge >= besideNginx.huge, `${huge.toFixed(2)} x nginx with a Lua filter at 1 MB: at least ${besideNginx.huge}`],
  ])

/** MiB that a stream of 1 GB may take at most beyond what a bare proxy takes for it. */
const beyondProxy = 16

/** @param peak MiB, the most that the gateway took
 *  @param proxy the most that the bare proxy took
 *  @returns a line where a run has missed the goal */
export const missedByStream = ({ peak, proxy }: { readonly peak: number; readonly proxy: number }): string[] =>
  unmet([
    [
      peak <= proxy + beyondProxy,
      `${peak.toFixed(0)} MiB at most against ${proxy.toFixed(0)} of a bare proxy: at most ${beyondProxy} more`,
    ],
  ])

/** Of the draw: from ten million records within a minute, in memory that does not grow with them. */
const drawnWithin = 60
const drawnIn = 512

/** @param mib resident at most, MiB
 *  @returns a line for each goal that a run has missed */
export const missedByDraw = ({
  mib,
  records,
  seconds,
}: {
  readonly mib: number
  readonly records: number
  readonly seconds: number
}): string[] =>
  unmet([
    [records > 0, 'nothing was drawn from'],
    [seconds <= drawnWithin, `${seconds.toFixed(1)} s: at most ${drawnWithin} s`],
    [mib <= drawnIn, `${mib.toFixed(0)} MiB: at most ${drawnIn}`],
  ])

/** Says on standard error what was missed, which makes the run end with 1: on standard output the figures have the last word. */
export function judge(bench: string, missed: readonly string[]): void {
  for (const line of missed) process.stderr.write(`${bench}: goal missed: ${line}\n`)
  if (missed.length > 0) process.exitCode = 1
}

/** What `npm run bench:log` measures. */
export interface LogRun {
  /** Entries a second at 256 callers, ms, and how many times as many as by one commit a call. */
  readonly rate: number
  readonly p99: number
  readonly singles: number
  /** Entries a second, verified. */
  readonly folder: number
  readonly database: number
  /** Of the rate of a plain COPY, by form. */
  readonly exports: readonly number[]
}

/** @returns a line for each goal that a run has missed */
export const missedByLog = ({ database, exports, folder, p99, rate, singles }: LogRun): string[] =>
  unmet([
    [rate >= 25_000, `append: ${rate} entries/s, at least 25000`],
    [p99 <= 25, `append: p99 ${p99} ms, at most 25`],
    [singles >= 10, `append: ${singles} x single commits, at least 10`],
    [folder >= 150_000, `verify: ${folder} entries/s from a folder, at least 150000`],
    [database >= 60_000, `verify: ${database} entries/s from a database, at least 60000`],
    [exports.length > 0 && exports.every((each) => each >= 0.5), `export: ${exports.join(', ')} x copy, at least 0.5 each`],
  ])

/** The run of which these are the lines.
 *  @returns NaN for what they do not say, which meets no goal */
export function logRunOf(lines: string): LogRun {
  const figures = (pattern: RegExp): number[] => (pattern.exec(lines) ?? []).slice(1).map((figure) => Number(figure.replaceAll(',', '')))
  const [rate = Number.NaN, p99 = Number.NaN, singles = Number.NaN] = figures(
    /append: ([\d,]+) entries\/s at 256 callers, p99 ([\d.]+) ms, ([\d.]+) x single commits/,
  )
  const [folder = Number.NaN, database = Number.NaN] = figures(
    /verify: ([\d,]+) entries\/s from a folder, ([\d,]+)(?: entries\/s)? from a database/,
  )
  const exports = [...lines.matchAll(/([\d.]+) x copy\b/g)].map(([, ratio]) => Number(ratio))
  return { rate, p99, singles, folder, database, exports }
}
