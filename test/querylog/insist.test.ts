// insist.test.ts: what is tried again until it stands, stands once, whatever becomes of the commits.
import fc from 'fast-check'
import t from 'tap'
import { LogBench, stream } from './log-bench.ts'
import type { Fate } from './memory-store.ts'

/** So many recorded streams, of which nothing says yet how they ended. */
async function begun(bench: LogBench, count: number) {
  await bench.makeKeys('1')
  const log = await bench.open('1')
  const streams = Array.from({ length: count }, () => stream('a'))
  const recorded = await Promise.all(streams.map(({ draft }) => log.append(draft)))
  return { log, ofs: streams.map(({ id }, at) => ({ id, index: recorded[at]?.index ?? -1 })) }
}

/** Whoever tries again lets a minute pass: a slot is claimed three times a minute at most. */
const patient = (bench: LogBench) => (): boolean => {
  bench.clock.pass(20_001)
  return true
}

const completed = (bench: LogBench) =>
  bench
    .ofKind('1', 'completion')
    .map(({ of, outcome }) => ({ of, outcome }))
    .sort((a, b) => (a.of?.index ?? 0) - (b.of?.index ?? 0))

t.test('a commit whose reply was lost is not made again; one that was lost is', async (t) => {
  for (const fate of ['lost-but-stored', 'lost', 'unavailable', 'rejected'] as const) {
    const bench = new LogBench(t)
    const { log, ofs } = await begun(bench, 1)
    let tries = 1
    bench.store.fates = [fate]
    for (const of of ofs) await log.neverReleased('a', [of], () => patient(bench)() && ++tries > 0)
    t.same(
      completed(bench),
      ofs.map((of) => ({ of, outcome: 'not-released' })),
      fate,
    )
    t.ok(tries > 1)
    await log.close()
  }
})

t.test('where it is not to be tried again, that is told', async (t) => {
  const bench = new LogBench(t)
  const { log, ofs } = await begun(bench, 1)
  bench.store.fates = ['lost']
  for (const of of ofs)
    await t.rejects(
      log.neverReleased('a', [of], () => false),
      { code: 'query-log-unavailable' },
    )
  t.same(completed(bench), [])
  await log.close()
})

t.test('whatever becomes of the commits, each stands once, before a restart and after', async (t) => {
  const fates = fc.array(fc.constantFrom<Fate>('ok', 'lost', 'lost-but-stored', 'rejected', 'unavailable'), { maxLength: 12 })
  await fc.assert(
    fc.asyncProperty(fates, fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 8 }), async (fates, pauses) => {
      const bench = new LogBench(t)
      const { log, ofs } = await begun(bench, pauses.length)
      bench.store.fates = fates
      const ends: Promise<void>[] = []
      for (const [at, pause] of pauses.entries()) {
        const of = ofs[at]
        if (of !== undefined) ends.push(log.neverReleased('a', [of], patient(bench)))
        for (let turn = 0; turn < pause; turn += 1) await new Promise((later) => setImmediate(later))
      }
      await Promise.all(ends)
      await log.close()
      bench.store.fates = []
      await (await bench.open('1')).close()
      const expected = ofs.map((of) => ({ of, outcome: 'not-released' }))
      if (JSON.stringify(completed(bench)) !== JSON.stringify(expected)) throw new Error(JSON.stringify(completed(bench)))
    }),
    { numRuns: 60 },
  )
})
