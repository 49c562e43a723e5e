// server.ts: a small HTTP server that plays the department's welfare systems, for the demo, tests and benches. Loopback only.
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { households, type SampleHousehold } from './households.ts'
import { operations, type SampleAnswer } from './operations.ts'

/** A request as it came in: what reaches the welfare system is part of what is promised. */
export interface Received {
  readonly method: string
  readonly url: string
  readonly headers: IncomingHttpHeaders
}

export interface SampleWelfare {
  /** `http://127.0.0.1:<port>`: the base under which the catalogue's paths stand. */
  readonly url: string
  readonly households: readonly SampleHousehold[]
  /** The newest requests, oldest first, at most 1,000. */
  readonly received: readonly Received[]
  /** Closes listener and connections; resolves when both are gone. */
  close(): Promise<void>
}

const kept = 1000
const largestBody = 65_536

/** Starts the sample system.
 *  @param options `port` 0 or absent: a free one
 *  @throws Error where the port is in use */
export async function startSampleWelfare(options: { readonly port?: number; readonly host?: '127.0.0.1' } = {}): Promise<SampleWelfare> {
  const received: Received[] = []
  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request
    received.push({ method, url, headers })
    if (received.length > kept) received.shift()
    answer(request).then(
      (found) => send(response, found),
      (error: unknown) => response.destroy(error instanceof Error ? error : new Error(String(error))),
    )
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(options.port ?? 0, options.host ?? '127.0.0.1', () => {
      server.off('error', reject)
      resolve()
    })
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new TypeError('a TCP listener has an address and a port')
  const close = () =>
    new Promise<void>((resolve, reject) => {
      server.close((error) => (error === undefined ? resolve() : reject(error)))
      server.closeAllConnections()
    })
  return { url: `http://127.0.0.1:${address.port}`, households, received, close }
}

async function answer(request: IncomingMessage): Promise<SampleAnswer> {
  const target = new URL(request.url ?? '/', 'http://sample')
  const operation = operations.get(`${request.method} ${target.pathname}`)
  const body = await bodyOf(request)
  if (operation === undefined) return plain(404, '查無此服務')
  if (request.method === 'GET') return operation(new Map(), target.searchParams)
  const members = body === undefined ? undefined : membersOf(body)
  return members === undefined ? plain(400, '請求內容不是 JSON 物件') : operation(members, target.searchParams)
}

const plain = (status: number, text: string): SampleAnswer => ({ status, type: 'text/plain; charset=utf-8', text })

/** The body as text; undefined where it is larger than the catalogue can need. */
async function bodyOf(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes: Buffer = chunk // a request without an encoding set gives buffers
    size += bytes.length
    if (size <= largestBody) chunks.push(bytes)
  }
  return size <= largestBody ? Buffer.concat(chunks).toString('utf8') : undefined
}

function membersOf(text: string): Map<string, string> | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined
    return new Map(Object.entries(value).map(([name, member]) => [name, String(member)]))
  } catch {
    return undefined // answered as 400
  }
}

/** Answers as old systems do, with headers that nobody asked for: none of them may reach an agency. */
function send(response: ServerResponse, { status, type, text }: SampleAnswer): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(text),
    server: 'OldWelfare/2.3',
    'set-cookie': 'WELFARESESSION=0001; Path=/',
    'x-operator': encodeURIComponent('周宜蓁'),
  })
  response.end(text)
}
