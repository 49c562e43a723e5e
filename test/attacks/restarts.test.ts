// restarts.test.ts: what was used before a restart is used up after it, also where it was dated ahead of the clock.
import { setTimeout as sleep } from 'node:timers/promises'
import t from 'tap'
import { DemoCaller, demoCalls } from '../../src/cli/demo/calls.ts'
import { lastAssertion } from '../../src/cli/spent-today.ts'
import { restarted, startDepartment, statusPath, subject, type TestDepartment } from '../end-to-end/department.ts'

const before = await startDepartment(t)
const body = JSON.stringify({ nationalId: subject })
const now = (): number => Date.now() / 1000
const signed = (iat: number): Promise<string> =>
  before.sign({
    ...{ credential: 'edu-jwt-1', issuer: 'taipei-education', user: 'edu-chang', path: statusPath, body },
    claims: { iat, exp: iat + 120 },
  })
const present = (department: TestDepartment, token: string) =>
  department.send({
    body,
    headers: { 'content-type': 'application/json', 'x-forwarded-for': before.education.address, authorization: `Bearer ${token}` },
  })

t.test('an assertion that is dated ahead opens once, before a restart or after it', async (t) => {
  const { reader } = before.serving.store
  t.equal((await before.call(before.education)).status, 200)
  t.equal(await lastAssertion(reader, Date.now() - 30_000), undefined, 'calls by key hold up nobody')
  const [used, dated] = [await signed(now() + 28), now()]
  t.equal((await present(before, used)).status, 200)
  const last = (await lastAssertion(reader, Date.now() - 30_000)) ?? 0
  t.ok(last >= dated * 1000 && last <= Date.now(), 'the log holds when')
  t.equal(await lastAssertion(reader, last + 1), undefined, 'what was long ago holds up nobody')

  const after = await restarted(t, before)
  await sleep(1_000)
  const again = await present(after, used)
  t.equal(again.status, 401, again.body.toString())
  t.equal(again.json.code, 'assertion-replayed')
  const early = await present(after, await signed(now()))
  t.match(early.json, { code: 'assertion-replayed', detail: /^iat: expected 20.*Z or later: .*before this gateway started/ })
  const from = Date.parse(/20\S+Z/.exec(String(early.json.detail))?.[0] ?? '') / 1000
  t.ok(from > last / 1000 + 29.9 && from < last / 1000 + 31.1, 'half a minute after the last use')
  t.equal((await present(after, await signed(from))).status, 200, 'which nobody can have used')
  t.equal((await after.call(before.education)).status, 200, 'nor does a key wait')

  const caller = new DemoCaller(before.origin, before.drawn, after.serving.process.gateway.replay.since)
  const call = demoCalls(subject).find(({ sign }) => sign === 'new')
  if (call === undefined) throw new Error('the demo signs one')
  t.equal((await after.send({ body, headers: await caller.headers(call, body) })).status, 200, 'the demo shows it also then')
})
