// coverage.ts: the draw of users once more, from roster, entries and seed: who is covered, by which record, and who is reviewed instead.
import type { Fault } from '../finding.ts'
import type { Smallest } from './accounts.ts'
import type { SampleList } from './list.ts'
import { smallestRow } from './month-draw.ts'
import { bySeed, type PersonName, type Roster } from './persons.ts'
import type { Draw, Freeze } from './sample.ts'
import type { Transfers } from './transfers.ts'

/** What was drawn of a period before its late records. */
export interface Earlier {
  /** Items that it was drawn of, by month. */
  readonly populations: ReadonlyMap<string, number>
  /** U, then. */
  readonly users: number
  /** Accounts of who is audited already; undefined where a list of it is not to be had here. */
  readonly accounts: readonly string[] | undefined
}

interface Means {
  readonly draw: Draw
  readonly freeze: Freeze
  readonly list: SampleList
  readonly seed: Uint8Array
  readonly roster: Roster
  readonly accounts: ReadonlyMap<string, Smallest | undefined>
  /** Where each row of a transfer is an item. */
  readonly transfers: Transfers | undefined
  /** Of late records. */
  readonly earlier: { readonly accounts: readonly string[]; readonly users: number } | undefined
  /** Whether only some records are drawn from: then the users are those whom they name. */
  readonly filtered: boolean
}

interface Covered {
  readonly coverage: Draw['coverage']
  readonly records: readonly Smallest[]
  readonly reviewed: readonly PersonName[]
}

function coverAgain({ accounts, draw, earlier, filtered, roster, seed }: Means): Covered {
  const users = new Set(filtered ? [] : roster.users)
  const having = new Map<PersonName, Smallest>()
  for (const [account, smallest] of accounts) {
    const person = roster.of(account)
    users.add(person)
    const before = having.get(person)
    if (smallest !== undefined && (before === undefined || smallest.ticket.compare(before.ticket) < 0)) having.set(person, smallest)
  }
  const covered = new Set(earlier?.accounts.map((account) => roster.of(account)))
  const all = Math.max(earlier?.users ?? 0, users.size)
  const need = Math.max(0, Math.ceil(all / 2) - covered.size)
  const wanted = need + draw.more.persons
  const records = bySeed(
    seed,
    [...having.keys()].filter((each) => !covered.has(each)),
  )
    .slice(0, wanted)
    .flatMap((person) => having.get(person) ?? [])
  const reviewed = bySeed(
    seed,
    [...users].filter((each) => !having.has(each) && !covered.has(each)),
  ).slice(0, wanted - records.length)
  return {
    coverage: { users: all, withRecords: having.size, need, drawn: records.length, reviews: reviewed.length },
    records,
    reviewed,
  }
}

const words = ({ drawn, need, reviews, users, withRecords }: Draw['coverage']): string =>
  `${users} users, ${withRecords} with records, need ${need}, drawn ${drawn}, reviews ${reviews}`

/** The draw of users held against what comes out here. */
export function* coverageFaults(means: Means): Generator<Fault> {
  const { draw, freeze, list, roster, seed, transfers } = means
  const { coverage, records, reviewed } = coverAgain(means)
  if (words(draw.coverage) !== words(coverage)) yield { code: 'sample-quota', found: words(draw.coverage), expected: words(coverage) }
  const nameOf = ({ countedSeq, log, row }: { countedSeq: number; log: string; row?: number | undefined }): string =>
    `${log} ${countedSeq}${row === undefined ? '' : ` row ${row}`}`
  const expected = records.map(({ countedSeq, log }) => {
    const rows = transfers?.of(log).get(countedSeq)
    const row = rows === undefined ? undefined : smallestRow(seed, log, freeze.agency, countedSeq, rows)
    return nameOf({ log, countedSeq, row })
  })
  const found = list.drawn.filter(({ why }) => why.includes('coverage')).map(nameOf)
  yield* differing('records of users', new Set(found), new Set(expected))
  for (const each of list.drawn) {
    const [says, is] = [each.person === undefined ? 'account' : `person ${each.person}`, roster.of(each.user)]
    if (says !== (is.startsWith('account ') ? 'account' : is))
      yield { code: 'sample-list', found: `${nameOf(each)} of ${says}`, expected: `${is}, by the roster` }
  }
  const reviews = list.reviews.map(
    ({ accounts: [account = ''], person }): PersonName => (person === undefined ? roster.of(account) : `person ${person}`),
  )
  yield* differing('account reviews', new Set(reviews), new Set(reviewed))
}

function* differing(what: string, found: ReadonlySet<string>, expected: ReadonlySet<string>): Generator<Fault> {
  const [more, less] = [[...found].filter((each) => !expected.has(each)), [...expected].filter((each) => !found.has(each))]
  if (more.length + less.length === 0) return
  const some = (names: readonly string[]): string => (names.length === 0 ? 'none' : names.slice(0, 3).join(', '))
  yield { code: 'sample-draw', found: `${what}: ${some(more)}`, expected: `${some(less)} in their place` }
}

/** Rule 六(一)3, where nothing but the entry is to be had: half of the users, rounded up; those with records first. */
export function* statedFaults({ coverage, more }: Draw, { supplements }: Freeze): Generator<Fault> {
  if (supplements !== undefined) return
  const { users, withRecords } = coverage
  const need = Math.ceil(users / 2)
  const wanted = Math.min(users, need + more.persons)
  const drawn = Math.min(withRecords, wanted)
  const expected = words({ users, withRecords, need, drawn, reviews: wanted - drawn })
  if (words(coverage) !== expected) yield { code: 'sample-quota', found: words(coverage), expected }
}
