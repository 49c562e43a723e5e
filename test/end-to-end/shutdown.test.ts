// shutdown.test.ts: connections and their end: the gateway is told to stop under load, and no call is lost.
import { once } from 'node:events'
import { Agent } from 'node:http'
import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { request } from '../attacks/harness.ts'
import {
  display,
  household,
  type Reply,
  released,
  type StoredRecord,
  startDepartment,
  statusPath,
  subject,
  type TestDepartment,
} from './department.ts'
import { answering } from './welfare.ts'

const body = JSON.stringify({ nationalId: subject })

/** How a call ended for its caller. */
type End = { readonly reply: Reply } | { readonly error: string }

const settled = (call: Promise<Reply>): Promise<End> =>
  call.then(
    (reply) => ({ reply }),
    (error: unknown) => ({ error: error instanceof Error && 'code' in error ? String(error.code) : String(error) }),
  )

// The answer says keep-alive whatever the caller said, and the connection stays for its 65 seconds.

/** The store closes within stop(): what it holds is read in the last moment before. */
function recordsAtTheEnd(department: TestDepartment): readonly StoredRecord[] {
  const { log } = department.serving.process.gateway
  const close = log.close.bind(log)
  const records: StoredRecord[] = []
  log.close = async () => {
    await close()
    records.push(...(await department.records()))
  }
  return records
}

t.test('a caller who says Connection: close gets it, and the connection ends: SPEC RFC 9112 §9.6', async (t) => {
  const department = await startDepartment(t)
  for (const [headers, status] of [
    [department.headers(department.education), 200],
    [{ ...department.headers(department.education), 'linkage-user': 'nobody-here' }, 403],
  ] as const) {
    const all = { host: 'linkage.test', ...headers, 'content-length': String(body.length), connection: 'close' }
    const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`)
    // Resolves when the gateway ends the connection: a kept one would outlast this test.
    const answer = await department.raw(`POST ${statusPath} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`)
    t.match(answer, new RegExp(`^HTTP/1\\.1 ${status} `))
    t.match(answer, /\r\nConnection: close\r\n/)
  }
})

t.test('told to stop under load', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const { education, serving, welfare } = department
  const { reader } = serving.store
  const agent = new Agent({ keepAlive: true, maxSockets: 16 })
  t.teardown(() => agent.destroy())
  const [held, asked] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
  let waiting = 0
  const ends = new Map<string, End>()
  const call = async (name: string): Promise<End> => {
    const end = await settled(department.call(education, { agent, headers: { 'linkage-case': display(`案${name}`) } }))
    ends.set(`案${name}`, end)
    return end
  }

  // Warm connections, which then carry the load.
  let going = true
  const load = Array.from({ length: 12 }, async (_, at) => {
    for (let round = 0; going && round < 2000; round += 1) {
      const end = await call(`${at}-${round}`)
      if ('error' in end) return
    }
  })
  while (ends.size < 120) await sleep(20)
  welfare.script = async (one, response) => {
    waiting += 1
    if (waiting === 12) asked.resolve()
    await held.promise
    await answering(JSON.stringify(household))(one, response)
  }
  // Twelve calls wait for the welfare system while the gateway is told to stop.
  await asked.promise
  const before = ends.size
  const records = recordsAtTheEnd(department)
  const stopped = department.stop()
  await sleep(50)
  const late = await settled(department.call(education))
  held.resolve()
  going = false
  await Promise.all(load)
  await stopped

  t.test('a new connection is refused', async (t) => t.same(late, { error: 'ECONNREFUSED' }))

  t.test('each call in hand gets its whole answer, and the end of its connection', async (t) => {
    const last = [...ends.values()].slice(before)
    t.ok(last.length >= 12)
    const answered = last.flatMap((end) => ('reply' in end ? [end.reply] : []))
    t.equal(answered.length, 12)
    for (const reply of answered) {
      t.equal(reply.status, 200)
      t.equal(reply.body.toString('utf8'), JSON.stringify(released))
      t.equal(reply.header('connection'), 'close')
    }
  })

  t.test('no call is lost: answered in full and recorded once, or never taken and not recorded', async (t) => {
    const queries = records.filter(({ entry }) => entry.kind === 'query')
    const unsaid = new Set(records.flatMap(({ entry }) => (entry.kind === 'completion' ? [entry.of?.id] : [])))
    const wrong = [...ends].filter(([name, end]) => {
      const own = queries.filter(({ entry }) => entry.case === name)
      if ('error' in end) return own.some(({ entry }) => entry.code === 'released' && !unsaid.has(entry.id))
      return own.length !== 1 || end.reply.status !== 200 || own[0]?.entry.id !== end.reply.header('request-id')
    })
    t.same(wrong, [])
    t.ok(ends.size > 100, `${ends.size} calls were made`)
    t.equal(queries.length, [...ends.values()].filter((end) => 'reply' in end).length)
  })

  t.test('everything is let go of', async (t) => {
    t.same(await settled(department.call(education)), { error: 'ECONNREFUSED' })
    await t.rejects(reader.heads(), 'the database is closed')
    await t.rejects(fetch(`http://127.0.0.1:${serving.process.adminPort}/health/live`), 'the admin port is closed')
  })
})

t.test('told to stop while connections idle and requests race with it, nothing is answered in half', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const agent = new Agent({ keepAlive: true, maxSockets: 24 })
  t.teardown(() => agent.destroy())
  const ends: End[] = []
  const load = Array.from({ length: 24 }, async () => {
    for (let end: End | undefined; end === undefined || 'reply' in end; ends.push(end))
      end = await settled(department.call(department.education, { agent }))
  })
  while (ends.length < 48) await sleep(20)
  await department.stop()
  await Promise.all(load)
  const replies = ends.flatMap((end) => ('reply' in end ? [end.reply] : []))
  t.ok(replies.length >= 48)
  for (const reply of replies)
    if (reply.status !== 200 || reply.body.toString('utf8') !== JSON.stringify(released))
      t.fail(`${reply.status} ${reply.body.toString('utf8')}`)
  const errors = new Set(ends.flatMap((end) => ('error' in end ? [end.error] : [])))
  for (const error of errors) t.ok(['ECONNREFUSED', 'ECONNRESET', 'EPIPE'].includes(error), error)
})

t.test('whoever holds a connection holds up no stop', async (t) => {
  const department = await startDepartment(t)
  const records = recordsAtTheEnd(department)
  const whole = request(department)
  const open = async (sent: string | Buffer): Promise<{ readonly socket: Socket; readonly heard: () => string }> => {
    let text = ''
    const socket = connect(department.port, '127.0.0.1')
    socket.on('error', () => undefined) // a reset is an end
    socket.on('data', (chunk) => {
      text += chunk.toString('utf8')
    })
    await once(socket, 'connect')
    socket.write(sent)
    return { socket, heard: () => text }
  }
  await open('')
  await open(whole.subarray(0, 40))
  const half = await open(whole.subarray(0, -5))
  const late = await open(whole.subarray(0, 40))
  await sleep(100)
  const began = performance.now()
  const stopped = department.stop()
  await sleep(200)
  late.socket.write(whole.subarray(40))
  await stopped
  const took = performance.now() - began
  t.ok(took < 15_000, `one that is silent, and one with half a head or half a body: ${Math.round(took)} ms`)
  t.match(late.heard(), /^HTTP\/1\.1 200 /, 'a head that comes in time is a call')
  t.match(half.heard(), /^HTTP\/1\.1 400 .*body: it had not come when the gateway was told to stop/s, 'a body that does not is refused')
  const queries = records.filter(({ entry }) => entry.kind === 'query').map(({ entry }) => entry.code)
  t.same(queries.sort(), ['released', 'request-invalid'], 'both are recorded')
})

t.test('told to stop while it looks who has called, and left: recorded all the same', async (t) => {
  const department = await startDepartment(t)
  const records = recordsAtTheEnd(department)
  const { replay } = department.serving.process.gateway
  const use = replay.use.bind(replay)
  const reached = Promise.withResolvers<void>()
  replay.use = async (...asked) => {
    reached.resolve()
    await sleep(1_000)
    return await use(...asked)
  }
  const token = await department.sign({ credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body })
  const without = ['authorization', 'linkage-user', 'linkage-purpose', 'linkage-case', 'linkage-reason']
  const sent = request(department, { without, headers: [`Authorization: Bearer ${token}`] })
  const socket = connect(department.port, '127.0.0.1', () => socket.write(sent))
  socket.on('error', () => undefined) // its own reset
  await reached.promise
  socket.resetAndDestroy()
  await department.stop()
  t.same(
    records.flatMap(({ entry }) => (entry.kind === 'query' ? [entry.code] : [])),
    ['client-left'],
  )
})

// QueryLog.close() rejects where counted refusals cannot be written, and what follows it in stop() is skipped.

t.test('told to stop while the log is away, everything is let go of all the same', async (t) => {
  const department = await startDepartment(t)
  await department.call({ ...department.education, key: `lk_${'A'.repeat(43)}` })
  await department.database.kill()
  await department.call(department.education)
  await department.stop().catch(() => undefined) // that counts were lost may be said
  await t.rejects(fetch(`http://127.0.0.1:${department.serving.process.adminPort}/health/live`), 'the admin port is closed')
})
