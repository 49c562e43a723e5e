// records-file.ts: an agency's own records as the bytes of one file: made chunk by chunk, the same bytes each time for the same logs.
import { odsOf } from '../audit/odf/streamed-table.ts'
import type { ReadLog } from '../querylog/act-entries.ts'
import { tableCells, tableHead, tableHeadings, tableRow } from '../querylog/export/csv.ts'
import { eachEntry } from '../querylog/export/each-entry.ts'
import { Outcomes } from '../querylog/export/outcomes.ts'
import type { Lines, Which } from '../querylog/export/ports.ts'
import type { OwnRecordsStore, RecordsAsked, RecordsOfLog } from '../querylog/own-records.ts'
import type { InTurn } from './page-answer.ts'

/** What is read at once: as many entries of a log as give about so many bytes, so that calls wait for no chunk. */
const bytesOfChunk = 128 * 1024
const [fewest, most] = [64, 4096]

type Span = Pick<ReadLog, 'from' | 'log' | 'size' | 'slot' | 'to'>
type OutcomeOf = (index: number) => string | undefined
/** Who was asked about is sealed: a table has the tag, and says so. */
const asTable = { roc: true, ofTag: '（未解除遮蔽）' }

/** One file on its way out. Whose records are missing between two others was not told the truth: nothing more of the file is made. */
export class RecordsStream {
  readonly #store: OwnRecordsStore
  readonly #asked: RecordsAsked
  readonly #logs: readonly Span[]
  readonly #inTurn: InTurn
  /** By log. */
  readonly #records = new Map<string, { first: number; last: number }>()

  /** @param inTurn waits until the database may be read; it rejects as soon as nobody wants the file any more */
  constructor(store: OwnRecordsStore, asked: RecordsAsked, logs: readonly Span[], inTurn: InTurn) {
    this.#store = store
    this.#asked = asked
    this.#logs = logs
    this.#inTurn = inTurn
  }

  /** Queries that stand in what was made so far. */
  get records(): readonly RecordsOfLog[] {
    return [...this.#records].map(([log, { first, last }]) => ({ first, last, log }))
  }

  /** @throws StoreError; Error where numbers of the agency are missing */
  async *bytes(): AsyncGenerator<Buffer, void> {
    const { file } = this.#asked
    if (file === 'ods') return yield* odsOf('查詢紀錄', tableHeadings, this.#cells())
    if (file === 'csv') {
      yield Buffer.from(tableHead())
      for await (const rows of this.#cells()) yield Buffer.from(rows.map(tableRow).join(''))
    } else for await (const { log, lines } of this.#lines()) yield Buffer.from(ndjsonOf(log.slot, lines))
  }

  async *#cells(): AsyncGenerator<readonly (readonly string[])[], void> {
    for await (const { log, lines, outcomeOf } of this.#lines())
      yield Array.from(eachEntry(lines), ({ entry, index, leaf }) =>
        tableCells(entry, { slot: log.slot, index, leaf, outcome: outcomeOf(index) }, asTable),
      )
  }

  async *#lines(): AsyncGenerator<{ readonly log: Span; readonly lines: Lines; readonly outcomeOf: OutcomeOf }, void> {
    const table = this.#asked.file !== 'ndjson'
    const which: Which = { members: [`"agency":${JSON.stringify(this.#asked.agency)}`], only: table ? 'queries' : 'all' }
    for (const log of this.#logs) {
      const outcomes = table ? await this.#outcomes(log) : undefined
      for await (const lines of this.#chunks(log, which)) {
        this.#count(log.log, lines.entries.toString('latin1'))
        yield { log, lines, outcomeOf: (index) => outcomes?.at(index) }
      }
    }
  }

  /** A query may have ended long after it began: the completions of its agency, to the end of the log. */
  async #outcomes({ from, size, slot }: Span): Promise<Outcomes> {
    const outcomes = new Outcomes()
    for (let at = from; at < size; ) {
      const { found, next } = await this.#inTurn(() => this.#store.outcomes(slot, at, size, this.#asked.agency))
      for (const each of found) outcomes.add(each)
      at = next
    }
    return outcomes
  }

  async *#chunks({ slot, from, to: end }: Span, which: Which): AsyncGenerator<Lines, void> {
    let count = fewest
    for (let at = from; at < end; ) {
      const to = Math.min(end, at + count)
      const lines = await this.#inTurn(() => this.#store.lines(slot, at, to, which))
      const fits = Math.floor((bytesOfChunk * (to - at)) / Math.max(lines.entries.length, 1))
      count = Math.max(fewest, Math.min(most, fits, 4 * count))
      at = to
      if (lines.indexes.length > 0) yield lines
    }
  }

  /** `agency_seq` runs without gaps in each log: whoever holds two files that follow each other sees it, and so do we. In an entry, which
   *  is canonical JSON, the name with its quotes stands only where the member does. */
  #count(log: string, entries: string): void {
    for (const [, digits] of entries.matchAll(/"agency_seq":(\d+)/g)) {
      const number = Number(digits)
      const known = this.#records.get(log)
      if (known === undefined) this.#records.set(log, { first: number, last: number })
      else if (number === known.last + 1) known.last = number
      else throw new Error(`${log}: agency_seq ${number} of ${this.#asked.agency} comes after ${known.last}: linkage log verify`)
    }
  }
}

/** `{"entry":…,"index":…,"slot":"…"}` and a line feed: RFC 8785, as the entry itself, whose exact bytes stand in it. */
function ndjsonOf(slot: string, lines: Lines): string {
  let text = ''
  for (const { entry, index } of eachEntry(lines)) text += `{"entry":${entry},"index":${index},"slot":"${slot}"}\n`
  return text
}
