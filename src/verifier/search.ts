// search.ts: search columns derived once more from the stored bytes: a database may show another user, month or subject than its entry.
import type { Fault } from './finding.ts'
import { isObject, type Json, type JsonObject } from './json-value.ts'
import { EntryScan } from './scan.ts'
import type { StoredEntry, StoredSearch, StoredSearchRow } from './stored.ts'
import { monthAt } from './taipei.ts'

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
} as const satisfies Record<string, string | readonly [string, string]>

export type SearchColumn = keyof typeof members | 'month'
type Path = string | readonly [string, string]
const paths: readonly (readonly [string, Path])[] = Object.entries(members)
/** In the order in which a line holds them. */
export const searchColumns: readonly SearchColumn[] = ['month', ...(paths.map(([column]) => column) as (keyof typeof members)[])] // its own keys

/** Between the columns of a line. Entries hold no control characters, so as many as there have to be are these. */
export const columnEnd = '\u001f'

/** The row that an entry's bytes give, as one text: each column that has a value as `=` and the value, others empty. `at` is UTC with six
 *  decimals, `2026-11-24T02:00:00.000000Z`, `month` its first day in Taipei. Undefined where the bytes cannot be read, which is a
 *  finding of its own. */
export const searchLineOf = (bytes: Uint8Array): string | undefined => scanned.lineOf(bytes) ?? parsedLineOf(bytes)

function parsedLineOf(bytes: Uint8Array): string | undefined {
  const value = objectOf(bytes)
  const at = typeof value?.at === 'string' ? Date.parse(value.at) : Number.NaN
  if (value === undefined || Number.isNaN(at)) return undefined
  let line = `=${firstOf(at)}${columnEnd}=${new Date(at).toISOString().slice(0, -1)}000Z`
  for (let nth = 1; nth < paths.length; nth += 1) line += columnEnd + columnOf(value, paths[nth]?.[1] ?? '')
  return line
}

/** The first day of the month in which an instant lies. */
const firstOf = (ms: number): string => `${monthAt(ms)}-01`

const [quote, backslash, equals, minus, nine, z] = [0x22, 0x5c, 0x3d, 0x2d, 0x39, 0x5a]

/** Lines of queries, which are nearly all entries, put together from the bytes of their values: to parse them costs four times as much. */
class ScannedLines {
  readonly #scan = new EntryScan('subject')
  readonly #names = paths.map(([, path]) => this.#scan.ask(typeof path === 'string' ? path : path[0]))
  readonly #tag = this.#scan.ask('tag')
  readonly #subject = this.#scan.ask('subject')
  readonly #of = this.#scan.ask('of')
  /** A month, a date with three digits more, and no value longer than its entry. */
  readonly #line = Buffer.alloc(2 ** 17)
  #length = 0
  #hour = ''
  #month = ''

  /** Undefined for whatever has to be parsed. */
  lineOf(entry: Uint8Array): string | undefined {
    const scan = this.#scan
    if (!scan.load(entry) || !scan.scan() || scan.members.has(this.#of)) return undefined
    this.#length = 0
    if (!this.#date()) return undefined
    for (let nth = 1; nth < paths.length; nth += 1) {
      this.#line[this.#length++] = columnEnd.charCodeAt(0)
      const name = this.#names[nth] ?? 0
      const [members, member] = name === this.#subject ? [scan.innerMembers, this.#tag] : [scan.members, name]
      if (members.has(member) && !this.#value(members.from(member), members.to(member))) return undefined
    }
    return this.#line.toString('utf8', 0, this.#length)
  }

  /** `at` in the one form that entries have, and its month, which is the same for an hour. */
  #date(): boolean {
    const { bytes, members } = this.#scan
    const [at = 0] = this.#names
    const [from, to] = [members.from(at), members.to(at)]
    if (!members.has(at) || to - from !== 26 || bytes[from] !== quote || bytes[to - 2] !== z) return false
    const hour = bytes.toString('latin1', from + 1, from + 14)
    if (hour !== this.#hour) {
      const ms = Date.parse(bytes.toString('latin1', from + 1, to - 1))
      if (Number.isNaN(ms)) return false
      this.#hour = hour
      this.#month = firstOf(ms)
    }
    this.#length = this.#line.write(`=${this.#month}${columnEnd}=`, 'latin1')
    for (let place = from + 1; place < to - 2; place += 1) this.#line[this.#length++] = bytes[place] ?? 0
    this.#length += this.#line.write('000Z', this.#length, 'latin1')
    return true
  }

  /** A text or a number as it stands. @returns false for a text with escapes */
  #value(from: number, to: number): boolean {
    const { bytes } = this.#scan
    const first = bytes[from] ?? 0
    const isText = first === quote
    if (!isText && first !== minus && !(first >= 0x30 && first <= nine)) return true
    this.#line[this.#length++] = equals
    for (let at = isText ? from + 1 : from; at < (isText ? to - 1 : to); at += 1) {
      const byte = bytes[at] ?? 0
      if (byte === backslash) return false
      this.#line[this.#length++] = byte
    }
    return true
  }
}

const scanned = new ScannedLines()

/** Whether it is canonical is asked elsewhere, at twice the cost of reading it. */
function objectOf({ buffer, byteLength, byteOffset }: Uint8Array): JsonObject | undefined {
  try {
    const value: Json = JSON.parse(Buffer.from(buffer, byteOffset, byteLength).toString('utf8'))
    return isObject(value) ? value : undefined
  } catch {
    return undefined
  }
}

function columnOf(entry: JsonObject, path: Path): string {
  const [name, inner] = typeof path === 'string' ? [path] : path
  let value: Json | undefined = entry[name]
  if (inner !== undefined) value = isObject(value) ? value[inner] : undefined
  return typeof value === 'string' || typeof value === 'number' ? `=${value}` : ''
}

/** Holds the stored rows of one entry against it.
 *  @returns what differs; undefined where nothing does, or the entry cannot be read */
export function searchFault(bytes: Uint8Array, stored: readonly string[]): Fault | undefined {
  const derived = searchLineOf(bytes)
  const [line, ...more] = stored
  if (derived === undefined || (line === derived && more.length === 0)) return undefined
  if (line === undefined || more.length > 0)
    return { code: 'search-mismatch', found: line === undefined ? 'no row' : `${stored.length} rows`, expected: 'one row' }
  const [found, expected] = [line.split(columnEnd), derived.split(columnEnd)]
  const differing = searchColumns.flatMap((column, nth) => (found[nth] === expected[nth] ? [] : [{ column, nth }]))
  const told = (row: readonly string[]): string =>
    differing.map(({ column, nth }) => `${column} ${(row[nth] ?? '') === '' ? 'absent' : row[nth]?.slice(1)}`).join(', ')
  return { code: 'search-mismatch', found: told(found), expected: told(expected) }
}

const rowsAtOnce = 1024

/** The stored rows of a log in order, read ahead of the entries that they are held against. */
export class SearchRows {
  readonly #search: StoredSearch
  #rows: readonly StoredSearchRow[] = []
  /** How many of them were passed. */
  #passed = 0
  /** Rows of entries below this index have been read. */
  #read = 0
  /** Those that follow. */
  #next: Promise<readonly StoredSearchRow[]>

  constructor(search: StoredSearch) {
    this.#search = search
    this.#next = this.#ask()
  }

  #ask(): Promise<readonly StoredSearchRow[]> {
    const { reach, rows } = this.#search
    const asked = this.#read < reach ? rows(this.#read, Math.min(this.#read + rowsAtOnce, reach)) : Promise.resolve([])
    asked.catch(() => undefined) // told where it is awaited
    return asked
  }

  /** Holds rows against the next entries, as far as search says that it has read. Where an entry is missing, that is found by itself, or
   *  its month was retired. */
  async *faults(chunk: readonly StoredEntry[]): AsyncGenerator<{ readonly index: number; readonly fault: Fault }> {
    for (const { index, bytes } of chunk) {
      if (index >= this.#search.reach) return
      while (index >= this.#read) await this.#turn()
      const own: string[] = []
      for (let row = this.#rows[this.#passed]; row !== undefined && row.index <= index; row = this.#rows[this.#passed]) {
        if (row.index === index) own.push(row.line)
        this.#passed += 1
      }
      const fault = bytes && searchFault(bytes, own)
      if (fault !== undefined) yield { index, fault }
    }
  }

  async #turn(): Promise<void> {
    this.#rows = await this.#next
    this.#passed = 0
    this.#read += rowsAtOnce
    this.#next = this.#ask()
  }
}
