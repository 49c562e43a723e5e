// breaker.test.ts: an upstream that fails in a row is left alone, tried with one call, and asked again.
import t from 'tap'
import { type Refusal, Refused } from '../../src/problems.ts'
import { Breaker } from '../../src/upstream/breaker.ts'

const over = (ms: number): Promise<void> => new Promise((passed) => setTimeout(passed, ms))
const fail = (code: Refusal) => () => Promise.reject(new Refused(code))
/** What one run comes to: `ok`, or the code of its refusal. */
const run = (breaker: Breaker, call: () => Promise<unknown> = async () => 'ok'): Promise<unknown> =>
  breaker.run(call).then(
    () => 'ok',
    (error: unknown) => (error instanceof Refused ? (error.detail ?? error.code) : error),
  )
const alone = 'left alone after failures in a row'
const made = (changes: boolean[] = []): Breaker => new Breaker({ failures: 3, open: 60 }, (open) => changes.push(open))

t.test('three failures in a row open it, whatever kind they are; a success between them begins the row anew', async (t) => {
  const breaker = made()
  for (const code of ['upstream-timeout', 'upstream-unavailable'] as const) t.equal(await run(breaker, fail(code)), code)
  t.equal(await run(breaker), 'ok')
  for (const code of ['upstream-malformed', 'upstream-timeout', 'upstream-unavailable'] as const)
    t.equal(await run(breaker, fail(code)), code)
  t.equal(await run(breaker), alone)
  t.equal(breaker.opensIn, 1, 'seconds, rounded up')
})

t.test('what says nothing of the upstream counts neither way', async (t) => {
  const breaker = made()
  const others = ['client-left', 'upstream-refused', 'overloaded', 'rate-limited'] as const
  for (let turn = 0; turn < 2; turn += 1) await run(breaker, fail('upstream-timeout'))
  for (const code of others) for (let turn = 0; turn < 5; turn += 1) t.equal(await run(breaker, fail(code)), code)
  t.equal(await run(breaker, fail('upstream-timeout')), 'upstream-timeout')
  t.equal(await run(breaker), alone, 'nor do they break a row')
})

t.test('one call tries, the others are refused meanwhile; its success closes it', async (t) => {
  const changes: boolean[] = []
  const breaker = made(changes)
  for (let turn = 0; turn < 3; turn += 1) await run(breaker, fail('upstream-timeout'))
  await over(80)
  t.equal(breaker.opensIn, undefined)
  const tried = Promise.withResolvers<void>()
  const trying = run(breaker, () => tried.promise)
  t.same(await Promise.all([run(breaker), run(breaker)]), [alone, alone])
  tried.resolve()
  t.equal(await trying, 'ok')
  t.equal(await run(breaker), 'ok')
  t.same(changes, [true, false])
})

t.test('a wall clock that is set back leaves it open for longer, and fails nothing', async (t) => {
  const breaker = made()
  for (let turn = 0; turn < 3; turn += 1) await run(breaker, fail('upstream-timeout'))
  const { now } = Date
  t.teardown(() => {
    Date.now = now
  })
  Date.now = () => now() - 60_000
  await over(80)
  t.equal(await run(breaker), alone)
  Date.now = now
  t.equal(await run(breaker), 'ok')
})

t.test('a try that fails leaves it open; the call is told that it tries', async (t) => {
  const breaker = made()
  const told: boolean[] = []
  for (let turn = 0; turn < 3; turn += 1) await run(breaker, fail('upstream-timeout'))
  await over(80)
  const failing = (trying: boolean): Promise<never> => {
    told.push(trying)
    return fail('upstream-timeout')()
  }
  t.equal(await breaker.run(failing).catch(({ code }) => code), 'upstream-timeout')
  t.equal(await run(breaker), alone)
  t.same(told, [true])
})
