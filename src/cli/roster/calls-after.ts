// calls-after.ts: last days that had passed when a roster learnt of them: the calls that were made since, to be confirmed as a finding (R6).
import { addDays, type CivilDate, civilDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { AuditorOptions } from '../auditor.ts'
import { findCalls } from '../log/find.ts'
import type { Output } from '../output.ts'
import type { Cells } from './listing.ts'

/** An account, and the days on which whoever used it was not in service. */
export interface OutOfService {
  readonly account: string
  readonly from: CivilDate
  readonly to: CivilDate
}

/** What an import says of days that are over, of whoever left, changed or joined: up to the day before the next row of the account, or to
 *  today. */
export function outOfService(before: readonly Cells[], after: readonly Cells[], today: CivilDate): readonly OutOfService[] {
  const known = new Set(before.map(rowOf))
  return after.flatMap((row): OutOfService[] => {
    if (row.最後在職日 === '' || row.最後在職日 >= today || known.has(rowOf(row))) return []
    const [next] = after
      .filter((each) => foldAccount(each.帳號) === foldAccount(row.帳號) && each.啟用日 > row.最後在職日)
      .map(({ 啟用日 }) => addDays(civilDate(啟用日), -1))
      .sort()
    const from = addDays(civilDate(row.最後在職日), 1)
    const to = next === undefined || next > today ? today : next
    return from <= to ? [{ account: row.帳號, from, to }] : []
  })
}

const rowOf = ({ 帳號, 啟用日, 最後在職日 }: Cells): string => JSON.stringify([foldAccount(帳號), 啟用日, 最後在職日])

/** Lists the calls of each, where an auditor asks: who reads records is recorded. To others it says how to ask. */
export async function tellCallsAfter(agency: string, all: readonly OutOfService[], options: AuditorOptions, output: Output): Promise<void> {
  if (all.length === 0) return
  output.write('最後在職日已過者，其後如有呼叫，應確認為異常 their last day had passed: calls after it are to be confirmed as a finding\n')
  if (options.key === undefined) {
    const commands = all.map(
      ({ account, from, to }) => `  linkage log find --agency ${agency} --account ${account} --from ${from} --to ${to}\n`,
    )
    output.write(
      `${commands.join('')}請稽核人員以 --key、--as、--reason 執行，匯入時加此三項則當場列出 an auditor runs these with --key, --as and --reason; given to the import, the calls are listed at once\n`,
    )
    return
  }
  for (const { account, from, to } of all) {
    output.write(`${account} ${from}–${to}\n`)
    await findCalls({ ...options, agency, account, from, to, most: '1000' }, output)
  }
}
