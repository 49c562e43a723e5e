// drawing.ts: the sample of a frozen population under a seed: the monthly draw, one record each of half the users, protection cases.
import type { Hash } from '../canonical.ts'
import type { DrawnMonth } from '../querylog/sample-entry.ts'
import { coverUsers } from './coverage.ts'
import type { Draw, DrawnRecord, ModeOfMonth, Why } from './draw.ts'
import type { UserRow } from './frozen-roster.ts'
import { drawLowest, type Item, itemsDigest, populationOf } from './monthly.ts'
import { type Place, personsWithRecords, placesOf, protectionCases, smallestOf } from './passing.ts'
import { monthsOf, type Period } from './period.ts'
import { type Person, Persons } from './persons.ts'
import type { CountedStore } from './ports.ts'
import { coverageNeed, monthlyQuota, supplementaryQuota } from './quota.ts'
import { isFiltered, monthSpans, type Population, readStrata, type Strata } from './strata.ts'
import { RecordTickets, RowTickets } from './tickets.ts'

export interface Drawing extends Population {
  readonly period: Period
  /** Rows of the agency's roster, as they are frozen. */
  readonly roster: Iterable<UserRow>
  /** Of an enlargement: items a month beyond the quota, persons beyond the need. */
  readonly more: { readonly items: number; readonly persons: number }
  /** Of records that came to light behind a draw: what was drawn before. */
  readonly earlier?: Earlier | undefined
}

/** What was drawn of a period before its late records. */
export interface Earlier {
  /** Items that it was drawn of, by month. */
  readonly populations: ReadonlyMap<string, number>
  /** Who is audited already: accounts of records that were drawn, and of those reviewed. */
  readonly accounts: readonly string[]
  /** What it was drawn of, all that was added before included: whoever has a counted number there is a user still. */
  readonly logs: Population['logs']
  /** U, then. */
  readonly users: number
}

/** What is drawn. */
export type Drawn = Pick<Draw, 'months' | 'coverage' | 'protection' | 'drawn' | 'reviews' | 'skipped' | 'transfers' | 'modes' | 'only'>

/** A function of what is frozen and of the seed: whoever calls it again gets the same, and with `more` everything of it besides.
 *  @throws RecordsMissing; what the store throws */
export async function drawSample(asked: Drawing, seed: Hash, store: CountedStore): Promise<Drawn> {
  const drawing = await inEverySpelling(asked, store)
  const { more, period, roster } = drawing
  const names = monthsOf(period)
  const strata = await readStrata(drawing, store, names)
  const months = names.map((month) => drawMonth(drawing, seed, month, strata))
  const items = months.flatMap((each) => each.items)
  // Of a filtered population the users are those whom it names.
  const persons = new Persons(roster, isFiltered(drawing) ? undefined : period)
  const having = await personsWithRecords(drawing, store, strata, persons)
  await appearEarlier(drawing, store, persons)
  const { users, need, covered } = needOf(drawing, persons)
  const others = (all: ReadonlySet<Person>): ReadonlySet<Person> => new Set([...all].filter((each) => !covered.has(each)))
  const { reviewed, withRecord } = coverUsers(seed, others(persons.users), others(having), need + more.persons)
  const covering = await smallestOf(withRecord, persons, drawing, seed, store, strata)
  const protection = drawProtection(drawing, seed, await protectionCases(drawing, store, strata, persons))
  const sample = new Sample()
  for (const place of await placesOf(items, drawing, store, persons)) sample.add(place, 'month')
  for (const place of covering.values()) sample.add(rowOf(drawing, seed, place, strata), 'coverage')
  for (const place of protection.drawn) sample.add(place, 'protection')
  return {
    months: months.map(({ items, ...month }) => ({ ...month, digest: itemsDigest(items), drawn: items.length })),
    coverage: {
      drawn: covering.size,
      need,
      reviews: reviewed.length,
      users,
      withRecords: having.size,
    },
    protection: { drawn: protection.drawn.length, records: protection.records },
    drawn: sample.records(),
    reviews: reviewed,
    skipped: strata.skipped.map(({ account: _, ...each }) => each),
    transfers: strata.transfers,
    modes: await modesOf(drawing, store),
    ...(strata.only !== undefined && { only: strata.only }),
  }
}

/** Of one person's records, those of every spelling of their accounts that stands in the logs: a roster may have spelt them otherwise then. */
async function inEverySpelling(drawing: Drawing, store: CountedStore): Promise<Drawing> {
  const { accounts } = drawing.only
  if (accounts === undefined) return drawing
  const persons = new Persons(drawing.roster, undefined)
  const [own, spelt] = [new Set(accounts.map((each) => persons.of(each))), new Set(accounts)]
  for (const frozen of [...drawing.logs, ...(drawing.earlier?.logs ?? [])])
    for (const span of monthSpans(drawing, frozen))
      for (const account of (await store.accounts(span, {})).keys()) if (own.has(persons.of(account))) spelt.add(account)
  return { ...drawing, only: { ...drawing.only, accounts: [...spelt] } }
}

/** D-11: who appeared in what was drawn before is a user of the period, on the roster or not. */
async function appearEarlier(drawing: Drawing, store: CountedStore, persons: Persons): Promise<void> {
  for (const frozen of drawing.earlier?.logs ?? [])
    for (const span of monthSpans(drawing, frozen))
      for (const account of (await store.accounts(span, drawing.only)).keys()) persons.appears(account)
}

/** How many users there are, and how many more of them are to be audited than are already. */
function needOf({ earlier }: Drawing, persons: Persons): { users: number; need: number; covered: ReadonlySet<Person> } {
  const covered = new Set(earlier?.accounts.map((account) => persons.of(account)))
  const users = Math.max(earlier?.users ?? 0, persons.users.size)
  return { users, need: Math.max(0, coverageNeed(users) - covered.size), covered }
}

type Placed = Omit<DrawnRecord, 'why'>
type Monthly = Omit<DrawnMonth, 'digest' | 'drawn'> & { readonly items: readonly Item[] }

function drawMonth({ agency, earlier, logs, more }: Drawing, seed: Hash, month: string, { byMonth }: Strata): Monthly {
  const own = byMonth.get(month) ?? []
  const frozen = logs.flatMap(({ months }) => months.filter((each) => each.month === month))
  const population = populationOf(own)
  const quota = earlier === undefined ? monthlyQuota(population) : supplementaryQuota(earlier.populations.get(month) ?? 0, population)
  return {
    counted: frozen.reduce((sum, each) => sum + each.counted, 0),
    records: frozen.reduce((sum, each) => sum + each.records, 0),
    month,
    population,
    quota,
    items: drawLowest(seed, agency, own, quota + more.items),
  }
}

/** D-17: of each month's protection cases so many per cent, rounded up, by the tickets of the monthly draw. A case is a query: one for a file
 *  is audited as a whole, without a row, also where rows are what the quota counts (D-9 `row`): all of them together, not one for all. */
function drawProtection(
  { agency, parameters }: Drawing,
  seed: Hash,
  cases: readonly Place[],
): { readonly drawn: readonly Place[]; readonly records: number } {
  const drawn = [...Map.groupBy(cases, ({ month }) => month).values()].flatMap((places) => {
    const ticketed = places.map((place) => ({ place, ticket: new RecordTickets(seed, 'record', place.log, agency).of(place.countedSeq) }))
    ticketed.sort((one, other) => (one.ticket < other.ticket ? -1 : 1))
    return ticketed.slice(0, Math.floor((places.length * parameters['D-17'] + 99) / 100)).map(({ place }) => place)
  })
  return { drawn, records: cases.length }
}

async function modesOf(drawing: Drawing, store: CountedStore): Promise<readonly ModeOfMonth[]> {
  const counts = new Map<string, ModeOfMonth>()
  for (const frozen of drawing.logs)
    for (const span of monthSpans(drawing, frozen))
      for (const [mode, counted] of await store.modes(span)) {
        const key = `${span.month} ${mode}`
        counts.set(key, { counted: counted + (counts.get(key)?.counted ?? 0), mode, month: span.month })
      }
  return [...counts].sort(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each)
}

/** Of a user's transfer the row with the smallest ticket, where each row is an item. */
function rowOf({ agency }: Drawing, seed: Hash, place: Place, { transfers }: Strata): Placed {
  const { countedSeq, log } = place
  const transfer = transfers.find((each) => each.log === log && each.countedSeq === countedSeq)
  if (transfer === undefined) return place
  const tickets = new RowTickets(seed, log, agency)
  let smallest = { row: 1, ticket: tickets.of(countedSeq, 1) }
  for (let row = 2; row <= transfer.rows; row += 1) {
    const ticket = tickets.of(countedSeq, row)
    if (ticket < smallest.ticket) smallest = { row, ticket }
  }
  return { ...place, row: smallest.row }
}

/** The union: each item once, with every reason for which it was drawn. */
class Sample {
  readonly #records = new Map<string, { readonly placed: Placed; readonly why: Set<Why> }>()

  add(placed: Placed, why: Why): void {
    const key = `${placed.log} ${placed.countedSeq} ${placed.row ?? ''}`
    const known = this.#records.get(key)
    if (known === undefined) this.#records.set(key, { placed, why: new Set([why]) })
    else known.why.add(why)
  }

  records(): DrawnRecord[] {
    const drawn = [...this.#records.values()].map(({ placed: { countedSeq, index, log, month, person, row, user }, why }) => ({
      countedSeq,
      index,
      log,
      month,
      ...(person !== undefined && { person }),
      ...(row !== undefined && { row }),
      user,
      why: [...why].sort(),
    }))
    return drawn.sort(inOrder)
  }
}

function inOrder(one: DrawnRecord, other: DrawnRecord): number {
  if (one.month !== other.month) return one.month < other.month ? -1 : 1
  if (one.log !== other.log) return one.log < other.log ? -1 : 1
  return one.countedSeq - other.countedSeq || (one.row ?? 0) - (other.row ?? 0)
}
