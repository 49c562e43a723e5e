// arrivals.ts: calls that arrive by themselves, whether or not earlier ones are answered: so many a second, at exponential distances.
import { connect, type Socket } from 'node:net'

export interface Arrivals {
  readonly url: string
  /** Connections that are kept open; a call that finds none free waits, and its time runs from when it was due. */
  readonly connections: number
  /** Seconds. */
  readonly duration: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** Calls a second. */
  readonly rate: number
}

export interface Answered {
  /** 0: the connection ended, or nothing came within 20 s of the last call. */
  readonly status: number
  /** Milliseconds from when the call was due to its whole answer. */
  readonly ms: number
  /** Whether it says when to come back. */
  readonly retryAfter: boolean
}

/** A connection that has at most one call in hand. */
interface Line {
  readonly socket: Socket
  /** When the call in hand was due; undefined where there is none. */
  due: number | undefined
  pending: string
}

/** Milliseconds that the last calls may take. */
const patience = 20_000

/** Sends calls until the time is over, waits for the last answers, and tells each.
 *  autocannon's own rate lets every connection send at the same instant once a second: that measures a herd, not a rate. */
export async function arrive(
  { url, connections, duration, headers, body, rate }: Arrivals,
  told: (answered: Answered) => void,
): Promise<void> {
  const { hostname, port, pathname, host } = new URL(url)
  const fields = Object.entries({ host, ...headers, 'content-length': String(Buffer.byteLength(body)) })
  const request = `POST ${pathname} HTTP/1.1\r\n${fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n${body}`
  const free: Line[] = []
  const waiting: number[] = []
  let [open, inHand] = [0, 0]
  const sendOn = (line: Line, due: number): void => {
    line.due = due
    inHand += 1
    line.socket.write(request)
  }
  const answered = (line: Line, status: number, retryAfter = false): void => {
    if (line.due !== undefined) {
      inHand -= 1
      told({ status, ms: performance.now() - line.due, retryAfter })
    }
    line.due = undefined
  }
  const openLine = (): void => {
    open += 1
    const line: Line = { socket: connect(Number(port), hostname), due: undefined, pending: '' }
    line.socket.setNoDelay(true)
    line.socket.once('connect', () => put(line))
    line.socket.on('data', (chunk) => {
      line.pending += chunk.toString('latin1')
      const head = line.pending.indexOf('\r\n\r\n')
      const length = Number(/\r\ncontent-length: *(\d+)/i.exec(line.pending)?.[1] ?? 0)
      if (head < 0 || line.pending.length < head + 4 + length) return
      const status = Number(line.pending.slice(9, 12))
      const retryAfter = /\r\nretry-after: *\d+\r\n/i.test(line.pending.slice(0, head + 2))
      line.pending = ''
      answered(line, status, retryAfter)
      put(line)
    })
    line.socket.once('error', () => line.socket.destroy())
    line.socket.once('close', () => {
      answered(line, 0)
      open -= 1
      const at = free.indexOf(line)
      if (at >= 0) free.splice(at, 1)
    })
  }
  const put = (line: Line): void => {
    const due = waiting.shift()
    if (due === undefined) free.push(line)
    else sendOn(line, due)
  }
  const start = performance.now()
  const end = start + duration * 1_000
  let due = start
  while (due < end) {
    const now = performance.now()
    for (; due <= now && due < end; due -= (Math.log(1 - Math.random()) * 1_000) / rate) {
      const line = free.pop()
      if (line !== undefined) sendOn(line, due)
      else {
        waiting.push(due)
        if (open < connections) openLine()
      }
    }
    await new Promise((later) => setTimeout(later, 1))
  }
  for (const until = performance.now() + patience; inHand + waiting.length > 0 && performance.now() < until; )
    await new Promise((later) => setTimeout(later, 5))
  for (const each of waiting) told({ status: 0, ms: performance.now() - each, retryAfter: false })
  for (const line of free.splice(0)) line.socket.destroy()
}
