// roster-days.ts: who an account was on a day, and how it stands at the end of a period, by the roster that the draw froze (R6).
import type { CivilDate } from '../../calendar.ts'
import { foldAccount } from '../../identifier.ts'
import type { FrozenRow } from '../frozen-roster.ts'
import type { FormRow } from './audit-form.ts'

/** A roster by account, in any spelling. */
export class RosterDays {
  readonly #rows: ReadonlyMap<string, readonly FrozenRow[]>

  constructor(roster: Iterable<FrozenRow>) {
    const rows = Map.groupBy(roster, ({ account }) => foldAccount(account))
    this.#rows = new Map([...rows].map(([account, own]) => [account, own.toSorted((one, other) => (one.from < other.from ? -1 : 1))]))
  }

  /** Rows of an account, in the order of their first days. */
  rowsOf(account: string): readonly FrozenRow[] {
    return this.#rows.get(foldAccount(account)) ?? []
  }

  /** The row that held on a day. */
  on(account: string, day: CivilDate): FrozenRow | undefined {
    return this.rowsOf(account).find(({ from, until }) => from <= day && day <= (until ?? day))
  }

  /** The last row that began in a period or before, whether it still held at the end or not: of an account that is reviewed.
   *  @param last the period's last day */
  lastOf(account: string, last: CivilDate): FrozenRow | undefined {
    return this.rowsOf(account).findLast(({ from }) => from <= last)
  }

  /** The account at the end of a period: who left it, and why, where nobody had it then.
   *  @param last the period's last day */
  serviceAt(account: string, last: CivilDate): FormRow['service'] {
    const row = this.lastOf(account, last)
    if (row?.until === undefined || row.until > last) return {}
    return { left: row.until, ...(row.stopReason !== undefined && { reason: row.stopReason }) }
  }
}
