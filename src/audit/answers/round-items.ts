// round-items.ts: the items of a draw, each with whose it is and the unit in which it is audited.
import type { Draw } from '../draw.ts'
import { type AuditForm, noUnit, type RecordId, unitOf } from '../form/audit-form.ts'
import { type AuditItem, recordKey, reviewKey } from './answer.ts'

/** @param form of the draw: it says under which unit each item stands */
export function itemsOf({ reviews, rows }: Pick<AuditForm, 'reviews' | 'rows'>, draw: Pick<Draw, 'drawn' | 'reviews'>): AuditItem[] {
  const units = new Map([
    ...rows.map((row): [string, string] => [recordKey(row.id), unitOf(row)]),
    ...reviews.map(({ account, unit }): [string, string] => [reviewKey(account), unit]),
  ])
  const unitOfKey = (key: string): string => units.get(key) ?? noUnit
  return [
    ...draw.drawn.map(({ index, log, month, person, row, user }): AuditItem => {
      const id: RecordId = { log, index, ...(row !== undefined && { row }) }
      const key = recordKey(id)
      return { list: '各筆', key, id, month, account: user, person, unit: unitOfKey(key) }
    }),
    ...draw.reviews.flatMap(({ accounts, person }) =>
      accounts.map((account): AuditItem => {
        const key = reviewKey(account)
        return { list: '清查', key, account, accounts, person, unit: unitOfKey(key) }
      }),
    ),
  ]
}
