// performance.test.ts: every figure of the page stands beside the command that measures it, and meets the goal that this command holds.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import t from 'tap'
import {
  logRunOf,
  missedBesideNginx,
  missedByDraw,
  missedByLog,
  missedByOverload,
  missedByReload,
  missedBySimulate,
  missedBySoak,
  missedByStream,
} from './bench/goals.ts'

const root = join(import.meta.dirname, '..')
const page = readFileSync(join(root, 'docs', 'performance.md'), 'utf8')
const { scripts } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8'))
const rows = [...page.matchAll(/^\| (.+) \| `npm run ([\w:]+)` \| (.+) \| .*\|$/gm)].map(([, what = '', script = '', measured = '']) => ({
  what,
  script,
  measured,
}))

/** The figures of a row, in their order. */
const figures = (script: string, pattern: RegExp): number[] => {
  const row = rows.find((each) => each.script === script)
  return (pattern.exec(`${row?.what} ${row?.measured}`) ?? []).slice(1).map((figure) => Number(figure.replaceAll(',', '')))
}

t.test('every command is there, and runs a file that is there', async (t) => {
  t.equal(rows.length, 9)
  for (const [, script = ''] of page.matchAll(/`npm run ([\w:]+)`/g)) {
    const [file = ''] = /test\/bench\/[\w-]+\.ts/.exec(scripts[script] ?? '') ?? []
    t.ok(file !== '' && existsSync(join(root, file)), script)
  }
})

t.test('the soak meets its goals', async (t) => {
  const [calls = 0, errors = -1, start = 0, end = Number.NaN] = figures('bench:soak', /([\d,]+) calls, (\d+) errors, RSS (\d+) → (\d+) MiB/)
  t.same(missedBySoak({ calls, errors, rss: { start, end } }), [])
})

t.test('the overload meets its goals', async (t) => {
  const [offered = 0, capacity = 0, client = 0, gateway = 0, refused = 0, errors = -1, start = 0, most = Number.NaN] = figures(
    'bench:overload',
    /([\d,]+) calls\/s offered to (\d+) .* ([\d.]+) x unloaded at the client, ([\d.]+) x in the gateway; ([\d,]+) refused with 503, (\d+) errors, RSS (\d+) → (\d+) MiB/,
  )
  // What the page does not tell is taken for good: the bench itself holds it.
  const untold = { served: capacity, refusedP99: 0, withoutRetryAfter: 0, unexpected: 0, probes: 30, unready: 0 }
  const run = { offered, capacity, refused, errors, client: { unloaded: 1, loaded: client }, gateway: { unloaded: 1, loaded: gateway } }
  t.same(missedByOverload({ ...run, ...untold, rss: { start, most } }), [])
})

t.test('rules are taken up, and calls simulated, as fast as they must be', async (t) => {
  const [p99 = Number.NaN, dropped = -1] = figures('bench:reload', /p99 (\d+) ms, (\d+) dropped/)
  t.same(missedByReload({ p99, dropped }), [])
  t.same(missedBySimulate(figures('bench:simulate', /([\d,]+) calls\/s/)[0] ?? Number.NaN), [])
})

t.test('what the full path misses beside nginx is said, and where nginx is quicker', async (t) => {
  const sizes = ['1.6 KB', '20 KB', '1 MB']
  const [small = Number.NaN, large = Number.NaN, huge = Number.NaN] = figures(
    'bench',
    /of nginx with a Lua filter ([\d.]+) at 1\.6 KB, ([\d.]+) at 20 KB, ([\d.]+) at 1 MB/,
  )
  const told = (pattern: RegExp): string[] => pattern.exec(page)?.[1]?.split(/, | and /) ?? []
  t.same(
    missedBesideNginx({ large, huge }).map((each) => / at (\S+ \S+):/.exec(each)?.[1]),
    told(/; missed here at ([^|]+) \|/),
  )
  t.same(
    sizes.filter((_, at) => [small, large, huge].map((ratio) => ratio < 1)[at]),
    told(/^At (.+) nginx is quicker/m),
  )
})

t.test('the log is written, verified and exported as fast as it must be', async (t) => {
  const row = rows.find(({ script }) => script === 'bench:log')
  t.same(missedByLog(logRunOf(row?.measured ?? '')), [])
})

t.test('a stream takes no more memory than it may', async (t) => {
  const [peak = Number.NaN, proxy = Number.NaN] = figures('bench:stream', /(\d+) MiB at most, a bare proxy (\d+) MiB/)
  t.same(missedByStream({ peak, proxy }), [])
})

t.test('a draw from ten million records is as fast, and in as little memory, as it must be', async (t) => {
  const [records = 0, seconds = Number.NaN, mib = Number.NaN] = figures('bench:audit', /draw: (\d+) records in ([\d.]+) s, (\d+) MiB/)
  t.ok(records > 9_999_000)
  t.same(missedByDraw({ mib, records, seconds }), [])
})

t.test('the half-year is of a million records over five agencies, and its steps are all that there are', async (t) => {
  t.match(figures('bench:round', /half-year: (\d+) records, (\d+) agencies, .* in (\d+) s/).slice(0, 2), [1_000_000, 5])
  const [, steps = ''] = page.split('| 步驟 step |')
  const seconds = [...steps.matchAll(/^\| (?!合計)[^a-z|]+ ([a-z][\w, ]*) \| ([\d.]+) \|$/gm)].map(([, step = '', value = '']) => ({
    step,
    value,
  }))
  const bench = readFileSync(join(root, 'test', 'bench', 'half-year.ts'), 'utf8')
  // What comes before the freeze makes the records.
  const timed = [...bench.matchAll(/timed\('(?!searchable) *([^']+)'/g)].map(([, step = '']) => step)
  t.same(
    seconds.map(({ step }) => step),
    timed,
  )
  const [, together = ''] = /合計 together \| ([\d.]+) \|/.exec(steps) ?? []
  t.ok(Math.abs(seconds.reduce((sum, { value }) => sum + Number(value), 0) - Number(together)) < 0.05, 'they add up')
})
