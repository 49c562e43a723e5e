// wire.ts: the connection between the log's writer and PostgreSQL, in the test's hands: cut at any byte, held back, delivered late.
import { once } from 'node:events'
import { createServer, connect as dial, type Server, type Socket } from 'node:net'

/** Which message a rule waits for: a piece of the bytes that a client sends. */
export const message = { append: '\0append_batch\0', claim: 'claim_slot' } as const

/** What happens to the next connection that sends such a message. */
interface Rule {
  readonly of: string
  /** Counted from the message on: bytes that the client sends, or that come back to it. */
  readonly side: 'request' | 'reply'
  /** How many bytes pass before it acts. */
  readonly after: number
  /** `cut`: both ends see the connection end. `hold`: nothing passes any more, in either direction, and nobody is told. */
  readonly act: 'cut' | 'hold'
  readonly acted: (pair: Pair) => void
}

/** One connection: the client's end and the server's, and what is held back between them. */
class Pair {
  readonly #client: Socket
  readonly #server: Socket
  #rule: Rule | undefined
  #passed = 0
  #holding = false
  #outlives = false
  readonly #held: Buffer[] = []

  constructor(client: Socket, server: Socket, ruleFor: (data: Buffer) => Rule | undefined) {
    this.#client = client
    this.#server = server
    client.on('data', (data: Buffer) => {
      this.#rule ??= ruleFor(data)
      this.#pass(data, 'request', server)
    })
    server.on('data', (data: Buffer) => this.#pass(data, 'reply', client))
    for (const [from, to] of [
      [client, server],
      [server, client],
    ] as const) {
      from.on('error', () => undefined) // it is told to the other end by `close`
      from.on('close', () => {
        if (!this.#holding) to.destroy()
      })
    }
  }

  #pass(data: Buffer, side: Rule['side'], to: Socket): void {
    if (this.#holding) {
      // What the client says meanwhile may be delivered late; what the server says is lost.
      if (side === 'request') this.#held.push(data)
      return
    }
    const rule = this.#rule
    if (rule === undefined || rule.side !== side || this.#passed + data.length <= rule.after) {
      if (rule?.side === side) this.#passed += data.length
      to.write(data)
      return
    }
    const before = data.subarray(0, rule.after - this.#passed)
    const act = () => this.#act(rule, side === 'request' ? data.subarray(before.length) : undefined)
    // What passes is seen to have left before the connection ends.
    if (before.length === 0) act()
    else to.write(before, act)
  }

  #act(rule: Rule, rest: Buffer | undefined): void {
    if (rule.act === 'hold') this.#holding = true
    if (rest !== undefined) this.#held.push(rest)
    if (rule.act === 'cut') this.#end()
    rule.acted(this)
  }

  #end(): void {
    // A half-close first: bytes that were written are delivered, a reset would take them back.
    this.#client.end()
    this.#server.end()
    this.#client.destroySoon()
    this.#server.destroySoon()
  }

  /** What was held back reaches the server now, whatever became of the client; then the connection ends. */
  deliver(): void {
    for (const piece of this.#held.splice(0)) this.#server.write(piece)
    this.#server.end()
    this.#holding = false
  }

  /** Where it is cut from here on, only the client sees it: what is held back can still be delivered. */
  outlive(): void {
    this.#outlives = true
  }

  cut(): void {
    this.#client.destroy()
    if (!this.#outlives) this.#server.destroy()
  }
}

export class Wire {
  /** What a client connects to. */
  readonly url: string
  readonly #server: Server
  readonly #pairs = new Set<Pair>()
  #rule: Rule | undefined
  #down = false
  /** Length of the last append's request, as far as it came in one piece. */
  appendBytes = 0

  private constructor(server: Server, url: string, port: number) {
    this.#server = server
    this.url = url
    server.on('connection', (client: Socket) => {
      if (this.#down) return void client.destroy()
      client.setNoDelay(true)
      const pair = new Pair(client, dial({ port, host: '127.0.0.1', noDelay: true }), (data) => this.#ruleFor(data))
      this.#pairs.add(pair)
      client.once('close', () => this.#pairs.delete(pair))
    })
  }

  /** @param database where connections are passed on to */
  static async to(database: string): Promise<Wire> {
    const url = new URL(database)
    const port = Number(url.port)
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    url.port = String(typeof address === 'object' && address !== null ? address.port : 0)
    return new Wire(server, url.href, port)
  }

  #ruleFor(data: Buffer): Rule | undefined {
    if (data.includes(message.append)) this.appendBytes = data.length
    const rule = this.#rule
    if (rule === undefined || !data.includes(rule.of)) return undefined
    this.#rule = undefined
    return rule
  }

  /** The next such message meets this. @returns once it has acted: where it held, `deliver` ends that */
  next(of: keyof typeof message, side: Rule['side'], after: number, act: Rule['act'] = 'cut'): Promise<Pair> {
    return new Promise((acted) => {
      this.#rule = { of: message[of], side, after, act, acted }
    })
  }

  /** Nothing waits for a message any more. */
  disarm(): void {
    this.#rule = undefined
  }

  /** Every connection ends at once. */
  cutAll(): void {
    for (const pair of this.#pairs) pair.cut()
  }

  /** While it is down no connection is had. */
  set down(down: boolean) {
    this.#down = down
    if (down) this.cutAll()
  }

  async close(): Promise<void> {
    this.cutAll()
    this.#server.close()
    await once(this.#server, 'close')
  }
}
