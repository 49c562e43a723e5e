// overload.ts: ten times as many calls as can be served: those that are admitted stay quick, the rest are told at once when to come back.
import { setTimeout as sleep } from 'node:timers/promises'
import { judge, missedByOverload } from './goals.ts'
import { ask, type Child, openStage, path, quantile, residentOf, servedWithin } from './stage.ts'

/** What a welfare system takes to answer. It is what limits the calls that can be served: so many in flight, so long each. Long enough
 *  that ten times as many can be sent and read at all: the load, the upstream and the database share one core here. */
const delay = Number(process.env.DELAY_MS ?? 400)
const seconds = Number(process.env.SECONDS ?? 15)
/** Milliseconds between two looks at the gateway. */
const interval = 500

/** Asks again and again, while it lasts, whether the gateway is ready, and how much memory it has. */
async function watch(
  gateway: Child,
  over: Promise<unknown>,
): Promise<{ readonly probes: number; readonly unready: number; readonly most: number }> {
  let [probes, unready, most, lasts] = [0, 0, 0, true]
  const stop = (): void => {
    lasts = false
  }
  over.then(stop, stop)
  while (lasts) {
    const { ok } = await fetch(`http://127.0.0.1:${gateway.adminPort}/health/ready`)
    probes += 1
    if (!ok) unready += 1
    most = Math.max(most, residentOf(gateway))
    await sleep(interval)
  }
  return { probes, unready, most }
}

const stage = await openStage()
try {
  const { upstream, gateway, load, headers, body } = stage
  await ask(upstream.process, { delay })
  const round = { url: `http://127.0.0.1:${gateway.port}${path}`, headers, body }
  await ask(load, { ...round, connections: 32, duration: 5 })
  const before = await servedWithin(gateway)
  const unloaded = await ask(load, { ...round, connections: 8, duration: 5 })
  const quiet = quantile(0.99, await servedWithin(gateway), before)
  const full = await ask(load, { ...round, connections: 56, duration: 5 })
  const capacity = full.calls / full.seconds
  process.stdout.write(`unloaded: p99 ${unloaded.p99} ms; capacity ${capacity.toFixed(0)} calls/s at ${delay} ms a call upstream\n`)
  const start = residentOf(gateway)
  const atStart = await servedWithin(gateway)
  const flood = ask(load, { ...round, connections: 800, rate: Math.floor(capacity * 10), duration: seconds })
  const [result, { probes, unready, most }] = await Promise.all([flood, watch(gateway, flood)])
  const end = residentOf(gateway)
  const loaded = quantile(0.99, await servedWithin(gateway), atStart)
  const offered = (result.calls + result.others) / result.seconds
  const { calls: served, refused, errors, refusedP99 = Number.NaN, withoutRetryAfter = Number.NaN } = result
  process.stdout.write(
    `offered ${offered.toFixed(0)} calls/s, served ${(served / result.seconds).toFixed(0)}, errors ${errors}; ready ${probes - unready} of ${probes} times\n`,
  )
  process.stdout.write(`refused: p99 ${refusedP99} ms, ${withoutRetryAfter} without Retry-After\n`)
  // The load, the upstream and the database share the other core: what a client waits for itself is not the gateway's.
  process.stdout.write(`at the client: admitted p99 ${result.p99} ms (${(result.p99 / unloaded.p99).toFixed(1)} x unloaded)\n`)
  process.stdout.write(
    `overload: admitted p99 ${loaded.toFixed(0)} ms in the gateway (${(loaded / quiet).toFixed(1)} x unloaded), ${refused} refused with 503, RSS ${start.toFixed(0)} → ${end.toFixed(0)} MiB\n`,
  )
  const unexpected = result.others - refused - errors
  const client = { unloaded: unloaded.p99, loaded: result.p99 }
  const counted = { served, refused, refusedP99, withoutRetryAfter, errors, unexpected, probes, unready }
  const rss = { start, most: Math.max(most, end) }
  judge('overload', missedByOverload({ capacity, offered, client, gateway: { unloaded: quiet, loaded }, ...counted, rss }))
} finally {
  await stage.stop()
}
