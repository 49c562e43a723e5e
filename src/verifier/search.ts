// search.ts: search columns derived once more from the stored bytes: a database may show another user, month or subject than its entry.
import { isObject, type Json, type JsonObject, readJson } from './json.ts'

/** Columns of `log_search` and the members of an entry that they are (docs/log-format.md). */
const members = {
  at: 'at',
  kind: 'kind',
  id: 'id',
  agency: 'agency',
  agency_seq: 'agency_seq',
  counted_seq: 'counted_seq',
  delegate: 'delegate',
  account: 'user',
  credential: 'credential',
  address: 'address',
  purpose: 'purpose',
  case_no: 'case',
  api: 'api',
  operation: 'operation',
  mode: 'mode',
  grant_id: 'grant',
  decision: 'decision',
  code: 'code',
  status: 'status',
  rows: 'rows',
  subject: ['subject', 'tag'],
  policy: 'policy',
  of_index: ['of', 'index'],
  outcome: 'outcome',
} as const

export type SearchColumn = keyof typeof members | 'month'
export const searchColumns: readonly SearchColumn[] = ['month', ...(Object.keys(members) as (keyof typeof members)[])] // its own keys

/** One row's columns as text; null where it has no value. `at` is UTC with six decimals, `2026-11-24T02:00:00.000000Z`, numbers are
 *  decimal, `month` is `2026-11`. */
export type SearchRow = Readonly<Record<SearchColumn, string | null>>

/** What a row shows otherwise than its entry says. */
export interface SearchFault {
  readonly found: string
  readonly expected: string
}

/** UTC+8, without daylight saving since 1980. */
const taipei = 8 * 3_600_000

/** The row that an entry's bytes give; undefined where they cannot be read, which is a finding of its own. */
export function searchRowOf(bytes: Uint8Array): SearchRow | undefined {
  let value: Json
  try {
    value = readJson(bytes).value
  } catch {
    return undefined
  }
  const at = isObject(value) && typeof value.at === 'string' ? Date.parse(value.at) : Number.NaN
  if (!isObject(value) || Number.isNaN(at)) return undefined
  const entry = value
  const columns = Object.entries(members).map(([column, path]) => [column, memberOf(entry, path)])
  // Every column is named by `members`, but `month`, which follows from the date.
  return {
    ...Object.fromEntries(columns),
    at: `${new Date(at).toISOString().slice(0, -1)}000Z`,
    month: new Date(at + taipei).toISOString().slice(0, 7),
  } as SearchRow
}

/** Holds a stored row against its entry.
 *  @param stored undefined where search has no row of it
 *  @returns what differs; undefined where nothing does, or the entry cannot be read */
export function searchFault(bytes: Uint8Array, stored: SearchRow | undefined): SearchFault | undefined {
  const derived = searchRowOf(bytes)
  if (derived === undefined) return undefined
  if (stored === undefined) return { found: 'no row', expected: 'one row' }
  const differing = searchColumns.filter((column) => stored[column] !== derived[column])
  if (differing.length === 0) return undefined
  const told = (row: SearchRow): string => differing.map((column) => `${column} ${row[column] ?? 'absent'}`).join(', ')
  return { found: told(stored), expected: told(derived) }
}

function memberOf(entry: JsonObject, path: string | readonly [string, string]): string | null {
  let value: Json | undefined = entry
  for (const name of typeof path === 'string' ? [path] : path) value = isObject(value) ? value[name] : undefined
  return typeof value === 'string' ? value : typeof value === 'number' ? String(value) : null
}
