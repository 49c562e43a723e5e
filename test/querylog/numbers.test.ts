// numbers.test.ts: agencies' running numbers are those of the entries, wherever the mark stood, or the log is not gone on with.
import { join } from 'node:path'
import t from 'tap'
import { sha256Hex } from '../../src/canonical.ts'
import { buildBatch, type Draft, type LogState, type Turn, turnIsDue } from '../../src/querylog/batch.ts'
import { markFile } from '../../src/querylog/key-directory.ts'
import { MarkFile } from '../../src/querylog/mark.ts'
import { CountedBeyond, numbersDigest } from '../../src/querylog/numbers.ts'
import type { AgencyNumbers } from '../../src/querylog/ports.ts'
import { nothingGrown } from '../../src/querylog/tile.ts'
import { LogBench, november, query } from './log-bench.ts'

const day = 86_400_000
let drawn = 0
/** Numbers that look drawn, the same at each run. */
const draw = (below: number): number => Number.parseInt(sha256Hex(`numbers ${drawn++}`).slice(0, 8), 16) % below
const turn: Turn = { id: 'turn', heads: [], parameters: {} }

function drafts(): Draft[] {
  return Array.from({ length: draw(6) }, () => {
    const { agency, counted, write } = query(`agency-${draw(5)}`).draft
    return draw(3) === 0 ? { agency, write } : { agency, counted, write }
  })
}

/** A log of some months, batch by batch: each state, and the entries that led to it. */
function history(): { readonly state: LogState; readonly entries: readonly string[] }[] {
  let state: LogState = { slot: '1', log: 'a/log/1', epoch: 1, month: undefined, lastAt: 0, agencies: new Map(), keys: [], ...nothingGrown }
  const all: { state: LogState; entries: readonly string[] }[] = [{ state, entries: [] }]
  for (let at = november; all.length < 14; at += draw(25) * day) {
    const waiting = drafts().map((draft) => [draft])
    const due = turnIsDue(state, at)
    if (waiting.length === 0 && !due) continue
    const built = buildBatch(state, waiting, at, undefined, due ? turn : undefined)
    state = built.state
    all.push({ state, entries: built.batch.entries.map(String) })
  }
  return all
}

function beyond(entries: readonly string[]): CountedBeyond {
  const counted = new CountedBeyond()
  for (const { agencies, agency, counted_seq, kind } of entries.map((each) => JSON.parse(each)))
    if (kind === 'query') counted.query(agency, counted_seq !== undefined)
    else counted.turn(agencies)
  return counted
}

const members = ['records', 'counted', 'recordsBefore', 'countedBefore'] as const

/** Every way in which one number of it is another, an agency is gone, one is there that has nothing, or two have each other's. */
function others(agencies: ReadonlyMap<string, AgencyNumbers>): ReadonlyMap<string, AgencyNumbers>[] {
  const names = [...agencies.keys()]
  const [first = '', second = ''] = names
  const swapped = new Map(agencies).set(first, agencies.get(second) ?? zero).set(second, agencies.get(first) ?? zero)
  return [
    ...names.flatMap((name) =>
      members.flatMap((member) =>
        [-1, 1, 1000].map((more) => {
          const own = agencies.get(name) ?? zero
          return new Map(agencies).set(name, { ...own, [member]: own[member] + more })
        }),
      ),
    ),
    ...names.map((gone) => new Map([...agencies].filter(([name]) => name !== gone))),
    new Map(agencies).set('agency-9', zero),
    new Map(agencies).set('agency-9', { ...zero, records: 1 }),
    ...(JSON.stringify(agencies.get(first)) === JSON.stringify(agencies.get(second)) ? [] : [swapped]),
  ]
}

const zero: AgencyNumbers = { records: 0, counted: 0, recordsBefore: 0, countedBefore: 0 }

t.test('from every head those of every mark follow, over turns of the month too, and from no other numbers', async (t) => {
  let [same, found, turns] = [0, 0, 0]
  const wrong: string[] = []
  for (let round = 0; round < 30; round++) {
    const all = history()
    for (const [from, { state: marked }] of all.entries())
      for (const [more, { state: head }] of all.slice(from).entries()) {
        const entries = all.slice(from + 1, from + 1 + more).flatMap((each) => each.entries)
        turns += entries.filter((each) => each.includes('"kind":"month"')).length > 1 ? 1 : 0
        const counted = beyond(entries)
        const signed = numbersDigest(marked.agencies)
        const holds = (numbers: ReadonlyMap<string, AgencyNumbers>): boolean => {
          const before = counted.before(numbers)
          return before !== undefined && numbersDigest(before) === signed
        }
        if (!holds(new Map([...head.agencies].reverse()))) wrong.push(`round ${round}: ${from} to ${from + more} is refused`)
        same += 1
        for (const each of others(head.agencies)) {
          if (holds(each)) wrong.push(`round ${round}: ${from} to ${from + more} is taken: ${JSON.stringify([...each])}`)
          found += 1
        }
      }
  }
  t.same(wrong.slice(0, 3), [])
  t.ok(same > 3_000 && found > 100_000 && turns > 100, `${same} ${found} ${turns}`)
})

t.test('a log goes on after a mark of a version that kept none of them, and keeps them from then on', async (t) => {
  const bench = new LogBench(t)
  await bench.makeKeys('1')
  const first = await bench.open('1')
  await first.append(query('a').draft)
  await first.close()
  const file = await MarkFile.open(join(bench.directory('1'), markFile))
  const { checkpoint, epoch, head } = file.current
  await file.write({ checkpoint, epoch, head })
  await file.close()
  const second = await bench.open('1')
  await second.append(query('a').draft)
  await second.close()
  bench.store.rows.get('1')?.agencies.set('a', { ...zero, records: 7, counted: 7 })
  await t.rejects(bench.open('1'), { code: 'other-numbers' })
})

t.test('changed while the log is open, no entry has a number of it, and the next claim finds it', async (t) => {
  const bench = new LogBench(t)
  await bench.makeKeys('1')
  const log = await bench.open('1')
  await log.append(query('a').draft)
  for (const agency of ['a', 'b']) bench.store.rows.get('1')?.agencies.set(agency, { ...zero, records: 7, counted: 7 })
  await log.append(query('b').draft)
  t.match(bench.entries('1').at(-1), { agency: 'b', agency_seq: 1 })
  await log.close()
  await t.rejects(bench.open('1'), { code: 'other-numbers' })
  bench.store.rows.get('1')?.agencies.set('a', { ...zero, records: 1, counted: 1 })
  await (await bench.open('1')).close()
})
