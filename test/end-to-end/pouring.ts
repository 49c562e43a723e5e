// pouring.ts: a welfare system that pours a list of any size, no faster than it is taken, and knows how much was.
import { once } from 'node:events'
import { createServer } from 'node:http'
import { generateHousehold } from '../../src/cli/sample-welfare/generated.ts'

export interface Pouring {
  readonly url: string
  /** Bytes handed to the socket of the last request. */
  readonly sent: number
  /** Bytes of the answers from now on, rounded up to a whole piece. */
  bytes: number
  close(): Promise<void>
}

/** Lines of different households, as a piece that is sent again and again. */
function pieceOf(households: number): Buffer {
  const lines = Array.from({ length: households }, (_, at) => {
    const { householdId, status, applicant, members } = JSON.parse(generateHousehold(at, 3))
    return `${JSON.stringify({ householdId, protectedPerson: false, status, applicant, members })}\n`
  })
  return Buffer.from(lines.join(''))
}

export async function startPouring(bytes: number, port = 0): Promise<Pouring> {
  const piece = pieceOf(100)
  let sent = 0
  const server = createServer(async (_, response) => {
    const gone = new AbortController()
    response.once('close', () => gone.abort())
    response.writeHead(200, { 'content-type': 'application/x-ndjson' })
    for (sent = 0; sent < pouring.bytes && !response.destroyed; sent += piece.length)
      if (!response.write(piece)) await once(response, 'drain', { signal: gone.signal }).catch(() => undefined) // whoever asked left
    response.end()
  })
  await new Promise<void>((listening) => server.listen(port, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  const pouring: Pouring = {
    url: `http://127.0.0.1:${address.port}`,
    get sent() {
      return sent
    },
    bytes,
    close: () =>
      new Promise<void>((closed) => {
        server.close(() => closed())
        server.closeAllConnections()
      }),
  }
  return pouring
}
