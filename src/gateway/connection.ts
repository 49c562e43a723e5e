// connection.ts: one connection of a caller, as far as it concerns more than one call: whether it goes on, and which calls wait on it.
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import type { Breach } from './body.ts'

/** A call, as far as its connection is concerned with it. */
export interface WaitingCall {
  readonly request: { readonly raw: IncomingMessage }
  readonly response: ServerResponse
  readonly breach: Breach
  /** Its caller is gone. */
  left(): void
}

export interface Connection {
  /** Bytes on it had more than one reading, or none: nothing that follows them is a call. */
  condemned: boolean
  /** Calls that came on it and are not answered yet, in their order (RFC 9112 §9.3.2: pipelining). */
  readonly waiting: WaitingCall[]
}

const connections = new WeakMap<Socket, Connection>()

export function connectionOf(socket: Socket): Connection {
  const known = connections.get(socket)
  if (known !== undefined) return known
  const connection: Connection = { condemned: false, waiting: [] }
  connections.set(socket, connection)
  // Node tells only the answer whose turn it is that the connection closed; those that wait behind it have lost their caller, too.
  socket.once('close', () => {
    for (const call of connection.waiting.splice(0)) call.left()
  })
  return connection
}
