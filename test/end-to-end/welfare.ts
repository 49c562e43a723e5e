// welfare.ts: a welfare system that does what a test says: answers, late answers, broken answers, none.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'

export interface Asked {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Script = (asked: Asked, response: ServerResponse) => void | Promise<void>

export interface Welfare {
  readonly url: string
  /** Everything that ever reached it. */
  readonly asked: readonly Asked[]
  /** What it does from now on. */
  script: Script
  close(): Promise<void>
}

/** A script that gives one answer as JSON. */
export const answering =
  (text: string, status = 200, type = 'application/json; charset=utf-8'): Script =>
  (_, response) => {
    response.writeHead(status, {
      'content-type': type,
      'content-length': Buffer.byteLength(text),
      'set-cookie': 'SESSION=1',
      server: 'Old/1',
    })
    response.end(text)
  }

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk) // a request without an encoding set gives buffers
  return Buffer.concat(chunks).toString('utf8')
}

export async function startWelfare(script: Script): Promise<Welfare> {
  const asked: Asked[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    read(request)
      .then(async (body) => {
        const one = { method, url, headers, body }
        asked.push(one)
        await welfare.script(one, response)
      })
      .catch(() => response.destroy()) // the gateway left before it was answered: some tests want just that
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has a port')
  const close = () =>
    new Promise<void>((closed) => {
      server.close(() => closed())
      server.closeAllConnections()
    })
  const welfare: Welfare = { url: `http://127.0.0.1:${address.port}`, asked, script, close }
  return welfare
}
