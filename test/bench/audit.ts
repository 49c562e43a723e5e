// audit.ts: `npm run bench:audit`: a draw from ten million counted records: tickets of all of them, twice, and one record each of half the users.
import { drawSample } from '../../src/audit/drawing.ts'
import { monthsOf } from '../../src/audit/period.ts'
import type { CountedRecord, CountedStore } from '../../src/audit/ports.ts'
import { drawSeed } from '../../src/audit/tickets.ts'
import { sha256 } from '../../src/canonical.ts'
import type { FrozenLog } from '../../src/querylog/sample-entry.ts'
import { drawing, period, rosterOf } from '../audit/populations.ts'
import { judge, missedByDraw } from './goals.ts'

const records = Number(process.argv[2] ?? 10_000_000)
const [slots, users, chunk] = [2, 3_000, 10_000]
const months = monthsOf(period)
const perMonth = Math.floor(records / slots / months.length)

/** Whose record a number is: some ask much more than others. */
const accountOf = (countedSeq: number): string => `user-${Math.floor(users * ((countedSeq * 0.618034) % 1) ** 3) + 1}`
const recordOf = (countedSeq: number): CountedRecord => ({ countedSeq, index: 2 * countedSeq, account: accountOf(countedSeq) })

/** Records of one span, as a database would give them: made when they are asked for. */
const store: CountedStore = {
  async accounts({ from, to }) {
    const counts = new Map<string, number>()
    for (let number = from; number <= to; number += 1) counts.set(accountOf(number), (counts.get(accountOf(number)) ?? 0) + 1)
    return counts
  },
  async *records({ from, to }, { accounts }) {
    const wanted = new Set(accounts)
    for (let first = from; first <= to; first += chunk) {
      const records = Array.from({ length: Math.min(chunk, to - first + 1) }, (_, at) => recordOf(first + at))
      yield accounts === undefined ? records : records.filter(({ account }) => wanted.has(account))
    }
  },
  async numbered(_, numbers) {
    return numbers.map(recordOf)
  },
  async *notReleased({ from, to }) {
    for (let number = from; number <= to; number += 10_007) yield { ...recordOf(number), completion: 2 * number + 1 }
  },
  async *transfers() {},
  async *ofApisOrGrants() {},
  modes: async ({ from, to }) => new Map([['api', to - from + 1]]),
}

const logs: FrozenLog[] = Array.from({ length: slots }, (_, at) => ({
  log: `linkage.example.gov.tw/log/${at + 1}`,
  months: months.map((month, nth) => ({ counted: perMonth, countedTo: (nth + 1) * perMonth, index: nth, month, records: perMonth })),
  root: sha256('').toString('base64'),
  size: Number.MAX_SAFE_INTEGER,
  slot: String(at + 1),
}))

let most = 0
const watch = setInterval(() => {
  most = Math.max(most, process.memoryUsage().rss)
}, 50)
const began = performance.now()
const {
  coverage,
  drawn,
  months: numbers,
} = await drawSample(drawing(logs, rosterOf(users)), drawSeed(sha256('a freeze'), '35142661534216425361'), store)
const seconds = (performance.now() - began) / 1000
clearInterval(watch)
most = Math.max(most, process.memoryUsage().rss)
for (const { drawn: count, month, population, quota } of numbers)
  console.log(`${month}: ${population} records, quota ${quota}, drawn ${count}`)
console.log(
  `users ${coverage.users}, with records ${coverage.withRecords}, need ${coverage.need}, drawn ${coverage.drawn}; sample ${drawn.length}`,
)
const drawnFrom = perMonth * slots * months.length
judge('audit', missedByDraw({ mib: most / 2 ** 20, records: drawnFrom, seconds }))
console.log(`draw: ${drawnFrom} records in ${seconds.toFixed(1)} s, ${Math.round(most / 2 ** 20)} MiB`)
