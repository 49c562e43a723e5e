// unsaid.ts: what a list of users does not say of a row that the roster has: it is as the roster has it, a recorded stop above all.
import type { Cells } from './listing.ts'

export interface Unsaid {
  /** Columns that the list has. */
  readonly columns: ReadonlySet<string>
  /** What a recorded last day is to somebody whom the list gives none: it `stands`, a person took it `back`, or it is `over`: what begins
   *  now begins after it. */
  readonly stop: 'stands' | 'back' | 'over'
}

/** Cells of the list, and those of the roster where it is silent. R6: a stop is applied for, and so is its end: a list without a last day,
 *  in a column that is empty or not there, takes none away.
 *  @param row what the roster has; undefined for a user who is new to it */
export function withUnsaid(listed: Cells, row: Cells | undefined, { columns, stop }: Unsaid): Cells {
  if (row === undefined) return listed
  const lacking = (['職稱', '受託單位', '類別'] as const).filter((column) => !columns.has(column))
  const cells = { ...listed, ...Object.fromEntries(lacking.map((column) => [column, row[column]])) }
  if (stop === 'over') return cells
  if (listed.最後在職日 !== '') return { ...cells, 停用原因: listed.停用原因 || row.停用原因 }
  if (stop === 'back') return { ...cells, 停用原因: '' }
  return { ...cells, 最後在職日: row.最後在職日, 停用原因: row.停用原因 }
}
