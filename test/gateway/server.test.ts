// server.test.ts: a connection on which nothing is asked any more is ended in its time, by the public port as it is made.
import { once } from 'node:events'
import { connect } from 'node:net'
import t from 'tap'
import { publicServer } from '../../src/gateway/server.ts'

t.test('a connection that is kept open behind an answer ends once it was idle for its time, and no sooner', async (t) => {
  const { fastify } = publicServer()
  t.teardown(() => fastify.close())
  const { server } = fastify
  t.equal(server.keepAliveTimeout, 65_000, 'the time: longer than the minute for which proxies keep theirs')
  server.keepAliveTimeout = 300
  fastify.get('/here', async () => 'here')
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')

  const socket = connect(address.port, '127.0.0.1')
  const closed = once(socket, 'close')
  const ask = async (): Promise<number> => {
    socket.write('GET /here HTTP/1.1\r\nHost: x\r\n\r\n')
    const [answer] = await once(socket, 'data')
    t.match(String(answer), /^HTTP\/1\.1 200 /)
    return performance.now()
  }
  await ask()
  await new Promise((idle) => setTimeout(idle, 150))
  const since = await ask()
  // The client leaves it open: only the gateway ends it.
  await closed
  const idle = performance.now() - since
  t.ok(idle > 290, `after ${idle.toFixed(0)} ms`)
  // Node gives what is already on its way a second more.
  t.ok(idle < 5_000, `after ${idle.toFixed(0)} ms`)
})

t.test('a connection that never asks anything ends too', async (t) => {
  const { fastify } = publicServer()
  t.teardown(() => fastify.close())
  t.equal(fastify.server.headersTimeout, 10_000)
  t.equal(fastify.server.requestTimeout, 15_000)
  fastify.server.headersTimeout = 200
  await fastify.listen({ host: '127.0.0.1', port: 0 })
  const address = fastify.server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  const since = performance.now()
  const socket = connect({ port: address.port, host: '127.0.0.1' })
  socket.resume()
  await once(socket, 'close')
  // It is looked for every two seconds.
  t.ok(performance.now() - since < 8_000)
})
