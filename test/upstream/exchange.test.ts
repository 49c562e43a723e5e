// exchange.test.ts: what is collected of an answer takes the memory of its bytes, however small the pieces in which they come.
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import t from 'tap'
import type { Dispatcher } from 'undici'
import { Refused } from '../../src/problems.ts'
import { Exchange, type UpstreamAnswer } from '../../src/upstream/exchange.ts'

const MiB = 1024 * 1024
setFlagsFromString('--expose-gc')
const collect: () => void = runInNewContext('gc')

t.test('an answer of single bytes', async (t) => {
  const answers: (UpstreamAnswer | Refused)[] = []
  const departure = { left: false, leave: undefined }
  const exchange = new Exchange(MiB, departure, { answered: (answer) => answers.push(answer), over: () => undefined })
  let paused = false
  const controller: Dispatcher.DispatchController = {
    aborted: false,
    paused: false,
    reason: null,
    abort: () => undefined,
    pause: () => {
      paused = true
    },
    resume: () => undefined,
  }
  exchange.onResponseStart(controller, 200, { 'transfer-encoding': 'chunked' })
  collect()
  const before = process.memoryUsage()
  for (let at = 0; at < MiB; at += 1) exchange.onResponseData(controller, Buffer.of(at % 251))
  collect()
  const now = process.memoryUsage()
  const held = (now.heapUsed + now.arrayBuffers - before.heapUsed - before.arrayBuffers) / MiB
  t.ok(held < 8, `${held.toFixed(1)} MiB are held of one`)
  t.same([answers, paused], [[], false])
  exchange.onResponseData(controller, Buffer.of(MiB % 251))
  const [answer] = answers
  if (answer === undefined || answer instanceof Refused) throw new Error('no answer')
  t.equal(paused, true)
  t.equal(answer.body.length, MiB + 1)
  t.ok(answer.body.every((byte, at) => byte === at % 251))
  exchange.onResponseData(controller, Buffer.from('more'))
  exchange.onResponseEnd()
  const rest: Buffer[] = []
  for await (const piece of answer.rest ?? []) rest.push(piece)
  t.equal(String(Buffer.concat(rest)), 'more')
})
