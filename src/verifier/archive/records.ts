// records.ts: an agency's records on one disc, entry by entry: each the one that stands in the signed tree, none missing between the first
// and the last, each in its month.
import { monthAt } from '../taipei.ts'
import type { Numbers, Part } from './description.ts'
import { type ArchivedEntry, countAt, objectAt, readArchivedEntry, textAt } from './entry.ts'
import type { ArchiveFindingCode } from './finding.ts'
import { indexedLines } from './indexed-lines.ts'
import { type LogPlace, stands } from './log-place.ts'
import { type MonthSpan, words } from './months.ts'
import { QueriesSeen } from './queries-seen.ts'

/** Kinds beside `query` that are about an agency's records. */
const aboutQueries = new Set(['completion', 'subjects'])

export interface RecordsRead {
  readonly queries: number
  readonly counted: number
  /** Bytes of all entries. */
  readonly entries: number
  /** Whether an entry was not what it must be, and so not read. */
  readonly anyLost: boolean
  /** By index of the query: how it ended, where a completion says so. */
  readonly outcomes: ReadonlyMap<number, string>
  /** Ids of data keys that sealed something here, each with the number of entries. */
  readonly sealing: ReadonlyMap<string, number>
}

/** Takes records one after another. */
class Records {
  readonly #place: LogPlace
  readonly #spans: readonly MonthSpan[]
  readonly #keys: ReadonlySet<string>
  readonly #seen = new QueriesSeen()
  readonly #last: { records: number; counted: number }
  #unsure = { records: false, counted: false }
  readonly outcomes = new Map<number, string>()
  readonly sealing = new Map<string, number>()
  anyLost = false
  queries = 0
  counted = 0
  entries = 0

  constructor(place: LogPlace, spans: readonly MonthSpan[], keys: ReadonlySet<string>, after: Numbers) {
    this.#place = place
    this.#spans = spans
    this.#keys = keys
    this.#last = { ...after }
  }

  /** No record follows. */
  end(to: Numbers): void {
    const { path, tell } = this.#place
    for (const [of, code] of [
      ['records', 'agency-seq'],
      ['counted', 'counted-seq'],
    ] as const)
      if (this.#last[of] !== to[of] && !this.#unsure[of])
        tell({ code, file: path('records.ndjson'), found: `the last is ${this.#last[of]}`, expected: `${to[of]} (${words(to)})` })
  }

  async take(index: number, bytes: Uint8Array): Promise<void> {
    const { agency } = this.#place
    this.entries += 1
    const entry = (await stands(this.#place, 'records.ndjson', index, bytes)) ? readArchivedEntry(bytes) : null
    // What was told already may have been any record: numbers go on from what comes next.
    if (entry === null) {
      this.#unsure = { records: true, counted: true }
      this.anyLost = true
    } else if (entry === undefined) this.#tell('entry-malformed', index, `${bytes.length} bytes`, 'an entry of format version 1')
    else if (textAt(entry.members, 'agency') !== agency || (entry.kind !== 'query' && !aboutQueries.has(entry.kind)))
      this.#tell('entry-foreign', index, `${entry.kind} of ${textAt(entry.members, 'agency') ?? 'nobody'}`, `records of ${agency}`)
    else {
      if (entry.kind === 'query') this.#query(index, entry)
      else this.#about(index, entry)
      this.#sealed(index, entry)
    }
  }

  #tell(code: ArchiveFindingCode, at: number, found: string, expected: string): void {
    this.#place.tell({ code, file: this.#place.path('records.ndjson'), at, found, expected })
  }

  #query(index: number, { id, members, ms }: ArchivedEntry): void {
    this.queries += 1
    this.#seen.add(index, id)
    const month = monthAt(ms)
    const span = this.#spans.find((each) => each.month === month)
    if (span === undefined)
      this.#tell('entry-foreign', index, month, `a month from ${this.#place.period.from} to ${this.#place.period.until}`)
    this.#number(index, 'records', 'agency-seq', countAt(members, 'agency_seq'), span)
    if (!Object.hasOwn(members, 'counted_seq')) return
    this.counted += 1
    this.#number(index, 'counted', 'counted-seq', countAt(members, 'counted_seq'), span)
  }

  /** After a gap numbers are followed from where they stand, so that one gap is one finding. */
  #number(index: number, of: 'records' | 'counted', code: 'agency-seq' | 'counted-seq', found = 0, span: MonthSpan | undefined): void {
    const expected = this.#last[of] + 1
    if (found !== expected && !this.#unsure[of]) this.#tell(code, index, String(found), String(expected))
    this.#last[of] = found
    this.#unsure[of] = false
    if (span === undefined || (found > span.after[of] && found <= (span.to?.[of] ?? Number.POSITIVE_INFINITY))) return
    this.#tell('month-numbers', index, `${of} ${found}`, `${span.month}: above ${span.after[of]}, up to ${span.to?.[of]}`)
  }

  #about(index: number, { kind, members }: ArchivedEntry): void {
    const of = objectAt(members, 'of') ?? {}
    const query = countAt(of, 'index')
    if (query === undefined || query >= index || this.#seen.isOther(query, textAt(of, 'id') ?? ''))
      this.#tell('completion-unknown', index, `of ${textAt(of, 'id')} at ${query}`, 'a query of this agency before it')
    else if (kind === 'completion') this.outcomes.set(query, textAt(members, 'outcome') ?? '')
  }

  #sealed(index: number, { members }: ArchivedEntry): void {
    const sealed = objectAt(members, 'sealed')
    if (sealed === undefined) return
    const key = textAt(sealed, 'key') ?? ''
    if (!this.#keys.has(key)) this.#tell('key-unknown', index, key, 'a key entry in frame.ndjson')
    this.sealing.set(key, (this.sealing.get(key) ?? 0) + 1)
  }
}

/** Reads `records.ndjson` of a log. What is wrong is told.
 *  @param part what the disc holds of it; absent for nothing
 *  @param onBytes told how many bytes were read, as they are */
export async function readRecords(
  place: LogPlace,
  spans: readonly MonthSpan[],
  keys: ReadonlySet<string>,
  part: Part | undefined,
  onBytes: (bytes: number) => void,
): Promise<RecordsRead> {
  const records = new Records(place, spans, keys, part?.after ?? { records: 0, counted: 0 })
  for await (const { bytes, index } of indexedLines(place, 'records')) {
    await records.take(index, bytes)
    onBytes(bytes.length + 1)
  }
  records.end(part?.to ?? { records: 0, counted: 0 })
  return records
}
