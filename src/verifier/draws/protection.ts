// protection.ts: protection cases (D-17) of a population counted in its entries, and those that a draw took held against them.
import type { Fault } from '../finding.ts'
import type { CountedQuery } from './counted-query.ts'
import type { SampleList } from './list.ts'
import { type NumberTickets, numberTickets } from './month-draw.ts'
import type { Draw, Freeze } from './sample.ts'
import type { Step } from './seen.ts'

/** What a list drew of one month's cases. */
interface Listed {
  /** Those that no entry has borne out yet. */
  readonly left: Set<string>
  readonly drawn: number
  /** The largest ticket among them: whoever has a smaller one is drawn, too. */
  readonly bound: Buffer
  /** Some that would have been drawn before them. */
  readonly passedOver: string[]
}

/** Names that a finding tells. */
const shown = 3
const nameOf = ({ countedSeq, log, row }: { countedSeq: number; log: string; row?: number | undefined }): string =>
  `${log} ${countedSeq}${row === undefined ? '' : ` row ${row}`}`

/** Memory grows with what lists drew, not with how many cases there are. */
export class ProtectionCases {
  readonly #which: Freeze['protection']
  readonly #agency: string
  readonly #seed: Uint8Array
  readonly #tickets = new Map<string, NumberTickets>()
  /** By month. */
  readonly #counts = new Map<string, number>()
  /** By the draw whose list it is, then by month. */
  readonly #listed = new Map<string, ReadonlyMap<string, Listed>>()

  /** @param draws of the population under one seed, with their lists as far as they are to be had */
  constructor(
    { agency, protection }: Freeze,
    seed: Uint8Array,
    draws: readonly { readonly draw: Step<Draw>; readonly list: SampleList | undefined }[],
  ) {
    this.#which = protection
    this.#agency = agency
    this.#seed = seed
    for (const { draw, list } of draws) if (list !== undefined) this.#listed.set(draw.id, this.#listedIn(list))
  }

  /** A record that counts. */
  take(log: string, month: string, { api, countedSeq, grant }: CountedQuery): void {
    const { apis, grants } = this.#which
    if (!apis.includes(api) && !grants.includes(grant)) return
    this.#counts.set(month, 1 + (this.#counts.get(month) ?? 0))
    const name = nameOf({ countedSeq, log })
    for (const months of this.#listed.values()) {
      const listed = months.get(month)
      if (listed === undefined || listed.left.delete(name) || listed.passedOver.length === shown) continue
      if (this.#ticket(log, countedSeq).compare(listed.bound) < 0) listed.passedOver.push(name)
    }
  }

  /** Holds a draw against the cases that its population has. */
  *faults({ id, sample: { protection } }: Step<Draw>): Generator<Fault> {
    const due = (month: string): number => Math.floor(((this.#counts.get(month) ?? 0) * this.#which.percent + 99) / 100)
    const sum = (numbers: Iterable<number>): number => [...numbers].reduce((all, each) => all + each, 0)
    const [records, drawn] = [sum(this.#counts.values()), sum([...this.#counts.keys()].map(due))]
    const words = (of: { readonly drawn: number; readonly records: number }): string => `${of.drawn} of ${of.records} protection cases`
    if (words(protection) !== words({ drawn, records }))
      yield {
        code: 'sample-quota',
        found: words(protection),
        expected: `${words({ drawn, records })}, ${this.#which.percent} % of each month`,
      }
    const listed = this.#listed.get(id)
    if (listed === undefined) return
    for (const month of new Set([...this.#counts.keys(), ...listed.keys()])) {
      const { drawn = 0, left = new Set<string>(), passedOver = [] } = listed.get(month) ?? {}
      if (drawn === due(month) && left.size + passedOver.length === 0) continue
      const amid = (names: Iterable<string>): string => [...names].slice(0, shown).join(', ')
      yield {
        code: 'sample-draw',
        found: `${month}: ${drawn} protection cases${left.size === 0 ? '' : `, with ${amid(left)}`}`,
        expected: `${due(month)} of ${this.#counts.get(month) ?? 0}${passedOver.length === 0 ? '' : `, with ${amid(passedOver)}`}`,
      }
    }
  }

  #listedIn({ drawn }: SampleList): ReadonlyMap<string, Listed> {
    const cases = drawn.filter(({ why }) => why.includes('protection'))
    return new Map(
      [...Map.groupBy(cases, ({ month }) => month)].map(([month, own]) => {
        const tickets = own.map(({ countedSeq, log }) => this.#ticket(log, countedSeq))
        const bound = tickets.reduce((one, other) => (one.compare(other) < 0 ? other : one))
        const left = new Set(own.map(nameOf)) // each once, however often it is listed
        return [month, { left, drawn: left.size, bound, passedOver: [] }]
      }),
    )
  }

  #ticket(log: string, countedSeq: number): Buffer {
    const tickets = this.#tickets.get(log) ?? numberTickets(this.#seed, 'record', log, this.#agency)
    this.#tickets.set(log, tickets)
    return tickets(countedSeq)
  }
}
