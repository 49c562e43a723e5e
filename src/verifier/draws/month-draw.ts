// month-draw.ts: a month's draw once more, from counted numbers and the seed alone: by other means than whoever drew.
import { createHash, createHmac, createSecretKey, type KeyObject } from 'node:crypto'

/** A counted number that does not count, since nothing of it was released. */
export interface Skipped {
  readonly countedSeq: number
  readonly index: number
  readonly completion: number
}

/** LP(x) = u32 big-endian length ‖ x. */
function prefixed(...parts: readonly (Uint8Array | string)[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const bytes = typeof part === 'string' ? Buffer.from(part) : part
      const length = Buffer.alloc(4)
      length.writeUInt32BE(bytes.length)
      return [length, bytes]
    }),
  )
}

const u64 = (numbers: readonly number[]): Buffer => {
  const bytes = Buffer.alloc(8 * numbers.length)
  for (const [at, number] of numbers.entries()) bytes.writeBigUInt64BE(BigInt(number), 8 * at)
  return bytes
}

/** SHA-256(LP("linkage-draw/v1") LP(leaf hash of the freeze) LP(randomness)). */
export const seedOf = (leaf: Uint8Array, randomness: string): Buffer =>
  createHash('sha256')
    .update(prefixed('linkage-draw/v1', leaf, randomness))
    .digest()

/** The ticket of a person, or of an account that no roster has. */
export const textTicket = (seed: Uint8Array, domain: 'account' | 'user', name: string): Buffer =>
  createHmac('sha256', seed).update(prefixed(domain, name)).digest()

export type NumberTickets = (countedSeq: number) => Buffer

/** Tickets of counted numbers: by `record` records are drawn of a month, by `coverage` one of each person. */
export function numberTickets(seed: Uint8Array, domain: 'coverage' | 'record', log: string, agency: string): NumberTickets {
  const [key, beginning] = [createSecretKey(seed), prefixed(domain, log, agency)]
  return (countedSeq) =>
    createHmac('sha256', key)
      .update(beginning)
      .update(u64([countedSeq]))
      .digest()
}

/** Of a transfer whose rows are items, the row with the smallest ticket. */
export function smallestRow(seed: Uint8Array, log: string, agency: string, countedSeq: number, rows: number): number {
  const beginning = prefixed('row', log, agency)
  let smallest: { readonly row: number; readonly ticket: Buffer } | undefined
  for (let row = 1; row <= rows; row += 1) {
    const ticket = createHmac('sha256', seed)
      .update(beginning)
      .update(u64([countedSeq, row]))
      .digest()
    if (smallest === undefined || ticket.compare(smallest.ticket) < 0) smallest = { row, ticket }
  }
  return smallest?.row ?? 1
}

/** Of so many items a draw is drawn again here: each has its ticket, and what says how many there are may be anybody's. An agency that asked
 *  thirty times a second throughout a year has fewer. */
export const mostItems = 2 ** 30

/** Counted numbers of a month in one log. */
export interface Numbers {
  readonly log: string
  readonly from: number
  readonly to: number
  readonly skipped: ReadonlySet<number>
  /** Rows of transfers, where each row is an item. */
  readonly rows: ReadonlyMap<number, number>
}

/** A log, a counted number, and maybe a row. */
export type Item = readonly [log: string, countedSeq: number, row?: number]

interface Ticketed {
  readonly ticket: Buffer
  readonly item: Item
}

const inOrder = ([log, number, row = 0]: Item, [otherLog, otherNumber, otherRow = 0]: Item): number =>
  log === otherLog ? number - otherNumber || row - otherRow : log < otherLog ? -1 : 1
const byTicket = (one: Ticketed, other: Ticketed): number => one.ticket.compare(other.ticket) || inOrder(one.item, other.item)

/** How much is kept beyond what is wanted before it is sorted out again. */
const slack = 4096

/** Of items that are offered one by one those with the smallest tickets: memory grows with how many are wanted, not with how many there are. */
export class SmallestItems {
  readonly #key: KeyObject
  readonly #agency: string
  readonly #wanted: number
  #smallest: Ticketed[] = []
  #bound: Buffer | undefined
  /** How many items were offered. */
  population = 0

  constructor(seed: Uint8Array, agency: string, wanted: number) {
    this.#key = createSecretKey(seed)
    this.#agency = agency
    this.#wanted = wanted
  }

  /** Offers numbers of a log; of a transfer whose rows are items each of its `rows`. */
  of(log: string): (countedSeq: number, rows: number | undefined) => void {
    const [records, ofRows] = [prefixed('record', log, this.#agency), prefixed('row', log, this.#agency)]
    return (number, rows) => {
      if (rows === undefined) this.#offer(records, [log, number], [number])
      else for (let row = 1; row <= rows; row += 1) this.#offer(ofRows, [log, number, row], [number, row])
    }
  }

  /** By ticket. */
  items(): readonly Item[] {
    this.#sort()
    return this.#smallest.map(({ item }) => item)
  }

  #offer(beginning: Buffer, item: Item, numbers: readonly number[]): void {
    this.population += 1
    const ticket = createHmac('sha256', this.#key).update(beginning).update(u64(numbers)).digest()
    if (this.#bound !== undefined && ticket.compare(this.#bound) > 0) return
    this.#smallest.push({ ticket, item })
    if (this.#smallest.length >= this.#wanted + slack) this.#sort()
  }

  #sort(): void {
    this.#smallest = this.#smallest.sort(byTicket).slice(0, this.#wanted)
    this.#bound = this.#smallest.length === this.#wanted ? this.#smallest.at(-1)?.ticket : undefined
  }
}

/** The smallest tickets of a month, as many as are wanted; and how many items there are. */
export function drawMonth(
  seed: Uint8Array,
  agency: string,
  months: readonly Numbers[],
  wanted: number,
): { readonly items: readonly Item[]; readonly population: number } {
  const smallest = new SmallestItems(seed, agency, wanted)
  for (const { from, log, rows, skipped, to } of months) {
    const offer = smallest.of(log)
    for (let number = from; number <= to; number += 1) if (!skipped.has(number)) offer(number, rows.get(number))
  }
  return { items: smallest.items(), population: smallest.population }
}

/** SHA-256 of the items in order, RFC 8785: names of logs are ASCII, numbers whole. */
export const digestOf = (items: readonly Item[]): string =>
  createHash('sha256')
    .update(JSON.stringify(items.toSorted(inOrder)))
    .digest('hex')
