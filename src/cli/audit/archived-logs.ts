// archived-logs.ts: the logs of a department as an archive of one agency and period reads them out of the database.
import { type Act, actsOf, documentsNamed } from '../../audit/archive/acts.ts'
import { type ArchivedLog, ArchiveError, type ArchiveFacts } from '../../audit/archive/archived.ts'
import type { ArchiveReader, ArchiveStore } from '../../audit/archive/ports.ts'
import { daysOf } from '../../audit/period.ts'
import { addDays, startOfDay } from '../../calendar.ts'
import { Outcomes } from '../../querylog/export/outcomes.ts'
import type { PublishedStore, StoredEntry } from '../../querylog/ports.ts'
import { tilePath } from '../../querylog/tile.ts'
import { systemClock } from '../system-clock.ts'

export interface Reading {
  readonly reader: ArchiveReader & Pick<PublishedStore, 'logs'>
  readonly store: ArchiveStore
}

/** Entries of the period in one log. */
interface Span {
  readonly from: number
  readonly to: number
}

type LogHead = Awaited<ReturnType<ArchiveReader['heads']>>[number]

type Frame = Awaited<ReturnType<typeof frameOf>>

/** Every log that the department had in the period: also one without a record of the agency, since its months show that there is none.
 *  Each as far as the smallest stored checkpoint that covers what is archived of it: made again, it is the same.
 *  @throws ArchiveError where a month was taken out, or the end of a log is not signed */
export async function archivedLogs(reading: Reading, facts: ArchiveFacts): Promise<readonly ArchivedLog[]> {
  const { reader } = reading
  const heads = (await reader.heads()).filter(({ head }) => head.size > 0)
  const verifierKeys = new Map((await reader.logs()).map(({ slot, verifierKey }) => [slot, verifierKey]))
  const acts = actsOf(await allActs(reader, heads), facts)
  const frames = new Map<string, Frame>()
  for (const { log, slot } of heads) frames.set(log, await frameOf(reader, slot, facts))
  const logs: ArchivedLog[] = []
  const chosen = logsOfPeriod(heads, frames, new Set(acts.map(({ slot }) => slot)), facts)
  for (const head of heads.filter(({ log }) => chosen.has(log))) {
    const own = acts.filter(({ slot }) => slot === head.slot).sort((a, b) => a.index - b.index)
    const frame = frames.get(head.log) ?? { around: [], changes: [] }
    logs.push(await archivedLog(reading, facts, head, frame, own, verifierKeys.get(head.slot) ?? ''))
  }
  return logs.sort((a, b) => Number(a.slot) - Number(b.slot) || (a.slot < b.slot ? -1 : 1))
}

/** Names of the logs that were opened by the end of the period or hold acts of the audit, and of those that they speak of: what is opened
 *  later changes nothing of an archive that is made again. */
function logsOfPeriod(
  heads: readonly LogHead[],
  frames: ReadonlyMap<string, Frame>,
  withActs: ReadonlySet<string>,
  { period }: ArchiveFacts,
): ReadonlySet<string> {
  const end = startOfDay(addDays(daysOf(period).last, 1))
  const openedBy = (log: string): boolean => (frames.get(log)?.around ?? []).some(({ entry }) => Date.parse(JSON.parse(entry).at) < end)
  const chosen = new Set(heads.filter(({ log, slot }) => withActs.has(slot) || openedBy(log)).map(({ log }) => log))
  // A set goes on with what is added while it is gone through.
  for (const log of chosen)
    for (const { entry } of frames.get(log)?.around ?? []) {
      const { heads: others = [] }: { heads?: readonly { log: string }[] } = JSON.parse(entry) // the writer's own entry
      for (const other of others) if (frames.has(other.log)) chosen.add(other.log)
    }
  return chosen
}

async function allActs(reader: ArchiveReader, heads: readonly LogHead[]): Promise<readonly Act[]> {
  const acts: Act[] = []
  for (const { slot } of heads)
    for (const kind of ['sample', 'report']) for await (const each of reader.ofKind(slot, kind)) acts.push({ ...each, slot })
  return acts
}

async function archivedLog(
  { reader, store }: Reading,
  facts: ArchiveFacts,
  { head, log, slot }: LogHead,
  frame: Frame,
  acts: readonly StoredEntry[],
  verifierKey: string,
): Promise<ArchivedLog> {
  const { agency } = facts
  const span = await spanOf(store, slot, head.size, facts)
  const late: StoredEntry[] = []
  for await (const each of store.aboutAgency(slot, span.to, head.size, agency.id)) if (isAbout(each, span)) late.push(each)
  const last = Math.max(span.to - 1, ...[...frame.around, ...acts, ...late].map(({ index }) => index))
  const { note, size } = await checkpointCovering(store, slot, last + 1)
  const outcomes = await Outcomes.read(store.completions(slot, span.from, size))
  return {
    slot,
    log,
    size,
    checkpoint: note,
    verifierKeys: [verifierKey, ...(await store.keyChanges(slot, size))],
    frame: [...frame.around, ...frame.changes].filter(({ index }) => index < size).sort((a, b) => a.index - b.index),
    acts,
    records: () => recordsOf(store, slot, span, agency.id, late),
    outcomeOf: (index) => outcomes.at(index),
    keys: (ids) => keysOf(reader, slot, log, ids),
    tile: async (name) => {
      const hashes = await store.tile(slot, name)
      if (hashes === undefined) throw new Error(`${log}: ${tilePath(name)} is not stored, and the checkpoint covers it`)
      return hashes
    },
  }
}

async function spanOf(store: ArchiveStore, slot: string, size: number, { period }: ArchiveFacts): Promise<Span> {
  const { first, last } = daysOf(period)
  const from = await store.firstSince(slot, startOfDay(first), size)
  const to = Math.max(from, await store.firstSince(slot, startOfDay(addDays(last, 1)), size))
  const gone = await store.gone(slot, from, to)
  if (gone === 0) return { from, to }
  throw new ArchiveError(
    `槽 ${slot}：本期間有 ${gone} 筆紀錄已移出，無從歸檔：應於移出前歸檔。 Slot ${slot}: ${gone} entries of the period were taken out; archive a period before its months are retired.`,
  )
}

/** Its opening and the turns of the month around and in the period; and others at which the key changed, which a checkpoint that covers
 *  them is verified by. */
async function frameOf(
  reader: ArchiveReader,
  slot: string,
  { period }: ArchiveFacts,
): Promise<{ readonly around: readonly StoredEntry[]; readonly changes: readonly StoredEntry[] }> {
  const [around, changes]: [StoredEntry[], StoredEntry[]] = [[], []]
  for await (const each of reader.entries(slot, 0, 1)) around.push(each)
  for await (const each of reader.ofKind(slot, 'month')) {
    const { begins, ended, key_change }: { begins: string; ended: string; key_change?: object } = JSON.parse(each.entry) // the writer's own
    if (ended <= period.until && begins >= period.from) around.push(each)
    else if (key_change !== undefined) changes.push(each)
  }
  return { around, changes }
}

/** Whether an entry is a query, or about one of the span. A completion with the digest of a file speaks of a download, not of a query. */
function isAbout({ entry }: StoredEntry, { from, to }: Span): boolean {
  const { of, sha256 }: { of?: { index: number }; sha256?: string } = JSON.parse(entry) // the writer's own entry
  return of === undefined || (sha256 === undefined && of.index >= from && of.index < to)
}

const indexesOfChunk = 8192

async function* recordsOf(
  store: ArchiveStore,
  slot: string,
  span: Span,
  agency: string,
  late: readonly StoredEntry[],
): AsyncGenerator<StoredEntry> {
  const read = (from: number) => {
    const entries = store.ofAgency(slot, from, Math.min(span.to, from + indexesOfChunk), agency)
    entries.catch(() => undefined) // told where it is awaited
    return entries
  }
  // The next chunk is read while this one is written.
  for (let from = span.from, next = read(from); from < span.to; from += indexesOfChunk) {
    const entries = await next
    if (from + indexesOfChunk < span.to) next = read(from + indexesOfChunk)
    for (const each of entries) if (isAbout(each, span)) yield each
  }
  yield* late
}

async function keysOf(reader: ArchiveReader, slot: string, log: string, ids: ReadonlySet<string>): Promise<readonly StoredEntry[]> {
  const keys: StoredEntry[] = []
  if (ids.size === 0) return keys
  for await (const each of reader.ofKind(slot, 'key')) {
    const { id }: { id: string } = JSON.parse(each.entry) // the writer's own entry
    if (ids.has(id)) keys.push(each)
  }
  if (keys.length === ids.size) return keys
  throw new Error(`${log}: ${ids.size - keys.length} data keys that sealed records of the period are not there: linkage log verify`)
}

/** Milliseconds: a log that rests has its last checkpoint stored within two seconds. */
const waitAtMost = 4_000

async function checkpointCovering(
  store: ArchiveStore,
  slot: string,
  size: number,
): Promise<{ readonly size: number; readonly note: string }> {
  for (const end = systemClock.monotonic() + waitAtMost; ; ) {
    const found = await store.checkpointFrom(slot, size)
    if (found !== undefined) return found
    if (systemClock.monotonic() > end)
      throw new ArchiveError(
        `槽 ${slot}：第 ${size} 筆之前尚無已儲存之封存點：請啟動該槽之閘道，或依程序結束該槽（linkage log abandon）。 Slot ${slot}: no stored checkpoint covers its first ${size} entries yet: start its gateway, or end the slot (linkage log abandon).`,
      )
    await systemClock.sleep(200)
  }
}

/** What the entry says was read: from the opening to the last entry that the checkpoint covers. */
export function wholeLog({ checkpoint, log, size, slot }: ArchivedLog) {
  const [, , root = ''] = checkpoint.split('\n')
  return { from: 0, log, root, size, slot, to: size }
}

/** @throws ArchiveError where one is not kept */
export async function documentsOf({ reader }: Reading, logs: readonly ArchivedLog[]): Promise<ReadonlyMap<string, Uint8Array>> {
  const documents = new Map<string, Uint8Array>()
  for (const digest of documentsNamed(logs.flatMap(({ acts }) => acts))) {
    const bytes = await reader.document(digest)
    if (bytes === undefined)
      throw new ArchiveError(
        `資料庫沒有稽核紀錄所指之文件 ${digest}。 The database does not hold the document that an entry names: linkage log verify.`,
      )
    documents.set(digest, bytes)
  }
  return documents
}
