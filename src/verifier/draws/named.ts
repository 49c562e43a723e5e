// named.ts: of an audit of one person's records, or of those about one subject, which these are: from the entries, whatever a list says.
import type { Fault } from '../finding.ts'
import type { CountedQuery } from './counted-query.ts'
import type { SampleList } from './list.ts'
import { type Item, SmallestItems } from './month-draw.ts'
import type { Roster } from './persons.ts'
import type { Draw, Freeze } from './sample.ts'
import type { Step } from './seen.ts'
import type { Transfers } from './transfers.ts'

/** Numbers of one log that a list names, held one by one against those of the entries: both ascend. */
class ListedNumbers {
  readonly #numbers: readonly number[]
  #next = 0
  readonly #more: number[] = []
  readonly #less: number[] = []

  constructor(numbers: readonly number[]) {
    this.#numbers = numbers
  }

  take(number: number): void {
    this.#passTo(number)
    if (this.#numbers[this.#next] === number) this.#next += 1
    else if (this.#less.length < shown) this.#less.push(number)
  }

  /** @returns some numbers that only the list names, and some that only the entries give */
  end(): { readonly more: readonly number[]; readonly less: readonly number[] } {
    this.#passTo(Number.POSITIVE_INFINITY)
    return { more: this.#more, less: this.#less }
  }

  #passTo(number: number): void {
    for (; (this.#numbers[this.#next] ?? number) < number; this.#next += 1)
      if (this.#more.length < shown) this.#more.push(this.#numbers[this.#next] ?? 0)
  }
}

/** Numbers that a finding names. */
const shown = 3

/** The records that a filter names: each month's drawn again, and the numbers of lists held against them. Memory grows with what is drawn. */
export class NamedRecords {
  readonly #user: string | undefined
  readonly #subject: string | undefined
  readonly #roster: Roster | undefined
  readonly #isOfUser = new Map<string, boolean>()
  readonly #months: ReadonlyMap<string, SmallestItems>
  readonly #offers = new Map<string, (countedSeq: number, rows: number | undefined) => void>()
  readonly #transfers: Transfers | undefined
  /** Transfers whose rows are items: how many each has is known behind its completion. */
  readonly #waiting: { readonly log: string; readonly month: string; readonly countedSeq: number }[] = []
  /** By the draw whose list it is, then by log. */
  readonly #listed = new Map<string, ReadonlyMap<string, ListedNumbers>>()

  /** @param roster that is frozen; undefined where it is not to be had: then it is not known which accounts are one person's
   *  @param transfers where each row of them is an item
   *  @param draws of the population under one seed, with their lists as far as they are to be had */
  constructor(
    { agency, subject, user }: Freeze,
    seed: Uint8Array,
    roster: Roster | undefined,
    transfers: Transfers | undefined,
    draws: readonly { readonly draw: Step<Draw>; readonly list: SampleList | undefined }[],
  ) {
    this.#subject = subject
    this.#user = user
    this.#roster = roster
    const wanted = new Map<string, number>()
    for (const { draw } of draws)
      for (const { drawn, month } of draw.sample.months) wanted.set(month, Math.max(drawn, wanted.get(month) ?? 0))
    this.#months = new Map([...wanted].map(([month, drawn]) => [month, new SmallestItems(seed, agency, drawn)]))
    this.#transfers = transfers
    for (const { draw, list } of draws)
      if (list !== undefined) this.#listed.set(draw.id, new Map([...list.only].map(([log, numbers]) => [log, new ListedNumbers(numbers)])))
  }

  /** Whether it is known which records are meant. */
  get isKnown(): boolean {
    return this.#user === undefined || this.#roster !== undefined
  }

  isOf({ subject, user }: CountedQuery): boolean {
    return (this.#subject === undefined || subject === this.#subject) && this.#isOfPerson(user)
  }

  /** A record of the population, in the order of its log.
   *  @param counts whether anything of it was released */
  take(log: string, month: string, countedSeq: number, counts: boolean): void {
    for (const lists of this.#listed.values()) lists.get(log)?.take(countedSeq)
    if (!counts) return
    if (this.#transfers?.of(log).has(countedSeq) === true) this.#waiting.push({ log, month, countedSeq })
    else this.#offer(log, month)(countedSeq, undefined)
  }

  /** A month drawn again, as many as are wanted of it; once all records are taken. */
  drawn(month: string, wanted: number): { readonly items: readonly Item[]; readonly population: number } {
    for (const { countedSeq, log, month } of this.#waiting.splice(0))
      this.#offer(log, month)(countedSeq, this.#transfers?.of(log).get(countedSeq))
    const smallest = this.#months.get(month)
    return { items: smallest?.items().slice(0, wanted) ?? [], population: smallest?.population ?? 0 }
  }

  /** What the list of a draw names otherwise than the entries do. */
  *faults(draw: Step<Draw>, { logs }: Freeze): Generator<Fault> {
    const lists = this.#listed.get(draw.id)
    if (lists === undefined) return
    for (const { log, months } of logs) {
      if (months.every(({ counted }) => counted === 0)) continue
      const own = lists.get(log)
      const { less, more } = own?.end() ?? { more: [], less: [] }
      const says = (numbers: readonly number[]): string => (numbers.length === 0 ? 'no others' : numbers.join(', '))
      if (own === undefined) yield { code: 'sample-list', found: `no numbers of ${log}`, expected: 'those of the records that are audited' }
      else if (more.length + less.length > 0)
        yield {
          code: 'sample-list',
          found: `${log}: ${says(more)} among the records of ${this.#who}`,
          expected: `${says(less)}, as the entries say`,
        }
    }
    const strange = [...lists.keys()].filter((log) => !logs.some((each) => each.log === log))
    if (strange.length > 0) yield { code: 'sample-list', found: `numbers of ${strange[0]}`, expected: 'of logs that are frozen' }
  }

  get #who(): string {
    return [this.#user, this.#subject].filter((each) => each !== undefined).join(' about ')
  }

  #isOfPerson(user: string): boolean {
    const [person, roster] = [this.#user, this.#roster]
    if (person === undefined) return true
    const known = this.#isOfUser.get(user) ?? roster?.of(user) === roster?.of(person)
    this.#isOfUser.set(user, known)
    return known
  }

  #offer(log: string, month: string): (countedSeq: number, rows: number | undefined) => void {
    const name = `${log} ${month}`
    const offer = this.#offers.get(name) ?? this.#months.get(month)?.of(log) ?? (() => undefined)
    this.#offers.set(name, offer)
    return offer
  }
}
