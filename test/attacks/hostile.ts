// hostile.ts: an upstream on a bare socket that sends whatever a test says, and counts what it was asked.
import { createServer, type Socket } from 'node:net'

/** What it does once a request is there, whole. */
export type Deed = (socket: Socket) => void

export interface Hostile {
  readonly url: string
  /** Requests that ever arrived, and connections that were ever opened. */
  readonly requests: number
  readonly connections: number
  /** Connections that stand. */
  readonly open: number
  deed: Deed
  close(): Promise<void>
}

/** Bytes of the request that stands whole at the beginning; 0 where there is none yet. */
function lengthOfRequest(bytes: Buffer): number {
  const end = bytes.indexOf('\r\n\r\n')
  if (end < 0) return 0
  const declared = /^content-length: *(\d+)/im.exec(bytes.subarray(0, end).toString('latin1'))
  const length = end + 4 + Number(declared?.[1] ?? 0)
  return bytes.length < length ? 0 : length
}

export async function startHostile(deed: Deed): Promise<Hostile> {
  const sockets = new Set<Socket>()
  let [requests, connections] = [0, 0]
  // Without Nagle: a second answer is not held back until the next request acknowledges the first.
  const server = createServer({ noDelay: true }, (socket) => {
    connections += 1
    sockets.add(socket)
    let bytes = Buffer.alloc(0)
    socket.on('close', () => sockets.delete(socket))
    socket.on('error', () => undefined) // the gateway may hang up on what it is sent
    socket.on('data', (chunk) => {
      bytes = Buffer.concat([bytes, chunk])
      for (let length = lengthOfRequest(bytes); length > 0; length = lengthOfRequest(bytes)) {
        bytes = bytes.subarray(length)
        requests += 1
        hostile.deed(socket)
      }
    })
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  const hostile: Hostile = {
    url: `http://127.0.0.1:${address.port}`,
    get requests() {
      return requests
    },
    get connections() {
      return connections
    },
    get open() {
      return sockets.size
    },
    deed,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        for (const socket of sockets) socket.destroy()
      }),
  }
  return hostile
}

/** Sends one piece after the other, for as long as somebody listens. */
export const drip =
  (head: string, piece: string, ms: number): Deed =>
  (socket) => {
    socket.write(head)
    const timer = setInterval(() => socket.write(piece), ms)
    socket.on('close', () => clearInterval(timer))
  }

/** Sends a piece without end, as fast as it is taken. */
export const pour =
  (head: string, piece: string): Deed =>
  (socket) => {
    const more = (): void => {
      while (!socket.destroyed && socket.write(piece));
    }
    socket.write(head)
    socket.on('drain', more)
    more()
  }

export const send =
  (bytes: string): Deed =>
  (socket) =>
    void socket.write(bytes)

/** Sends, and ends the connection in good order. */
export const sendAndEnd =
  (bytes: string): Deed =>
  (socket) =>
    void socket.end(bytes)

/** Sends, and resets the connection. */
export const sendAndReset =
  (bytes: string): Deed =>
  (socket) =>
    void socket.write(bytes, () => socket.resetAndDestroy())
