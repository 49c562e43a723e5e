// results.ts: whether what was audited is as much as the law asks: a round is approved only then (六(一)3, R12).
import type { Results } from '../querylog/report-entry.ts'
import { coverageNeed, monthlyQuota } from './quota.ts'
import { StepRefused } from './step-refusal.ts'

/** A month in which too few items have a result. */
export interface Shortfall {
  readonly month: string
  readonly audited: number
  readonly quota: number
}

/** Months that do not meet their quota. A quota is a minimum: one below the law's counts as the law's. */
export function shortfalls({ months }: Results): readonly Shortfall[] {
  return months.flatMap(({ audited, month, population, quota: drawn }) => {
    const quota = Math.max(drawn, monthlyQuota(population))
    return audited < quota ? [{ month, audited, quota }] : []
  })
}

/** How the users of a round were covered. */
export interface Coverage {
  /** ⌈total / 2⌉ */
  readonly need: number
  /** Of those, so many must have a result for a record of their own: accounts are reviewed only where there are no more with records. */
  readonly byRecords: number
  readonly met: boolean
}

/** 六(一)3: at least half of all users of the period; records first, account reviews (帳號清查) for the rest. */
export function coverageOf({ users: { audited, reviewed, total, with_records } }: Results): Coverage {
  const need = coverageNeed(total)
  const byRecords = Math.min(need, with_records)
  return { need, byRecords, met: audited >= byRecords && audited + reviewed >= need }
}

/** Holds results against quota and coverage.
 *  @throws StepRefused that names each month and what is missing */
export function requireResults(number: string, results: Results | undefined): void {
  if (results === undefined) throw new StepRefused('quota-unmet', `${number} 尚無稽核結果。`, `${number} has no results yet.`)
  const short = shortfalls(results)
  if (short.length > 0)
    throw new StepRefused(
      'quota-unmet',
      `${number} 尚未達每月應抽查件數：${short.map(({ audited, month, quota }) => `${month} 已稽核 ${audited}／應 ${quota} 件`).join('，')}。`,
      `Audited items do not meet the quota of each month: ${short.map(({ audited, month, quota }) => `${month} ${audited} of ${quota}`).join(', ')}.`,
    )
  const { byRecords, met, need } = coverageOf(results)
  const { audited, reviewed, total } = results.users
  if (!met)
    throw new StepRefused(
      'coverage-unmet',
      `${number} 尚未達半數使用者：總使用人數 ${total}，應稽核 ${need} 人（其中 ${byRecords} 人須有紀錄之結果），已稽核 ${audited} 人，帳號清查 ${reviewed} 人。`,
      `Audited users do not cover half: ${need} of ${total} are needed, ${byRecords} of them by a record; ${audited} were audited and ${reviewed} reviewed.`,
    )
}
