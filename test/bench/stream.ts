// stream.ts: 1 GB of NDJSON through the whole gateway, and through a bare @fastify/http-proxy, in one run: how much memory each takes at most.
// `npm run bench:stream`; STREAM_MIB=200 for less.
import { type ChildProcess, fork } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { join } from 'node:path'
import { openPlace, serving } from '../attacks/gateway-child.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { nextSecond } from '../end-to-end/department.ts'
import { fileHeaders, listPath, openAllDay } from '../end-to-end/files.ts'
import { startPouring } from '../end-to-end/pouring.ts'
import { nodeOptions } from './as-deployed.ts'
import { judge, missedByStream } from './goals.ts'

const MiB = 1024 * 1024
const size = Number(process.env.STREAM_MIB ?? 954) * MiB // 1 GB
if (process.platform !== 'linux') throw new Error('memory is read from /proc: this bench needs Linux')

/** MiB: `VmHWM` the most since it was cleared, `VmRSS` now. */
const memoryOf = (child: ChildProcess, what: 'VmHWM' | 'VmRSS'): number =>
  Number(new RegExp(`^${what}:\\s+(\\d+) kB`, 'm').exec(readFileSync(`/proc/${child.pid}/status`, 'utf8'))?.[1]) / 1024

interface Passed {
  readonly before: number
  readonly peak: number
  /** Bytes that arrived. */
  readonly arrived: number
  readonly seconds: number
}

async function pass(child: ChildProcess, port: number, headers: Readonly<Record<string, string>>): Promise<Passed> {
  const before = memoryOf(child, 'VmRSS')
  // SPEC proc_pid_clear_refs(5): 5 makes the most that ever was what is now. A start takes more than it leaves.
  writeFileSync(`/proc/${child.pid}/clear_refs`, '5')
  const started = performance.now()
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ host: '127.0.0.1', port, path: listPath, headers, agent: new Agent({ keepAlive: false }) }, resolve)
      .on('error', reject)
      .end()
  })
  let arrived = 0
  for await (const piece of answer) arrived += Buffer.byteLength(piece)
  if (answer.statusCode !== 200 || !answer.complete) throw new Error(`the transfer ended with ${answer.statusCode}, not whole`)
  return { before, peak: memoryOf(child, 'VmHWM'), arrived, seconds: (performance.now() - started) / 1000 }
}

const line = (name: string, { before, peak, arrived, seconds }: Passed): string =>
  [
    name.padEnd(9),
    `${before.toFixed(0).padStart(4)} MiB before, ${peak.toFixed(0).padStart(4)} MiB at most,`,
    `${(pouring.sent / MiB / seconds).toFixed(0)} MiB/s in, ${(arrived / MiB).toFixed(0)} MiB out`,
  ].join(' ')

const teardowns: (() => void | Promise<void>)[] = []
const pouring = await startPouring(size)
try {
  const place = await openPlace({ teardown: (each) => void teardowns.unshift(each) }, pouring.url)
  openAllDay(new Configuration(place.department.config))
  const run = place.serve(undefined, nodeOptions)
  teardowns.unshift(async () => {
    run.child.kill('SIGTERM')
    await run.ended
  })
  await serving(run)
  await nextSecond()
  const origin = /^origin: (\S+)/m.exec(readFileSync(join(place.department.config, 'gateway.yaml'), 'utf8'))?.[1] ?? ''
  const proxy = fork(join(import.meta.dirname, 'proxy.ts'), [pouring.url], { execArgv: ['--disable-warning=ExperimentalWarning'] })
  teardowns.unshift(() => proxy.disconnect())
  const port = await new Promise<number>((listening, failed) => {
    proxy.once('message', (message) => listening((message as { port: number }).port)) // proxy.ts says where it listens
    proxy.once('exit', (code) => failed(new Error(`the proxy ended with ${code}`)))
  })
  const plain = await pass(proxy, port, {})
  console.log(line('proxy', plain))
  const own = await pass(run.child, place.publicPort, await fileHeaders({ drawn: place.department.drawn, origin }))
  console.log(line('gateway', own))
  judge('stream', missedByStream({ peak: own.peak, proxy: plain.peak }))
  console.log(
    `stream: ${(size / 1e9).toFixed(2)} GB, peak ${own.peak.toFixed(0)} MiB against ${plain.peak.toFixed(0)} MiB of a bare proxy (${(own.peak - plain.peak).toFixed(0)} MiB more), ` +
      `${(own.peak - own.before).toFixed(0)} against ${(plain.peak - plain.before).toFixed(0)} MiB above what each took before`,
  )
} finally {
  for (const each of teardowns) await each()
  await pouring.close()
}
