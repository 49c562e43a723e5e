// own-downloads.ts: an agency's downloads of its own records as its list shows them: all of them count, of each quarter the newest are shown.
import { asTheyCount, type Download, type DownloadFacts, factsOf } from '../audit/quarter-done.ts'
import type { CivilDate } from '../calendar.ts'
import type { RecordsOfLog, StoredDownload } from '../querylog/own-records.ts'
import { quarterName } from './records-path.ts'

/** Of a quarter. An older one is found by its receipt, which the agency has. */
const mostShown = 20

/** Members that are read of an entry and its completion: written by a slot's writer. */
interface Entry {
  readonly agency: string
  readonly at: string
  readonly asked: { readonly file: string; readonly from: CivilDate; readonly offset?: number; readonly until: CivilDate }
  readonly continues?: string
  readonly credential: string
  readonly id: string
  readonly logs: readonly object[]
  readonly reason: string
  readonly user: string
}
interface End {
  readonly at: string
  readonly bytes: number
  readonly code?: string
  readonly outcome: string
  readonly records: readonly RecordsOfLog[]
  readonly sha256: string
}

export interface ReadDownload {
  readonly entry: Entry
  readonly end: End | undefined
  readonly stored: StoredDownload
}

export const readDownload = (stored: StoredDownload): ReadDownload => ({
  stored,
  entry: JSON.parse(stored.entry),
  end: stored.end && JSON.parse(stored.end.entry),
})

const countOf = ({ records }: Pick<End, 'records'>): number => records.reduce((sum, { first, last }) => sum + last - first + 1, 0)

/** What a person or a program sees of one download. */
export function shownDownload({ stored, entry, end }: ReadDownload): object {
  return {
    receipt: `/records/receipts/${stored.slot}/${stored.index}`,
    file: entry.asked.file,
    from: entry.asked.from,
    until: entry.asked.until,
    at: entry.at,
    user: entry.user,
    outcome: end?.outcome ?? null,
    records: end ? countOf(end) : null,
    bytes: end?.bytes ?? null,
    sha256: end?.sha256 ?? null,
  }
}

interface OfQuarter {
  count: number
  /** The newest last. */
  readonly newest: { readonly at: string; readonly shown: object }[]
}

/** Downloads of one agency, taken page by page: what is held of each is little. */
export class OwnDownloads {
  readonly #facts: DownloadFacts[] = []
  readonly #quarters = new Map<string, OfQuarter>()

  add(stored: StoredDownload): void {
    this.#facts.push(factsOf(stored))
    const found = readDownload(stored)
    const { asked, at } = found.entry
    const name = quarterName(asked.from) // a download is of days of one quarter
    const quarter = this.#quarters.get(name) ?? { count: 0, newest: [] }
    this.#quarters.set(name, quarter)
    quarter.count += 1
    quarter.newest.push({ at, shown: shownDownload(found) })
    quarter.newest.sort((a, b) => (a.at < b.at ? -1 : 1)) // of one log they come in order: nothing moves
    if (quarter.newest.length > mostShown) quarter.newest.shift()
  }

  /** All of them, as they count. */
  get held(): readonly Download[] {
    return asTheyCount(this.#facts)
  }

  /** Of a quarter, named as in `115Q3`: the newest, and how many there are. */
  of(quarter: string): { readonly downloads: readonly object[]; readonly count: number } {
    const { count, newest } = this.#quarters.get(quarter) ?? { count: 0, newest: [] }
    return { downloads: newest.map(({ shown }) => shown), count }
  }
}
