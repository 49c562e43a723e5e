// month-draw.ts: a month's draw once more, from counted numbers and the seed alone: by other means than whoever drew.
import { createHash, createHmac, createSecretKey } from 'node:crypto'

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

export type CoverageTickets = (countedSeq: number) => Buffer

/** Tickets by which one record of each person is taken. */
export function coverageTickets(seed: Uint8Array, log: string, agency: string): CoverageTickets {
  const [key, beginning] = [createSecretKey(seed), prefixed('coverage', log, agency)]
  return (countedSeq) =>
    createHmac('sha256', key)
      .update(beginning)
      .update(u64([countedSeq]))
      .digest()
}

/** Of a transfer whose rows are items, the row with the smallest ticket. */
export function smallestRow(seed: Uint8Array, log: string, agency: string, countedSeq: number, rows: number): number {
  const [beginning, numbers] = [prefixed('row', log, agency), Array.from({ length: rows }, (_, at) => at + 1)]
  const ticketed = numbers.map((row) => ({
    row,
    ticket: createHmac('sha256', seed)
      .update(beginning)
      .update(u64([countedSeq, row]))
      .digest(),
  }))
  return ticketed.sort((one, other) => one.ticket.compare(other.ticket))[0]?.row ?? 1
}

/** Counted numbers of a month in one log. */
export interface Numbers {
  readonly log: string
  readonly from: number
  readonly to: number
  /** Of these alone, where only some records are audited. */
  readonly only: ReadonlySet<number> | undefined
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

/** The smallest tickets of a month, as many as are wanted; and how many items there are. */
export function drawMonth(
  seed: Uint8Array,
  agency: string,
  months: readonly Numbers[],
  wanted: number,
): { readonly items: readonly Item[]; readonly population: number } {
  const key = createSecretKey(seed)
  let smallest: Ticketed[] = []
  let [population, bound]: [number, Buffer | undefined] = [0, undefined]
  const sort = (): void => {
    smallest = smallest.sort(byTicket).slice(0, wanted)
    bound = smallest.length === wanted ? smallest.at(-1)?.ticket : undefined
  }
  const offer = (beginning: Buffer, item: Item, numbers: readonly number[]): void => {
    population += 1
    const ticket = createHmac('sha256', key).update(beginning).update(u64(numbers)).digest()
    if (bound !== undefined && ticket.compare(bound) > 0) return
    smallest.push({ ticket, item })
    if (smallest.length >= wanted + slack) sort()
  }
  for (const { from, log, only, rows, skipped, to } of months) {
    const [records, ofRows] = [prefixed('record', log, agency), prefixed('row', log, agency)]
    for (let number = from; number <= to; number += 1) {
      if (skipped.has(number) || only?.has(number) === false) continue
      const count = rows.get(number)
      if (count === undefined) offer(records, [log, number], [number])
      else for (let row = 1; row <= count; row += 1) offer(ofRows, [log, number, row], [number, row])
    }
  }
  sort()
  return { items: smallest.map(({ item }) => item), population }
}

/** SHA-256 of the items in order, RFC 8785: names of logs are ASCII, numbers whole. */
export const digestOf = (items: readonly Item[]): string =>
  createHash('sha256')
    .update(JSON.stringify(items.toSorted(inOrder)))
    .digest('hex')

/** Rule 六(一)3: 10,000 and more → 120; fewer → one in a hundred, rounded up; fewer than 5 → all. */
export function quotaOf(population: number): number {
  if (population < 5) return population
  return population < 10_000 ? Math.ceil(population / 100) : 120
}

/** Of late records: their own quota, or what the month lacks with them, as far as there are so many.
 *  @param before items that were drawn from earlier */
export const lateQuotaOf = (before: number, late: number): number =>
  Math.min(late, Math.max(quotaOf(late), quotaOf(before + late) - quotaOf(before)))
