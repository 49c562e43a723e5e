// lost-streams.test.ts: a stream that its process left behind is said to be lost, once, before anything new; no other is.
import t from 'tap'
import type { QueryLog } from '../../src/querylog/log.ts'
import { longestStream } from '../../src/querylog/lost-streams.ts'
import { LogBench, query, stream } from './log-bench.ts'

const completions = (bench: LogBench) => bench.ofKind('1', 'completion').map(({ of, outcome }) => ({ of, outcome }))
const never = { outcome: 'not-released' as const }

async function begin(bench: LogBench): Promise<QueryLog> {
  await bench.makeKeys('1')
  return bench.open('1')
}

async function record(log: QueryLog, { id, draft }: ReturnType<typeof query>): Promise<{ id: string; index: number }> {
  return { id, index: (await log.append(draft)).index }
}

t.test('left behind: lost, once, and before anything new', async (t) => {
  const bench = new LogBench(t)
  const first = await begin(bench)
  const streams = [await record(first, stream('a')), await record(first, stream('b', 'api'))]
  const whole = await record(first, query('a'))
  const refused = await record(first, query('a', { code: 'mode-not-available', mode: 'file' }))
  const ended = await record(first, stream('a'))
  await first.neverReleased('a', [ended], () => false)
  await first.close()
  const before = bench.entries('1').length
  const second = await bench.open('1')
  const lost = streams.map((of) => ({ of, outcome: 'lost' }))
  t.same(completions(bench), [{ of: ended, ...never }, ...lost], `neither ${whole.index} nor ${refused.index}`)
  t.same(
    bench
      .entries('1')
      .slice(before)
      .map(({ kind }) => kind),
    ['completion', 'completion', 'key'],
  )
  t.same(
    bench.ofKind('1', 'completion').map(({ agency }) => agency),
    ['a', 'a', 'b'],
  )
  await second.close()
  await (await bench.open('1')).close()
  t.same(completions(bench), [{ of: ended, ...never }, ...lost], 'said once')
})

t.test('killed while it says so, and killed again: each is said once', async (t) => {
  for (const fate of ['lost', 'lost-but-stored'] as const) {
    const bench = new LogBench(t)
    const first = await begin(bench)
    const streams = [await record(first, stream('a')), await record(first, stream('a'))]
    await first.close()
    for (const _ of [1, 2]) {
      bench.store.fates = [fate]
      await t.rejects(
        bench.open('1').then((log) => {
          throw new Error(`opened with ${log.size} entries`)
        }),
        { code: 'query-log-unavailable' },
      )
      if (fate === 'lost-but-stored') break
    }
    const last = await bench.open('1')
    t.same(
      completions(bench),
      streams.map((of) => ({ of, outcome: 'lost' })),
      fate,
    )
    await last.close()
  }
})

t.test('beyond the mark it was never released, and is not lost besides', async (t) => {
  const bench = new LogBench(t)
  const first = await begin(bench)
  bench.store.fates = ['lost-but-stored']
  bench.store.away = false
  await t.rejects(first.append(stream('a').draft), { code: 'query-log-unavailable' })
  bench.store.away = true
  await first.close()
  bench.store.away = false
  const second = await bench.open('1')
  t.same(
    completions(bench).map(({ outcome }) => outcome),
    ['not-released'],
  )
  await second.close()
})

t.test('a process that claims again while it lives does not end its own streams', async (t) => {
  const bench = new LogBench(t)
  const log = await begin(bench)
  await record(log, stream('a'))
  bench.store.fates = ['lost']
  await t.rejects(log.append(query('a').draft))
  await until(() => bench.events.some(({ event }) => event === 'log-back'))
  await log.append(query('a').draft)
  t.same(completions(bench), [])
  await log.close()
})

t.test('however long the slot slept, the last day of it is looked at, and no more', async (t) => {
  const bench = new LogBench(t)
  const first = await begin(bench)
  await record(first, stream('too-old'))
  bench.clock.pass(longestStream)
  const atBound = await record(first, stream('a'))
  bench.clock.pass(1)
  await record(first, query('a'))
  await first.close()
  bench.clock.pass(60 * 24 * 3_600_000)
  let asked = 0
  const reader = new Proxy(bench.store, {
    get: (store, name) => {
      if (name === 'streamsAndCompletions')
        return async function* (slot: string, below: number) {
          for await (const each of store.streamsAndCompletions(slot, below)) {
            asked += 1
            yield each
          }
        }
      const value = Reflect.get(store, name)
      return typeof value === 'function' ? value.bind(store) : value
    },
  })
  const second = await bench.open('1', { reader })
  t.same(completions(bench), [{ of: atBound, outcome: 'lost' }])
  t.equal(asked, 2, 'the one that is too old ends the search')
  await second.close()
})

t.test('more than one batch holds: all of them, oldest first, before anything new', async (t) => {
  const bench = new LogBench(t)
  const first = await begin(bench)
  const streams = await Promise.all(Array.from({ length: 2_345 }, () => record(first, stream('a'))))
  await first.close()
  const second = await bench.open('1')
  t.same(
    completions(bench).map(({ of }) => of),
    streams,
  )
  t.equal(bench.entries('1').at(-1)?.kind, 'key')
  await second.close()
})

async function until(done: () => boolean): Promise<void> {
  while (!done()) await new Promise((resolve) => setTimeout(resolve, 2))
}
