// results-of.ts: a results document of a round, made by hand: what its rows come to is counted here, so that a test can say otherwise.
import { monthsOf } from '../../../src/audit/period.ts'

/** A record with a result. */
export interface ResultOf {
  readonly log: string
  readonly index: number
  readonly user: string
  readonly unit: string
  /** 正常 where it is not given. */
  readonly result?: string
  readonly about?: string
}

export interface ResultsOf {
  readonly round: string
  readonly samples: readonly string[]
  /** Of the first month. */
  readonly drawn: number
  readonly records: readonly ResultOf[]
  /** What was drawn and has no result. */
  readonly open: {
    readonly items: readonly Omit<ResultOf, 'user'>[]
    readonly reviews: readonly { readonly account: string; readonly unit: string }[]
  }
  /** Accounts of as many persons, and their units. */
  readonly reviews: readonly { readonly account: string; readonly unit: string }[]
  readonly users: { readonly total: number; readonly with_records: number }
  /** `2026-07-20` */
  readonly day: string
}

/** @param said members in place of the right ones */
export function resultsOf({ day, drawn, open, records, reviews, round, samples, users }: ResultsOf, said: object = {}): string {
  const cells = { day, auditor: '陳大文' }
  const count = (word: string): number => records.filter(({ result = '正常' }) => result === word).length
  return JSON.stringify({
    v: 1,
    round,
    samples,
    months: monthsOf({ from: '2026-01', until: '2026-06' }).map((month, at) => ({
      audited: at === 0 ? records.length : 0,
      month,
      population: at === 0 ? drawn : 0,
      quota: at === 0 ? drawn : 0,
    })),
    outcomes: { abnormal: count('異常'), normal: count('正常'), to_explain: count('待說明') },
    users: { audited: new Set(records.map(({ user }) => user)).size, reviewed: reviews.length, ...users },
    items: records.map(({ about, index, log, result = '正常', unit }) => ({
      log,
      index,
      unit,
      match: '相符',
      beyond_need: '否',
      result,
      ...(about !== undefined && { about }),
      ...cells,
    })),
    reviews: reviews.map((each) => ({ ...each, needed: '是', shared: '否', result: '正常', ...cells })),
    open,
    ...said,
  })
}
