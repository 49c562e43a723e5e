// month-faults.ts: what a draw states of its months, held against what was frozen, the law's quotas and what comes out here.
import type { Fault } from '../finding.ts'
import type { Earlier } from './coverage.ts'
import { monthsOf } from './frozen.ts'
import { lateQuotaOf, quotaOf } from './quota.ts'
import type { Redrawn } from './redraw.ts'
import type { Draw, Freeze } from './sample.ts'

export const otherMonths = ({ months }: Draw, freeze: Freeze): Fault => ({
  code: 'sample-quota',
  found: months.map(({ month }) => month).join(', '),
  expected: monthsOf(freeze).join(', '),
})

export function* monthFaults({ more }: Draw, { logs }: Freeze, redrawn: Redrawn, earlier: Earlier | undefined): Generator<Fault> {
  const { digest, month, population, stated, unable } = redrawn
  if (stated === undefined) {
    yield { code: 'sample-quota', found: `nothing of ${month}`, expected: 'every month of the period' }
    return
  }
  const frozen = logs.flatMap(({ months }) => months.filter((each) => each.month === month))
  const counted = frozen.reduce((sum, each) => sum + each.counted, 0)
  const records = frozen.reduce((sum, each) => sum + each.records, 0)
  if (stated.counted !== counted || stated.records !== records)
    yield {
      code: 'sample-population',
      found: `${month}: ${stated.counted} counted of ${stated.records}`,
      expected: `${counted} of ${records}, as frozen`,
    }
  if (unable !== undefined) return
  if (stated.population !== population)
    yield { code: 'sample-population', found: `${month}: ${stated.population} items`, expected: String(population) }
  const quota = earlier === undefined ? quotaOf(population) : lateQuotaOf(earlier.populations.get(month) ?? 0, population)
  const drawn = Math.min(population, quota + more.items)
  if (stated.quota !== quota || stated.drawn !== drawn)
    yield { code: 'sample-quota', found: `${month}: quota ${stated.quota}, drawn ${stated.drawn}`, expected: `${quota}, drawn ${drawn}` }
  if (stated.digest !== digest) yield { code: 'sample-draw', found: `${month}: ${stated.digest}`, expected: digest }
}
