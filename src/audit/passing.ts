// passing.ts: what a draw reads of the records beside their numbers: who has some, one of each person drawn, and where those drawn stand.
import type { Hash } from '../canonical.ts'
import type { FrozenLog } from '../querylog/sample-entry.ts'
import type { DrawnRecord } from './draw.ts'
import type { Item } from './monthly.ts'
import type { Person, Persons } from './persons.ts'
import type { CountedRecord, CountedStore } from './ports.ts'
import { isFiltered, monthSpans, type Population, type Strata, spanOf } from './strata.ts'
import { RecordTickets, type Ticket } from './tickets.ts'

/** A record, and whose. */
export type Place = Omit<DrawnRecord, 'row' | 'why'>

/** The search columns do not have the records whose numbers the `month` entries give. */
export class RecordsMissing extends Error {
  readonly code = 'records-missing'
}

/** Persons with a record that counts. Whoever has a counted number appears in the log, and so is a user, whatever became of the answer.
 *  @param persons told of who appears
 *  @throws RecordsMissing; what the store throws */
export async function personsWithRecords(
  population: Population,
  store: CountedStore,
  { skipped }: Strata,
  persons: Persons,
): Promise<ReadonlySet<Person>> {
  const counting = new Map<Person, number>()
  const add = (account: string, count: number): void => {
    const person = persons.appears(account)
    counting.set(person, (counting.get(person) ?? 0) + count)
  }
  for (const frozen of population.logs) {
    for (const span of monthSpans(population, frozen)) {
      const accounts = await store.accounts(span, population.only)
      for (const [account, count] of accounts) add(account, count)
      const found = [...accounts.values()].reduce((sum, count) => sum + count, 0)
      if (!isFiltered(population) && found !== span.to - span.from + 1) throw missing(frozen, population.agency, span, found)
    }
  }
  for (const { account } of skipped) add(account, -1)
  return new Set([...counting].filter(([, count]) => count > 0).map(([person]) => person))
}

function missing(
  { log, slot }: FrozenLog,
  agency: string,
  { from, month, to }: ReturnType<typeof monthSpans>[number],
  found: number,
): RecordsMissing {
  return new RecordsMissing(
    `${log} ${month}：查詢欄位有 ${found} 筆計次紀錄，換月紀錄為第 ${from} 至 ${to} 號，共 ${to - from + 1} 筆（${agency}）。請先 linkage log verify --slot ${slot}。\n` +
      `${log} ${month}: search has ${found} counted records of ${agency}, and the month entry gives numbers ${from} to ${to}: ${to - from + 1}. Run linkage log verify --slot ${slot} first.`,
  )
}

/** Of each of some persons the record with the smallest ticket of a domain of its own. Memory grows with persons, not with records.
 *  @throws what the store throws */
export async function smallestOf(
  chosen: readonly Person[],
  persons: Persons,
  population: Population,
  seed: Hash,
  store: CountedStore,
  { skipped }: Strata,
): Promise<ReadonlyMap<Person, Place>> {
  const smallest = new Map<Person, Place & { readonly ticket: Ticket }>()
  const owners = new Map(chosen.flatMap((person) => persons.spellingsOf(person).map((account) => [account, person])))
  const accounts = [...owners.keys()]
  for (const frozen of population.logs) {
    const span = spanOf(population, frozen)
    if (span === undefined || accounts.length === 0) continue
    const passedOver = numbersOf(skipped, frozen.log)
    const tickets = new RecordTickets(seed, 'coverage', frozen.log, population.agency)
    for await (const chunk of store.records(span, { ...population.only, accounts })) {
      for (const record of chunk) {
        const person = owners.get(record.account)
        if (person === undefined || passedOver.has(record.countedSeq)) continue
        const ticket = tickets.of(record.countedSeq)
        const before = smallest.get(person)
        if (before === undefined || ticket < before.ticket) smallest.set(person, { ...placeOf(frozen, record, person), ticket })
      }
    }
  }
  return smallest
}

const numbersOf = (skipped: Strata['skipped'], log: string): ReadonlySet<number> =>
  new Set(skipped.filter((each) => each.log === log).map(({ countedSeq }) => countedSeq))

function placeOf({ log, months }: FrozenLog, { account, countedSeq, index }: CountedRecord, { person }: Person): Place {
  const month = months.find(({ countedTo }) => countedSeq <= countedTo)?.month ?? ''
  return { countedSeq, index, log, month, user: account, ...(person !== undefined && { person }) }
}

/** Where drawn items stand, in their order.
 *  @throws RecordsMissing; what the store throws */
export async function placesOf(
  items: readonly Item[],
  population: Population,
  store: CountedStore,
  persons: Persons,
): Promise<readonly (Place & { readonly row?: number })[]> {
  const places = new Map<string, Place>()
  for (const frozen of population.logs) {
    const span = spanOf(population, frozen)
    const numbers = [...new Set(items.filter(({ log }) => log === frozen.log).map(({ countedSeq }) => countedSeq))]
    if (span === undefined || numbers.length === 0) continue
    for (const record of await store.numbered(span, numbers))
      places.set(`${frozen.log} ${record.countedSeq}`, placeOf(frozen, record, persons.of(record.account)))
  }
  return items.map(({ countedSeq, log, row }) => {
    const place = places.get(`${log} ${countedSeq}`)
    if (place === undefined)
      throw new RecordsMissing(
        `${log}：查無計次號 ${countedSeq}，請先 linkage log verify。 No record has number ${countedSeq}: linkage log verify.`,
      )
    return { ...place, ...(row !== undefined && { row }) }
  })
}

/** D-17: records of an API about protection cases, or decided by a grant that lifts the suppression of protected persons, as far as
 *  they count.
 *  @throws what the store throws */
export async function protectionCases(
  population: Population,
  store: CountedStore,
  { skipped }: Strata,
  persons: Persons,
): Promise<readonly Place[]> {
  const which = population.parameters.protection
  const found: Place[] = []
  if (which.apis.length === 0 && which.grants.length === 0) return found
  for (const frozen of population.logs) {
    const span = spanOf(population, frozen)
    if (span === undefined) continue
    const passedOver = numbersOf(skipped, frozen.log)
    for await (const chunk of store.ofApisOrGrants(span, population.only, which))
      for (const record of chunk) if (!passedOver.has(record.countedSeq)) found.push(placeOf(frozen, record, persons.of(record.account)))
  }
  return found
}
