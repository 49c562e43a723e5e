// leaving.test.ts: clients that leave: each is in the record as such, and the upstream's connections are free again.
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { household, startDepartment, statusPath } from '../end-to-end/department.ts'
import { goodBody, request } from './harness.ts'
import { type Deed, send, startHostile } from './hostile.ts'

const text = JSON.stringify(household)
const good = `HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}`

t.test('clients that leave', async (t) => {
  const hostile = await startHostile(send(good))
  t.teardown(() => hostile.close())
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    configuration.edit('gateway.yaml', (file) => {
      // Time limits that no test reaches: what frees a connection here is that its client left.
      const timeouts = { connect: '60000', answer: '60000', body: '60000' }
      file.set('upstreams', file.createNode({ welfare: { url: hostile.url, timeouts_ms: timeouts, in_flight: '64' } }))
    })
  })

  /** So many clients at once; each leaves once its own wave has reached the upstream. */
  async function wave(clients: number, deed: Deed): Promise<void> {
    const all = Promise.withResolvers<void>()
    let there = 0
    hostile.deed = (socket) => {
      deed(socket)
      there += 1
      if (there === clients) all.resolve()
    }
    const calls = Array.from({ length: clients }, () => department.call(department.education, { leaveWhen: all.promise }))
    for (const { status } of await Promise.allSettled(calls)) t.equal(status, 'rejected', 'answered nothing')
  }

  /** The codes of so many queries, once they are recorded. */
  async function codesOf(from: number, queries: number): Promise<unknown[]> {
    let codes: unknown[] = []
    while (codes.length < queries)
      codes = (await department.records(from)).filter(({ entry }) => entry.kind === 'query').map(({ entry }) => entry.code)
    return codes
  }

  for (const [title, deed] of Object.entries<Deed>({
    'before the upstream answers': () => undefined,
    'in mid-answer': send(good.slice(0, -20)),
  }))
    await t.test(title, async (t) => {
      const from = department.size
      for (let gone = 0; gone < 200; gone += 50) await wave(50, deed)
      t.same(await codesOf(from, 200), Array(200).fill('client-left'), 'one record each')
      hostile.deed = send(good)
      const replies = await Promise.all(Array.from({ length: 64 }, () => department.call(department.education)))
      t.same(
        replies.map(({ status }) => status),
        Array(64).fill(200),
        'all that may be at once are served',
      )
    })

  await t.test('with calls that wait behind one another on its connection', async (t) => {
    const from = department.size
    const all = Promise.withResolvers<void>()
    let there = 0
    hostile.deed = () => {
      there += 1
      if (there === 8) all.resolve()
    }
    const socket = connect(department.port, '127.0.0.1', () => socket.write(Buffer.concat(Array(8).fill(request(department)))))
    socket.on('error', () => undefined) // its own reset
    await all.promise
    socket.resetAndDestroy()
    t.same(await codesOf(from, 8), Array(8).fill('client-left'), 'one record each')
    while (hostile.open > 64 - 8) await new Promise((freed) => setTimeout(freed, 10))
  })

  await t.test('before the turn of an answer that waits behind another: its record says that it was not released', async (t) => {
    const from = department.size
    let there = 0
    hostile.deed = (socket) => {
      there += 1
      if (there === 2) socket.write(good)
    }
    const socket = connect(department.port, '127.0.0.1', () => socket.write(Buffer.concat([request(department), request(department)])))
    socket.on('error', () => undefined) // its own reset
    t.same(await codesOf(from, 1), ['released'], 'it was decided, and about to be')
    socket.resetAndDestroy()
    await codesOf(from, 2)
    const entries = (await department.records(from)).map(({ entry }) => entry)
    while (!entries.some(({ kind }) => kind === 'completion'))
      entries.splice(0, 9, ...(await department.records(from)).map(({ entry }) => entry))
    const waited = entries.find(({ code }) => code === 'released')
    const completions = entries.filter(({ kind }) => kind === 'completion')
    t.same(
      completions.map(({ of, outcome }) => [of?.id, outcome]),
      [[waited?.id, 'not-released']],
    )
  })

  for (const [title, sent] of [
    ['half of its body', goodBody.slice(0, 5)],
    ['its whole body', goodBody],
  ])
    await t.test(`while its assertion is looked at, after ${title}`, async (t) => {
      const from = department.size
      const { replay } = department.serving.process.gateway
      const use = replay.use.bind(replay)
      const [reached, gone] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()]
      replay.use = async (...asked) => {
        reached.resolve()
        await gone.promise
        return await use(...asked)
      }
      t.teardown(() => Object.assign(replay, { use }))
      const token = await department.sign({
        credential: 'edu-jwt-1',
        issuer: 'taipei-education',
        user: 'edu-chang',
        path: statusPath,
        body: goodBody,
      })
      const without = ['authorization', 'linkage-user', 'linkage-purpose', 'linkage-case', 'linkage-reason']
      const whole = request(department, { without, headers: [`Authorization: Bearer ${token}`] })
      const head = whole.subarray(0, whole.length - goodBody.length)
      const socket = connect(department.port, '127.0.0.1', () => socket.write(Buffer.concat([head, Buffer.from(sent ?? '')])))
      socket.on('error', () => undefined) // its own reset
      await reached.promise
      socket.resetAndDestroy()
      // Until the gateway has heard of it.
      await sleep(100)
      gone.resolve()
      t.same(await Promise.race([codesOf(from, 1), sleep(5_000)]), ['client-left'], 'it was identified: one record')
    })

  await t.test('behind a CONNECT', async (t) => {
    for (let at = 0; at < 20; at += 1) {
      const socket = connect(department.port, '127.0.0.1', () => {
        socket.write('CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n')
        setTimeout(() => socket.resetAndDestroy(), at)
      })
      socket.on('error', () => undefined) // its own reset
      await new Promise((closed) => socket.once('close', closed))
    }
    hostile.deed = send(good)
    t.equal((await department.call(department.education)).status, 200, 'the gateway lives')
  })
})
