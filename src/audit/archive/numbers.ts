// numbers.ts: an agency's running numbers in a log before a period begins, and at its end, as the log's `month` entries say.
import { monthOf as firstOfMonth } from '../../calendar.ts'
import type { StoredEntry } from '../../querylog/ports.ts'
import type { Period } from '../period.ts'

export interface Numbers {
  readonly records: number
  readonly counted: number
}

interface MonthEntry {
  readonly kind: string
  readonly at: string
  readonly ended: string
  readonly begins: string
  readonly agencies: readonly {
    readonly agency: string
    readonly records: number
    readonly records_to: number
    readonly counted: number
    readonly counted_to: number
  }[]
}

const none: Numbers = { records: 0, counted: 0 }

/** @param frame the opening and `month` entries of a log, in order
 *  @returns the last numbers before the period; undefined where the log had no entry in it, as far as its months say */
export function numbersBefore(frame: readonly StoredEntry[], agency: string, { from, until }: Period): Numbers | undefined {
  let before = none
  let open = ''
  for (const { entry } of frame) {
    const read: MonthEntry = JSON.parse(entry) // the writer's own entry
    if (read.kind === 'opening') open = firstOfMonth(Date.parse(read.at)).slice(0, 7)
    if (read.kind !== 'month') continue
    const of = read.agencies.find((each) => each.agency === agency)
    if (read.ended >= from && read.ended <= until)
      return of === undefined ? before : { records: of.records_to - of.records, counted: of.counted_to - of.counted }
    if (of !== undefined) before = { records: of.records_to, counted: of.counted_to }
    open = read.begins
  }
  return open >= from && open <= until ? before : undefined
}
