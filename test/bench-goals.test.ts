// bench-goals.test.ts: the benches that have goals fail on each of them, and say which.
import { spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { join } from 'node:path'
import t from 'tap'
import { type Answered, arrive } from './bench/arrivals.ts'
import {
  type LogRun,
  logRunOf,
  missedBesideNginx,
  missedByDraw,
  missedByLog,
  missedByOverload,
  missedByReload,
  missedBySimulate,
  missedBySoak,
  missedByStream,
  type Overload,
  type Soak,
} from './bench/goals.ts'

const overload: Overload = {
  capacity: 134,
  offered: 1_340,
  client: { unloaded: 410, loaded: 1_230 },
  gateway: { unloaded: 405, loaded: 1_215 },
  served: 2_000,
  refused: 18_000,
  refusedP99: 410,
  withoutRetryAfter: 0,
  errors: 0,
  unexpected: 0,
  probes: 5,
  unready: 0,
  rss: { start: 220, most: 440 },
}

t.test('overload: each goal, missed by little, is told, and no other', async (t) => {
  t.same(missedByOverload(overload), [], 'at its bounds a run is good')
  const cases: readonly (readonly [change: Partial<Overload>, told: RegExp])[] = [
    [{ offered: 1_200 }, /^1200 calls\/s were offered: ten times 134/],
    [{ refused: 0 }, /0 refused/],
    [{ served: 0 }, /^0 calls were served/],
    [{ client: { unloaded: 410, loaded: 1_300 } }, /^at the client .* 3\.2 x/],
    [{ gateway: { unloaded: 405, loaded: 1_300 } }, /^in the gateway .* 3\.2 x/],
    [{ gateway: { unloaded: 405, loaded: Number.POSITIVE_INFINITY } }, /^in the gateway/],
    [{ refusedP99: 411 }, /^refusals took 411 ms/],
    [{ refusedP99: Number.NaN }, /^refusals took NaN ms/],
    [{ withoutRetryAfter: 1 }, /^1 refusals did not say when/],
    [{ errors: 1 }, /^1 calls ended without/],
    [{ unexpected: 1 }, /^1 answers were neither/],
    [{ probes: 4 }, /^readiness was asked 4 times/],
    [{ unready: 1 }, /^1 of 5 times/],
    [{ rss: { start: 220, most: 441 } }, /^memory went from 220 to 441 MiB/],
  ]
  for (const [change, told] of cases) {
    const missed = missedByOverload({ ...overload, ...change })
    t.equal(missed.length, 1, String(told))
    t.match(missed[0], told)
  }
})

t.test('soak: an error, growth of more than 5 % and a run without calls are told', async (t) => {
  const soak: Soak = { calls: 1_000, errors: 0, rss: { start: 400, end: 420 } }
  t.same(missedBySoak(soak), [], 'at its bounds a run is good')
  t.match(missedBySoak({ ...soak, errors: 1 }), [/^1 calls were not answered/])
  t.match(missedBySoak({ ...soak, rss: { start: 400, end: 421 } }), [/^memory grew from 400 to 421 MiB/])
  t.match(missedBySoak({ ...soak, rss: { start: Number.NaN, end: Number.NaN } }), [/^memory grew/])
  t.match(missedBySoak({ ...soak, calls: 0 }), [/^no call/])
})

t.test('a reload and a simulation name the goal that they miss', async (t) => {
  t.same(missedByReload({ p99: 100, dropped: 0 }), [])
  t.match(missedByReload({ p99: 100.6, dropped: 1 }), [/^rules were taken up in 101 ms/, /^1 calls/])
  t.match(missedByReload({ p99: Number.NaN, dropped: 0 }), [/NaN/])
  t.same(missedBySimulate(30_000), [])
  t.match(missedBySimulate(29_999), [/^29999 calls\/s: at least 30000/])
})

t.test('so do a stream and a comparison with nginx', async (t) => {
  t.same(missedByStream({ peak: 206, proxy: 190 }), [])
  t.match(missedByStream({ peak: 207, proxy: 190 }), [/^207 MiB at most against 190/])
  t.match(missedByStream({ peak: Number.NaN, proxy: 190 }), [/NaN/])
  t.same(missedBesideNginx({ large: 1.8, huge: 4 }), [])
  t.match(missedBesideNginx({ large: 1.79, huge: 3.99 }), [/^1\.79 x nginx .* at 20 KB/, /^3\.99 x nginx .* at 1 MB/])
  t.match(missedBesideNginx({ large: Number.NaN, huge: 4 }), [/NaN/])
})

t.test('log: each goal, missed by little, is told, and no other; what a bench does not say meets none', async (t) => {
  const run: LogRun = { rate: 25_000, p99: 25, singles: 10, folder: 150_000, database: 60_000, exports: [0.5, 0.5, 0.5] }
  t.same(missedByLog(run), [])
  for (const [change, told] of [
    [{ rate: 24_999 }, /^append: 24999/],
    [{ p99: 25.1 }, /^append: p99 25\.1/],
    [{ singles: 9.9 }, /^append: 9\.9 x/],
    [{ folder: 149_999 }, /^verify: 149999/],
    [{ database: 59_999 }, /^verify: 59999/],
    [{ exports: [1, 0.49] }, /^export: 1, 0\.49/],
  ] as const)
    t.match(missedByLog({ ...run, ...change }), [told])
  t.equal(missedByLog(logRunOf('')).length, 6)
  const lines = `export: ndjson: 1 entries/s, 1.25 x copy; csv: 2 entries/s, 0.77 x copy
verify: 250,900 entries/s from a folder, 156,942 entries/s from a database
append: 50176 entries/s at 256 callers, p99 16.5 ms, 12.1 x single commits`
  t.same(logRunOf(lines), { rate: 50_176, p99: 16.5, singles: 12.1, folder: 250_900, database: 156_942, exports: [1.25, 0.77] })
})

t.test('what is missed makes a process end with 1, and nothing missed with 0', async (t) => {
  const run = (missed: readonly string[]) =>
    spawnSync(
      process.execPath,
      [
        '--disable-warning=ExperimentalWarning',
        '--input-type=module',
        '-e',
        `import { judge } from ${JSON.stringify(join(import.meta.dirname, 'bench', 'goals.ts'))}; judge('soak', ${JSON.stringify(missed)})`,
      ],
      { encoding: 'utf8' },
    )
  const [bad, good] = [run(['no call was served']), run([])]
  t.same([bad.status, bad.stderr, bad.stdout], [1, 'soak: goal missed: no call was served\n', ''])
  t.same([good.status, good.stderr], [0, ''])
})

t.test('the load knows a refusal that says when to come back from one that does not', async (t) => {
  let asked = 0
  const server = createServer((request, response) => {
    asked += 1
    request.resume()
    response.writeHead(503, asked % 2 === 0 ? { 'retry-after': '5', 'content-length': 0 } : { 'content-length': 0 }).end()
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const address = server.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? address?.port : ''}/`
  const told: Answered[] = []
  await arrive({ url, connections: 1, duration: 0.2, rate: 200, headers: {}, body: '' }, (answered) => told.push(answered))
  t.ok(asked > 2)
  t.same(
    told.map(({ status, retryAfter }) => [status, retryAfter]),
    Array.from({ length: asked }, (_, at) => [503, at % 2 === 1]),
  )
})

t.test('a draw that is slow, takes memory or draws from nothing is said to be so', async (t) => {
  const good = { mib: 223, records: 9_999_996, seconds: 31.5 }
  t.same(missedByDraw(good), [])
  for (const own of [{ seconds: 60.1 }, { mib: 513 }]) t.equal(missedByDraw({ ...good, ...own }).length, 1)
  t.equal(missedByDraw({ ...good, records: 0 }).length, 1)
})
