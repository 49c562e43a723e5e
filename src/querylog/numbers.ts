// numbers.ts: agencies' running numbers, held against what was signed: the database keeps them, and by others we would sign a gap.
import { sha256Hex } from '../canonical.ts'
import type { AgencyNumbers } from './ports.ts'

/** What the mark keeps of them: equal for equal numbers, in whatever order. */
export function numbersDigest(agencies: ReadonlyMap<string, AgencyNumbers>): string {
  const rows = [...agencies]
    .map(([agency, n]) => [agency, n.records, n.counted, n.recordsBefore, n.countedBefore] as const)
    // An agency that had none stands nowhere.
    .filter(([, ...numbers]) => numbers.some((each) => each !== 0))
    .sort(([a], [b]) => (a < b ? -1 : 1))
  return sha256Hex(JSON.stringify(rows))
}

interface Count {
  readonly records: number
  readonly counted: number
}

const none: Count = { records: 0, counted: 0 }

/** Entries beyond a mark, counted: by them the numbers at the mark follow from those at the head. */
export class CountedBeyond {
  readonly #counts = new Map<string, Count>()
  /** Of the first turn: what was counted until then, and what the month that ended had of each agency. */
  #first: { readonly until: ReadonlyMap<string, Count>; readonly month: ReadonlyMap<string, Count> } | undefined
  /** What was counted until the last one. */
  #last: ReadonlyMap<string, Count> | undefined

  query(agency: string, counted: boolean): void {
    const before = this.#counts.get(agency) ?? none
    this.#counts.set(agency, { records: before.records + 1, counted: before.counted + (counted ? 1 : 0) })
  }

  /** @param agencies of the `month` entry */
  turn(agencies: readonly ({ readonly agency: string } & Count)[]): void {
    this.#last = new Map(this.#counts)
    this.#first ??= { until: this.#last, month: new Map(agencies.map((each) => [each.agency, each])) }
  }

  /** @param head numbers that are said to be those behind all that was counted
   *  @returns those at the mark, if it is so; undefined where it cannot be */
  before(head: ReadonlyMap<string, AgencyNumbers>): ReadonlyMap<string, AgencyNumbers> | undefined {
    if ([...this.#counts.keys()].some((agency) => !head.has(agency))) return undefined
    const marked = new Map<string, AgencyNumbers>()
    for (const [agency, now] of head) {
      const numbers = now.records > 0 ? this.#before(agency, now) : undefined
      if (numbers === undefined) return undefined
      marked.set(agency, numbers)
    }
    return marked
  }

  #before(agency: string, now: AgencyNumbers): AgencyNumbers | undefined {
    const since = this.#counts.get(agency) ?? none
    const [records, counted] = [now.records - since.records, now.counted - since.counted]
    if (this.#first === undefined) return { ...now, records, counted }
    const last = this.#last?.get(agency) ?? none
    if (now.recordsBefore !== records + last.records || now.countedBefore !== counted + last.counted) return undefined
    const [until, month] = [this.#first.until.get(agency) ?? none, this.#first.month.get(agency) ?? none]
    return {
      records,
      counted,
      recordsBefore: records + until.records - month.records,
      countedBefore: counted + until.counted - month.counted,
    }
  }
}
