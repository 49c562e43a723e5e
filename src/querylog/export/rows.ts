// rows.ts: entries that are asked for, in chunks of constant size, as NDJSON or as tables.
import { type ExportAsked, type ExportedLog, membersOf } from './asked.ts'
import { tableCells, tableHead, tableRow } from './csv.ts'
import { eachEntry } from './each-entry.ts'
import { Outcomes } from './outcomes.ts'
import type { PartialFolder } from './partial-folder.ts'
import type { ExportStore, Lines, Which } from './ports.ts'

/** How far an export of rows is: everything before is in the folder. */
export interface RowsState {
  /** Of the logs that are exported, the how-manieth. */
  readonly log: number
  /** Index in it. */
  readonly next: number
  readonly rows: number
  /** Indexes of the period that hold no entry: known only where every entry is asked for. */
  readonly missing: number
}

export const rowsBegin: RowsState = { log: 0, next: 0, rows: 0, missing: 0 }

export interface RowsOptions {
  readonly roc: boolean
  /** Bytes between two points from which an export can be gone on with. */
  readonly step: number
  /** Told after each chunk. */
  readonly onProgress: (log: ExportedLog, index: number, rows: number) => void
}

/** What is read at once: as many entries as give about this many bytes of rows. */
const bytesOfChunk = 4 * 1024 * 1024
const [fewest, most] = [256, 8192]
/** Rows of a table are written so many bytes at once: few enough that the next chunk is taken in meanwhile. The longest row, of an entry of
 *  64 KiB that is nothing but quotes, has room three times. */
const bytesOfRows = 512 * 1024
/** LibreOffice and Excel open 1,048,576 rows. */
const rowsOfTable = 1_000_000

/** Writes what is asked for of each log.
 *  @param state where to go on
 *  @param save told how far it is; what comes next is written meanwhile
 *  @returns how far it is: to the end */
export async function exportRows(
  store: ExportStore,
  folder: PartialFolder,
  logs: readonly ExportedLog[],
  asked: ExportAsked,
  state: RowsState,
  save: (state: RowsState) => Promise<void>,
  options: RowsOptions,
): Promise<RowsState> {
  const which: Which = { members: membersOf(asked), only: asked.form === 'csv' ? 'queries' : 'all' }
  const all = which.members.length === 0 && which.only === 'all'
  let { missing, rows } = state
  let [unsaved, before, saved] = [0, 0, Promise.resolve()]
  for (const [at, log] of logs.entries()) {
    if (at < state.log) continue
    const write = asked.form === 'csv' ? await tableWriter(store, folder, log, options.roc) : lineWriter(folder, log)
    const from = at === state.log ? Math.max(log.from, state.next) : log.from
    before = from
    for await (const { to, lines } of chunksOf(store, log, from, which)) {
      unsaved += await write(lines, rows)
      rows += lines.indexes.length
      if (all) missing += to - before - lines.indexes.length
      before = to
      options.onProgress(log, to, rows)
      if (unsaved < options.step) continue
      await saved
      saved = save({ log: at, next: to, rows, missing })
      unsaved = 0
    }
  }
  await saved
  return { log: logs.length, next: 0, rows, missing }
}

/** The next chunk is read while this one is written. */
async function* chunksOf(
  store: ExportStore,
  { slot, to: end }: ExportedLog,
  from: number,
  which: Which,
): AsyncGenerator<{ readonly to: number; readonly lines: Lines }> {
  let count = fewest
  const read = (at: number) => {
    const lines = store.lines(slot, at, Math.min(end, at + count), which)
    lines.catch(() => undefined) // told where it is awaited
    return lines
  }
  if (from >= end) return
  for (let at = from, next = read(at); at < end; ) {
    const to = Math.min(end, at + count)
    const lines = await next
    const fits = Math.floor((bytesOfChunk * (to - at)) / Math.max(lines.entries.length, 1))
    count = Math.max(fewest, Math.min(most, fits, 4 * count))
    if (to < end) next = read(to)
    yield { to, lines }
    at = to
  }
}

type Write = (lines: Lines, rows: number) => Promise<number>

/** Exact entries, one a line; beside them their indexes. */
function lineWriter(folder: PartialFolder, { slot }: ExportedLog): Write {
  return async ({ entries, indexes }) => {
    await folder.append(`${slot}.ndjson`, entries)
    await folder.append(`${slot}.index.txt`, Buffer.from(indexes.map((index) => `${index}\n`).join('')))
    return entries.length
  }
}

/** `records-001.csv`: as many rows as spreadsheets open. */
const tableName = (rows: number): string => `records-${String(Math.floor(rows / rowsOfTable) + 1).padStart(3, '0')}.csv`

async function tableWriter(store: ExportStore, folder: PartialFolder, log: ExportedLog, roc: boolean): Promise<Write> {
  const outcomes = await Outcomes.read(store.completions(log.slot, log.from, log.size))
  const room = Buffer.allocUnsafeSlow(bytesOfRows)
  return async (lines, before) => {
    let [rows, written, end] = [before, 0, 0]
    const add = async (): Promise<void> => {
      await folder.append(tableName(rows - 1), room.subarray(0, end))
      written += end
      end = 0
    }
    for (const { entry, index, leaf } of eachEntry(lines)) {
      const row = tableRow(tableCells(entry, { slot: log.slot, index, leaf, outcome: outcomes.at(index) }, { roc }))
      const begins = rows > 0 && rows % rowsOfTable === 0
      if (begins || end + 3 * row.length > room.length) await add()
      if (begins) end = room.write(tableHead())
      end += room.write(row, end)
      rows += 1
    }
    if (end > 0) await add()
    return written
  }
}

/** Files that are there also where no row is: an empty table has its headings. */
export async function beginRows(folder: PartialFolder, logs: readonly ExportedLog[], { form }: ExportAsked): Promise<void> {
  if (form === 'csv') await folder.append(tableName(0), Buffer.from(tableHead()))
  else
    for (const { slot } of logs) {
      await folder.append(`${slot}.ndjson`, Buffer.alloc(0))
      await folder.append(`${slot}.index.txt`, Buffer.alloc(0))
    }
}
