// records-limits.test.ts: how often an agency downloads its own records in a day, and that its list reads them a few at a time.
import { generateKeyPairSync } from 'node:crypto'
import t from 'tap'
import { quarterOf } from '../../src/audit/due-dates.ts'
import { civilDateOf } from '../../src/calendar.ts'
import { canonicalJson } from '../../src/canonical.ts'
import { spentToday } from '../../src/cli/spent-today.ts'
import { uuidv7 } from '../../src/gateway/ids.ts'
import { DayCounters } from '../../src/gateway/limits.ts'
import { quarterName } from '../../src/gateway/records-path.ts'
import { problems } from '../../src/problems.ts'
import { day } from './configuration.ts'
import { type Reply, startDepartment } from './department.ts'

const { privateKey, publicKey } = generateKeyPairSync('ed25519')
let otherAddress = ''
const department = await startDepartment(t, (configuration) => {
  configuration.withoutLimits()
  configuration.edit('gateway.yaml', (file) => file.setIn(['limits', 'downloads_per_day'], '3'))
  const { x } = publicKey.export({ format: 'jwk' })
  const jwk = { kty: 'OKP', crv: 'Ed25519', alg: 'EdDSA', kid: 'other-manager', x }
  const credential = { id: 'other-manager', type: 'assertion', role: 'manager', jwks: { keys: [jwk] }, issued: day(-50), expires: day(50) }
  otherAddress = configuration.addAgency('other', (file) => file.addIn(['credentials'], file.createNode(credential))).address
})
Object.assign(department.drawn.signing, {
  'other-manager': { ...privateKey.export({ format: 'jwk' }), kid: 'other-manager', alg: 'EdDSA' },
})
const { gateway } = department.serving.process
const education = { credential: 'edu-chen', issuer: 'taipei-education', user: 'edu-chen', address: '198.51.100.17' }
const other = { credential: 'other-manager', issuer: 'other', user: 'edu-chen', address: otherAddress }

async function get({ address, ...asker }: typeof education, path: string, leaveWhen?: Promise<void>): Promise<Reply> {
  const claims = { purpose: undefined, case: undefined, reason: '自行稽核', htm: 'GET' }
  const headers = { 'x-forwarded-for': address, authorization: `Bearer ${await department.sign({ ...asker, path, body: '', claims })}` }
  return await department.send({ method: 'GET', path, body: '', headers, ...(leaveWhen && { leaveWhen }) })
}

const quarter = quarterName(quarterOf(civilDateOf(Date.now()), 'end-of-following-month').from)
const file = `/records/${quarter}.ndjson`

/** A download that this test does not end is over once its end is recorded. */
async function over(): Promise<void> {
  while (gateway.downloading.size > 0) await new Promise((ended) => setTimeout(ended, 10))
}

t.test('an agency begins so many downloads in a day, and no more; another agency’s day is its own', async (t) => {
  for (let each = 0; each < 3; each += 1) {
    t.equal((await get(education, file)).status, 200)
    await over()
  }
  const before = department.size
  const refused = await get(education, file)
  t.equal(refused.status, problems['daily-limit-reached'].status, refused.body.toString())
  t.match(refused.json, { code: 'daily-limit-reached', detail: /3 downloads/ })
  const [seconds, day] = [Number(refused.header('retry-after')), 86_400]
  t.ok(seconds > 1 && seconds <= day, `until midnight: ${seconds} s`)
  t.equal(department.size, before, 'nothing is recorded as given')
  t.equal((await get(education, '/records/')).status, 200, 'the list is there')
  t.equal((await get(other, file)).status, 200)
  await over()
})

t.test('a restart forgives none of them', async (t) => {
  const counters = new DayCounters(() => gateway.log.now())
  const { store } = department.serving
  await spentToday(store.reader, gateway.log, counters, gateway.inference, gateway.policy.snapshot)
  t.equal(counters.count('download taipei-education', 3).exceeded, true)
  t.equal(counters.count('download other', 3).remaining, 1)
})

t.test('the list reads them a few at a time, and shows the newest of a quarter', async (t) => {
  const { downloadsFrom } = gateway.ownRecords
  const asked = { file: 'csv', form: 'records', from: day(0), until: day(0) }
  const write = (agency: string) =>
    gateway.log.append({
      write: ({ at }) =>
        canonicalJson({
          agency,
          asked: { ...asked, agency },
          at,
          id: uuidv7(Date.now()),
          kind: 'export',
          logs: [],
          user: 'edu-chen',
          v: 1,
        }),
    })
  const others = Array.from({ length: 700 }, () => write('other'))
  await Promise.all([...others, ...Array.from({ length: 25 }, () => write('taipei-education'))])
  const pages: (readonly object[])[] = []
  Object.assign(gateway.ownRecords, {
    downloadsFrom: async (...which: Parameters<typeof downloadsFrom>) => {
      const page = await downloadsFrom.apply(gateway.ownRecords, which)
      pages.push(page.found)
      return page
    },
  })
  const { json } = await get(education, '/records/')
  Object.assign(gateway.ownRecords, { downloadsFrom })
  const quarters = json.quarters as { quarter: string; downloads: { at: string }[]; downloads_in_all: number }[] // docs/log-format.md
  const shown = quarters.find((each) => each.quarter === quarter)
  t.equal(shown?.downloads_in_all, 28)
  t.equal(shown?.downloads.length, 20)
  t.same(
    shown?.downloads.map(({ at }) => at),
    shown?.downloads.map(({ at }) => at).sort(),
    'oldest first',
  )
  t.ok(pages.length > 2, `${pages.length} pages`)
  t.equal(pages.flat().length, 28, 'its own alone')
})

t.test('an .ods that would be too long is refused within a turn, and is one of those of the day', async (t) => {
  const { numbers } = gateway.ownRecords
  const { enter, leave } = gateway.recordsTurns
  let running = 0
  Object.assign(gateway.recordsTurns, {
    enter: (...which: Parameters<typeof enter>) => {
      running += 1
      return enter.apply(gateway.recordsTurns, which)
    },
    leave: (agency: string) => {
      running -= 1
      leave.call(gateway.recordsTurns, agency)
    },
  })
  t.teardown(() => Object.assign(gateway.recordsTurns, { enter, leave }))
  const inTurn: number[] = []
  const month = civilDateOf(Date.now()).slice(0, 7)
  const many = async () => {
    inTurn.push(running)
    return [{ month, records: 200_001, counted: 1 }]
  }
  Object.assign(gateway.ownRecords, { numbers: many })
  t.teardown(() => Object.assign(gateway.ownRecords, { numbers }))
  const ods = file.replace('ndjson', 'ods')
  for (let each = 0; each < 2; each += 1) {
    const refused = await get(other, ods)
    t.equal(refused.status, problems['request-invalid'].status)
    t.match(
      refused.json.detail,
      /^200001 records in these months, and an \.ods holds 200000: take \.csv$/,
      'of one month there are no fewer',
    )
  }
  t.same(inTurn, [1, 1])
  t.equal((await get(other, ods)).status, problems['daily-limit-reached'].status)
  t.equal(inTurn.length, 2, 'the database is not asked')
})

t.test('the list asks nothing more once its caller has left', async (t) => {
  const { downloadsFrom } = gateway.ownRecords
  const asked = Promise.withResolvers<void>()
  const answer = Promise.withResolvers<void>()
  let pages = 0
  Object.assign(gateway.ownRecords, {
    downloadsFrom: async (...which: Parameters<typeof downloadsFrom>) => {
      pages += 1
      asked.resolve()
      await answer.promise
      return await downloadsFrom.apply(gateway.ownRecords, which)
    },
  })
  t.teardown(() => Object.assign(gateway.ownRecords, { downloadsFrom }))
  const leave = Promise.withResolvers<void>()
  const left = get(education, '/records/', leave.promise)
  await asked.promise
  leave.resolve()
  await t.rejects(left, { message: 'the caller left' })
  answer.resolve()
  await new Promise((over) => setTimeout(over, 300))
  t.equal(pages, 1, 'of more than two')
})
