// limits.test.ts: what failed too often is shut for its minute, by its own name, and no longer.
import fastify, { type FastifyRequest } from 'fastify'
import t from 'tap'
import { DayCounters, openLimits } from '../../src/gateway/limits.ts'

const minute = 60_000
let now = Date.now()
t.intercept(Date, 'now', { value: () => now })

/** Limits with three failures a minute, and the one request that they count on. */
async function opened(t: { teardown(handler: () => unknown): void }) {
  const server = fastify()
  t.teardown(() => server.close())
  const limits = await openLimits(server, new DayCounters(() => now), 100, 3)
  let asking: FastifyRequest | undefined
  server.get('/', async (request) => {
    asking = request
    return ''
  })
  await server.inject('/')
  if (asking === undefined) throw new Error('the request arrived')
  return { limits, request: asking }
}

t.test('a name that failed too often is shut until its minute is over, and may then fail as often again', async (t) => {
  const { limits, request } = await opened(t)
  const shut = (): Promise<boolean> => limits.failsTooOften(request, 'key')
  for (let round = 0; round < 2; round += 1) {
    for (let failure = 1; failure <= 3; failure += 1) {
      t.equal(await shut(), false, `before failure ${failure}`)
      t.equal((await limits.failed(request, 'key')).exceeded, false)
      now += 10_000
    }
    t.equal(await shut(), true)
    // The minute runs from the first of them; to look counts nothing and makes it no longer.
    now += minute - 30_001
    t.equal(await shut(), true, 'a millisecond before its end')
    now += 1
    t.equal(await shut(), false, 'at its end')
  }
})

t.test('what is shut at one address is not shut at another, nor is another key', async (t) => {
  const { limits, request } = await opened(t)
  for (let failure = 0; failure < 4; failure += 1) await limits.failed(request, '192.0.2.1 key')
  t.same(
    await Promise.all(
      ['192.0.2.1 key', '192.0.2.2 key', '192.0.2.1 other', '192.0.2.1'].map((name) => limits.failsTooOften(request, name)),
    ),
    [true, false, false, false],
  )
})
