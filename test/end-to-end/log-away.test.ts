// log-away.test.ts: the database is killed in mid-call: nothing is released that is not recorded, and nobody must restart the gateway.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { household, type StoredRecord, startDepartment, statusPath, subject, type TestDepartment } from './department.ts'
import { answering } from './welfare.ts'

const body = JSON.stringify({ nationalId: subject })
const text = JSON.stringify(household)

/** A call as bytes. */
const bytesOf = (department: TestDepartment): string => {
  const headers = {
    host: 'linkage.test',
    ...department.headers(department.education),
    'content-length': String(body.length),
    connection: 'close',
  }
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}`)
  return `POST ${statusPath} HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n${body}`
}

const queries = (records: readonly StoredRecord[]): StoredRecord[] => records.filter(({ entry }) => entry.kind === 'query')

/** Ids of queries of which a completion says that nothing was released. */
const neverReleased = (records: readonly StoredRecord[]): Set<string | undefined> =>
  new Set(records.flatMap(({ entry }) => (entry.kind === 'completion' && entry.outcome === 'not-released' ? [entry.of?.id] : [])))

async function untilServed(department: TestDepartment): Promise<void> {
  for (let at = 0; at < 300; at += 1) {
    const reply = await department.call(department.education)
    if (reply.status === 200) return
    if (reply.status !== 503) throw new Error(`expected 503 until the log is back, found ${reply.status}`)
    await sleep(100)
  }
  throw new Error('the log did not come back')
}

t.test('the database dies while the welfare system already answers', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const { database, education, welfare } = department
  welfare.script = async (_, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    response.write(text.slice(0, 100))
    await database.kill()
    response.end(text.slice(100))
    welfare.script = answering(text)
  }
  const from = department.size
  const answer = await department.raw(bytesOf(department), 500)

  t.test('not one byte of the answer comes out', async (t) => {
    t.match(answer, /^HTTP\/1\.1 503 Service Unavailable\r\n/)
    t.match(answer, /"code":"query-log-unavailable"/)
    t.match(answer, /\r\nRetry-After: 1\r\n/)
    t.notMatch(answer, /低收入戶|王小測|國小三年級|Linkage-Receipt/)
    t.equal(answer.match(/HTTP\/1\.1/g)?.length, 1, 'one answer, and nothing after it')
  })

  t.test('while it is away every identified caller is told so, whatever else is wrong, and nothing is asked of anybody', async (t) => {
    const asked = welfare.asked.length
    for (const headers of [{}, { 'linkage-user': 'nobody-here' }, { 'linkage-purpose': undefined }, { 'content-type': 'text/plain' }]) {
      const reply = await department.call(education, { headers })
      t.equal(reply.status, 503)
      t.equal(reply.json.code, 'query-log-unavailable')
      t.equal(reply.header('linkage-receipt'), undefined)
    }
    const assertion = { credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body }
    t.equal((await department.assert(assertion, education.address)).json.code, 'query-log-unavailable')
    t.equal(welfare.asked.length, asked)
    t.equal(department.size, from, 'nothing was written')
  })

  t.test('strangers learn nothing of it', async (t) => {
    const reply = await department.call({ ...education, key: `lk_${'A'.repeat(43)}` })
    t.equal(reply.json.code, 'credentials-invalid')
  })

  t.test('once it is back the same process serves again', async (t) => {
    await database.start()
    await untilServed(department)
    const released = queries(await department.records(from)).filter(({ entry }) => entry.code === 'released')
    t.equal(released.length - neverReleased(await department.records(from)).size, 1, 'the one that was served stands as served')
  })
})

t.test('under load, with the database killed and started again, records and answers agree', async (t) => {
  const department = await startDepartment(t, (configuration) => configuration.withoutLimits())
  const { database, education } = department
  const from = department.size
  const [served, refused] = [new Set<string | undefined>(), new Map<string | undefined, unknown>()]
  let going = true
  const caller = async (): Promise<void> => {
    while (going) {
      const reply = await department.call(education)
      const id = reply.header('request-id')
      if (reply.status === 200) served.add(id)
      else {
        refused.set(id, reply.json.code)
        await sleep(20)
      }
    }
  }
  const callers = Array.from({ length: 12 }, caller)
  for (let round = 0; round < 2; round += 1) {
    await sleep(400)
    await database.kill()
    await sleep(300)
    await database.start()
    const before = served.size
    while (served.size < before + 20) await sleep(50)
  }
  going = false
  await Promise.all(callers)
  t.ok(served.size > 30, `${served.size} calls were served`)
  t.ok(refused.size > 0, `${refused.size} calls were refused`)
  t.same(new Set(refused.values()), new Set(['query-log-unavailable']))
  const records = await department.records(from)
  const unsaid = neverReleased(records)
  const byId = new Map(queries(records).map((each) => [each.entry.id, each]))

  t.test('whoever was served stands in exactly one record that nothing takes back', async (t) => {
    t.equal(byId.size, queries(records).length, 'no id twice')
    t.same(
      [...served].filter((id) => id === undefined || !byId.has(id)),
      [],
      'each has its record',
    )
    t.same(
      [...served].filter((id) => unsaid.has(id)),
      [],
      'none is said never to have been released',
    )
  })

  t.test('what was recorded and not served is said never to have been released', async (t) => {
    const others = [...byId.keys()].filter((id) => !served.has(id))
    t.same(
      others.filter((id) => !refused.has(id)),
      [],
      'each was answered',
    )
    t.same(
      others.filter((id) => !unsaid.has(id)),
      [],
    )
  })

  t.test('numbers have no gap', async (t) => {
    const numbers = queries(records).map(({ entry }) => entry.agency_seq)
    t.same(
      numbers,
      numbers.map((_, at) => (numbers[0] ?? 0) + at),
    )
    t.same(
      records.map(({ index }) => index),
      records.map((_, at) => from + at),
    )
  })
})
