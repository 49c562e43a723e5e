// heads.test.ts: the newest checkpoint of any slot vouches for the history of all, however they sleep, are born and end.
import t from 'tap'
import { leafHash, Tree } from '../../src/querylog/tree.ts'
import { LogBench, query } from './log-bench.ts'

const minute = 60_000
const logOf = (slot: string): string => `linkage.example/log/${slot}`

/** What a log states of another: heads by the entries that state them. */
function stated(bench: LogBench, by: string, of: string): { kind: string; size: number }[] {
  return bench.entries(by).flatMap(({ heads, kind }) =>
    (heads ?? []).flatMap(({ log, root, size, slot }) => {
      if (log !== logOf(of)) return []
      const tree = new Tree().extended(bench.store.entriesOf(of).slice(0, size).map(leafHash))
      if (root !== tree.root.toString('base64') || slot !== of) throw new Error('a head that never was')
      return [{ kind, size }]
    }),
  )
}

async function opened(bench: LogBench, ...slots: string[]) {
  for (const slot of slots) await bench.makeKeys(slot)
  return Promise.all(slots.map((slot) => bench.open(slot)))
}

t.test('while another slot moves its head is stated within ten minutes; while none does nothing is written', async (t) => {
  const bench = new LogBench(t)
  const [one, two] = await opened(bench, '1', '2')
  if (one === undefined || two === undefined) throw new Error('two logs')
  const minutes = async (count: number): Promise<void> => {
    for (let i = 0; i < count; i++) {
      bench.clock.pass(minute)
      await one.heads.state()
    }
  }
  await minutes(10)
  const from = bench.ofKind('1', 'heads').length
  t.equal(stated(bench, '1', '2').at(-1)?.size, two.size, 'born meanwhile, it is stated')
  await minutes(60)
  t.equal(bench.ofKind('1', 'heads').length, from, 'nothing moved')
  await two.append(query('a').draft)
  await minutes(1)
  t.equal(stated(bench, '1', '2').at(-1)?.size, two.size, 'nothing was stated for long: at once')
  for (let i = 0; i < 60; i++) {
    await two.append(query('a').draft)
    await minutes(1)
    const last = bench.ofKind('1', 'heads').at(-1)
    t.ok(bench.clock.now - Date.parse(last?.at ?? '') < 10 * minute)
  }
  t.equal(bench.ofKind('1', 'heads').length, from + 1 + 6, 'and not more often than every nine')
  await one.close()
  await two.close()
})

t.test('what another process of the slot stated counts: a restart writes nothing by itself', async (t) => {
  const bench = new LogBench(t)
  const [one, two] = await opened(bench, '1', '2')
  bench.clock.pass(10 * minute)
  await one?.heads.state()
  const count = bench.ofKind('1', 'heads').length
  await one?.close()
  bench.clock.pass(60 * minute)
  const again = await bench.open('1')
  await again.heads.state()
  t.equal(bench.ofKind('1', 'heads').length, count)
  await again.close()
  await two?.close()
})

t.test('a log that is taken away, or loses entries, is told of once', async (t) => {
  const bench = new LogBench(t)
  const [one, two, three] = await opened(bench, '1', '2', '3')
  bench.clock.pass(10 * minute)
  await one?.heads.state()
  bench.store.restore('2', bench.store.entriesOf('2').slice(0, 1))
  bench.store.rows.delete('3')
  for (let i = 0; i < 3; i++) {
    bench.clock.pass(minute)
    await one?.heads.state()
  }
  t.same(
    bench.events.filter(({ event }) => event === 'other-log-fell-back'),
    ['2', '3'].map((slot) => ({ event: 'other-log-fell-back', log: logOf(slot) })),
  )
  for (const log of [one, two, three]) await log?.close()
})

t.test('a slot that sleeps for months, one that is born in between, one that is dead: opening and month state them all', async (t) => {
  const bench = new LogBench(t)
  const [sleeper, dead] = await opened(bench, '1', '2')
  await sleeper?.append(query('a').draft)
  await dead?.append(query('a').draft)
  await dead?.close()
  bench.clock.pass(100 * 24 * 60 * minute)
  await bench.makeKeys('3')
  const born = await bench.open('3')
  t.same(
    [...stated(bench, '3', '1'), ...stated(bench, '3', '2')],
    [
      { kind: 'opening', size: sleeper?.size },
      { kind: 'opening', size: dead?.size },
    ],
  )
  await sleeper?.append(query('a').draft)
  const months = bench.ofKind('1', 'month')
  t.equal(months.length, 1, 'one entry, however many months it slept')
  t.match(months[0], { begins: '2027-03', ended: '2026-11' })
  t.same(stated(bench, '1', '2').at(-1), { kind: 'month', size: dead?.size })
  t.same(stated(bench, '1', '3').at(-1), { kind: 'month', size: born.size })
  await sleeper?.close()
  await born.close()
})
