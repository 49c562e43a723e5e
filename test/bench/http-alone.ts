// http-alone.ts: the least that a gateway on Node can cost: it takes a request, asks the upstream once, and gives its answer. No checks, no
// filter, no log, and none of what a proxy must think of.
import { createServer } from 'node:http'
import { type Dispatcher, Pool } from 'undici'

const [upstream = ''] = process.argv.slice(2)
const pool = new Pool(upstream, { connections: 64, pipelining: 1 })

const server = createServer((request, response) => {
  const parts: Buffer[] = []
  request.on('data', (chunk: Buffer) => parts.push(chunk))
  request.once('end', () => {
    const came: Buffer[] = []
    const handler: Dispatcher.DispatchHandler = {
      onRequestStart: () => undefined,
      onResponseStart: () => undefined,
      onResponseData: (_, chunk) => void came.push(chunk),
      onResponseEnd: () => {
        const body = came.length === 1 ? came[0] : Buffer.concat(came)
        response.writeHead(200, ['Content-Type', 'application/json; charset=utf-8', 'Content-Length', String(body?.length ?? 0)])
        response.end(body)
      },
      onResponseError: () => {
        response.writeHead(502)
        response.end()
      },
    }
    const headers = { 'content-type': 'application/json' }
    pool.dispatch({ path: request.url ?? '/', method: 'POST', headers, body: Buffer.concat(parts) }, handler)
  })
})
server.listen(0, '127.0.0.1', () => {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  process.send?.({ port: address.port })
})
process.on('disconnect', () => process.exit(0))
