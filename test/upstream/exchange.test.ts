// exchange.test.ts: what is collected of an answer takes the memory of its bytes, and the rest is read as it comes, however small the
// pieces.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import type { Dispatcher } from 'undici'
import { Refused } from '../../src/problems.ts'
import { Exchange, type UpstreamAnswer } from '../../src/upstream/exchange.ts'

const MiB = 1024 * 1024
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

interface Asked {
  readonly exchange: Exchange
  readonly controller: Dispatcher.DispatchController
  /** Whether nothing may come just now. */
  readonly paused: () => boolean
  readonly answers: readonly (UpstreamAnswer | Refused)[]
}

function ask(bound: number): Asked {
  const answers: (UpstreamAnswer | Refused)[] = []
  let paused = false
  const pausing = (is: boolean) => () => {
    paused = is
  }
  const controller = { aborted: false, paused: false, reason: null, abort: () => undefined, pause: pausing(true), resume: pausing(false) }
  const ends = { answered: (answer: UpstreamAnswer | Refused) => answers.push(answer), over: () => undefined }
  const exchange = new Exchange(bound, { left: false, leave: undefined }, ends)
  exchange.onRequestStart(controller)
  exchange.onResponseStart(controller, 200, { 'transfer-encoding': 'chunked' })
  return { exchange, controller, paused: () => paused, answers }
}

function answerOf({ answers: [answer] }: Asked): UpstreamAnswer {
  if (answer === undefined || answer instanceof Refused) throw new Error('no answer')
  return answer
}

t.test('an answer of single bytes', async (t) => {
  const asked = ask(MiB)
  const { controller, exchange } = asked
  collect()
  const before = process.memoryUsage()
  for (let at = 0; at < MiB; at += 1) exchange.onResponseData(controller, Buffer.of(at % 251))
  collect()
  const now = process.memoryUsage()
  const held = (now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers) / MiB
  t.ok(held < 8, `${held.toFixed(1)} MiB are held of one`)
  t.same([asked.answers, asked.paused()], [[], false])
  exchange.onResponseData(controller, Buffer.of(MiB % 251))
  t.equal(asked.paused(), true)
  const { body, rest } = answerOf(asked)
  t.equal(body.length, MiB + 1)
  t.ok(body.every((byte, at) => byte === at % 251))
  exchange.onResponseData(controller, Buffer.from('more'))
  exchange.onResponseEnd()
  const pieces: Buffer[] = []
  for await (const piece of rest ?? []) pieces.push(piece)
  t.equal(String(Buffer.concat(pieces)), 'more')
})

t.test('the rest: what came is read at once, and the upstream waits where too much of it waits', async (t) => {
  const asked = ask(0)
  const { controller, exchange } = asked
  const pieces = answerOf(asked).rest?.[Symbol.asyncIterator]()
  if (pieces === undefined) throw new Error('nothing follows')
  t.equal(asked.paused(), true, 'nobody reads yet')
  const first = pieces.next()
  t.equal(asked.paused(), false)
  for (let at = 0; at < 1_000; at += 1) exchange.onResponseData(controller, Buffer.from('ten bytes\n'))
  t.equal(asked.paused(), false)
  t.equal((await first).value?.length, 10_000)
  let sent = 0
  for (; !asked.paused() && sent < MiB; sent += 1_000) exchange.onResponseData(controller, Buffer.alloc(1_000))
  t.ok(sent >= 64_000 && sent < 80_000, `${sent} bytes wait`)
  t.equal((await pieces.next()).value?.length, sent)
  t.equal(asked.paused(), true, 'as long as nobody asks for more')
  const last = pieces.next()
  t.equal(asked.paused(), false)
  exchange.onResponseEnd()
  t.equal((await last).done, true)
})
