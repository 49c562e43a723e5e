// monthly.ts: the monthly draw: of all counted numbers of a month those with the smallest tickets. It needs `month` entries and the seed alone.
import { canonicalJson, type DigestHex, type Hash, sha256Hex } from '../canonical.ts'
import { RecordTickets, RowTickets, type Ticket } from './tickets.ts'

/** An agency's counted numbers of one month in one log. */
export interface Stratum {
  readonly log: string
  /** Counted numbers [from, to]. */
  readonly from: number
  readonly to: number
  /** Of these numbers alone, in order: where only some records are audited. */
  readonly only?: readonly number[] | undefined
  /** Of these, numbers that do not count: nothing of them was released. */
  readonly skipped: ReadonlySet<number>
  /** Of these, rows of transfers, each of which is an item (D-9 `row`). Empty: a transfer is one (`transfer`). */
  readonly rows: ReadonlyMap<number, number>
}

/** What is drawn: a counted number, or a row of it. */
export interface Item {
  readonly log: string
  readonly countedSeq: number
  readonly row?: number
}

const before = (one: Item, other: Item): number =>
  one.log === other.log ? one.countedSeq - other.countedSeq || (one.row ?? 0) - (other.row ?? 0) : one.log < other.log ? -1 : 1

/** By log, counted number, row. */
export const sortedItems = <T extends Item>(items: Iterable<T>): T[] => [...items].sort(before)

/** How many items there are to draw from. */
export function populationOf(strata: readonly Stratum[]): number {
  let population = 0
  for (const { from, only, rows, skipped, to } of strata) {
    population += (only?.length ?? to - from + 1) - skipped.size
    for (const [number, count] of rows) if (!skipped.has(number)) population += count - 1
  }
  return population
}

/** Items with the smallest tickets, by ticket; equal ones by log, number, row. So a draw of more holds every draw of fewer.
 *  @param wanted how many: fewer where there are not as many
 *  Memory grows with `wanted`, not with the population. */
export function drawLowest(seed: Hash, agency: string, strata: readonly Stratum[], wanted: number): readonly Item[] {
  const lowest = new Lowest(wanted)
  if (wanted > 0) for (const stratum of strata) offerAll(seed, agency, stratum, lowest)
  return lowest.inOrder()
}

function offerAll(seed: Hash, agency: string, { from, log, only, rows, skipped, to }: Stratum, lowest: Lowest): void {
  const records = new RecordTickets(seed, 'record', log, agency)
  const ofRows = new RowTickets(seed, log, agency)
  const offer = (countedSeq: number): void => {
    const count = rows.get(countedSeq)
    if (count === undefined) {
      const ticket = records.of(countedSeq)
      if (ticket <= lowest.bound && !skipped.has(countedSeq)) lowest.add(ticket, { log, countedSeq })
    } else if (!skipped.has(countedSeq))
      for (let row = 1; row <= count; row += 1) {
        const ticket = ofRows.of(countedSeq, row)
        if (ticket <= lowest.bound) lowest.add(ticket, { log, countedSeq, row })
      }
  }
  if (only === undefined) for (let number = from; number <= to; number += 1) offer(number)
  else for (const number of only) offer(number)
}

interface Ticketed {
  readonly ticket: Ticket
  readonly item: Item
}

const beforeTicket = (one: Ticketed, other: Ticketed): number =>
  one.ticket === other.ticket ? before(one.item, other.item) : one.ticket < other.ticket ? -1 : 1

/** Above every ticket. */
const noBound = '\uffff'

/** The smallest of what was added: a heap with the largest of them on top. */
class Lowest {
  readonly #most: number
  readonly #heap: Ticketed[] = []
  /** A ticket above it is not among the smallest. */
  bound: Ticket = noBound

  constructor(most: number) {
    this.#most = most
  }

  add(ticket: Ticket, item: Item): void {
    const added = { ticket, item }
    const [top] = this.#heap
    if (this.#heap.length < this.#most) this.#rise(this.#heap.push(added) - 1, added)
    else if (top !== undefined && beforeTicket(added, top) < 0) this.#sink(added)
    if (this.#heap.length === this.#most) this.bound = this.#heap[0]?.ticket ?? noBound
  }

  inOrder(): readonly Item[] {
    return this.#heap.toSorted(beforeTicket).map(({ item }) => item)
  }

  #rise(from: number, added: Ticketed): void {
    let at = from
    for (; at > 0; at = (at - 1) >> 1) {
      const above = this.#heap[(at - 1) >> 1]
      if (above === undefined || beforeTicket(above, added) > 0) break
      this.#heap[at] = above
    }
    this.#heap[at] = added
  }

  #sink(added: Ticketed): void {
    let at = 0
    for (;;) {
      const [left, right] = [this.#heap[2 * at + 1], this.#heap[2 * at + 2]]
      const larger = left !== undefined && right !== undefined && beforeTicket(left, right) < 0 ? right : left
      if (larger === undefined || beforeTicket(larger, added) < 0) break
      this.#heap[at] = larger
      at = larger === left ? 2 * at + 1 : 2 * at + 2
    }
    this.#heap[at] = added
  }
}

/** What stands of a month's draw in its entry: so that whoever draws again need not have the list. */
export function itemsDigest(items: readonly Item[]): DigestHex {
  const written = sortedItems(items).map(({ countedSeq, log, row }) => (row === undefined ? [log, countedSeq] : [log, countedSeq, row]))
  return sha256Hex(canonicalJson(written))
}
