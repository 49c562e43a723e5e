// freezing.ts: the population of a draw as `month` entries give it: which counted numbers of an agency each log holds, month by month.
import type { FrozenLog, FrozenMonth } from '../querylog/sample-entry.ts'
import type { MonthName, Period } from './period.ts'

/** What a `month` entry says of an agency. */
export interface Turn {
  /** Of the entry. */
  readonly index: number
  readonly ended: MonthName
  readonly begins: MonthName
  /** Absent where the agency never had a record in this log. */
  readonly numbers?: Omit<FrozenMonth, 'index' | 'month'> | undefined
}

/** A log of the department as it is to be frozen. */
export interface StandingLog {
  readonly slot: string
  readonly log: string
  /** The newest signed head; of a log that ended, the last. */
  readonly size: number
  /** Standard base64. */
  readonly root: string
  /** Month of its first entry. */
  readonly begins: MonthName
  /** Those below `size`, in order. */
  readonly turns: readonly Turn[]
  /** Of a log that ended: what its entries behind the last turn hold of the agency. */
  readonly rest?: Turn['numbers']
  readonly ended: boolean
  /** Parameters of draws as it committed them before the period began, or in its opening where it began later. */
  readonly committed: unknown
}

/** A log that has not entered the turn of a month of the period: its last numbers are not known. */
export interface OpenMonth {
  readonly slot: string
  readonly month: MonthName
}

/** The numbers of a log over a period. A log that sleeps since before the period has none of it: should it wake, its next entry is the turn
 *  of a later month. One that fell asleep within it may hold more than its last `month` entry says, and has to enter the turn, or end. */
export function freezeLog({ begins, ended, log, rest, root, size, slot, turns }: StandingLog, period: Period): FrozenLog | OpenMonth {
  const within = (month: MonthName): boolean => month >= period.from && month <= period.until
  const last = turns.at(-1)?.begins ?? begins
  if (!ended && within(last)) return { slot, month: last }
  const months = turns
    .filter((turn) => within(turn.ended))
    .flatMap(({ ended: month, index, numbers }): FrozenMonth[] => (has(numbers) ? [{ ...numbers, index, month }] : []))
  if (ended && within(last) && has(rest)) months.push({ ...rest, month: last })
  return { log, months, root, size, slot }
}

const has = (numbers: Turn['numbers']): numbers is NonNullable<Turn['numbers']> => numbers !== undefined && numbers.records > 0

/** What stands in `now` beyond what was frozen before: of each log and month the numbers behind the last one that was. */
export function lateIn(now: readonly FrozenLog[], before: readonly (readonly FrozenLog[])[]): readonly FrozenLog[] {
  const frozen = (log: string, month: string): readonly FrozenMonth[] =>
    before.flatMap((logs) => logs.filter((each) => each.log === log).flatMap(({ months }) => months.filter((each) => each.month === month)))
  return now.map(({ months, ...log }) => ({
    ...log,
    months: months.flatMap(({ counted, records, ...month }): FrozenMonth[] => {
      const known = frozen(log.log, month.month)
      const late = {
        counted: counted - known.reduce((sum, each) => sum + each.counted, 0),
        records: records - known.reduce((sum, each) => sum + each.records, 0),
      }
      return late.counted > 0 ? [{ ...month, ...late }] : []
    }),
  }))
}
