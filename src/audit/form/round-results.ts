// round-results.ts: what came of a round, as letters print it: counted from the step that recorded it.
import type { Results as RecordedResults } from '../../querylog/report-entry.ts'
import type { Results } from './audit-form.ts'

/** What auditors wrote of an item that is not 正常. */
export type ResultRow = Results['findings'][number]

/** @param drawn items of the sample
 *  @param findings rows of the document that the step names
 *  Rule 六(一)3: users are audited by a record of their own, or by 帳號清查 where there are no more with records. */
export function roundResults({ months, outcomes, users }: RecordedResults, drawn: number, findings: readonly ResultRow[] = []): Results {
  const audited = months.reduce((sum, each) => sum + each.audited, 0)
  return {
    audited: { users: users.audited + users.reviewed, records: audited },
    normal: outcomes.normal,
    abnormal: outcomes.abnormal,
    toExplain: outcomes.to_explain,
    open: Math.max(0, drawn - audited),
    findings,
  }
}
