// replay.test.ts: a pair is fresh once, for as long as it must be remembered, in bounded memory.
import fc from 'fast-check'
import t from 'tap'
import { MemoryReplayStore, type UsedNumber } from '../../src/credential/replay.ts'

const START = 1_795_000_000_000
const of = (iss: string, jti: string, agency = iss): UsedNumber => ({ agency, iss, jti })

t.test('a pair is fresh once, whichever of many calls comes first', async (t) => {
  const store = new MemoryReplayStore(START)
  t.equal(store.since, START)
  const uses = await Promise.all(Array.from({ length: 20 }, () => store.use(of('a', '1'), START + 60_000, START)))
  t.same(uses.filter((use) => use === 'fresh').length, 1)
  t.same(uses.filter((use) => use === 'seen').length, 19)
  t.equal(await store.use(of('b', '1'), START + 60_000, START), 'fresh', 'another issuer has its own numbers')
  t.equal(await store.use(of('a', '1'), START + 300_000, START), 'seen', 'whatever it says of its end')
})

t.test('issuer and number are told apart, wherever one ends', async (t) => {
  const store = new MemoryReplayStore(START)
  for (const [iss, jti] of [
    ['a', 'b"c'],
    ['a"b', 'c'],
    ['a","b', 'c'],
    ['a', 'b","c'],
    ['', 'ab'],
    ['ab', ''],
  ] as const) {
    t.equal(await store.use(of(iss, jti), START + 1, START), 'fresh', `${iss} ${jti}`)
  }
})

t.test('a pair is remembered to its end exactly, and forgotten within the second after it', async (t) => {
  const store = new MemoryReplayStore(START)
  const until = START + 10_500
  t.equal(await store.use(of('a', '1'), until, START), 'fresh')
  for (const later of [1, 999, 10_000, 10_499, 10_500])
    t.equal(await store.use(of('a', '1'), until, START + later), 'seen', `after ${later} ms`)
  t.equal(store.size, 1)
  await store.use(of('a', '2'), START + 99_000, START + 11_500)
  t.equal(store.size, 1, 'the first is gone')
})

t.test('what is forgotten is never fresh again, also when the clock steps back', async (t) => {
  const store = new MemoryReplayStore(START)
  t.equal(await store.use(of('a', '1'), START + 5_000, START), 'fresh')
  await store.use(of('a', '2'), START + 3_700_000, START + 3_600_000)
  t.equal(await store.use(of('a', '1'), START + 5_000, START), 'seen')
  t.equal(await store.use(of('a', '3'), START + 5_000, START), 'seen', 'nobody can know')
  t.equal(await store.use(of('a', '4'), START + 3_700_000, START), 'fresh')
})

t.test('a full store says so, still knows what was used, and has room again after an end', async (t) => {
  const store = new MemoryReplayStore(START, 6)
  for (const jti of ['1', '2', '3']) t.equal(await store.use(of('b', jti), START + 90_000, START), 'fresh')
  for (const jti of ['1', '2', '3']) t.equal(await store.use(of('a', jti), START + 1_000 * Number(jti), START), 'fresh')
  t.equal(await store.use(of('a', '4'), START + 9_000, START), 'full')
  t.equal(await store.use(of('a', '2'), START + 2_000, START), 'seen')
  t.equal(store.size, 6)
  t.equal(await store.use(of('a', '4'), START + 9_000, START + 2_000), 'fresh')
})

t.test('one agency fills half of it and no more: another’s are taken, and it has room again after an end', async (t) => {
  const store = new MemoryReplayStore(START, 6)
  const uses = async (iss: string, from: number, now = START) => {
    const found: string[] = []
    for (let jti = from; jti < from + 4; jti += 1) found.push(await store.use(of(iss, String(jti)), now + 1_000 * jti, now))
    return found.join(' ')
  }
  t.equal(await uses('flooding', 1), 'fresh fresh fresh full')
  t.equal(await uses('flooding', 1), 'seen seen seen full')
  t.equal(await uses('other', 1), 'fresh fresh fresh full')
  t.equal(await uses('flooding', 5, START + 3_000), 'fresh fresh full full', 'what ended is forgotten, of whoever it was')
  t.equal(await uses('third', 5, START + 3_000), 'fresh fresh full full', 'the place is as large as it was')
})

t.test('against a list that forgets nothing: no pair is fresh twice, whatever the clock does', async () => {
  const call = fc.record({
    jti: fc.constantFrom('1', '2', '3', '4'),
    step: fc.integer({ min: -20_000, max: 40_000 }),
    life: fc.integer({ min: 0, max: 30_000 }),
  })
  await fc.assert(
    fc.asyncProperty(fc.array(call, { maxLength: 60 }), async (calls) => {
      const store = new MemoryReplayStore(START)
      const ends = new Map<string, number>()
      let now = START
      for (const { jti, step, life } of calls) {
        now = Math.max(0, now + step)
        // One assertion has one end: it is signed.
        const until = ends.get(jti) ?? now + life
        const use = await store.use(of('a', jti), until, now)
        if (use === 'fresh' && ends.has(jti)) return false
        if (use === 'fresh') ends.set(jti, until)
      }
      return store.size <= ends.size
    }),
  )
})
