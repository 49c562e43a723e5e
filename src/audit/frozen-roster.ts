// frozen-roster.ts: the roster of a freeze, from the bytes whose digest its entry has.
import { civilDate } from '../calendar.ts'
import type { RosterRow } from '../policy/snapshot.ts'

/** What of a row tells persons, their accounts and their days. */
export type UserRow = Pick<RosterRow, 'account' | 'from' | 'person' | 'until'>

/** What of a row a form prints besides. */
export type FrozenRow = UserRow & Pick<RosterRow, 'kind' | 'name' | 'stopReason' | 'title' | 'unit'>

/** An agency without a roster. */
export const noRoster = '[]'

/** @param bytes the canonical form of a roster's rows, cells by column
 *  @throws TypeError, SyntaxError, RangeError for other bytes */
export function frozenRoster(bytes: Uint8Array): readonly FrozenRow[] {
  const rows: readonly Readonly<Record<string, string>>[] = JSON.parse(new TextDecoder().decode(bytes))
  return rows.map((cells) => {
    const { 人員代號: person = '', 停用原因: stopReason = '', 啟用日: from = '', 帳號: account = '', 最後在職日: until = '' } = cells
    const { 單位: unit = '', 姓名: name = '', 職稱: title = '', 類別: kind } = cells
    return {
      account,
      person,
      name,
      unit,
      title,
      kind: kind === '系統' ? 'system' : 'person',
      from: civilDate(from),
      ...(until !== '' && { until: civilDate(until) }),
      ...(stopReason !== '' && { stopReason }),
    }
  })
}
