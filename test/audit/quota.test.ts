// quota.test.ts: 六(一)3: how much is audited, with every edge case of the law's numbers.
import fc from 'fast-check'
import t from 'tap'
import { coverageNeed, isCovered, monthlyQuota, supplementaryQuota } from '../../src/audit/quota.ts'

t.test('六(一)3: fewer than five records a month are all audited', async (t) => {
  for (const counted of [0, 1, 2, 3, 4]) t.equal(monthlyQuota(counted), counted)
})

t.test('六(一)3: below ten thousand, one in a hundred, rounded up (D-7)', async (t) => {
  for (const [counted, quota] of [
    [5, 1],
    [99, 1],
    [100, 1],
    [101, 2],
    [150, 2],
    [300, 3],
    [1_700, 17],
    [9_900, 99],
    [9_901, 100],
    [9_999, 100],
  ] as const)
    t.equal(monthlyQuota(counted), quota, `${counted}`)
})

t.test('六(一)3: from ten thousand on, one hundred and twenty', async (t) => {
  for (const counted of [10_000, 10_001, 15_000, 1_000_000, Number.MAX_SAFE_INTEGER]) t.equal(monthlyQuota(counted), 120)
})

t.test('六(一)3: by month, never pooled', async (t) => {
  const sum = (months: readonly number[]): number => months.reduce((all, counted) => all + monthlyQuota(counted), 0)
  t.equal(sum(Array(6).fill(1_700)), 102, 'and not 120')
  t.equal(sum(Array(6).fill(3)), 18, 'and not 1')
  t.equal(sum(Array(6).fill(15_000)), 720)
  t.equal(sum(Array(6).fill(300)), 18, 'where 60 users need 30')
})

t.test('六(一)3: half of the users, rounded up: twice the audited is at least all', async (t) => {
  for (const [users, need] of [
    [0, 0],
    [1, 1],
    [2, 1],
    [3, 2],
    [5, 3],
    [7, 4],
    [10, 5],
    [11, 6],
    [60, 30],
    [101, 51],
  ] as const) {
    t.equal(coverageNeed(users), need, `${users}`)
    t.ok(isCovered(users, need))
    if (need > 0) t.notOk(isCovered(users, need - 1))
  }
})

t.test('a quota never exceeds the records there are, and is a whole number', async () => {
  fc.assert(
    fc.property(fc.nat(20_000), (counted) => {
      const quota = monthlyQuota(counted)
      return Number.isInteger(quota) && quota <= counted && (counted === 0 || quota > 0) && (counted >= 10_000 || quota * 100 >= counted)
    }),
  )
})

t.test('what is no number of records is refused', async (t) => {
  for (const count of [-1, 0.5, Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53]) {
    t.throws(() => monthlyQuota(count), RangeError)
    t.throws(() => coverageNeed(count), RangeError)
  }
})

t.test('late records: their own quota, or what the month lacks, as far as there are any', async (t) => {
  for (const [before, late, drawn] of [
    [4, 1, 1],
    [100, 0, 0],
    [100, 1, 1],
    [9_999, 1, 1],
    [9_999, 50, 20],
    [10_000, 500, 5],
    [0, 12_000, 120],
  ] as const)
    t.equal(supplementaryQuota(before, late), drawn, `${late} behind ${before}`)
  fc.assert(
    fc.property(fc.nat(12_000), fc.nat(12_000), (before, late) => {
      const drawn = supplementaryQuota(before, late)
      return drawn === late || monthlyQuota(before) + drawn >= monthlyQuota(before + late)
    }),
  )
})
