// results.ts: the results of a round, row by row, held against the lists of its draws: each row was drawn, and what they come to is counted anew.
import { isObject, type JsonObject, jsonIn } from '../json-value.ts'
import { count, Misshapen, may, need, object, objects, ordinal, text, texts } from '../members.ts'
import type { RoundResults } from '../steps.ts'
import type { SampleList } from './list.ts'
import { itemRow, type ResultRow, reviewRow } from './result-rows.ts'

export interface Difference {
  readonly found: string
  readonly expected: string
}

interface ResultsDocument {
  readonly round: string
  readonly samples: readonly string[]
  readonly items: readonly ResultRow[]
  readonly reviews: readonly ResultRow[]
  /** What has no result, as it says itself; absent where an earlier version wrote it. */
  readonly open: { readonly items: readonly string[]; readonly reviews: readonly string[] } | undefined
}

const nameOf = (log: string, index: number, row: number | undefined): string => `${log} ${index}${row === undefined ? '' : ` row ${row}`}`

const nameIn = (row: JsonObject): string => nameOf(need(row, 'log', text), need(row, 'index', count), may(row, 'row', ordinal))

function documentOf(value: JsonObject): ResultsDocument {
  const open = may(value, 'open', object)
  return {
    open: open && {
      items: objects(open, 'items').map(nameIn),
      reviews: objects(open, 'reviews').map((each) => need(each, 'account', text)),
    },
    round: need(value, 'round', text),
    samples: need(value, 'samples', texts),
    items: objects(value, 'items').map((each) => itemRow(nameIn(each), each)),
    reviews: objects(value, 'reviews').map((each) => reviewRow(need(each, 'account', text), each)),
  }
}

/** @returns `earlier` for results in the form of an earlier version */
export function readResults(bytes: Uint8Array): ResultsDocument | 'earlier' | 'malformed' {
  try {
    const value = jsonIn(bytes)
    if (!isObject(value)) return 'malformed'
    return value.v === 1 ? documentOf(value) : 'earlier'
  } catch (error) {
    if (error instanceof Misshapen) return 'malformed'
    throw error
  }
}

/** What results are of. */
export interface ResultsOf {
  readonly round: string
  /** Ids of all its draws, and of those that count: the newest of each population. */
  readonly draws: readonly string[]
  readonly newest: readonly string[]
  /** Of those that count. */
  readonly lists: readonly SampleList[]
}

type Listed = SampleList['drawn'][number]

const personOf = ({ person }: { readonly person: string | undefined }, account: string): string =>
  person === undefined ? `account ${account}` : `person ${person}`

/** Of whom records were drawn. */
export const personsIn = (lists: readonly SampleList[]): ReadonlySet<string> =>
  new Set(lists.flatMap(({ drawn }) => drawn.map((each) => personOf(each, each.user))))

/** What was drawn, by the names of records and of accounts. */
function drawnIn(lists: readonly SampleList[]) {
  const records = new Map(lists.flatMap((list) => list.drawn.map((each) => [nameOf(each.log, each.index, each.row), each] as const)))
  const reviews = new Map<string, Set<string>>()
  for (const { reviews: own } of lists)
    for (const review of own)
      for (const account of review.accounts) {
        const person = personOf(review, account)
        reviews.set(person, (reviews.get(person) ?? new Set()).add(account))
      }
  return { records, reviews }
}

export interface Unanswered {
  readonly items: readonly string[]
  /** Accounts. */
  readonly reviews: readonly string[]
  /** Protection cases (D-17) among the items. */
  readonly cases: readonly string[]
}

/** What was drawn, and has no row. */
export function unansweredIn({ items, reviews }: ResultsDocument, lists: readonly SampleList[]): Unanswered {
  const drawn = drawnIn(lists)
  const [answered, reviewed] = [new Set(items.map(({ name }) => name)), new Set(reviews.map(({ name }) => name))]
  const left = [...drawn.records].filter(([name]) => !answered.has(name))
  const accounts = new Set([...drawn.reviews.values()].flatMap((own) => [...own]))
  return {
    items: left.map(([name]) => name),
    reviews: [...accounts].filter((name) => !reviewed.has(name)),
    cases: left.flatMap(([name, { why }]) => (why.includes('protection') ? [name] : [])),
  }
}

/** What results say of themselves that has no result: in the step, in the document, and by the rows. */
export function* openFaults({ open }: ResultsDocument, { open: stated }: RoundResults, left: Unanswered): Generator<Difference> {
  if (open === undefined && stated === undefined) return
  for (const list of ['items', 'reviews'] as const) {
    const [named, are] = [[...(open?.[list] ?? [])].sort(), [...left[list]].sort()]
    if (stated?.[list] !== are.length) yield { found: `${stated?.[list]} ${list} without a result`, expected: `${are.length}, by the rows` }
    if (named.join() !== are.join())
      yield { found: `without a result: ${named.slice(0, 3).join(', ')}`, expected: `${are.slice(0, 3).join(', ')}, by the rows` }
  }
}

/** Rows that are not of what was drawn, and what they come to otherwise than it was stated. */
export function* auditedIn(document: ResultsDocument, of: ResultsOf, stated: RoundResults): Generator<Difference> {
  const { records, reviews } = drawnIn(of.lists)
  yield* ofDraws(document, of)
  const accounts = new Set([...reviews.values()].flatMap((own) => [...own]))
  const strange = [
    ...document.items.filter(({ name }) => !records.has(name)),
    ...document.reviews.filter(({ name }) => !accounts.has(name)),
  ].map(({ name }) => name)
  if (strange.length > 0) yield { found: `a result for ${strange.slice(0, 3).join(', ')}`, expected: 'what was drawn, and nothing else' }
  for (const [rows, what] of [
    [document.items, 'records'],
    [document.reviews, 'accounts'],
  ] as const) {
    const names = new Set(rows.map(({ name }) => name))
    if (names.size !== rows.length) yield { found: `${rows.length} rows of ${names.size} ${what}`, expected: 'each once' }
    for (const { missing, name } of rows.filter((each) => each.missing.length > 0).slice(0, 3))
      yield { found: `${name} without ${missing.join(', ')}`, expected: 'every cell that makes a result' }
  }
  yield* counted(document, records, reviews, stated)
}

function* ofDraws({ round, samples }: ResultsDocument, of: ResultsOf): Generator<Difference> {
  if (round !== of.round) yield { found: `results of ${round}`, expected: of.round }
  const [more, less] = [samples.filter((id) => !of.draws.includes(id)), of.newest.filter((id) => !samples.includes(id))]
  if (more.length + less.length > 0)
    yield { found: `results of the draws ${samples.join(', ') || 'none'}`, expected: `${of.newest.join(', ')}, of the round` }
}

/** Rule 六(一)3: a person is audited by a record of their own, or reviewed by every account of theirs. */
function* counted(
  document: ResultsDocument,
  records: ReadonlyMap<string, Listed>,
  reviews: ReadonlyMap<string, ReadonlySet<string>>,
  { months, outcomes, users }: RoundResults,
): Generator<Difference> {
  const rows = new Map(document.items.map((row) => [row.name, row]))
  const items = [...rows.keys()].flatMap((name) => records.get(name) ?? [])
  for (const { audited: says, month } of months) {
    const is = items.filter((each) => each.month === month).length
    if (says !== is) yield { found: `${month}: ${says} audited`, expected: `${is} rows` }
  }
  const audited = new Set(items.map((each) => personOf(each, each.user)))
  if (users.audited !== audited.size) yield { found: `${users.audited} users audited`, expected: `${audited.size}, by the rows` }
  const accounts = new Set(document.reviews.map(({ name }) => name))
  const reviewed = [...reviews].filter(([person, own]) => !audited.has(person) && [...own].every((each) => accounts.has(each))).length
  if (users.reviewed !== reviewed) yield { found: `${users.reviewed} users reviewed`, expected: `${reviewed}, by the rows` }
  const outcome = (word: string): number => [...rows.values()].filter(({ result }) => result === word).length
  const words = (of: RoundResults['outcomes']): string => `${of.normal} 正常, ${of.abnormal} 異常, ${of.toExplain} 待說明`
  const are = { normal: outcome('正常'), abnormal: outcome('異常'), toExplain: outcome('待說明') }
  if (words(outcomes) !== words(are)) yield { found: words(outcomes), expected: `${words(are)}, by the rows` }
}
