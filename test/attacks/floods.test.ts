// floods.test.ts: many, slow and greedy callers: bounded, counted, and in nobody else's way.
import { connect, type Socket } from 'node:net'
import t from 'tap'
import { startDepartment, statusPath, subject } from '../end-to-end/department.ts'
import { answering } from '../end-to-end/welfare.ts'
import { goodBody, request } from './harness.ts'

/** Of the education bureau, beside the address that its calls come from. */
const education = { otherAddress: '203.0.113.9', otherNetwork: '2001:db8:0:100::9' }

t.test(
  'a flood of refusals from ever new IPv6 networks: each answered and counted, under a thousand keys and the rest as other',
  async (t) => {
    const department = await startDepartment(t)
    const { gateway } = department.serving.process
    await gateway.log.refusals.flush()
    const from = department.size
    // 1,300 networks, and a hundred addresses of one more.
    const network = (at: number): string => `2001:db8:${((at >> 8) + 1).toString(16)}:${((at & 255) + 1).toString(16)}::1`
    const addresses = [
      ...Array.from({ length: 100 }, (_, at) => `2001:db8:ffff:1::${(at + 1).toString(16)}`),
      ...Array.from({ length: 1_300 }, (_, at) => network(at)),
    ]
    const codes = new Map<unknown, number>()
    const call = async (address: string): Promise<void> => {
      const { json } = await department.call({ key: department.education.key, address })
      codes.set(json.code, (codes.get(json.code) ?? 0) + 1)
    }
    const left = [...addresses]
    await Promise.all(
      Array.from({ length: 32 }, async () => {
        for (let next = left.shift(); next !== undefined; next = left.shift()) await call(next)
      }),
    )
    t.same([...codes], [['network-not-allowed', addresses.length]], 'an agency’s key opens nothing from elsewhere')
    await gateway.log.refusals.flush()
    const entries = (await department.records(from)).map(({ entry }) => entry).filter(({ kind }) => kind === 'refusals')
    const counts = entries.flatMap((entry) => entry.counts ?? [])
    const other = entries.reduce((sum, entry) => sum + Number(entry.other), 0)
    t.equal(counts.find(({ address }) => address?.startsWith('20010db8ffff0001'))?.count, 100, 'one /64 is one caller')
    t.equal(
      counts.reduce((sum, { count }) => sum + count, other),
      addresses.length,
      'every refusal is counted once',
    )
    const minutes = new Set(entries.map(({ minute }) => minute)).size
    t.ok(counts.length <= 1_000 * minutes && other > 0, `${counts.length} keys and ${other} as other in ${minutes} minutes`)
    t.equal(department.welfare.asked.length, 0)
  },
)

t.test('one caller’s failures shut nobody out: behind the same exit a good key still opens', async (t) => {
  const department = await startDepartment(t, (configuration) =>
    configuration.edit('gateway.yaml', (document) => document.setIn(['limits', 'failures_per_minute'], '5')),
  )
  const wrong = { key: `lk_${'A'.repeat(43)}`, address: department.education.address }
  const codes = []
  for (let call = 0; call < 12; call += 1) codes.push((await department.call(wrong)).json.code)
  t.same(codes.slice(0, 5), Array(5).fill('credentials-invalid'))
  t.same([...new Set(codes.slice(5))], ['rate-limited'])
  t.equal((await department.call(department.education)).status, 200)
  const { address } = department.education
  const about = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body: goodBody }
  t.equal((await department.assert(about, address)).status, 200, 'and so does a good assertion')
  const forged = new Set<unknown>()
  for (let call = 0; call < 5; call += 1) {
    const authorization = `Bearer ${(await department.sign(about)).replace(/[^.]*$/, (it) => (it.startsWith('A') ? 'B' : 'A') + it.slice(1))}`
    forged.add((await department.assert(about, address, { authorization })).json.code)
  }
  t.same([...forged], ['rate-limited'])
  t.equal((await department.assert(about, address)).json.code, 'rate-limited', 'by a key that was forged so often nothing is verified')
  // By the same key from elsewhere it is: another address of the network, and another network of the agency.
  for (const elsewhere of [education.otherAddress, education.otherNetwork])
    t.equal((await department.assert(about, elsewhere)).status, 200, `it is from ${elsewhere}`)
  const manager = { credential: 'edu-chen', issuer: 'taipei-education', user: 'edu-chen', path: '/records/', body: '' }
  const signed = await department.sign({ ...manager, claims: { htm: 'GET', purpose: undefined, case: undefined } })
  const headers = { 'x-forwarded-for': address, authorization: `Bearer ${signed}` }
  t.equal((await department.send({ ...manager, method: 'GET', headers })).status, 200, 'by the others it is')
})

/** Opens a connection and says what was answered on it once it has ended. */
function slow(port: number, drip: (socket: Socket) => NodeJS.Timeout | undefined): Promise<{ readonly text: string }> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = []
    let timer: NodeJS.Timeout | undefined
    const socket = connect(port, '127.0.0.1', () => {
      timer = drip(socket)
    })
    socket.on('data', (chunk) => chunks.push(chunk))
    socket.on('error', () => undefined)
    socket.on('close', () => {
      clearInterval(timer)
      resolve({ text: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

t.test('slow callers are let go of, and served callers never notice', { timeout: 120_000 }, async (t) => {
  const department = await startDepartment(t)
  const head = `POST ${statusPath} HTTP/1.1\r\nHost: linkage.test\r\n`
  const every = (socket: Socket, text: string): NodeJS.Timeout => setInterval(() => socket.write(text), 500)
  const whole = request(department).toString('latin1')
  const slowOnes = [
    slow(department.port, (socket) => {
      socket.write(head)
      return every(socket, 'X-Drip: 1\r\n')
    }),
    slow(department.port, (socket) => {
      socket.write(whole.slice(0, -3))
      return undefined
    }),
    slow(department.port, () => undefined),
  ]
  const served = await Promise.all(Array.from({ length: 20 }, () => department.call(department.education)))
  t.same([...new Set(served.map(({ status }) => status))], [200])
  const [drip, body, silent] = await Promise.all(slowOnes)
  for (const [name, ended] of [
    ['a head that drips', drip],
    ['a body that never ends', body],
  ] as const) {
    t.match(ended?.text, /^HTTP\/1\.1 400 .*it did not come in time/s, `${name} is told, and that it was too slow`)
    t.notMatch(ended?.text, new RegExp(subject))
  }
  // It came to its end: otherwise this test would not have come here within its minute.
  t.notMatch(silent?.text, /HTTP\/1\.1 2/, 'a connection without a word is ended too')
})

t.test('while all calls of one agency hang, another agency’s are served', async (t) => {
  let other: { readonly key: string; readonly address: string } | undefined
  const department = await startDepartment(t, (configuration) => {
    configuration.withoutLimits()
    other = configuration.addAgency('other')
    configuration.edit('gateway.yaml', (document) =>
      document.setIn(['upstreams', 'welfare', 'timeouts_ms'], document.createNode({ answer: '20000', body: '20000' })),
    )
  })
  if (other === undefined) throw new Error('the department was not configured')
  const hanging: (() => void)[] = []
  const short = '{"status":{"category":"無"},"members":[]}'
  department.welfare.script = async (asked, response) => {
    if (!asked.body.includes('A200000003')) await new Promise<void>((go) => hanging.push(go))
    await answering(short)(asked, response)
  }
  const greedy = Array.from({ length: 120 }, () => department.call(department.education))
  while (hanging.length < 56) await new Promise((wait) => setTimeout(wait, 10))
  const body = JSON.stringify({ nationalId: 'A200000003' })
  const served = await Promise.all(Array.from({ length: 40 }, () => department.call(other ?? department.education, { body })))
  t.same([...new Set(served.map(({ status, body }) => `${status} ${body.toString('utf8')}`))], [`200 ${short}`])
  t.equal(hanging.length, 56, 'the greedy agency holds all but the reserve')
  const release = setInterval(() => {
    for (const go of hanging.splice(0)) go()
  }, 10)
  t.same(
    [...new Set((await Promise.all(greedy)).map(({ status }) => status))].sort(),
    [200, 503],
    'it is served too, and refused beyond its places',
  )
  clearInterval(release)
})

t.test('who says nothing that is a request, and then holds the connection, is let go of; and a stop does not wait for them', async (t) => {
  const department = await startDepartment(t)
  /** Sends what is no request, never ends the connection, and says more now and then; resolves once that is reset. */
  const hold = (text: string): Promise<void> =>
    new Promise((letGo) => {
      // Half open: the gateway's end of it is not answered with an end of ours.
      const socket: Socket = connect({ port: department.port, host: '127.0.0.1', allowHalfOpen: true }, () => socket.write(text))
      const more = setInterval(() => socket.write('x'), 100)
      socket.on('error', () => undefined) // a reset is what we wait for
      socket.on('close', () => {
        clearInterval(more)
        letGo()
      })
      socket.resume()
    })
  const nothings = ['no request at all\r\n\r\n', 'CONNECT 10.0.0.1:443 HTTP/1.1\r\nHost: x\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n']
  await Promise.all(nothings.map(hold))
  await department.stop()
  t.pass('every connection was let go of, and the gateway stopped')
})
