// harness.ts: one attack: bytes on a socket, and what must come of them: the answer, the welfare system, the record, the connection.
import { connect } from 'node:net'
import type { Test } from 'tap'
import { type Code, problems } from '../../src/problems.ts'
import { statusPath, subject, type TestDepartment } from '../end-to-end/department.ts'

export const goodBody = JSON.stringify({ nationalId: subject })

export interface Attack {
  /** The advisory or standard behind it. */
  readonly advisory: string
  /** A function makes it when it is sent: what holds for seconds is not made before the rows above it have run. */
  readonly sent: string | Buffer | (() => string | Buffer)
  readonly code: Code
  /** How the detail of the answer begins, where one code has many causes. */
  readonly detail?: string
  /** The education bureau's credential by which the caller was identified: then the refusal is recorded under its agency. */
  readonly credential?: string
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
/** A stranger's request, which is refused and ends its connection: behind another one it shows that the connection went on until then. */
const farewell = `GET / HTTP/1.1\r\nHost: linkage.test\r\nX-Forwarded-For: 198.18.0.1\r\n\r\n`
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

/** Sends bytes, and behind their first whole answer the farewell. @returns both answers, once the gateway has ended the connection */
function hearToTheEnd(port: number, sent: string | Buffer, head: boolean): Promise<Heard & { readonly farewell: string }> {
  return new Promise((resolve) => {
    let text = Buffer.alloc(0)
    let [first, ended] = [-1, true]
    const socket = connect({ port, host: '127.0.0.1' }, () => socket.write(sent))
    socket.setTimeout(10_000, () => {
      ended = false
      socket.destroy()
    })
    socket.on('data', (chunk) => {
      text = Buffer.concat([text, chunk])
      if (first >= 0) return
      const start = text.indexOf('\r\n\r\n') + 4
      if (start < 4) return
      const length = head ? 0 : Number(/\r\ncontent-length: (\d+)/i.exec(text.toString('latin1', 0, start))?.[1])
      if (text.length < start + length) return
      first = start + length
      socket.write(farewell)
    })
    socket.on('error', () => undefined) // a reset is an end: what was heard before it counts
    socket.on('close', () => {
      const cut = first < 0 ? text.length : first
      resolve({ text: text.toString('utf8', 0, cut), farewell: text.toString('utf8', cut), ended })
    })
  })
}

/** Sends a row; where the connection goes on, what comes behind it is answered as its own, at once and alone. */
async function send(t: Test, department: TestDepartment, { sent, goesOn, head }: Attack): Promise<string> {
  const bytes = typeof sent === 'function' ? sent() : sent
  if (goesOn !== true) {
    const { text, ended } = await hear(department.port, bytes)
    t.ok(ended, 'the connection is ended')
    return text
  }
  const heard = await hearToTheEnd(department.port, bytes, head === true)
  t.ok(heard.ended, 'the connection ends behind the next request')
  t.match(heard.farewell, /^HTTP\/1\.1 403 /, 'the connection goes on')
  checkAnswer(t, heard.farewell, { code: 'network-not-allowed' })
  return heard.text
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
      const text = await send(t, department, row)
      checkAnswer(t, text, row)
      const id = /\r\nrequest-id: (\S+)/i.exec(text)?.[1]
      const records = (await department.records(before)).filter(({ entry }) => entry.kind === 'query')
      if (row.credential === undefined) strangers.push(row.code)
      if (row.goesOn === true) strangers.push('network-not-allowed')
      const { status } = problems[row.code]
      const expected = { id, code: row.code, decision: 'deny', status, agency: 'taipei-education', credential: row.credential }
      t.same(
        records.map(({ entry: { id, code, decision, status, agency, credential } }) => ({
          id,
          code,
          decision,
          status,
          agency,
          credential,
        })),
        row.credential === undefined ? [] : [expected],
        'the record',
      )
      for (const { entry } of records) {
        t.match(entry.rule, /^agencies\/taipei-education\.yaml#\/(credentials|grants)\/\d+$/, 'the rule that decided')
        t.notOk('fields_released' in entry || 'released_hmac' in entry, 'a record of something released')
      }
    })
  }
  await t.test('nothing reached the welfare system, and every stranger is counted', async (t) => {
    t.equal(department.welfare.asked.length, asked)
    await gateway.log.refusals.flush()
    const counted = (await department.records(from)).flatMap(({ entry }) => entry.counts ?? [])
    t.same(counted.flatMap(({ code, count }) => Array(count).fill(code)).sort(), strangers.sort())
  })
}

function checkAnswer(t: Test, text: string, { code, head, detail }: Pick<Attack, 'code' | 'head' | 'detail'>): void {
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
  const problem = JSON.parse(body)
  t.equal(problem.code, code, body)
  if (detail !== undefined) t.ok(String(problem.detail).startsWith(`${detail}: `), `its detail: ${problem.detail}`)
  t.notMatch(body, new RegExp(subject), 'no value of the request')
}
