// month-entry.ts: the turn of the month: what the month that ended came to, and by which keys and settings the log goes on.
import { type EntryId, formatVersion, type Given, type OtherHead, orderedHead } from './entry.ts'

/** One agency's numbers over the month that ended. */
export interface MonthNumbers {
  readonly agency: string
  readonly counted: number
  /** Last `counted_seq` of the month. */
  readonly countedTo: number
  readonly records: number
  readonly recordsTo: number
}

/** The turn of the month in Asia/Taipei: before the first entry of the month that begins. */
export interface MonthFacts {
  readonly id: EntryId
  readonly agencies: readonly MonthNumbers[]
  /** `2026-12` */
  readonly begins: string
  /** The month of the entry before this one: `2026-11`. */
  readonly ended: string
  readonly heads: readonly OtherHead[]
  readonly keyChange?: KeyChange | undefined
  readonly parameters: object
}

/** C2SP verifier keys: from this entry on both sign each checkpoint, from the next `month` entry on `to` alone. */
export interface KeyChange {
  readonly from: string
  readonly to: string
}

export function monthEntry(facts: MonthFacts, given: Given): string {
  return JSON.stringify({
    agencies: facts.agencies.map((each) => ({
      agency: each.agency,
      counted: each.counted,
      counted_to: each.countedTo,
      records: each.records,
      records_to: each.recordsTo,
    })),
    at: given.at,
    begins: facts.begins,
    clock: given.clock,
    ended: facts.ended,
    heads: facts.heads.map(orderedHead),
    id: facts.id,
    key_change: facts.keyChange && { from: facts.keyChange.from, to: facts.keyChange.to },
    kind: 'month',
    parameters: facts.parameters,
    v: formatVersion,
  })
}
