// quota.ts: how many of a month's query records, and how many of a period's users, an agency must audit.

/** Records that fall due for audit in one calendar month of Asia/Taipei. By month, never pooled; a minimum.
 *  @param counted items of the month that count (draw.ts: `population`), an integer ≥ 0
 *  @returns an integer, 0 ≤ quota ≤ counted
 *  @throws RangeError when `counted` is no integer or negative
 *  Rule 六(一)3: 10,000 and more → 120; fewer → 1 %; fewer than 5 → all. D-7: 1 % rounds up. */
export function monthlyQuota(counted: number): number {
  requireCount('records of a month', counted)
  if (counted < 5) return counted
  return counted < 10_000 ? Math.floor((counted + 99) / 100) : 120
}

/** Persons of a period who must be audited: ⌈users / 2⌉.
 *  @param users everyone on the roster on at least one day of the period, and everyone in the log (D-11), an integer ≥ 0
 *  @throws RangeError when `users` is no integer or negative
 *  Rule 六(一)3: half of all users of the audit period, those who left included. */
export function coverageNeed(users: number): number {
  requireCount('users of a period', users)
  return Math.floor((users + 1) / 2)
}

/** Whether enough persons were audited, in integers: 2 × audited ≥ users. Rule 六(一)3. */
export const isCovered = (users: number, audited: number): boolean => 2 * audited >= users

/** Records of a month that came to light after its draw: how many of them are drawn, so that the month's whole quota is met. Its own
 *  quota, or more where the late ones carry the month over the law's cliff (9,999 → 100, 10,000 → 120).
 *  @param before items that the first draw was of
 *  @param late items that were not among them
 *  @returns an integer, 0 ≤ quota ≤ late: where that is too few for the month, the first draw is to be enlarged by the rest */
export function supplementaryQuota(before: number, late: number): number {
  return Math.min(late, Math.max(monthlyQuota(late), monthlyQuota(before + late) - monthlyQuota(before)))
}

function requireCount(what: string, count: number): void {
  if (!Number.isSafeInteger(count) || count < 0) throw new RangeError(`${what}: expected an integer ≥ 0, found ${count}`)
}
