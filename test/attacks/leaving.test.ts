// leaving.test.ts: clients that leave: each is in the record as such, and the upstream's connections are free again.
import t from 'tap'
import { household, startDepartment } from '../end-to-end/department.ts'
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

  for (const [title, deed] of Object.entries<Deed>({
    'before the upstream answers': () => undefined,
    'in mid-answer': send(good.slice(0, -20)),
  }))
    await t.test(title, async (t) => {
      const from = department.size
      for (let gone = 0; gone < 200; gone += 50) await wave(50, deed)
      let codes: unknown[] = []
      while (codes.length < 200)
        codes = (await department.records(from)).filter(({ entry }) => entry.kind === 'query').map(({ entry }) => entry.code)
      t.same(codes, Array(200).fill('client-left'), 'one record each')
      hostile.deed = send(good)
      const replies = await Promise.all(Array.from({ length: 64 }, () => department.call(department.education)))
      t.same(
        replies.map(({ status }) => status),
        Array(64).fill(200),
        'all that may be at once are served',
      )
    })
})
