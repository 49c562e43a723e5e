// server.ts: the public port: one catch-all route, body unread, to call.ts, and pages of the logs and agencies' own records beside it; whatever Node or Fastify would answer by itself goes there too.
import type { Server as HttpServer, IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { problemDocument, problems } from '../problems.ts'
import { readAddress } from './address.ts'
import { breakOff } from './body.ts'
import { answerCall } from './call.ts'
import { connectionOf } from './connection.ts'
import { Ending } from './ending.ts'
import type { Gateway } from './gateway.ts'
import { uuidv7 } from './ids.ts'
import { networkOf } from './limits.ts'
import { answerLogPage } from './log-pages.ts'
import { answerRecords } from './records.ts'
import { cutOff } from './release.ts'
import { type Tls, tlsOptions } from './tls.ts'

const options = {
  logger: false,
  exposeHeadRoutes: false,
  // Answers of Fastify's own would be no problem documents, and no record would hold them.
  return503OnClosing: false,
  forceCloseConnections: 'idle',
  keepAliveTimeout: 65_000,
  requestTimeout: 15_000,
} as const

/** Node's own: Host is checked by shape.ts, with a problem document; heads arrive within ten seconds and 16 KiB. */
const http = { requireHostHeader: false, headersTimeout: 10_000, maxHeaderSize: 16 * 1024, connectionsCheckingInterval: 2_000 }

export interface PublicServer {
  readonly fastify: FastifyInstance
  readonly serveCalls: (gateway: Gateway) => void
  /** No new connections; resolves once what began is answered and recorded. */
  readonly end: () => Promise<void>
}

/** The server before it serves anything: limiters are made on it, then `serveCalls` gives it its one route.
 *  @param tls absent on loopback, or behind a proxy that terminates it */
export function publicServer(tls?: Tls): PublicServer {
  let serving: Gateway | undefined
  const answeredBy =
    (answer: Answer) =>
    (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
      reply.hijack()
      if (serving === undefined) throw new Error('the public port listens before there is a gateway')
      return answerSafely(answer, serving, request, reply, ending)
    }
  const answerWith = answeredBy(answerCall)
  const own = {
    ...options,
    // Types of the two servers differ; what is read of a request is the same.
    frameworkErrors: (_: Error, request: FastifyRequest, reply: FastifyReply) => void answerWith(request, reply),
    clientErrorHandler: (error: Error, socket: Socket) => {
      // Who resets a connection has left: that is no request, and nothing to refuse.
      if ('code' in error && error.code === 'ECONNRESET') socket.destroy()
      else refuseUnparsable(serving, socket, error)
    },
  }
  const fastify = (
    tls === undefined ? Fastify({ ...own, http }) : Fastify({ ...own, https: { ...http, ...tlsOptions(tls) } })
  ) as FastifyInstance
  const ending = new Ending(fastify.server)
  fastify.removeAllContentTypeParsers()
  fastify.setErrorHandler((_, request, reply) => answerWith(request, reply))
  fastify.setNotFoundHandler(answerWith)
  // Taken over before Fastify looks at the body: call.ts reads it once the caller is known.
  for (const path of ['/log/*', '/receipts/*']) fastify.get(path, { onRequest: answeredBy(answerLogPage) }, unreachable)
  fastify.get('/records/*', { onRequest: answeredBy(answerRecords) }, unreachable)
  fastify.all('/*', { onRequest: answerWith }, unreachable)
  answerExpectations(fastify.server)
  // Node would drop a CONNECT without a word. It lets go of the connection, whose errors then end the process where nobody hears them.
  fastify.server.on('connect', (_: IncomingMessage, socket: Socket) => {
    socket.on('error', () => socket.destroy())
    refuseUnparsable(serving, socket)
  })
  return {
    fastify,
    serveCalls(gateway) {
      serving = gateway
    },
    end: () => ending.end(fastify),
  }
}

/** Every request was taken over before it. */
function unreachable(): never {
  throw new Error('a route answers before its handler')
}

type Answer = typeof answerCall

async function answerSafely(answer: Answer, gateway: Gateway, request: FastifyRequest, reply: FastifyReply, ending: Ending): Promise<void> {
  ending.began()
  try {
    await answer(gateway, request, reply.raw)
  } catch (error) {
    // Not even a refusal could be said: the connection ends, and nothing was released on it.
    gateway.operational.error('an answer failed', { error })
    cutOff(reply.raw)
  } finally {
    ending.over()
  }
}

/** Node would send `100 Continue`, or a 417 of its own: no interim answer is ever sent, and the refusal is ours. */
function answerExpectations(server: HttpServer): void {
  for (const event of ['checkContinue', 'checkExpectation'] as const) {
    server.on(event, (request, response) => server.emit('request', request, response))
  }
}

/** Bytes that are no request. Where they stand in a call's body, that call is refused for them; else nothing is known of whoever sent
 *  them but the address of the connection, under which they are counted, and they are answered once the calls before them are. */
function refuseUnparsable(gateway: Gateway | undefined, socket: Socket, error?: Error): void {
  const connection = connectionOf(socket)
  // Refused already: that what follows is no request either is no second refusal.
  if (connection.condemned) return
  connection.condemned = true
  const newest = connection.waiting.at(-1)
  if (newest !== undefined && !newest.request.raw.complete) {
    breakOff(newest.breach, isLate(error) ? 'body: it did not come in time' : 'body: its framing is not HTTP/1.1')
    return
  }
  const peer = readAddress(socket.remoteAddress ?? '')
  const network = peer === undefined ? 'unknown' : networkOf(peer)
  gateway?.log.refusals.countAddress(gateway.log.now(), network, 'request-invalid')
  const why = isLate(error) ? 'it did not come in time' : 'not an HTTP/1.1 request'
  if (newest === undefined) endUnparsable(socket, why)
  else newest.response.once('close', () => endUnparsable(socket, why))
}

/** Node's own: what began did not come to its end within the time that a request has. */
const isLate = (error: Error | undefined): boolean => error !== undefined && 'code' in error && error.code === 'ERR_HTTP_REQUEST_TIMEOUT'

function endUnparsable(socket: Socket, why: string): void {
  if (!socket.writable) return
  const id = uuidv7(Date.now())
  const body = problemDocument('request-invalid', id, why)
  const head = [
    `HTTP/1.1 ${problems['request-invalid'].status} Bad Request`,
    'Content-Type: application/problem+json; charset=utf-8',
    `Content-Length: ${Buffer.byteLength(body)}`,
    `Date: ${new Date().toUTCString()}`,
    'Connection: close',
    'Cache-Control: no-store',
    'X-Content-Type-Options: nosniff',
    `Request-Id: ${id}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
  // Whoever does not end it too, or never came to the end of a handshake, would hold its place for ever.
  setTimeout(() => socket.destroy(), 1_000).unref()
}
