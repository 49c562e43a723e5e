// harness.ts: one attack: bytes on a socket, and what must come of them: the answer, the welfare system, the record, the connection.
import { connect } from 'node:net'
import type { Test } from 'tap'
import { type Code, problems } from '../../src/problems.ts'
import { statusPath, subject, type TestDepartment } from '../end-to-end/department.ts'

export const goodBody = JSON.stringify({ nationalId: subject })

export interface Attack {
  /** The advisory or standard behind it. */
  readonly advisory: string
  readonly sent: string | Buffer
  readonly code: Code
  /** Whether the caller was identified: then the refusal is recorded under its agency. */
  readonly identified?: boolean
  /** RFC 9110 §9.3.2: the answer to HEAD has no content, whatever its length says. */
  readonly head?: boolean
  /** Whether the connection may go on after it; a 400 of shape ends it. */
  readonly goesOn?: boolean
}

export interface Heard {
  readonly text: string
  /** Ended by the gateway; else it stayed open and silent. */
  readonly ended: boolean
}

/** Header fields of an answer without allowance and receipt, which identified callers get beside them. */
const always = ['cache-control', 'connection', 'content-length', 'content-type', 'date', 'request-id', 'x-content-type-options']
const besides = new Set(['linkage-receipt', 'ratelimit', 'ratelimit-policy', 'retry-after'])

/** The raw request that is approved in every respect, with lines taken out, changed or added.
 *  @param change.without header names (lower case) that are left out
 *  @param change.headers header lines as they are sent */
export function request(
  department: TestDepartment,
  change: {
    readonly method?: string
    readonly target?: string
    readonly version?: string
    readonly without?: readonly string[]
    readonly headers?: readonly string[]
    readonly body?: string | Buffer
  } = {},
): Buffer {
  const { method = 'POST', target = statusPath, version = 'HTTP/1.1', without = [], headers = [], body = goodBody } = change
  const length = { 'content-length': String(Buffer.byteLength(body)) }
  const own = Object.entries({ host: 'linkage.test', ...department.headers(department.education), ...length })
  const lines = own.filter(([name]) => !without.includes(name)).map(([name, value]) => `${name}: ${value}`)
  return Buffer.concat([
    Buffer.from([`${method} ${target} ${version}`, ...lines, ...headers, '', ''].join('\r\n'), 'latin1'),
    Buffer.from(body),
  ])
}

/** Sends bytes; hears until the gateway ends the connection, or has said something and then nothing for half a second.
 *  @param sent in pieces, one after the other; a number waits so many milliseconds
 *  @param from the address of loopback that connects */
export function hear(port: number, sent: string | Buffer | readonly (string | Buffer | number)[], from = '127.0.0.1'): Promise<Heard> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let ended = true
    const socket = connect({ port, host: '127.0.0.1', localAddress: from }, async () => {
      for (const piece of typeof sent === 'string' || Buffer.isBuffer(sent) ? [sent] : sent) {
        if (typeof piece === 'number') await new Promise((waited) => setTimeout(waited, piece))
        else await new Promise((written) => socket.write(piece, written))
      }
    })
    socket.setTimeout(10_000, () => {
      ended = false
      socket.destroy()
    })
    socket.on('data', (chunk) => {
      chunks.push(chunk)
      socket.setTimeout(500)
    })
    socket.on('error', () => undefined) // a reset is an end: what was heard before it counts
    socket.on('close', () => resolve({ text: Buffer.concat(chunks).toString('utf8'), ended }))
  })
}

/** Runs the rows of a table; what strangers sent must then be counted, each once and under its code. */
export async function attack(t: Test, department: TestDepartment, rows: readonly Attack[]): Promise<void> {
  const { gateway } = department.serving.process
  await gateway.log.refusals.flush()
  const from = department.size
  const asked = department.welfare.asked.length
  const strangers: string[] = []
  for (const row of rows) {
    await t.test(`${row.advisory} → ${row.code}`, async (t) => {
      const before = department.size
      const { text, ended } = await hear(department.port, row.sent)
      checkAnswer(t, text, row)
      t.equal(ended, row.goesOn !== true, row.goesOn === true ? 'the connection goes on' : 'the connection is ended')
      const id = /\r\nrequest-id: (\S+)/i.exec(text)?.[1]
      const records = (await department.records(before)).filter(({ entry }) => entry.kind === 'query')
      if (row.identified !== true) strangers.push(row.code)
      t.same(
        records.map(({ entry }) => [entry.id, entry.code, entry.decision]),
        row.identified === true ? [[id, row.code, 'deny']] : [],
        'the record',
      )
    })
  }
  await t.test('nothing reached the welfare system, and every stranger is counted', async (t) => {
    t.equal(department.welfare.asked.length, asked)
    await gateway.log.refusals.flush()
    const counted = (await department.records(from)).flatMap(({ entry }) => entry.counts ?? [])
    t.same(counted.flatMap(({ code, count }) => Array(count).fill(code)).sort(), strangers.sort())
  })
}

function checkAnswer(t: Test, text: string, { code, head }: Attack): void {
  const split = text.indexOf('\r\n\r\n')
  const [line = '', ...headers] = text.slice(0, split).split('\r\n')
  t.match(line, new RegExp(`^HTTP/1\\.1 ${problems[code].status} `))
  const names = headers.map((header) => header.slice(0, header.indexOf(':')).toLowerCase())
  t.same(names.filter((name) => !besides.has(name)).sort(), always, 'header fields')
  const body = text.slice(split + 4)
  if (head === true) {
    t.equal(body, '')
    return
  }
  const length = Number(/\r\ncontent-length: (\d+)/i.exec(text)?.[1])
  // One answer and no more: nothing that was smuggled behind the request is answered.
  t.equal(Buffer.byteLength(body), length, 'one whole answer')
  t.equal(JSON.parse(body).code, code, body)
  t.notMatch(body, new RegExp(subject), 'no value of the request')
}
