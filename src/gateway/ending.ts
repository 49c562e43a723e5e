// ending.ts: the end of the public port: nobody new, what began is answered and recorded, and who holds a connection holds up nothing.
import type { Server } from 'node:http'
import type { Socket } from 'node:net'
import type { FastifyInstance } from 'fastify'
import { breakOff } from './body.ts'
import { connectionOf } from './connection.ts'

/** Milliseconds, from being told to stop, within which heads and bodies that are on their way come, and everything ends. Whoever keeps the
 *  process running (TimeoutStopSec) waits for longer: what is counted is flushed after that. */
const within = { head: 1_000, body: 5_000, all: 25_000 }

export class Ending {
  readonly #server: Server
  /** By the peer's address and port: of TLS the connection that was secured in place of the plain one. */
  readonly #open = new Map<string, Socket>()
  #inHand = 0
  #last: (() => void) | undefined

  constructor(server: Server) {
    this.#server = server
    for (const event of ['connection', 'secureConnection']) server.on(event, (socket: Socket) => this.#opened(socket))
  }

  #opened(socket: Socket): void {
    const peer = `${socket.remoteAddress} ${socket.remotePort}`
    this.#open.set(peer, socket)
    socket.once('close', () => {
      if (this.#open.get(peer) === socket) this.#open.delete(peer)
    })
  }

  /** A request is being answered, until `over`: its caller may leave before that, and its record stands all the same. */
  began(): void {
    this.#inHand += 1
  }

  over(): void {
    this.#inHand -= 1
    if (this.#inHand === 0) this.#last?.()
  }

  /** Resolves once no connection is open and nothing is in hand. Node ends what is idle between two requests, looks at no time limit any
   *  more, and takes whoever never asked for busy. */
  async end(fastify: FastifyInstance): Promise<void> {
    const { promise: over, resolve } = Promise.withResolvers<void>()
    const timers = [
      setTimeout(() => this.#endSilent(), within.head),
      setTimeout(() => this.#endBodies(), within.body),
      setTimeout(() => {
        this.#server.closeAllConnections()
        resolve()
      }, within.all),
    ]
    try {
      await fastify.close()
      this.#last = resolve
      if (this.#inHand > 0) await over
    } finally {
      for (const timer of timers) clearTimeout(timer)
    }
  }

  /** Without a whole head there is no call. */
  #endSilent(): void {
    for (const socket of this.#open.values()) if (connectionOf(socket).waiting.length === 0) socket.destroySoon()
  }

  #endBodies(): void {
    for (const socket of this.#open.values())
      for (const { breach, request } of connectionOf(socket).waiting)
        if (!request.raw.complete) breakOff(breach, 'body: it had not come when the gateway was told to stop')
  }
}
