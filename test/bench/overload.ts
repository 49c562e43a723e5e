// overload.ts: ten times as many calls as can be served: those that are admitted stay quick, the rest are told at once when to come back.
import { ask, openStage, path, quantile, residentOf, servedWithin } from './stage.ts'

/** What a welfare system takes to answer. It is what limits the calls that can be served: so many in flight, so long each. Long enough
 *  that ten times as many can be sent and read at all: the load, the upstream and the database share one core here. */
const delay = Number(process.env.DELAY_MS ?? 400)
const seconds = Number(process.env.SECONDS ?? 15)

const stage = await openStage()
try {
  const { upstream, gateway, load, headers, body } = stage
  await ask(upstream.process, { delay })
  const url = `http://127.0.0.1:${gateway.port}${path}`
  const round = { url, headers, body }
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
  await new Promise((halfway) => setTimeout(halfway, (seconds * 1_000) / 2))
  // Somebody else, in the middle of it: refused or not, quickly, and with the time to come back.
  const asked = performance.now()
  const probe = await fetch(url, { method: 'POST', headers: { ...headers }, body })
  const took = performance.now() - asked
  process.stdout.write(`probe: ${probe.status} after ${took.toFixed(0)} ms, Retry-After ${probe.headers.get('retry-after') ?? 'none'}\n`)
  if (probe.status === 503 && probe.headers.get('retry-after') === null) throw new Error('a refusal does not say when to come back')
  const result = await flood
  const end = residentOf(gateway)
  const loaded = quantile(0.99, await servedWithin(gateway), atStart)
  process.stdout.write(
    `offered ${((result.calls + result.others) / result.seconds).toFixed(0)} calls/s, served ${(result.calls / result.seconds).toFixed(0)}, errors ${result.errors}\n`,
  )
  // The load, the upstream and the database share the other core: what a client waits for itself is not the gateway's.
  process.stdout.write(`at the client: admitted p99 ${result.p99} ms (${(result.p99 / unloaded.p99).toFixed(1)} x unloaded)\n`)
  process.stdout.write(
    `overload: admitted p99 ${loaded.toFixed(0)} ms in the gateway (${(loaded / quiet).toFixed(1)} x unloaded), ${result.refused} refused with 503, RSS ${start.toFixed(0)} → ${end.toFixed(0)} MiB\n`,
  )
} finally {
  await stage.stop()
}
