// records.ts: an agency's own query records, for its manager (R11c): which quarters there are, what was downloaded, and the files themselves.
import { type DownloadRule, type Quarter, quarterOf } from '../audit/due-dates.ts'
import { type Download, doneAt, settledAfter } from '../audit/quarter-done.ts'
import { addDays, civilDateOf, showInstant } from '../calendar.ts'
import { barredFromOwnRecords } from '../policy/decide.ts'
import type { Agency } from '../policy/snapshot.ts'
import type { GoneMonths, NumbersOfMonth } from '../querylog/own-records.ts'
import { download } from './download.ts'
import { goneMonths } from './download-source.ts'
import type { Gateway } from './gateway.ts'
import { OwnDownloads, readDownload, shownDownload } from './own-downloads.ts'
import { answeredByPage, type InTurn, inTurn, leaving, readComer } from './page-answer.ts'
import { type PlaceOfDownload, quarterName, readRecordsPath } from './records-path.ts'
import type { Page } from './release.ts'

/** Answers one GET below /records/. Each file that is given is recorded by an `export` entry before its first byte. */
export const answerRecords = answeredByPage(async (gateway, call) => {
  const { at, caller, comer, shape } = await readComer(gateway, call, barredFromOwnRecords)
  const { agency } = caller.holder
  const path = readRecordsPath(shape)
  if (path === undefined) return { code: 'not-found' }
  if (path.page === 'file') {
    await download(gateway, call, { caller, comer, path })
    return { code: 'released', page: undefined }
  }
  const left = leaving(call)
  const turn: InTurn = (read) => inTurn(gateway.recordsTurns, agency.id, read, left)
  const body = path.page === 'list' ? await listOf(gateway, agency, at, turn) : await turn(() => receiptOf(gateway, agency, path))
  return body === undefined ? { code: 'not-found' } : { code: 'released', page: jsonPage(body) }
})

const jsonPage = (body: object): Page => ({
  type: 'application/json; charset=utf-8',
  cache: 'no-store',
  body: Buffer.from(`${JSON.stringify(body, null, 2)}\n`),
})

/** @param inTurn each statement waits for a turn of its own: whoever has downloaded often keeps nobody waiting */
async function listOf({ downloadRule, logs, ownRecords }: Gateway, agency: Agency, now: number, inTurn: InTurn): Promise<object> {
  const downloads = new OwnDownloads()
  for (const { slot } of await inTurn(() => logs.list())) {
    if (slot === 'cli') continue
    for (let from: number | undefined = 0; from !== undefined; ) {
      const start: number = from
      const { found, next } = await inTurn(() => ownRecords.downloadsFrom(slot, start, agency.id))
      for (const each of found) downloads.add(each)
      from = next
    }
  }
  const numbers = await inTurn(() => ownRecords.numbers(agency.id))
  const oldest = await inTurn(() => ownRecords.oldest())
  const gone = await inTurn(() => ownRecords.gone())
  const known: Known = { now, downloads, gone, held: downloads.held, numbers }
  const quarters = quartersOf(agency, now, oldest, downloadRule).map((quarter) => quarterShown(quarter, known))
  return { agency: agency.id, name: agency.name, at: showInstant(now), quarters }
}

/** From the first day on which the agency was approved, as far as the log goes back. */
function quartersOf({ standing }: Agency, now: number, oldest: number | undefined, rule: DownloadRule): readonly Quarter[] {
  const today = civilDateOf(now)
  const [approved = today, began] = [standing[0]?.effective, civilDateOf(oldest ?? now)]
  const quarters: Quarter[] = []
  for (let each = quarterOf(approved > began ? approved : began, rule); each.from <= today; each = quarterOf(addDays(each.until, 1), rule))
    quarters.push(each)
  return quarters
}

interface Known {
  readonly now: number
  readonly downloads: OwnDownloads
  readonly gone: GoneMonths
  /** The same, as they count. */
  readonly held: readonly Download[]
  readonly numbers: readonly NumbersOfMonth[]
}

function quarterShown(quarter: Quarter, { now, downloads, gone, held, numbers }: Known): object {
  const { from, until, due } = quarter
  const name = quarterName(from)
  const own = downloads.of(name)
  const months = numbers.filter(({ month }) => `${month}-01` >= from && `${month}-01` <= until)
  const done = doneAt(quarter, held)
  return {
    quarter: name,
    from,
    until,
    due,
    retired: goneMonths(gone, from, until),
    ended: now >= settledAfter(until),
    records: months.reduce((sum, { records }) => sum + records, 0),
    counted: months.reduce((sum, { counted }) => sum + counted, 0),
    done: done === undefined ? null : showInstant(done),
    files: ['csv', 'ods', 'ndjson'].map((file) => `/records/${name}.${file}`),
    downloads: own.downloads,
    downloads_in_all: own.count,
  }
}

/** The receipt of a download, 下載回條. */
async function receiptOf({ ownRecords }: Gateway, agency: Agency, path: PlaceOfDownload): Promise<object | undefined> {
  const stored = await ownRecords.downloadAt(path.slot, path.index)
  const found = stored && readDownload(stored)
  if (found?.entry.agency !== agency.id) return undefined
  const { entry, end } = found
  return {
    title: '下載回條 receipt of a download',
    agency: agency.id,
    name: agency.name,
    ...shownDownload(found),
    ended: end?.at ?? null,
    code: end?.code ?? null,
    credential: entry.credential,
    reason: entry.reason,
    continues: entry.continues ?? null,
    offset: entry.asked.offset ?? 0,
    /** Of each log what the file holds: numbers without a gap, next to those of the file before and behind it. */
    agency_seq: end?.records ?? null,
    logs: entry.logs,
    entry: {
      id: entry.id,
      index: found.stored.index,
      log: found.stored.log,
      proof: `/receipts/${found.stored.slot}/${found.stored.index}`,
    },
    completion:
      found.stored.end === undefined
        ? null
        : { index: found.stored.end.index, proof: `/receipts/${found.stored.slot}/${found.stored.end.index}` },
  }
}
