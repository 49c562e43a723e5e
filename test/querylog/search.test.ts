// search.test.ts: when search is filled, when it waits, and what it says of itself.
import t from 'tap'
import type { LogSearchStore, SearchProgress } from '../../src/querylog/ports.ts'
import { type Behind, behindOf, type SearchEvent, SearchFill, searchBound } from '../../src/querylog/search.ts'

const start = Date.parse('2026-11-24T02:00:00.000Z')

/** A log of `size` entries, one a millisecond from `start` on, and a clock that moves only when something sleeps or fills. */
class Bench implements LogSearchStore {
  size = 0
  next = 0
  now = start
  /** What a chunk takes, ms. */
  takes = 10
  busy = false
  away = false
  readonly fills: number[] = []
  readonly sleeps: number[] = []
  readonly events: SearchEvent[] = []
  behind: readonly Behind[] = []
  #until: () => boolean
  #ended: () => void = () => undefined

  constructor(until: (bench: Bench) => boolean) {
    this.#until = () => until(this)
  }

  async fill(most: number): Promise<number> {
    if (this.away) throw new Error('away')
    const filled = Math.min(most, this.size - this.next)
    this.next += filled
    this.now += this.takes
    this.fills.push(filled)
    return filled
  }

  async progress(): Promise<readonly SearchProgress[]> {
    if (this.away) throw new Error('away')
    return [{ slot: '1', size: this.size, next: this.next, ...(this.next < this.size ? { since: start + this.next } : {}) }]
  }

  async close(): Promise<void> {}

  /** Runs until the condition holds. */
  async run(): Promise<void> {
    const ended = new Promise<void>((end) => {
      this.#ended = end
    })
    const fill = new SearchFill({
      store: this,
      clock: {
        wall: () => this.now,
        monotonic: () => this.now - start,
        sleep: async (ms) => {
          this.sleeps.push(ms)
          this.now += ms
          if (this.#until()) this.#ended()
          await new Promise((turned) => setImmediate(turned))
        },
      },
      busy: () => this.busy,
      progress: (behind) => {
        this.behind = behind
      },
      report: (event) => this.events.push(event),
    })
    await ended
    await fill.stop()
  }
}

t.test('what is there is found, a quarter of the time at most, and then it idles', async (t) => {
  const bench = new Bench(({ fills }) => fills.at(-1) === 0)
  bench.size = 600
  await bench.run()
  t.equal(bench.next, 600)
  t.same(bench.fills.slice(0, 4), [250, 250, 100, 0])
  t.same(bench.sleeps.slice(0, 4), [30, 30, 1_000, 1_000])
  t.same(bench.events, [])
})

t.test('while calls wait for the log it waits, until it is as far behind as it may be: then for nothing, and it says so', async (t) => {
  const bench = new Bench(({ next, size }) => next === size)
  bench.size = 120_000
  bench.busy = true
  await bench.run()
  t.ok(bench.fills.length > 0)
  t.ok(bench.sleeps.slice(0, searchBound / 1_000).every((ms) => ms === 1_000))
  t.same(bench.events[0], { event: 'search-behind', slot: '1' })
  t.equal(bench.sleeps.filter((ms) => ms === 0).length > 50, true, 'no rest between chunks')
})

t.test('once behind it goes on until half of the bound is won back, and says that too', async (t) => {
  const bench = new Bench(({ events }) => events.length === 2)
  bench.size = 40_000
  bench.busy = true
  bench.now += searchBound + 1
  bench.takes = 1
  await bench.run()
  t.same(bench.events, [
    { event: 'search-behind', slot: '1' },
    { event: 'search-caught-up', slot: '1' },
  ])
})

t.test('a database that is away is told of once, and tried again', async (t) => {
  const bench = new Bench(({ sleeps, next }) => {
    if (sleeps.length === 5) bench.away = false
    return next > 0
  })
  bench.size = 10
  bench.away = true
  await bench.run()
  t.same(
    bench.events.map(({ event }) => event),
    ['search-failed'],
  )
  t.same(bench.sleeps.slice(0, 5), [5_000, 5_000, 5_000, 5_000, 5_000])
  t.equal(bench.next, 10)
})

t.test('how far behind: entries, and the time that the first of them waits', async (t) => {
  t.same(
    behindOf(
      [
        { slot: '1', size: 10, next: 10 },
        { slot: '2', size: 10, next: 4, since: start },
        { slot: '3', size: 10, next: 9, since: start + 9_000 },
        { slot: '4', size: 10, next: 4 },
      ],
      start + 5_000,
    ),
    [
      { slot: '1', entries: 0, ms: 0 },
      { slot: '2', entries: 6, ms: 5_000 },
      { slot: '3', entries: 1, ms: 0 },
      { slot: '4', entries: 6, ms: 0 },
    ],
  )
})

t.test('the newest numbers are handed over', async (t) => {
  const bench = new Bench(({ behind }) => behind.length > 0)
  bench.size = 3
  bench.now += 7
  await bench.run()
  t.same(bench.behind, [{ slot: '1', entries: 3, ms: 7 }])
})
