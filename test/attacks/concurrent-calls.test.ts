// concurrent-calls.test.ts: design §6.7: an agency whose calls all hang is refused the next one; nobody else notices, and each end gives one back.
import t from 'tap'
import type { MadeAgency } from '../end-to-end/configuration.ts'
import { startDepartment } from '../end-to-end/department.ts'
import { answering } from '../end-to-end/welfare.ts'

const concurrent = 3
const made: MadeAgency[] = []
const department = await startDepartment(t, (configuration) => {
  for (const id of ['hanging', 'served'])
    made.push(configuration.addAgency(id, (file) => file.setIn(['grants', 0, 'limits', 'concurrent'], String(concurrent))))
})
const [hanging, served] = made
if (hanging === undefined || served === undefined) throw new Error('the department was not configured')

/** The welfare system lets everybody hang but whoever asks for this one. */
const quick = { body: JSON.stringify({ nationalId: 'A200000003' }) }
const waiting: (() => void)[] = []
const short = '{"status":{"category":"無"},"members":[]}'
department.welfare.script = async (asked, response) => {
  if (asked.body !== quick.body) await new Promise<void>((go) => waiting.push(go))
  await answering(short)(asked, response)
}
const hang = async (count: number): Promise<void> => {
  while (waiting.length < count) await new Promise((wait) => setTimeout(wait, 5))
}
const statusOf = async (sent: Parameters<typeof department.call>[1]): Promise<number> => (await department.call(hanging, sent)).status

let leave = (): void => undefined
const leaveWhen = new Promise<void>((left) => {
  leave = left
})
// One after the other, so that it is known which of them hangs where.
const first = statusOf({})
await hang(1)
const second = statusOf({})
await hang(2)
const third = statusOf({ leaveWhen }).catch(() => 'left')
await hang(concurrent)

t.test('while all that an agency may have hang, it is refused, and asks the welfare system nothing', async (t) => {
  const [from, asked] = [department.size, department.welfare.asked.length]
  const refused = await Promise.all(Array.from({ length: 5 }, () => department.call(hanging, quick)))
  t.same(
    refused.map(({ status, json }) => `${status} ${json.code}`),
    Array(5).fill('429 rate-limited'),
  )
  for (const reply of refused) t.ok(reply.header('retry-after') !== undefined && reply.header('linkage-receipt') !== undefined)
  t.equal(department.welfare.asked.length, asked)
  const codes = (await department.records(from)).map(({ entry }) => `${entry.agency} ${entry.code}`)
  t.same(codes, Array(5).fill('hanging rate-limited'), 'each is recorded')
})

t.test('another agency has all of its own', async (t) => {
  const calls = Array.from({ length: concurrent }, () => department.call(served, quick))
  t.same(
    (await Promise.all(calls)).map(({ body }) => body.toString('utf8')),
    Array(concurrent).fill(short),
  )
})

t.test('an answer gives back one place, and no more', async (t) => {
  waiting[0]?.()
  t.equal(await first, 200)
  t.same([await statusOf(quick), await statusOf(quick)], [200, 200])
  const next = statusOf({})
  await hang(concurrent + 1)
  t.equal(await statusOf(quick), 429)
  waiting[concurrent]?.()
  t.equal(await next, 200)
})

t.test('who leaves gives it back too', async (t) => {
  const next = statusOf({})
  await hang(concurrent + 2)
  t.equal(await statusOf(quick), 429)
  leave()
  t.equal(await third, 'left')
  // The gateway hears of it a moment later; where it never does, this ends with the test's time.
  while ((await statusOf(quick)) === 429) await new Promise((wait) => setTimeout(wait, 5))
  for (const go of waiting) go()
  t.same([await second, await next], [200, 200])
  const calls = Array.from({ length: concurrent }, () => statusOf(quick))
  t.same(await Promise.all(calls), Array(concurrent).fill(200), 'nothing of it is left')
})
