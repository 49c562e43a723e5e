// memory-probe.ts: preloaded into a gateway under attack: what it holds, said on standard output when SIGUSR2 asks for it.
import { subscribe } from 'node:diagnostics_channel'
import { setImmediate as turn } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'

/** What a process holds once everything that nobody refers to has been collected. */
export interface Held {
  /** Bytes of the heap, and of buffers outside it. */
  readonly bytes: number
  /** The most bytes of buffers that stood at once since the last time it was asked, beyond those that stood then. */
  readonly peak: number
  /** Calls, requests to upstreams, and connections of either side that something still refers to. */
  readonly calls: number
  readonly exchanges: number
  readonly sockets: number
  /** Timers that run, without the probe's own. */
  readonly timers: number
}

setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

/** Objects that Node or undici announce, as long as they are alive. */
function watched(member: string, ...channels: readonly string[]): () => number {
  let known: WeakRef<object>[] = []
  for (const channel of channels)
    subscribe(channel, (message) => {
      known.push(new WeakRef((message as Record<string, object>)[member] ?? {})) // each channel documents its members
    })
  return () => {
    known = known.filter((each) => each.deref() !== undefined)
    return known.length
  }
}
const calls = watched('request', 'http.server.request.start')
const exchanges = watched('request', 'undici:request:create')
const sockets = watched('socket', 'net.client.socket', 'net.server.socket')

let [low, peak] = [0, 0]
const buffers = (): number => process.memoryUsage().arrayBuffers
setInterval(() => {
  peak = Math.max(peak, buffers())
}, 1).unref()

async function say(): Promise<void> {
  const highest = peak - low
  // Buffers are freed some time after what referred to them was collected.
  for (let each = 0; each < 2; each += 1) {
    await turn()
    collect()
  }
  await turn()
  const { heapUsed, external } = process.memoryUsage()
  const held: Held = {
    bytes: heapUsed + external,
    peak: highest,
    calls: calls(),
    exchanges: exchanges(),
    sockets: sockets(),
    timers: process.getActiveResourcesInfo().filter((each) => each === 'Timeout').length,
  }
  low = buffers()
  peak = low
  process.stdout.write(`held ${JSON.stringify(held)}\n`)
}
process.on('SIGUSR2', () => void say())
