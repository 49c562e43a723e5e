// quota.ts: how many items of a month the law asks for, by other means than whoever drew.
/** Rule 六(一)3: 10,000 and more → 120; fewer → one in a hundred, rounded up; fewer than 5 → all. */
export function quotaOf(population: number): number {
  if (population < 5) return population
  return population < 10_000 ? Math.ceil(population / 100) : 120
}

/** Of late records: their own quota, or what the month lacks with them, as far as there are so many.
 *  @param before items that were drawn from earlier */
export const lateQuotaOf = (before: number, late: number): number =>
  Math.min(late, Math.max(quotaOf(late), quotaOf(before + late) - quotaOf(before)))
