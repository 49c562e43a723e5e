// refusals-in-aggregate.test.ts: design §6: an identified caller's refusals are recorded one by one up to a bound, then counted; what was served never is.
import t from 'tap'
import { DayCounters } from '../../src/gateway/limits.ts'
import type { MadeAgency } from '../end-to-end/configuration.ts'
import { type ReadEntry, startDepartment } from '../end-to-end/department.ts'
import { answering } from '../end-to-end/welfare.ts'

const bound = 5
const path = '/narrow-api/households/status'
let made: MadeAgency | undefined
const department = await startDepartment(t, (configuration) => {
  made = configuration.addAgency('crowded', (file) => file.setIn(['grants', 0, 'api'], 'narrow-api'))
  configuration.addApi('narrow-api', (file) => file.setIn(['x-linkage', 'upstream'], 'narrow'))
  configuration.edit('gateway.yaml', (file) => {
    file.setIn(['limits', 'recorded_refusals_per_minute'], String(bound))
    const url = file.getIn(['upstreams', 'welfare', 'url'])
    file.setIn(['upstreams', 'narrow'], file.createNode({ url, in_flight: '1', waiting: '0' }))
  })
})
if (made === undefined) throw new Error('the department was not configured')
const crowded = made
const { gateway } = department.serving.process

/** The bound is of a calendar minute: what is compared happens within one. */
async function withinAMinute(): Promise<void> {
  const left = 60_000 - (Date.now() % 60_000)
  if (left < 15_000) await new Promise((next) => setTimeout(next, left + 50))
  gateway.recordedRefusals.clear()
  await gateway.log.refusals.flush()
}

async function entriesFrom(index: number): Promise<readonly ReadEntry[]> {
  await gateway.log.refusals.flush()
  return (await department.records(index)).map(({ entry }) => entry)
}
const counted = (entries: readonly ReadEntry[], code: string): number =>
  entries.flatMap(({ counts = [] }) => counts.filter((each) => each.code === code)).reduce((sum, { count }) => sum + count, 0)
const recorded = (entries: readonly ReadEntry[], code: string): readonly ReadEntry[] => entries.filter((entry) => entry.code === code)

t.test('calls that an upstream has no place for: nothing is asked, the first are recorded, the rest counted, none lost', async (t) => {
  await withinAMinute()
  let goOn = (): void => undefined
  const held = new Promise<void>((go) => {
    goOn = go
  })
  department.welfare.script = async (asked, response) => {
    await held
    await answering('{"status":{"category":"無"},"members":[]}')(asked, response)
  }
  const [from, before] = [department.size, department.welfare.asked.length]
  const served = department.call(crowded, { path })
  while (department.welfare.asked.length === before) await new Promise((later) => setTimeout(later, 5))
  const refused = 12
  for (let at = 0; at < refused; at += 1) {
    const reply = await department.call(crowded, { path })
    t.equal(`${reply.status} ${reply.json.code}`, '503 overloaded')
    t.match(reply.header('retry-after'), /^[1-9]\d*$/)
    t.equal(reply.header('linkage-receipt') !== undefined, at < bound, 'what has an entry of its own has a receipt')
  }
  t.equal(department.welfare.asked.length, before + 1)
  goOn()
  t.equal((await served).status, 200)
  const entries = await entriesFrom(from)
  t.equal(recorded(entries, 'overloaded').length, bound)
  t.ok(
    recorded(entries, 'overloaded').every(({ decision }) => decision === 'permit'),
    'the rules allowed them',
  )
  t.equal(counted(entries, 'overloaded'), refused - bound)
  t.equal(recorded(entries, 'released').length, 1, 'beyond the bound what is served is recorded as ever')
  t.same(
    entries.flatMap(({ counts = [] }) => counts.map(({ address, ...count }) => ({ address, ...count }))),
    [{ address: undefined, agency: 'crowded', code: 'overloaded', count: refused - bound, credential: 'crowded-key' }],
  )
})

t.test('refusals by the rules: the same bound, and nothing that upstream failed at counts against it', async (t) => {
  await withinAMinute()
  const from = department.size
  department.welfare.script = (_, response) => void response.writeHead(500).end()
  const failures = bound + 2
  for (let at = 0; at < failures; at += 1) t.equal((await department.call(crowded, { path })).json.code, 'upstream-malformed')
  for (let at = 0; at < bound + 3; at += 1)
    t.equal((await department.call(crowded, { path, headers: { 'linkage-user': 'nobody' } })).json.code, 'user-unknown')
  const entries = await entriesFrom(from)
  t.equal(recorded(entries, 'upstream-malformed').length, failures, 'what was asked upstream has its record, always')
  t.equal(recorded(entries, 'user-unknown').length, bound)
  t.equal(counted(entries, 'user-unknown'), 3)
})

t.test('users whom no roster knows are refused, and no counter is kept of their names', async (t) => {
  await withinAMinute()
  const { count } = DayCounters.prototype
  const counters = new Set<string>()
  DayCounters.prototype.count = function (key, ...more) {
    counters.add(key)
    return count.call(this, key, ...more)
  }
  t.teardown(() => Object.assign(DayCounters.prototype, { count }))
  const call = async (user: string) => (await department.call(crowded, { path, headers: { 'linkage-user': user } })).json.code
  for (let at = 0; at < 2 * bound; at += 1) t.equal(await call(`made-up-${at}`), 'user-unknown')
  t.same([...counters], ['grant crowded fee-waiver'])
  department.welfare.script = answering('{"status":{"category":"無"},"members":[]}')
  t.equal(await call('EDU-Chang'), undefined)
  t.ok(counters.has('user crowded edu-chang'), 'as the roster spells it')
})
