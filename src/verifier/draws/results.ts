// results.ts: the results of a round, row by row, held against the lists of its draws: each row was drawn, and is counted once.
import { readJson } from '../json.ts'
import { isObject, type JsonObject } from '../json-value.ts'
import { count, Misshapen, may, need, objects, ordinal, text } from '../members.ts'
import type { RoundResults } from '../steps.ts'
import type { SampleList } from './list.ts'

interface Difference {
  readonly found: string
  readonly expected: string
}

interface Rows {
  readonly items: readonly string[]
  readonly reviews: readonly string[]
}

const nameOf = (log: string, index: number, row: number | undefined): string => `${log} ${index}${row === undefined ? '' : ` row ${row}`}`

/** @returns undefined for results in the form of an earlier version */
function rowsOf(value: JsonObject): Rows | undefined {
  if (value.v !== 1) return undefined
  return {
    items: objects(value, 'items').map((each) => nameOf(need(each, 'log', text), need(each, 'index', count), may(each, 'row', ordinal))),
    reviews: objects(value, 'reviews').map((each) => need(each, 'account', text)),
  }
}

function read(bytes: Uint8Array): Rows | 'malformed' | undefined {
  try {
    const { value } = readJson(bytes)
    return isObject(value) ? rowsOf(value) : 'malformed'
  } catch (error) {
    if (error instanceof Misshapen || error instanceof SyntaxError || error instanceof RangeError) return 'malformed'
    throw error
  }
}

/** @param lists of the newest draw of each population */
export function* auditedIn(bytes: Uint8Array, lists: readonly SampleList[], { months, users }: RoundResults): Generator<Difference> {
  const rows = read(bytes)
  if (rows === undefined) return
  if (rows === 'malformed') {
    yield { found: 'no results of a round', expected: 'the form that docs/log-format.md gives them' }
    return
  }
  const drawn = new Map(lists.flatMap((list) => list.drawn.map((each) => [nameOf(each.log, each.index, each.row), each] as const)))
  const items = new Set(rows.items)
  const reviewed = new Set(lists.flatMap((list) => list.reviews.flatMap(({ accounts }) => accounts)))
  const strange = [...[...items].filter((name) => !drawn.has(name)), ...rows.reviews.filter((account) => !reviewed.has(account))]
  if (strange.length > 0) yield { found: `a result for ${strange.slice(0, 3).join(', ')}`, expected: 'what was drawn, and nothing else' }
  if (items.size !== rows.items.length) yield { found: `${rows.items.length} rows of ${items.size} records`, expected: 'each once' }
  const audited = [...items].flatMap((name) => drawn.get(name) ?? [])
  for (const { audited: stated, month } of months) {
    const counted = audited.filter((each) => each.month === month).length
    if (stated !== counted) yield { found: `${month}: ${stated} audited`, expected: `${counted} rows` }
  }
  const persons = new Set(audited.map(({ person, user }) => (person === undefined ? `account ${user}` : `person ${person}`)))
  if (users.audited !== persons.size) yield { found: `${users.audited} users audited`, expected: `${persons.size}, by the rows` }
  if (users.reviewed > new Set(rows.reviews).size)
    yield { found: `${users.reviewed} users reviewed`, expected: `${rows.reviews.length} rows at most` }
}
