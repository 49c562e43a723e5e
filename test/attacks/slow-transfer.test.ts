// slow-transfer.test.ts: a caller that hardly reads: the upstream waits with it, and the gateway's memory does not grow with the file.
import { readFileSync } from 'node:fs'
import { Agent, type IncomingMessage, request } from 'node:http'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { Configuration } from '../end-to-end/configuration.ts'
import { nextSecond } from '../end-to-end/department.ts'
import { fileHeaders, listPath, openAllDay } from '../end-to-end/files.ts'
import { startPouring } from '../end-to-end/pouring.ts'
import { openPlace, serving } from './gateway-child.ts'

const MiB = 1024 * 1024
const file = 200 * MiB
/** What lies between the two ends while nobody reads: buffers of four sockets, and of the gateway a block and a few pieces. */
const between = 48 * MiB
/** What V8 has not collected yet of what passed by. A file that was held would show with two hundred. */
const slack = 64 * MiB

t.setTimeout(280_000)
const pouring = await startPouring(20 * MiB)
t.teardown(() => pouring.close())
const place = await openPlace(t, pouring.url)
openAllDay(new Configuration(place.department.config))
const run = place.serve()
await serving(run)
await nextSecond()
const origin = /^origin: (\S+)/m.exec(readFileSync(`${place.department.config}/gateway.yaml`, 'utf8'))?.[1] ?? ''

async function ask(): Promise<IncomingMessage> {
  const headers = await fileHeaders({ drawn: place.department.drawn, origin })
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const agent = new Agent({ keepAlive: false })
    request({ host: '127.0.0.1', port: place.publicPort, path: listPath, headers, agent }, resolve).on('error', reject).end()
  })
  if (answer.statusCode !== 200) throw new Error(`${answer.statusCode}: ${await text(answer)}`)
  return answer
}

const resident = (): number =>
  1024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${run.child.pid}/status`, 'utf8'))?.[1] ?? Number.NaN)

/** Reads to the end, at most so many bytes a second. @returns bytes, and the most memory that stood meanwhile */
async function read(answer: IncomingMessage, speed = Number.POSITIVE_INFINITY): Promise<{ bytes: number; most: number; whole: boolean }> {
  let [bytes, most] = [0, 0]
  const timer = setInterval(() => {
    most = Math.max(most, resident())
  }, 20)
  const started = performance.now()
  for await (const piece of answer) {
    bytes += Buffer.byteLength(piece)
    const early = (bytes / speed) * 1000 - (performance.now() - started)
    if (early > 1) await sleep(early)
  }
  clearInterval(timer)
  return { bytes, most, whole: answer.complete }
}

t.test('a caller that hardly reads', { skip: process.platform !== 'linux' && 'resident memory is read from /proc' }, async (t) => {
  // The first of a process compiles and allocates what it needs for every one.
  for (let each = 0; each < 2; each += 1) t.match(await read(await ask()), { whole: true })
  const before = resident()
  pouring.bytes = file
  const answer = await ask()
  for (let last = -1; last !== pouring.sent; await sleep(300)) last = pouring.sent
  const stood = pouring.sent
  await sleep(1_000)
  t.equal(pouring.sent, stood, 'the upstream waits')
  t.ok(stood < between, `${(stood / MiB).toFixed(1)} MiB are between`)
  t.ok(resident() - before < slack, `${((resident() - before) / MiB).toFixed(1)} MiB more than before, while nobody reads`)
  const { bytes, most, whole } = await read(answer, 64 * MiB)
  t.ok(whole)
  t.ok(bytes > 20 * MiB, `${(bytes / MiB).toFixed(1)} MiB of ${(pouring.sent / MiB).toFixed(1)} were released`)
  t.ok(most - before < slack, `${((most - before) / MiB).toFixed(1)} MiB more than before at most`)
})
t.teardown(async () => {
  run.child.kill('SIGTERM')
  await run.ended
})
