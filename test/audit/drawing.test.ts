// drawing.test.ts: 六(一)3: the sample: what the law asks of it, and what nobody can steer.
import { createHmac } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import t from 'tap'
import type { Draw, DrawnRecord } from '../../src/audit/draw.ts'
import { type Drawn, drawSample } from '../../src/audit/drawing.ts'
import { drawLowest, itemsDigest, populationOf, type Stratum } from '../../src/audit/monthly.ts'
import { drawSeed, RecordTickets, RowTickets, userTicket } from '../../src/audit/tickets.ts'
import { type Hash, lengthPrefixed, sha256 } from '../../src/canonical.ts'
import { digestOf, drawMonth, seedOf } from '../../src/verifier/draws/month-draw.ts'
import { agency, anyLogs, drawing, evenly, frozen, parameters, rosterOf, row, seed, type TestLogs } from './populations.ts'

const cases = { numRuns: 25 }

const draw = (logs: TestLogs, roster = rosterOf(10), own: Parameters<typeof drawing>[2] = {}): Promise<Drawn> => {
  const { logs: frozenLogs, store } = frozen(logs)
  return drawSample(drawing(frozenLogs, roster, own), seed, store)
}

const nameOf = ({ countedSeq, log, row }: Pick<DrawnRecord, 'countedSeq' | 'log' | 'row'>): string => `${log} ${countedSeq} ${row ?? ''}`
const namesOf = (records: readonly DrawnRecord[]): ReadonlySet<string> => new Set(records.map(nameOf))
const because = ({ drawn }: Pick<Draw, 'drawn'>, why: DrawnRecord['why'][number]): readonly DrawnRecord[] =>
  drawn.filter((each) => each.why.includes(why))

t.test('a ticket is an HMAC as RFC 2104 has it: another library makes the same', async (t) => {
  const u64 = (...numbers: readonly number[]): Buffer =>
    Buffer.concat(
      numbers.map((number) => {
        const bytes = Buffer.alloc(8)
        bytes.writeBigUInt64BE(BigInt(number))
        return bytes
      }),
    )
  const mac = (...parts: readonly Buffer[]): string => createHmac('sha256', seed).update(Buffer.concat(parts)).digest().toString('latin1')
  const log = 'linkage.example/log/1'
  for (const number of [1, 255, 256, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) {
    for (const domain of ['record', 'coverage'] as const)
      t.equal(new RecordTickets(seed, domain, log, agency).of(number), mac(lengthPrefixed(domain, log, agency), u64(number)))
    t.equal(new RowTickets(seed, log, agency).of(number, 7), mac(lengthPrefixed('row', log, agency), u64(number, 7)))
  }
  t.equal(userTicket(seed, 'user', '王-1'), mac(lengthPrefixed('user', '王-1')))
  t.not(userTicket(seed, 'user', 'a'), userTicket(seed, 'account', 'a'), 'an account is nobody’s 人員代號')
})

t.test('D-11: late records are of the users whom the log named before, on the roster or not', async (t) => {
  const { logs, store } = frozen({ 1: { '2026-01': [{ account: 'gone' }, { account: 'late' }] } })
  const part = (counted: number, countedTo: number) =>
    logs.map(({ months, ...log }) => ({ ...log, months: months.map((each) => ({ ...each, counted, countedTo })) }))
  const first = drawing(part(1, 1), rosterOf(3))
  const before = await drawSample(first, seed, store)
  t.equal(before.coverage.users, 4)
  const earlier = {
    populations: new Map([['2026-01', 1]]),
    accounts: ['gone', ...before.reviews.flatMap(({ accounts }) => accounts)],
    logs: first.logs,
    users: 4,
  }
  const { coverage } = await drawSample({ ...drawing(part(1, 2), rosterOf(3)), earlier }, seed, store)
  t.same(coverage, { users: 5, withRecords: 1, need: 1, drawn: 1, reviews: 0 }, 'three of five, of whom two are audited already')
})

t.test('the seed is of this frozen population and of what was thrown', async (t) => {
  const leaf = sha256('a freeze')
  t.same(drawSeed(leaf, '3514'), sha256(Buffer.concat([lengthPrefixed('linkage-draw/v1'), lengthPrefixed(leaf), lengthPrefixed('3514')])))
  t.notSame(drawSeed(leaf, '3514'), drawSeed(sha256('another freeze'), '3514'), 'one throw gives each agency a seed of its own')
  t.notSame(drawSeed(leaf, '3514'), drawSeed(leaf, '3515'))
})

t.test('the vectors of docs/log-format.md, by the one that draws and by the one that verifies', async (t) => {
  const document = readFileSync(join(import.meta.dirname, '../../docs/log-format.md'), 'utf8')
  const [text = ''] = /^For who writes this again[\s\S]*/m.exec(document) ?? []
  const vectors = [...text.matchAll(/`([0-9a-f]{64})`/g)].map(([, hex]) => hex)
  const [log, leaf] = ['linkage.example/log/1', Buffer.alloc(32, 0xaa) as Hash] // 32 bytes
  const own = drawSeed(leaf, '35142661534216425361')
  const hex = (ticket: string): string => Buffer.from(ticket, 'latin1').toString('hex')
  const items = drawLowest(own, agency, [{ log, from: 1, to: 1_000, skipped: new Set(), rows: new Map() }], 10)
  t.same(vectors, [
    own.toString('hex'),
    hex(new RecordTickets(own, 'record', log, agency).of(1)),
    hex(new RecordTickets(own, 'coverage', log, agency).of(1)),
    hex(new RowTickets(own, log, agency).of(1, 2)),
    hex(userTicket(own, 'user', 'EDU0001')),
    itemsDigest(items),
  ])
  t.ok(text.replaceAll('\n', ' ').includes(items.map(({ countedSeq }) => countedSeq).join(', ')))
  const again = seedOf(leaf, '35142661534216425361')
  const numbers = { log, from: 1, to: 1_000, skipped: new Set<number>(), rows: new Map<number, number>() }
  const month = drawMonth(again, agency, [numbers], 10)
  t.same(
    month.items.map(([, number]) => number),
    items.map(({ countedSeq }) => countedSeq),
  )
  t.equal(digestOf(month.items), itemsDigest(items))
})

t.test('who draws and who verifies come to the same, whatever there is to draw from', async (t) => {
  fc.assert(
    fc.property(
      fc.array(fc.record({ from: fc.integer({ min: 1, max: 2 ** 40 }), length: fc.nat(60), rows: fc.nat(9) }), { maxLength: 3 }),
      fc.nat(90),
      (spans, wanted) => {
        const strata = spans.map(({ from, length, rows }, nth) => ({
          log: `linkage.example/log/${nth + 1}`,
          from,
          to: from + length,
          skipped: new Set([from + 2, from + 3].filter((number) => number <= from + length)),
          rows: new Map(rows > 0 && length > 0 ? [[from + 1, rows]] : []),
        }))
        const items = drawLowest(seed, agency, strata, wanted)
        const again = drawMonth(seed, agency, strata, wanted)
        t.same([again.population, digestOf(again.items)], [populationOf(strata), itemsDigest(items)])
      },
    ),
    cases,
  )
})

t.test('worked examples of the regulation', async (t) => {
  const three = await draw(evenly(3, ['user-1', 'user-2', 'user-3']))
  t.equal(three.drawn.length, 18, 'three records a month: all are audited')
  t.match(three.coverage, { users: 10, withRecords: 3, need: 5, drawn: 3, reviews: 2 })
  t.equal(three.reviews.length, 2, 'and two accounts are reviewed')

  const nothing = await draw({})
  t.same(nothing.drawn, [])
  t.match(nothing.coverage, { users: 10, withRecords: 0, need: 5, drawn: 0, reviews: 5 })
  t.same(
    nothing.months.map(({ drawn, population, quota }) => [population, quota, drawn]),
    Array(6).fill([0, 0, 0]),
  )

  const sixty = rosterOf(60)
  const many = await draw(
    evenly(
      300,
      sixty.map(({ account }) => account),
    ),
    sixty,
  )
  t.same(
    many.months.map(({ quota }) => quota),
    Array(6).fill(3),
  )
  t.equal(because(many, 'month').length, 18)
  t.equal(new Set(because(many, 'coverage').map(({ person }) => person)).size, 30, 'the quotas alone would reach 18 users at most')
})

t.test('D-11: who left in the period is a user, who left before is not, who appears without a row is', async (t) => {
  const day = (text: string) => text as ReturnType<typeof row>['from'] // days that exist
  const roster = [
    row('a', 'A', { until: day('2026-01-01') }),
    row('b', 'B', { until: day('2025-12-31') }),
    row('c', 'C', { from: day('2026-06-30') }),
    row('d', 'D', { from: day('2026-07-01') }),
  ]
  t.match((await draw({}, roster)).coverage, { users: 2 })
  const appeared = await draw({ 1: { '2026-03': [{ account: 'gone' }, { account: 'Gone' }, { account: 'b' }] } }, roster)
  t.match(appeared.coverage, { users: 4, withRecords: 2, need: 2, drawn: 2 }, 'two spellings of one account are one')
  t.same(new Set(appeared.drawn.map(({ person, user }) => `${person} ${user}`)), new Set(['undefined gone', 'undefined Gone', 'B b']))
})

t.test('two accounts of one person are one user, and cannot make two of one', async (t) => {
  const alone = [row('a', 'A'), row('b', 'B')]
  const split = [...alone, row('a-2', 'A'), row('a-3', 'A')]
  const logs: TestLogs = { 1: { '2026-03': ['a', 'a-2', 'a-3', 'b'].map((account) => ({ account })) } }
  const drawn = await draw(logs, split)
  t.match(drawn.coverage, { users: 2, withRecords: 2, need: 1, drawn: 1 })
  const reviewed = await draw({ 1: { '2026-03': [{ account: 'a-2' }] } }, [...split, row('c', 'C'), row('d', 'D')])
  t.match(reviewed.coverage, { users: 4, withRecords: 1, need: 2, reviews: 1 })
  t.notOk(
    reviewed.reviews.some(({ person }) => person === 'A'),
    'who has a record under another account is not reviewed',
  )
})

t.test('quota and coverage are met, whatever the records', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, async (logs) => {
      const { coverage, drawn, months, protection, reviews, skipped } = await draw(logs)
      for (const { digest, drawn: count, month, population, quota } of months) {
        const own = because({ drawn }, 'month').filter((each) => each.month === month)
        if (own.length !== count || count < Math.min(quota, population) || itemsDigest(own) !== digest) return false
      }
      const covered = new Set(because({ drawn }, 'coverage').map(({ person }) => person))
      const released = skipped.every(({ countedSeq, log }) => !drawn.some((each) => each.log === log && each.countedSeq === countedSeq))
      return (
        covered.size === coverage.drawn &&
        2 * (covered.size + reviews.length) >= coverage.users &&
        reviews.every(({ person }) => !covered.has(person)) &&
        because({ drawn }, 'protection').length === protection.records &&
        released
      )
    }),
    cases,
  )
})

t.test('an enlargement only adds: every record and every person of the smaller draw is in the larger', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, fc.nat(30), fc.nat(6), async (logs, items, persons) => {
      const smaller = await draw(logs)
      const larger = await draw(logs, rosterOf(10), { more: { items, persons } })
      const names = namesOf(larger.drawn)
      const covered = new Set([...because(larger, 'coverage').map(({ person }) => person), ...larger.reviews.map(({ person }) => person)])
      return (
        [...namesOf(smaller.drawn)].every((each) => names.has(each)) &&
        because(smaller, 'coverage').every(({ person }) => covered.has(person)) &&
        smaller.reviews.every(({ person }) => covered.has(person)) &&
        larger.months.every(({ drawn, population, quota }) => drawn === Math.min(population, quota + items))
      )
    }),
    cases,
  )
})

t.test('the sample is the union of independent draws: who asked changes nothing of the monthly one', async () => {
  await fc.assert(
    fc.asyncProperty(anyLogs, fc.nat(9), async (logs, nth) => {
      const others = Object.fromEntries(
        Object.entries(logs).map(([slot, months]) => [
          slot,
          Object.fromEntries(
            Object.entries(months).map(([month, own]) => [month, own.map((each) => ({ ...each, account: `user-${nth}` }))]),
          ),
        ]),
      )
      const [one, other] = [await draw(logs), await draw(others, rosterOf(3))]
      return one.months.every(({ digest }, at) => digest === other.months[at]?.digest)
    }),
    cases,
  )
})

t.test('nobody chooses by ids or places: the same numbers are drawn wherever records stand', async (t) => {
  await fc.assert(
    fc.asyncProperty(anyLogs, async (logs) => {
      const [here, there] = [frozen(logs), frozen(logs, (nth) => 17 + 5 * nth)]
      const [one, other] = [
        await drawSample(drawing(here.logs, rosterOf(10)), seed, here.store),
        await drawSample(drawing(there.logs, rosterOf(10)), seed, there.store),
      ]
      t.same(one.drawn.map(nameOf), other.drawn.map(nameOf))
    }),
    cases,
  )
})

t.test('months are drawn apart: what one holds changes nothing of another whose numbers are the same', async (t) => {
  const months = (last: number): TestLogs => ({
    1: {
      '2026-01': Array.from({ length: 250 }, () => ({ account: 'user-1' })),
      '2026-02': Array.from({ length: last }, () => ({ account: 'user-2' })),
    },
  })
  const [few, many] = [await draw(months(3)), await draw(months(900))]
  t.equal(few.months[0]?.digest, many.months[0]?.digest)
  t.equal(many.months[1]?.quota, 9)
})

t.test('what was never released does not count: the quota is of the others, and their numbers are passed over', async (t) => {
  const records = Array.from({ length: 300 }, (_, at) => ({ account: 'user-1', notReleased: at % 3 === 0 }))
  const drawn = await draw({ 1: { '2026-01': records } })
  t.match(drawn.months[0], { counted: 300, population: 200, quota: 2, records: 307 })
  t.equal(drawn.skipped.length, 100)
  t.match(drawn.skipped[0], { countedSeq: 1, index: 3, completion: 4, month: '2026-01' })
  const all = await draw({ 1: { '2026-01': records.map(({ account }) => ({ account })) } })
  const left = because(all, 'month').filter(({ countedSeq }) => countedSeq % 3 !== 1)
  const kept = namesOf(because(drawn, 'month'))
  t.ok(left.slice(0, 2).every((each) => kept.has(nameOf(each))) || left.length < 3, 'in order of the same tickets')
})

t.test('D-9 row: each row of a transfer is an item', async (t) => {
  const files = [{ account: 'user-1', mode: 'file', rows: 640 }, { account: 'user-2' }, { account: 'user-2', mode: 'file', rows: 0 }]
  const byRow = { ...parameters, 'D-9': 'row' }
  const drawn = await draw({ 1: { '2026-01': files } }, rosterOf(4), { parameters: byRow })
  t.match(drawn.months[0], { counted: 3, population: 642, quota: 7, drawn: 7 })
  t.match(drawn.transfers, [
    { countedSeq: 1, rows: 640 },
    { countedSeq: 3, rows: 1 },
  ])
  for (const { countedSeq, row } of drawn.drawn) t.equal(row !== undefined, countedSeq !== 2, 'a row is named where there are rows')
  t.match((await draw({ 1: { '2026-01': files } })).months[0], { population: 3, quota: 3 }, 'and by default a transfer is one')
})

t.test('D-17, D-9 row: a file about protection cases is audited as a whole, beside the rows that the quota takes', async (t) => {
  const files = [
    { account: 'user-1', api: 'protection', mode: 'file', rows: 300 },
    { account: 'user-2', mode: 'file', rows: 300 },
  ]
  const drawn = await draw({ 1: { '2026-01': files } }, rosterOf(4), { parameters: { ...parameters, 'D-9': 'row' } })
  t.match(drawn.protection, { drawn: 1, records: 1 })
  t.same(
    because(drawn, 'protection').map(({ countedSeq, row, why }) => [countedSeq, row, why.join()]),
    [[1, undefined, 'protection']],
  )
  t.ok(because(drawn, 'month').every(({ row }) => row !== undefined))
})

t.test('D-17: protection cases are audited to the per cent that is set', async (t) => {
  const records = Array.from({ length: 200 }, (_, at) =>
    at < 30 ? { account: 'user-1', api: 'protection' } : at < 40 ? { account: 'user-2', grant: 'lifted' } : { account: 'user-3' },
  )
  const all = await draw({ 1: { '2026-01': records } })
  t.match(all.protection, { drawn: 40, records: 40 })
  t.same(
    because(all, 'protection').map(({ countedSeq }) => countedSeq),
    Array.from({ length: 40 }, (_, at) => at + 1),
  )
  const some = await draw({ 1: { '2026-01': records } }, rosterOf(10), { parameters: { ...parameters, 'D-17': 31 } })
  t.match(some.protection, { drawn: 13, records: 40 })
})

t.test('R11b: of an unannounced audit of one person, nobody else is drawn', async (t) => {
  const logs = evenly(200, ['user-1', 'user-2', 'user-3', 'user-4'])
  const drawn = await draw(logs, rosterOf(10), { only: { accounts: ['user-2'] } })
  t.ok(drawn.drawn.every(({ user }) => user === 'user-2'))
  t.match(drawn.months[0], { counted: 200, population: 50, quota: 1 })
  t.match(drawn.coverage, { users: 1, withRecords: 1, need: 1, drawn: 1, reviews: 0 })
})

t.test('R11b: one person’s records are all of theirs, however the roster of that day spelt the account', async (t) => {
  const drawn = await draw(evenly(200, ['user-1', 'user-2', 'USER-2', 'ｕｓｅｒ－２']), rosterOf(10), { only: { accounts: ['user-2'] } })
  t.match(drawn.months[0], { counted: 200, population: 150, quota: 2 })
  t.match(drawn.coverage, { users: 1, withRecords: 1, need: 1, drawn: 1, reviews: 0 })
  t.equal(
    (await draw(evenly(200, ['user-1', 'Gone']), rosterOf(10), { only: { accounts: ['gone'] } })).months[0]?.population,
    100,
    'on no roster',
  )
})

t.test('where search lacks a record that the month entries count, nothing is drawn', async (t) => {
  const { logs, store } = frozen(evenly(20, ['user-1']))
  const lacking = { ...store, accounts: async () => new Map([['user-1', 19]]) }
  await t.rejects(drawSample(drawing(logs, rosterOf(10)), seed, lacking), { code: 'records-missing', message: /2026-01.* 19 [\s\S]*20/ })
  const without = { ...store, numbered: async () => [] }
  await t.rejects(drawSample(drawing(logs, rosterOf(10)), seed, without), { code: 'records-missing' })
})

t.test('inclusion is uniform within a month: chi-square of 1,000 seeds', async (t) => {
  const strata: Stratum[] = [
    { log: 'linkage.example/log/1', from: 101, to: 400, skipped: new Set(), rows: new Map() },
    { log: 'linkage.example/log/2', from: 7, to: 206, skipped: new Set(), rows: new Map() },
  ]
  const [seeds, wanted, items] = [1_000, 25, 500]
  const counts = new Map<string, number>()
  for (let nth = 0; nth < seeds; nth += 1)
    for (const { countedSeq, log } of drawLowest(sha256(`seed ${nth}`), agency, strata, wanted))
      counts.set(`${log} ${countedSeq}`, (counts.get(`${log} ${countedSeq}`) ?? 0) + 1)
  const expected = (seeds * wanted) / items
  let chiSquare = 0
  for (const { from, log, to } of strata)
    for (let number = from; number <= to; number += 1) chiSquare += ((counts.get(`${log} ${number}`) ?? 0) - expected) ** 2 / expected
  // Without replacement the statistic is smaller by (items − wanted) / (items − 1): 499 degrees of freedom, then 475 ± 3 × 30.
  t.ok(chiSquare > 385 && chiSquare < 565, `${chiSquare}`)
})
