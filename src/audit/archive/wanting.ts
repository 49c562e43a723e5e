// wanting.ts: what an archive lacks of what the regulation wants archived (六(一)7): the files of the audit, and its approval.
import type { Cases } from '../cases.ts'
import { showMonth } from '../form/wording.ts'
import { monthsOf } from '../period.ts'
import { type Round, roundWords } from '../rounds.ts'
import type { ArchiveFacts } from './archived.ts'

const approved: ReadonlySet<Round['state']> = new Set(['approved', 'sent', 'to-be-corrected', 'on-record', 'archived'])

/** In Chinese and English; empty where nothing is wanting. It is said, not refused: an agency that is gone has nobody who approves, and
 *  what there is of it is archived by the department.
 *  @param rounds of all agencies
 *  @param files how many were handed in */
export function wantingOf(
  { agency, period }: Pick<ArchiveFacts, 'agency' | 'period'>,
  rounds: Cases<Round>['cases'],
  files: number,
): readonly string[] {
  // An unannounced audit that the agency does not know of is not told on its discs.
  const own = [...rounds.values()].filter(
    (round) =>
      round.agency === agency.id &&
      round.state !== 'withdrawn' &&
      (round.audit === 'self-audit' || round.released !== undefined) &&
      round.from <= period.until &&
      round.until >= period.from,
  )
  const isApproved = (month: string): boolean =>
    own.some((round) => approved.has(round.state) && round.from <= month && month <= round.until)
  const open = monthsOf(period).filter((month) => !isApproved(month))
  const states = own.filter(({ state }) => !approved.has(state)).map(({ number, state }) => `${number} ${roundWords[state]}`)
  const stand = states.length === 0 ? '沒有稽核 no round' : states.join('、')
  return [
    ...(files === 0
      ? [
          '未附任何檔案：作業規定六（一）7 須併同稽核紀錄表、內部簽核公文歸檔 no file was handed in: the forms and the signed approval belong to it',
        ]
      : []),
    ...(open.length === 0
      ? []
      : [`${open.map(showMonth).join('、')} 之稽核尚未核定（${stand}） the audit of these months is not approved`]),
  ]
}
