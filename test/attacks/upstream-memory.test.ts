// upstream-memory.test.ts: hundreds of calls to a hostile upstream leave the process as it was: connections, timers, memory.
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import t, { type Test } from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { problems } from '../../src/problems.ts'
import { Configuration } from '../end-to-end/configuration.ts'
import { household, statusPath, subject } from '../end-to-end/department.ts'
import { held, openPlace, probe, type Run, serving } from './gateway-child.ts'
import { type Deed, drip, pour, send, sendAndEnd, sendAndReset, startHostile } from './hostile.ts'
import type { Held } from './memory-probe.ts'

const MiB = 1024 * 1024
/** Calls in flight to the upstream at most; an agency has all but an eighth of them. */
const inFlight = 64
const atOnce = 56
/** Measured after the first so many calls of a row, and after as many again and again. */
const firstCalls = 60
const moreCalls = 120
/** Of answers that are read for 8 MiB before it is clear that they have no end. */
const firstLarge = 6
const moreLarge = 12

const text = JSON.stringify(household)
const head = (...fields: string[]): string => ['HTTP/1.1 200 OK', 'Content-Type: application/json', ...fields, '', ''].join('\r\n')
const length = `Content-Length: ${Buffer.byteLength(text)}`
const half = head(length) + text.slice(0, -20)
/** On a connection that is not kept, so that those that stay are the hostile ones. */
const good = sendAndEnd(head(length, 'Connection: close') + text)
const spaces = ' '.repeat(16_384)
/** A member that nobody is granted, and no end of it. */
const opened = '{"note":['
const elements = `"${'a'.repeat(61)}",`.repeat(256)
const chunk = `4000\r\n${elements}\r\n`
const letters = 'a'.repeat(16_384)
const longField = `X-Bomb: ${'a'.repeat(1_000)}\r\n`

type Row = readonly ['upstream-malformed' | 'upstream-unavailable' | 'upstream-timeout', Deed]

/** Of what never ends, bodies. */
const endless: Readonly<Record<string, Row>> = {
  'a body without end': ['upstream-malformed', pour(head() + opened, elements)],
  'a text without end': ['upstream-malformed', pour(`${head()}{"note":"`, letters)],
  'chunks without end': ['upstream-malformed', pour(`${head('Transfer-Encoding: chunked')}9\r\n${opened}\r\n`, chunk)],
  'a length of 80 GiB': ['upstream-malformed', pour(head('Content-Length: 88888888999') + opened, elements)],
}

/** What never ends, and shows it. */
const poured: Readonly<Record<string, Row>> = {
  ...endless,
  'a head without end': ['upstream-malformed', pour('HTTP/1.1 200 OK\r\n', longField)],
  'a field without end': ['upstream-malformed', pour('HTTP/1.1 200 OK\r\nX-Bomb: ', letters)],
  'interim answers without end': ['upstream-malformed', pour('', 'HTTP/1.1 103 Early Hints\r\n\r\n')],
}

/** What ends as soon as it shows what it is: a timer that is left would stand for a minute. */
const endedAtOnce: Readonly<Record<string, Row>> = {
  ...poured,
  'a length that is too short': ['upstream-malformed', send(head('Content-Length: 20') + text)],
  'a length that is too long': ['upstream-unavailable', sendAndEnd(head('Content-Length: 100000') + text)],
  'a reset in the body': ['upstream-unavailable', sendAndReset(half)],
}

/** What only time ends. */
const waitedFor: Readonly<Record<string, Row>> = {
  'a body that drips': ['upstream-timeout', drip(head('Content-Length: 100000'), ' ', 20)],
  'a head that drips': ['upstream-timeout', drip('HTTP/1.1 200 OK\r\n', 'X-Drip: 1\r\n', 20)],
  'no answer at all': ['upstream-timeout', () => undefined],
  'a body that stops': ['upstream-timeout', send(half)],
}

/** What the parser skips it does not count: these are bounded by time alone, and their buffers by when V8 collects them. */
const skipped: Readonly<Record<string, Row>> = {
  'blanks before a field without end': ['upstream-timeout', pour('HTTP/1.1 200 OK\r\nX-Bomb:', spaces)],
  'a chunk’s extension without end': ['upstream-timeout', pour(`${head('Transfer-Encoding: chunked')}10;`, letters)],
}

const hostile = await startHostile(good)
// Started by itself, tap would end a file after half of that.
t.setTimeout(200_000)
t.teardown(() => hostile.close())
const place = await openPlace(t, hostile.url)
const configuration = new Configuration(place.department.config)
configuration.withoutLimits()
const [approved] = demoCalls(subject)
if (approved === undefined) throw new Error('the demo has an approved call')
const body = JSON.stringify({ nationalId: subject })
const headers = await new DemoCaller('', place.department.drawn).headers(approved, body)

/** One call on a connection of its own. @returns its status */
const call = (): Promise<number> =>
  new Promise((answered, failed) => {
    const agent = new Agent({ keepAlive: false })
    const asking = request({ port: place.publicPort, host: '127.0.0.1', path: statusPath, method: 'POST', headers, agent }, (answer) => {
      answer.resume()
      answer.once('end', () => answered(answer.statusCode ?? 0))
    })
    asking.once('error', failed)
    asking.end(body)
  })

/** So many calls, a bounded number of them at once. @returns how often each status came */
async function calls(count: number): Promise<Record<string, number>> {
  const statuses: Record<string, number> = {}
  let left = count
  const caller = async (): Promise<void> => {
    while (left > 0) {
      left -= 1
      const status = await call()
      statuses[status] = (statuses[status] ?? 0) + 1
    }
  }
  await Promise.all(Array.from({ length: atOnce }, caller))
  return statuses
}

/** Timers and connections of the gateway's own. */
const spare = 2

/** What a gateway holds once its connections have closed: they are closed on both sides, and one side is told later.
 *  @param before what it may come back to: what is closing is waited for, ten seconds at most */
async function settled(run: Run, before?: Held): Promise<Held> {
  for (let tries = 0; hostile.open > 0 && tries < 100; tries += 1) await sleep(20)
  for (const until = Date.now() + 10_000; ; ) {
    await sleep(50)
    const now = await held(run)
    if (before === undefined || Date.now() > until || (now.sockets <= before.sockets + spare && now.timers <= before.timers + spare))
      return now
  }
}

/** What may be held beyond what was held before: a timer or a connection of the gateway's own, and what V8 compiles meanwhile. */
function checkHeld(t: Test, now: Held, before: Held): void {
  t.equal(now.calls, 0, 'nothing refers to a call any more')
  // The breaker remembers the last failure, whose trace of the stack refers to the request that met it.
  t.ok(now.exchanges <= 1, `${now.exchanges} requests are referred to`)
  t.ok(now.sockets <= before.sockets + spare, `${before.sockets} connections are held, then ${now.sockets}`)
  t.ok(now.timers <= before.timers + spare, `${before.timers} timers run, then ${now.timers}`)
}

async function check(
  t: Test,
  run: Run,
  before: Held,
  [code, deed]: Row,
  [firstCalls, moreCalls]: readonly [number, number],
): Promise<void> {
  const { status } = problems[code]
  hostile.deed = deed
  t.same(await calls(firstCalls), { [status]: firstCalls })
  const first = await settled(run, before)
  const { requests } = hostile
  t.same(await calls(moreCalls), { [status]: moreCalls })
  t.equal(hostile.requests, requests + moreCalls, 'each was sent, and once')
  const second = await settled(run, before)
  t.equal(hostile.open, 0, 'no connection stays')
  checkHeld(t, first, before)
  checkHeld(t, second, before)
  const grown = (second.bytes - first.bytes) / MiB
  t.ok(grown < 2, `${grown.toFixed(2)} MiB more after ${moreCalls} calls more`)
  hostile.deed = good
  t.same(await calls(2 * inFlight), { 200: 2 * inFlight }, 'more calls than may be in flight are served')
}

/** Serves with an upstream of these time limits while a test runs. */
async function whileServing(t: Test, timeouts: Readonly<Record<string, string>>, use: (run: Run) => Promise<void>): Promise<void> {
  configuration.edit('gateway.yaml', (file) => {
    const welfare = { url: hostile.url, in_flight: String(inFlight), timeouts_ms: timeouts, breaker: { failures: '1000000' } }
    file.set('upstreams', file.createNode({ welfare }))
  })
  hostile.deed = good
  const run = place.serve(undefined, [probe])
  try {
    await serving(run)
    t.same(await calls(firstCalls), { 200: firstCalls }, 'what is compiled at first is compiled')
    await use(run)
  } finally {
    run.child.kill('SIGTERM')
    t.equal(await run.ended, 0)
  }
}

/** One call, and what its answer takes while it comes.
 *  @param most MiB of buffers at once */
async function checkPeak(t: Test, run: Run, [code, deed]: Row, most: number): Promise<void> {
  await settled(run)
  hostile.deed = deed
  t.equal(await call(), problems[code].status)
  const { peak } = await settled(run)
  t.ok(peak < most * MiB, `${(peak / MiB).toFixed(2)} MiB at most`)
}

t.test('an answer that shows at once what it is ends at once', (t) =>
  // What is withheld passes by: at most 8 MiB of it, and of those what V8 has not collected yet.
  whileServing(t, { connect: '1000', answer: '60000', body: '60000' }, async (run) => {
    // Eight are read; what of them was let go of and is not collected yet comes on top.
    for (const [title, row] of Object.entries(poured)) await t.test(`${title}: the buffers of one call`, (t) => checkPeak(t, run, row, 16))
    const before = await settled(run)
    for (const [title, row] of Object.entries(endedAtOnce))
      await t.test(title, (t) => check(t, run, before, row, title in endless ? [firstLarge, moreLarge] : [firstCalls, moreCalls]))
  }),
)

t.test('an answer that only time ends', (t) =>
  whileServing(t, { connect: '200', answer: '100', body: '100' }, async (run) => {
    for (const [title, row] of Object.entries(skipped))
      await t.test(`${title}: the buffers of one call`, (t) => checkPeak(t, run, row, 160))
    const before = await settled(run)
    for (const [title, row] of Object.entries(waitedFor)) await t.test(title, (t) => check(t, run, before, row, [firstCalls, moreCalls]))
  }),
)
