// round-results.ts: what came of a round, as letters print it: counted from the step that recorded it.
import type { Results as RecordedResults } from '../../querylog/report-entry.ts'
import type { notable } from '../answers/results-document.ts'
import type { Results } from './audit-form.ts'

/** Rule 六(一)3: users are audited by a record of their own, or by 帳號清查 where there are no more with records.
 *  @param drawn items of the sample
 *  @param named rows of the document that the step names */
export function roundResults(
  { months, open, outcomes, users }: RecordedResults,
  drawn: number,
  named: ReturnType<typeof notable> = { notNormal: [], open: [] },
): Results {
  const audited = months.reduce((sum, each) => sum + each.audited, 0)
  return {
    audited: { users: users.audited + users.reviewed, records: audited },
    normal: outcomes.normal,
    abnormal: outcomes.abnormal,
    toExplain: outcomes.to_explain,
    // Steps that earlier versions wrote do not say it.
    open: open?.items ?? Math.max(0, drawn - audited),
    findings: named.notNormal,
    openRows: named.open,
  }
}
