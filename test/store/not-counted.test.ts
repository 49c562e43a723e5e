// not-counted.test.ts: calls that do not count (D-10) are read in chunks, each once, of one agency, of the log as it is frozen.
import t from 'tap'
import { startOfDay } from '../../src/calendar.ts'
import { sha256Hex } from '../../src/canonical.ts'
import { openStore } from '../../src/store/open.ts'
import { at, monthsAgo } from '../cli/audit/half-year.ts'
import { writtenLogHere } from '../cli/audit/written-log-here.ts'
import { education, newId, police, WritingLog } from '../verifier/written-log.ts'

const first = monthsAgo(1)
const writing = new WritingLog({ heads: [], parameters: {} })
writing.batch(at(first, 1), writing.opening(), await writing.key())
writing.batch(at(first, 1, 1), writing.policy(sha256Hex('')))
// More than a chunk of one date.
for (let batch = 0; batch < 10; batch += 1)
  writing.batch(at(first, 2), ...Array.from({ length: 250 }, (_, nth) => writing.query(nth % 5 === 0 ? police : education, false)))
const unreleased = newId()
writing.batch(at(first, 3), writing.query(education, true, unreleased), writing.query(education), writing.query(education, false))
const size = writing.written.entries.length
writing.batch(at(first, 4), writing.query(education, false))
const database = await writtenLogHere(t, writing)
const store = await openStore({ databaseUrl: database.gatewayUrl })
t.teardown(() => store.close())
while ((await store.search.fill(1_000)) > 0); // what search has not read is not found
const counted = store.openCounted()
t.teardown(() => counted.close())

const index = writing.written.entries.findIndex((each) => each.includes(unreleased))
const span = { slot: '1', agency: education, below: size, since: startOfDay(first), before: startOfDay(monthsAgo(0)), skipped: [index] }

t.test('D-10: each once, however many have one date; what came behind the freeze is none of it', async (t) => {
  const found = []
  for await (const calls of counted.notCounted(span, {})) {
    t.ok(calls.length <= 1_024, 'in chunks')
    found.push(...calls)
  }
  t.equal(found.length, 2_002)
  t.equal(new Set(found.map((each) => each.index)).size, 2_002)
  t.same(
    found.map((each) => each.index),
    found.map((each) => each.index).sort((one, other) => one - other),
    'in order',
  )
  t.same(
    found.filter(({ notReleased }) => notReleased).map((each) => [each.index, each.permitted]),
    [[index, true]],
  )
  const { count, first: from, last } = await counted.countNotCounted(span, {})
  t.same([count, from, last], [2_002, found[0]?.index, found.at(-1)?.index])
})

t.test('R11b: of some accounts alone', async (t) => {
  t.equal((await counted.countNotCounted(span, { accounts: ['nobody'] })).count, 0)
})
