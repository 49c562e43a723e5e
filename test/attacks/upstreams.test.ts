// upstreams.test.ts: an upstream that is broken or hostile: one reason, one record, one request, no byte of it, and the next call is served.
import t, { type Test } from 'tap'
import { type Code, problems } from '../../src/problems.ts'
import { household, released, startDepartment, type TestDepartment } from '../end-to-end/department.ts'
import { unsealed } from '../end-to-end/unsealed.ts'
import { type Deed, drip, pour, send, sendAndEnd, sendAndReset, startHostile } from './hostile.ts'

const text = JSON.stringify(household)
const json = 'Content-Type: application/json'
const length = `Content-Length: ${Buffer.byteLength(text)}`
const head = (status: string, ...fields: string[]): string => `HTTP/1.1 ${status}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`
const answer = (status: string, ...fields: string[]): string => head(status, json, length, ...fields) + text
const good = answer('200 OK')
const chunked = 'Transfer-Encoding: chunked'
const chunk = (piece: string): string => `${Buffer.byteLength(piece).toString(16)}\r\n${piece}\r\n`
const letters = 'a'.repeat(262_144)

/** Fields that would act on a caller, or tell about the upstream: none is on the release list. */
const hostileFields = [
  ...['Set-Cookie: a=evil', 'Set-Cookie2: a=evil', 'Location: http://evil.test/', 'Content-Location: /evil', 'Link: </evil>; rel=preload'],
  ...['Refresh: 0; url=http://evil.test/', 'Server: evil', 'Via: 1.1 evil', 'ETag: "evil"', 'Last-Modified: Thu, 01 Jan 2026 00:00:00 GMT'],
  ...['Content-Disposition: attachment; filename=evil', 'Content-Language: evil', 'Content-Range: bytes 0-1/2', 'Accept-Ranges: bytes'],
  ...['Access-Control-Allow-Origin: *', 'Access-Control-Allow-Credentials: true', 'Access-Control-Expose-Headers: *', 'Allow: EVIL'],
  ...['WWW-Authenticate: Basic realm=evil', 'Proxy-Authenticate: Basic realm=evil', 'Authentication-Info: evil', 'Alt-Svc: h2="evil:1"'],
  ...['Strict-Transport-Security: max-age=0', 'Content-Security-Policy: default-src *', 'X-Frame-Options: evil', 'Clear-Site-Data: "*"'],
  ...[
    'X-Powered-By: evil',
    'Age: 999',
    'Expires: 0',
    'Cache-Control: public, max-age=8888',
    'Pragma: evil',
    'Vary: evil',
    'Warning: 199 evil',
  ],
  ...['Retry-After: 8888', 'RateLimit: "minute";r=8888;t=1', 'RateLimit-Policy: "minute";q=8888;w=60', 'Linkage-Receipt: evil'],
  ...[
    'Request-Id: evil',
    'Linkage-Call: evil',
    'Traceparent: evil',
    'Server-Timing: evil',
    'SourceMap: evil',
    'X-Content-Type-Options: evil',
  ],
]

type Row = readonly [Code, Deed]
const unavailable = (deed: Deed): Row => ['upstream-unavailable', deed]
const timeout = (deed: Deed): Row => ['upstream-timeout', deed]
const malformed = (deed: Deed): Row => ['upstream-malformed', deed]
const served = (deed: Deed): Row => ['released', deed]

const rows: Readonly<Record<string, Row>> = {
  'hangs before the head': timeout(() => undefined),
  'hangs in the head': timeout(send('HTTP/1.1 200 OK\r\nContent-Ty')),
  'hangs in the body': timeout(send(good.slice(0, -20))),
  'drips its head': timeout(drip('HTTP/1.1 200 OK\r\n', 'X-Drip: 1\r\n', 50)),
  'drips its body': timeout(drip(head('200 OK', json, 'Content-Length: 100000'), ' ', 50)),
  'resets before the head': unavailable(sendAndReset('')),
  'resets in the head': unavailable(sendAndReset('HTTP/1.1 200 OK\r\nContent-Ty')),
  'resets in the body': unavailable(sendAndReset(good.slice(0, -20))),
  'resets in a chunk': unavailable(sendAndReset(head('200 OK', json, chunked) + chunk(text).slice(0, -20))),
  'closes before the head': unavailable(sendAndEnd('')),
  'closes in the head': unavailable(sendAndEnd('HTTP/1.1 200 OK\r\nContent-Ty')),
  'is shorter than its length': unavailable(sendAndEnd(head('200 OK', json, 'Content-Length: 100000') + text)),
  'is longer than its length': malformed(send(head('200 OK', json, `Content-Length: ${Buffer.byteLength(text) - 20}`) + text)),
  'has two lengths': malformed(send(answer('200 OK', 'Content-Length: 5'))),
  'has its length twice': malformed(send(answer('200 OK', length))),
  'has a length that is none': malformed(send(head('200 OK', json, 'Content-Length: -1') + text)),
  'has a length beside its chunks': malformed(send(head('200 OK', json, length, chunked) + chunk(text) + chunk(''))),
  'has a chunk of no size': malformed(send(`${head('200 OK', json, chunked)}zz\r\n${text}\r\n`)),
  'pours a body without a length': malformed(pour(`${head('200 OK', json)}{"note":"`, letters)),
  'pours chunks': malformed(pour(head('200 OK', json, chunked) + chunk('{"note":"'), chunk(letters))),
  'declares more than it ever sends': timeout(send(head('200 OK', json, 'Content-Length: 88888888999'))),
  'floods with interim answers': malformed(pour('', 'HTTP/1.1 103 Early Hints\r\n\r\n')),
  'has a head without end': malformed(pour('HTTP/1.1 200 OK\r\n', `X-Bomb: ${'a'.repeat(1_000)}\r\n`)),
  'has a field without end': malformed(pour('HTTP/1.1 200 OK\r\nX-Bomb: ', 'a'.repeat(1_000))),
  'speaks no HTTP': malformed(send('220 mail.test ESMTP\r\n')),
  'speaks an HTTP that is none': malformed(send('HTTP/9.9 200 OK\r\n\r\n')),
  'folds a field': malformed(send(answer('200 OK', 'X-Folded: a\r\n b\x01'))),
  'answers 204': malformed(send(head('204 No Content'))),
  'answers 206': malformed(send(answer('206 Partial Content', 'Content-Range: bytes 0-1/2'))),
  'answers 304': malformed(send(head('304 Not Modified', 'ETag: "1"'))),
  'has the wrong type': malformed(send(head('200 OK', 'Content-Type: text/html', length) + text)),
  'has no type': malformed(send(head('200 OK', length) + text)),
  'has two types': malformed(send(answer('200 OK', 'Content-Type: text/html'))),
  'has its type twice': malformed(send(answer('200 OK', json))),
  ...Object.fromEntries(
    ['gzip', 'br', 'deflate', 'zstd', 'identity, gzip'].map((each) => [
      `is encoded as ${each}`,
      malformed(send(answer('200 OK', `Content-Encoding: ${each}`))),
    ]),
  ),
  'holds nothing, in many words': ['subject-not-found', send(answer('404 Not Found', ...hostileFields))],
  'has fields that would act on the caller': served(send(answer('200 OK', ...hostileFields))),
  'has trailers': served(send(`${head('200 OK', json, chunked, 'Trailer: Set-Cookie')}${chunk(text)}0\r\nSet-Cookie: a=evil\r\n\r\n`)),
  'hints before it answers': served(send(`${head('103 Early Hints', 'Link: </evil>; rel=preload')}${good}`)),
}

t.test('an upstream that is broken or hostile', { timeout: 230_000 }, async (t) => {
  const hostile = await startHostile(send(good))
  t.teardown(() => hostile.close())
  const departmentThatWaits = (answer: string, body: string): Promise<TestDepartment> =>
    startDepartment(t, (configuration) => {
      configuration.withoutLimits()
      configuration.edit('gateway.yaml', (file) =>
        file.set('upstreams', file.createNode({ welfare: { url: hostile.url, timeouts_ms: { connect: '5000', answer, body } } })),
      )
    })
  // What is poured must be refused for what it is, also where this machine is slow to pour it.
  const patient = await departmentThatWaits('60000', '60000')
  const impatient = await departmentThatWaits('2000', '3000')

  /** What it was, or the status that said it. */
  const said = (found: unknown): boolean => {
    const { problem, status } = (found ?? {}) as { problem?: unknown; status?: unknown } // the sealed text is JSON of ours
    return typeof problem === 'string' ? problem.length > 4 : typeof status === 'number'
  }

  /** One call while the upstream does this, and what it came to everywhere. */
  async function check(t: Test, [code, deed]: Row): Promise<void> {
    const department = code === 'upstream-timeout' ? impatient : patient
    const [from, before] = [department.size, hostile.requests]
    hostile.deed = deed
    const reply = await department.call(department.education)
    hostile.deed = send(good)
    t.equal(reply.status, code === 'released' ? 200 : problems[code].status)
    t.same(code === 'released' ? reply.json : reply.json.code, code === 'released' ? released : code)
    t.notMatch(`${reply.rawHeaders.join('\n')}${reply.body}`, /evil|F32\.1|max-age/, 'nothing of it passes')
    const queries = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
    t.same(
      queries.map(({ entry }) => entry.code),
      [code],
      'one record',
    )
    t.equal(hostile.requests, before + 1, 'asked once')
    // In clear it is one reason; what it was, only recipients read.
    const [record] = queries
    const inside = record === undefined ? {} : await unsealed(department, record)
    if (code !== 'released' && code !== 'subject-not-found') t.ok(said(inside.upstream), JSON.stringify(inside.upstream))
    t.notMatch(JSON.stringify(record?.entry), /problem|in time|ECONN/)
    const next = await department.call(department.education)
    t.same(next.json, released, 'the next call is served')
    t.equal(hostile.requests, before + 2)
  }

  for (const [title, row] of Object.entries(rows)) await t.test(title, (t) => check(t, row))

  for (const status of [301, 302, 303, 307, 308])
    await t.test(`a redirect is not followed: ${status}`, async (t) => {
      const elsewhere = await startHostile(send(good))
      t.teardown(() => elsewhere.close())
      await check(t, malformed(send(answer(`${status} Elsewhere`, `Location: ${elsewhere.url}/`))))
      t.equal(elsewhere.connections, 0)
    })

  // The gateway takes a connection of its pool, and the upstream closes it as the request arrives: a query may have run already.
  for (const [title, deed] of Object.entries({ closed: sendAndEnd(''), reset: sendAndReset('') }))
    await t.test(`a request on a kept connection that is ${title} is not repeated`, async (t) => {
      await patient.call(patient.education)
      const { connections } = hostile
      let kept: number | undefined
      await check(
        t,
        unavailable((socket) => {
          kept = hostile.connections
          deed(socket)
        }),
      )
      t.equal(kept, connections, 'it came on the kept connection')
    })

  await t.test('an answer that nobody asked for is nobody’s: the next call does not get it', async (t) => {
    const poison = JSON.stringify({ ...household, status: { category: 'evil' } })
    const second = `${head('200 OK', json, `Content-Length: ${Buffer.byteLength(poison)}`)}${poison}`
    await check(t, served(send(good + second)))
    await check(
      t,
      served((socket) => socket.write(good, () => setImmediate(() => socket.write(second)))),
    )
  })
})

/** Milliseconds: what is done meanwhile must fit in, also on a slow machine. */
const leftAlone = 6_000

t.test('an upstream that fails in a row is left alone: refused at once and on the record, then tried with one call', async (t) => {
  const hostile = await startHostile(sendAndReset(''))
  t.teardown(() => hostile.close())
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    configuration.edit('gateway.yaml', (file) =>
      file.set('upstreams', file.createNode({ welfare: { url: hostile.url, breaker: { failures: '5', open_ms: `${leftAlone}` } } })),
    )
  })
  const from = department.size
  for (let call = 0; call < 8; call += 1) {
    const { json, header } = await department.call(department.education)
    t.equal(json.code, 'upstream-unavailable')
    t.match(header('retry-after'), call < 5 ? /^1$/ : /^[2-6]$/, 'seconds until it is tried again')
  }
  t.equal(hostile.requests, 5, 'the others never reached it')
  const queries = (await department.records(from)).filter(({ entry }) => entry.kind === 'query')
  t.same(
    queries.map(({ entry }) => [entry.code, entry.decision]),
    Array(8).fill(['upstream-unavailable', 'permit']),
  )
  const last = queries.at(-1)
  const inside = last && (await unsealed(department, last))
  t.match(inside?.upstream, { problem: 'left alone after failures in a row' })
  hostile.deed = send(good)
  await new Promise((over) => setTimeout(over, leftAlone + 100))
  t.same((await department.call(department.education)).json, released, 'and is asked again')
  t.same((await department.call(department.education)).json, released)
  const { registry } = department.serving.process.gateway.metrics
  t.match(await registry.metrics(), /linkage_upstream_left_alone\{upstream="welfare",agency="taipei-education"\} 0/)
})

t.test('calls of one agency that fail together leave the upstream alone for that agency, and for no other', async (t) => {
  const hostile = await startHostile(sendAndReset(''))
  t.teardown(() => hostile.close())
  let other: { readonly key: string; readonly address: string } | undefined
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    other = configuration.addAgency('other')
    configuration.edit('gateway.yaml', (file) =>
      file.set('upstreams', file.createNode({ welfare: { url: hostile.url, breaker: { failures: '5', open_ms: `${leftAlone}` } } })),
    )
  })
  if (other === undefined) throw new Error('the department was not configured')
  await Promise.all(Array.from({ length: 30 }, () => department.call(department.education)))
  hostile.deed = send(good)
  t.equal((await department.call(department.education)).json.code, 'upstream-unavailable')
  t.equal((await department.call(other)).status, 200)
  // Who leaves while theirs is the call that tries neither keeps it shut nor opens it: it is heard to its end.
  await new Promise((over) => setTimeout(over, leftAlone + 100))
  const tried = Promise.withResolvers<void>()
  hostile.deed = (socket) => {
    tried.resolve()
    setTimeout(() => socket.write(good), 200)
  }
  await department.call(department.education, { leaveWhen: tried.promise }).catch(() => undefined) // it left
  hostile.deed = send(good)
  await new Promise((over) => setTimeout(over, 400))
  t.equal((await department.call(department.education)).status, 200)
})
