// download-source.ts: what a download of own records is made of: which entries of which logs, and whether they are too many for its form.
import { addDays, type CivilDate, civilDateOf, startOfDay } from '../calendar.ts'
import { Refused } from '../problems.ts'
import type { ReadLog } from '../querylog/act-entries.ts'
import type { GoneMonths, RecordsAsked } from '../querylog/own-records.ts'
import type { Slot } from '../querylog/ports.ts'
import type { Gateway } from './gateway.ts'
import type { FilePath } from './records-path.ts'

/** Office programs open about a million rows, and slowly. */
const rowsOfOds = 200_000

/** Records are counted by whole months, as the logs state them.
 *  @throws Refused request-invalid */
export async function checkLength({ ownRecords }: Gateway, { from, offset, until }: FilePath, agency: string): Promise<void> {
  if (offset > 0) throw new Refused('request-invalid', 'offset: an .ods is packed anew each time; leave it out, or take .csv')
  const months = (await ownRecords.numbers(agency)).filter(({ month }) => month >= from.slice(0, 7) && month <= until.slice(0, 7))
  const rows = months.reduce((sum, { records }) => sum + records, 0)
  if (rows <= rowsOfOds) return
  const fewer = months.length > 1 ? ', or days of fewer months (from, until)' : ''
  throw new Refused('request-invalid', `${rows} records in these months, and an .ods holds ${rowsOfOds}: take .csv${fewer}`)
}

/** A month whose time is over leaves the database: a file without it would look whole.
 *  @throws Refused request-invalid */
export async function checkThere({ ownRecords }: Gateway, { from, until }: Pick<FilePath, 'from' | 'until'>): Promise<void> {
  const gone = goneMonths(await ownRecords.gone(), from, until)
  if (gone.length === 0) return
  throw new Refused(
    'request-invalid',
    `${gone.join(', ')}: no longer here, taken out after its time; ask for days of other months (from, until); what was recorded then stands in the archive of that period`,
  )
}

/** Months of days, both included, that are no longer here. */
export function goneMonths({ before = '', months }: GoneMonths, from: CivilDate, until: CivilDate): readonly string[] {
  const gone: string[] = []
  for (let day = from; day <= until; day = addDays(day, 1)) {
    const month = day.slice(0, 7)
    if (month !== gone.at(-1) && (months.includes(month) || month < before)) gone.push(month)
  }
  return gone
}

/** Entries of the logs that a file is made of. */
export interface Source {
  readonly continues: string | undefined
  /** What is known of the file that it goes on with. */
  readonly given?: Given | undefined
  readonly logs: readonly ReadLog[]
}

/** So many bytes of a file had left, and had this digest. */
export interface Given {
  readonly bytes: number
  /** SHA-256, hexadecimal. */
  readonly sha256: string
}

/** What goes on with an earlier download. */
export type GoingOn = Required<Pick<FilePath, 'continues' | 'offset'>>

/** Every log of the database but that of the commands, which holds no calls, as far as it is signed.
 *  @throws Refused request-invalid */
export async function fromTheBeginning(gateway: Gateway, path: FilePath, agency: string): Promise<Source> {
  const { logs, ownRecords } = gateway
  const { from, until } = path
  const read: ReadLog[] = []
  for (const { slot, unreadable } of await logs.list()) {
    if (slot === 'cli') continue
    if (unreadable) throw new Error(`slot ${slot}: what the database holds as its newest checkpoint is none: no file would be whole`)
    const head = await logs.head(slot)
    await checkSigned(gateway, { slot, size: head?.size ?? 0 }, path, agency)
    if (head === undefined) continue
    const { log, root, size } = head
    const [first, end] = [
      await ownRecords.firstSince(slot, startOfDay(from), size),
      await ownRecords.firstSince(slot, startOfDay(addDays(until, 1)), size),
    ]
    read.push({ from: first, log, root: root.toString('base64'), size, slot, to: Math.max(first, end) })
  }
  return { continues: undefined, logs: read.sort((a, b) => numberOf(a.slot) - numberOf(b.slot)) }
}

/** Milliseconds after which a log that is written has signed what it holds: it takes two seconds. */
const signedWithin = 60_000

/** A process that was killed leaves entries that nobody signed yet: what the agency has there would be missing from a file that looks whole.
 *  @throws Refused request-invalid */
async function checkSigned(
  { log, operational, ownRecords }: Gateway,
  { size, slot }: { readonly size: number; readonly slot: Slot },
  { from, until }: FilePath,
  agency: string,
): Promise<void> {
  const first = await ownRecords.firstBehind(slot, size, startOfDay(from), agency)
  if (first === undefined || first >= Math.min(startOfDay(addDays(until, 1)), log.now() - signedWithin)) return
  operational.error('records at the end of a log stand unsigned: start its slot, or end it', { log: slot })
  const day = civilDateOf(first)
  throw new Refused(
    'request-invalid',
    `records of ${day} in log ${slot} are not signed yet, and a file without them would look whole: ask for days before or behind ${day}, and for that day once operations have started slot ${slot}`,
  )
}

const numberOf = (slot: Slot): number => Number(slot)

/** The download that the caller names: what it read gives the same bytes again.
 *  @throws Refused request-invalid */
export async function goneOnWith({ ownRecords }: Gateway, asked: RecordsAsked, { continues, offset }: GoingOn): Promise<Source> {
  const found = await ownRecords.downloadAt(continues.slot, continues.index)
  const entry = found && JSON.parse(found.entry) // written by a slot's writer, as its end is
  if (entry?.agency !== asked.agency)
    throw new Refused('request-invalid', 'continues: expected slot and index of a download of this agency, as its receipt names them')
  if (!isSame(entry.asked, asked))
    throw new Refused(
      'request-invalid',
      `continues: that download is of .${entry.asked.file}, ${entry.asked.from} to ${entry.asked.until}: ask for the same, or leave offset and continues out`,
    )
  // Without an end its process ended first. One that left whole may have been lost on its way all the same.
  const given: Given | undefined = found?.end && JSON.parse(found.end.entry)
  if (given !== undefined && given.bytes < offset)
    throw new Refused('request-invalid', `offset: that download gave ${given.bytes} bytes, and no more can be there of it`)
  return { continues: entry.continues ?? entry.id, given, logs: entry.logs }
}

const isSame = (one: RecordsAsked, other: RecordsAsked): boolean =>
  one.file === other.file && one.from === other.from && one.until === other.until
