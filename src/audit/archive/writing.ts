// writing.ts: an archive written disc by disc, in one pass over the agency's records, in memory that does not grow with them.
import { tableHead } from '../../querylog/export/csv.ts'
import type { StoredEntry } from '../../querylog/ports.ts'
import { type ArchiveContents, type ArchivedLog, ArchiveError, type ArchiveFacts, type ArchiveSink } from './archived.ts'
import { descriptionText, type Part, trustPolicyText } from './description.ts'
import { Disc } from './disc.ts'
import { documentPath, handedInPath, names, tablePath } from './layout.ts'
import { LogOnDisc, type RecordRead, type TableRows } from './log-on-disc.ts'
import { numbersBefore } from './numbers.ts'
import { readmeText, recipientsTable } from './readme.ts'

export interface WrittenDisc {
  readonly at: number
  readonly folder: string
  /** SHA-256 of its MANIFEST.csv, lower-case hex. That of the first disc names those of the others. */
  readonly manifest: string
  readonly records: number
  readonly recipients: ReadonlyMap<string, number>
}

export interface WritingOptions {
  /** How much a disc holds. */
  readonly bytesOfDisc: number
  readonly onProgress?: (log: ArchivedLog, index: number) => void
}

/** What a record may take beside its bytes and its row: a tile of each level, its data key. */
const besideRecord = 32 * 1024

/** Writes an archive. The same facts and contents give the same bytes: there is no clock here.
 *  @throws ArchiveError where what was handed in does not fit on the first disc */
export async function writeArchive(
  sink: ArchiveSink,
  facts: ArchiveFacts,
  contents: ArchiveContents,
  options: WritingOptions,
): Promise<readonly WrittenDisc[]> {
  const writing = new Writing(sink, facts, contents, options)
  await writing.handedIn()
  for (const log of contents.logs) await writing.records(log)
  return await writing.finish()
}

interface DiscInHand {
  readonly disc: Disc
  readonly table: TableRows
  readonly logs: ReadonlyMap<string, LogOnDisc>
}

class Writing {
  readonly #sink: ArchiveSink
  readonly #facts: ArchiveFacts
  readonly #contents: ArchiveContents
  readonly #options: WritingOptions
  readonly #discs: DiscInHand[] = []
  readonly #parts = new Map<string, Part[]>()
  #inHand: DiscInHand
  /** What the logs' openings and months take on every disc. */
  readonly #ofFrames: number

  constructor(sink: ArchiveSink, facts: ArchiveFacts, contents: ArchiveContents, options: WritingOptions) {
    this.#sink = sink
    this.#facts = facts
    this.#contents = contents
    this.#options = options
    const ofLog = ({ acts, frame }: ArchivedLog): number =>
      128 * 1024 + [...acts, ...frame].reduce((sum, { entry }) => sum + 2 * entry.length + besideRecord, 0)
    this.#ofFrames = contents.logs.reduce((sum, log) => sum + ofLog(log), 0)
    this.#inHand = this.#begin()
  }

  #begin(): DiscInHand {
    const disc = new Disc(this.#discs.length + 1, this.#sink)
    const logs = new Map(this.#contents.logs.map((log) => [log.slot, new LogOnDisc(log, disc)]))
    const inHand = { disc, table: { rows: 0 }, logs }
    this.#discs.push(inHand)
    return inHand
  }

  /** The page that verifies stands on every disc; what people handed in, and the documents, on the first. */
  async handedIn(): Promise<void> {
    const { disc } = this.#inHand
    const { bytesOfDisc } = this.#options
    await this.#open(this.#inHand)
    for (const [at, file] of this.#contents.files.entries())
      for await (const bytes of file.read()) await disc.append(handedInPath(at + 1, file.name), bytes, file.name)
    for (const [digest, bytes] of this.#contents.documents) await disc.put(documentPath(digest), bytes)
    if (disc.size + this.#ofFrames + besideRecord < bytesOfDisc) return
    throw new ArchiveError(
      `所附檔案放不進一片光碟（${bytesOfDisc.toLocaleString('en')} 位元組）：請改用較大之光碟，或減少檔案。 What was handed in does not fit on one disc: take larger discs, or fewer files.`,
    )
  }

  async #open({ disc }: DiscInHand): Promise<void> {
    await disc.put(names.page, this.#contents.page)
    await disc.append(tablePath(1), tableHead())
  }

  /** The agency's records of one log. */
  async records(log: ArchivedLog): Promise<void> {
    const { agency, period } = this.#facts
    const before = numbersBefore(log.frame, agency.id, period)
    const parts: Part[] = []
    if (before !== undefined) parts.push({ disc: this.#inHand.disc.at, after: before, to: before })
    for await (const stored of log.records()) {
      if (this.#isFull(stored)) await this.#next()
      let part = parts.at(-1)
      if (part === undefined)
        throw new Error(`${log.log}: entry ${stored.index} is of a month that the log's month entries do not speak of`)
      if (part.disc !== this.#inHand.disc.at) {
        part = { disc: this.#inHand.disc.at, after: part.to, to: part.to }
        parts.push(part)
      }
      const read: RecordRead = JSON.parse(stored.entry) // the writer's own entry
      await this.#inHand.logs.get(log.slot)?.record(stored, read, this.#inHand.table)
      if (read.kind === 'query') part.to = { records: read.agency_seq, counted: read.counted_seq ?? part.to.counted }
      this.#options.onProgress?.(log, stored.index)
    }
    this.#parts.set(log.slot, parts)
  }

  #isFull({ entry }: StoredEntry): boolean {
    const { disc, logs } = this.#inHand
    let keys = 0
    for (const { sealing } of logs.values()) keys += sealing.size
    return disc.size + this.#ofFrames + (keys + 1) * besideRecord + 3 * entry.length > this.#options.bytesOfDisc
  }

  async #next(): Promise<void> {
    if (this.#inHand.table.rows === 0)
      throw new ArchiveError('一片光碟放不下一筆紀錄：請改用較大之光碟。 No record fits on a disc: take larger discs.')
    this.#inHand = this.#begin()
    await this.#open(this.#inHand)
  }

  /** Writes what says what the discs are, and their lists: that of the first last of all, since it vouches for the others. */
  async finish(): Promise<readonly WrittenDisc[]> {
    const written: WrittenDisc[] = []
    for (const inHand of [...this.#discs].reverse()) written.unshift(await this.#finish(inHand, written))
    return written
  }

  async #finish({ disc, logs }: DiscInHand, others: readonly WrittenDisc[]): Promise<WrittenDisc> {
    const recipients = new Map<string, number>()
    for (const log of logs.values()) {
      const counts = await log.finish(disc.at === 1 ? log.log.acts : [])
      for (const [name, count] of counts) recipients.set(name, (recipients.get(name) ?? 0) + count)
    }
    const place = { at: disc.at, of: this.#discs.length }
    const records = [...logs.values()].reduce((sum, each) => sum + each.records, 0)
    await disc.put(names.description, descriptionText(this.#facts, place, this.#contents.logs, this.#parts, others))
    await disc.put(names.trust, trustPolicyText(this.#contents.logs))
    await disc.put(names.recipients, recipientsTable(recipients))
    await disc.put(names.readme, readmeText(this.#facts, place, this.#contents.logs, records, recipients))
    return { at: disc.at, folder: disc.folder, manifest: await disc.finish(), records, recipients }
  }
}
