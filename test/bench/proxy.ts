// proxy.ts: the peer: a bare @fastify/http-proxy, with no checks and no log.
import httpProxy from '@fastify/http-proxy'
import Fastify from 'fastify'

const [upstream = ''] = process.argv.slice(2)
const server = Fastify({ logger: false })
await server.register(httpProxy, { upstream, prefix: '/low-income', undici: { connections: 64, pipelining: 1 } })
await server.listen({ host: '127.0.0.1', port: 0 })
const address = server.server.address()
if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
process.send?.({ port: address.port })
process.on('disconnect', () => process.exit(0))
