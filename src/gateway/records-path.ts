// records-path.ts: what a target below /records/ names: one file of a quarter, its receipt, or the list; one spelling for each, or nothing.
import { quarterOf } from '../audit/due-dates.ts'
import { type CivilDate, readCivilDate, readRocDate } from '../calendar.ts'
import { Refused } from '../problems.ts'
import type { RecordsFile } from '../querylog/own-records.ts'
import type { Slot } from '../querylog/ports.ts'
import type { Shape } from './shape.ts'

/** A quarter, first and last day, by the name that files have: `115Q3`. */
export interface NamedQuarter {
  readonly name: string
  readonly from: CivilDate
  readonly until: CivilDate
}

export type RecordsPath =
  | { readonly page: 'list' }
  /** What became of a download: its `export` entry stands at that index. */
  | ({ readonly page: 'receipt' } & PlaceOfDownload)
  | FilePath

/** Where the `export` entry of a download stands, as its receipt names it. */
export interface PlaceOfDownload {
  readonly slot: Slot
  readonly index: number
}

export interface FilePath {
  readonly page: 'file'
  readonly quarter: NamedQuarter
  readonly file: RecordsFile
  /** Days of the quarter, both included: all of them where the query names none. */
  readonly from: CivilDate
  readonly until: CivilDate
  /** Bytes that the caller has already; 0 for the file from its beginning. */
  readonly offset: number
  /** The download that gave them; absent for the file from its beginning. */
  readonly continues?: PlaceOfDownload
}

const receipt = /^\/records\/receipts\/(.*)$/
const place = /^([1-9]|[1-5]\d|6[0-4])\/(0|[1-9]\d{0,14})$/
const file = /^\/records\/(\d{2,4}Q[1-4])\.(csv|ndjson|ods)$/
const isFile = (text: string): text is RecordsFile => ['csv', 'ndjson', 'ods'].includes(text)

/** `115Q3`, as files of the quarter of a day are called. */
export const quarterName = (day: CivilDate): string => `${Number(day.slice(0, 4)) - 1911}Q${Math.ceil(Number(day.slice(5, 7)) / 3)}`

/** `115Q3` or `2026Q3`; undefined for other text, and for years before 民國1年. */
export function readQuarter(text: string): NamedQuarter | undefined {
  const [, year = '', nth = ''] = /^([1-9]\d{1,3})Q([1-4])$/.exec(text) ?? []
  const gregorian = year.length === 4 ? Number(year) : Number(year) + 1911
  const first = readCivilDate(`${gregorian}-${String(Number(nth) * 3 - 2).padStart(2, '0')}-01`)
  if (first === undefined || gregorian < 1912 || gregorian > 9998) return undefined
  const { from, until } = quarterOf(first, 'end-of-quarter') // its due date is asked for elsewhere
  return { name: quarterName(from), from, until }
}

/** @returns undefined where it is not the one spelling of something that can be there
 *  @throws Refused request-invalid for a parameter that is not declared, or is none */
export function readRecordsPath({ path, query }: Pick<Shape, 'path' | 'query'>): RecordsPath | undefined {
  const [, name = '', form = ''] = file.exec(path) ?? []
  const quarter = readQuarter(name)
  if (quarter !== undefined && isFile(form)) return { page: 'file', quarter, file: form, ...parametersOf(query, quarter) }
  if (query.length > 0) throw new Refused('request-invalid', 'query: a parameter that is not declared')
  if (path === '/records/') return { page: 'list' }
  const found = readPlace(receipt.exec(path)?.[1])
  return found && { page: 'receipt', ...found }
}

/** `1/123`: slot and index. */
function readPlace(text = ''): PlaceOfDownload | undefined {
  const [, slot, index] = place.exec(text) ?? []
  return slot === undefined ? undefined : { slot, index: Number(index) }
}

const parameters = ['from', 'until', 'offset', 'continues']

function parametersOf(query: Shape['query'], quarter: NamedQuarter): Pick<FilePath, 'continues' | 'from' | 'offset' | 'until'> {
  const given = new Map(query)
  const unknown = [...given.keys()].find((name) => !parameters.includes(name))
  if (unknown !== undefined)
    throw new Refused('request-invalid', `query: a parameter that is not declared; expected ${parameters.join(', ')}`)
  const dayOf = (name: 'from' | 'until'): CivilDate => {
    const text = given.get(name)
    if (text === undefined) return quarter[name]
    const day = readCivilDate(text) ?? readRocDate(text)
    if (day === undefined || day < quarter.from || day > quarter.until)
      throw new Refused('request-invalid', `${name}: expected a day of ${quarter.name}, ${quarter.from} to ${quarter.until}`)
    return day
  }
  const [from, until] = [dayOf('from'), dayOf('until')]
  if (from > until) throw new Refused('request-invalid', 'until: expected a day that is not before from')
  return { from, until, ...restOf(given.get('offset') ?? '0', given.get('continues')) }
}

/** Bytes that are there are of one download, and other downloads of the same days may have given others: the caller says of which. */
function restOf(offset: string, continues: string | undefined): Pick<FilePath, 'continues' | 'offset'> {
  if (!/^(?:0|[1-9]\d{0,14})$/.test(offset))
    throw new Refused('request-invalid', 'offset: expected the number of bytes that are there already')
  if (offset === '0' && continues === undefined) return { offset: 0 }
  const found = readPlace(continues)
  if (found === undefined || offset === '0')
    throw new Refused(
      'request-invalid',
      'offset and continues go together: expected continues=<slot>/<index>, the slot and index of the Linkage-Receipt that came with these bytes',
    )
  return { continues: found, offset: Number(offset) }
}
