// soak.ts: whether the gateway stays as it is: minutes of load at four fifths of what it can, every answer checked, its memory watched.
import { setTimeout as sleep } from 'node:timers/promises'
import { judge, missedBySoak } from './goals.ts'
import { ask, openStage, path, residentOf, searchBehind } from './stage.ts'

const minutes = Number(process.env.MINUTES ?? 20)
const connections = 64
/** Seconds in which it is measured what it can. */
const measured = 60
/** Memory grows until V8 has seen a few full collections: that is no leak. */
const warmUp = 60

const stage = await openStage()
try {
  const { upstream, gateway, load, headers, body } = stage
  await ask(upstream.process, 'small')
  const round = { url: `http://127.0.0.1:${gateway.port}${path}`, connections, headers, body }
  await ask(load, { ...round, duration: 5 })
  const began = performance.now()
  const full = await ask(load, { ...round, duration: measured })
  // Under full load search waits for calls, and what it has to do is still to come: a gateway can for minutes what leaves it time for both.
  while ((await searchBehind(gateway)) > 0) await sleep(500)
  const capacity = full.calls / ((performance.now() - began) / 1000)
  const rate = Math.floor(capacity * 0.8)
  process.stdout.write(
    `at most ${(full.calls / full.seconds).toFixed(0)} calls/s, ${capacity.toFixed(0)} with search; ${minutes} minutes at ${rate}\n`,
  )
  await ask(load, { ...round, rate, duration: warmUp })
  const start = residentOf(gateway)
  let [calls, errors] = [0, 0]
  for (let minute = 1; minute <= minutes; minute += 1) {
    const result = await ask(load, { ...round, rate, duration: 60 })
    calls += result.calls
    errors += result.others
    process.stdout.write(
      `minute ${String(minute).padStart(2)}  ${result.calls} calls  ${result.others} errors  p50 ${result.p50} ms  p99 ${result.p99} ms  RSS ${residentOf(gateway).toFixed(0)} MiB\n`,
    )
  }
  await sleep(2_000)
  const end = residentOf(gateway)
  process.stdout.write(`soak: ${calls} calls, ${errors} errors, RSS ${start.toFixed(0)} → ${end.toFixed(0)} MiB\n`)
  judge('soak', missedBySoak({ calls, errors, rss: { start, end } }))
} finally {
  await stage.stop()
}
