// exported-logs.ts: which logs an export reads, how far they are, and which of their entries are of the period.
import { addDays, startOfDay } from '../../calendar.ts'
import type { ReadLog } from '../../querylog/act-entries.ts'
import { statedHead } from '../../querylog/checkpoint.ts'
import type { ExportAsked, ExportedLog } from '../../querylog/export/asked.ts'
import type { ExportStore } from '../../querylog/export/ports.ts'
import { NoteError } from '../../querylog/note.ts'
import type { StoredLog } from '../../querylog/ports.ts'
import type { Store } from '../../store/open.ts'
import { systemClock } from '../system-clock.ts'
import { UsageError } from './usage-error.ts'

type Head = Pick<ExportedLog, 'slot' | 'log' | 'size' | 'root' | 'checkpoint'> & Pick<StoredLog, 'verifierKey'>

export interface Chosen {
  readonly logs: readonly ExportedLog[]
  /** Entries behind the newest checkpoint of whole logs: of a writer that ended and did not come back. */
  readonly unsigned: readonly Unsigned[]
}

export interface Unsigned {
  readonly slot: string
  readonly entries: number
}

/** The chosen logs as they stand now: of a table or lines, as the database states them; of whole logs, as they are signed.
 *  @throws UsageError for a slot that is not there */
export async function exportedLogs(store: Store, rows: ExportStore, asked: ExportAsked): Promise<Chosen> {
  const { heads, unsigned } =
    asked.form === 'tiles' ? await signedHeads(store, asked.slots) : { heads: await storedHeads(store), unsigned: [] }
  const missing = asked.slots?.find((slot) => !heads.some((each) => each.slot === slot))
  if (missing !== undefined) {
    const there = heads.map(({ slot }) => slot).join(', ') || '–'
    throw new UsageError(`查無槽 ${missing}，現有：${there}。 There is no slot ${missing}; there are ${there}.`)
  }
  const logs: ExportedLog[] = []
  for (const { verifierKey, ...head } of heads.filter(({ slot }) => asked.slots?.includes(slot) ?? true)) {
    const verifierKeys = [verifierKey, ...(await rows.keyChanges(head.slot, head.size))]
    logs.push({ ...head, verifierKeys, ...(await spanOf(rows, head, asked)) })
  }
  logs.sort((a, b) => Number(a.slot) - Number(b.slot) || (a.slot < b.slot ? -1 : 1))
  return { logs, unsigned: unsigned.filter(({ slot }) => logs.some((each) => each.slot === slot)) }
}

const spanOf = (
  rows: ExportStore,
  head: Pick<Head, 'slot' | 'size'>,
  { from, until }: ExportAsked,
): Promise<{ from: number; to: number }> => between(rows, head, from && startOfDay(from), until && startOfDay(addDays(until, 1)))

async function between(
  rows: Pick<ExportStore, 'firstSince'>,
  { slot, size }: Pick<Head, 'slot' | 'size'>,
  since: number | undefined,
  before: number | undefined,
): Promise<{ from: number; to: number }> {
  const from = since === undefined ? 0 : await rows.firstSince(slot, since, size)
  const to = before === undefined ? size : await rows.firstSince(slot, before, size)
  return { from, to: Math.max(from, to) }
}

/** All logs as the database states them, and which of their entries are of a span: what a search looks through. */
export async function searchedLogs(
  store: Store,
  rows: ExportStore,
  since: number,
  before: number | undefined,
): Promise<readonly ReadLog[]> {
  const logs: ReadLog[] = []
  for (const head of await storedHeads(store)) {
    const { log, root, size, slot } = head
    logs.push({ log, root, size, slot, ...(await between(rows, head, since, before)) })
  }
  return logs
}

/** All logs as far as they are signed, and which of their entries are of a span.
 *  @throws UsageError where what stands as a log's newest checkpoint is none of it */
export async function signedLogs(
  store: Store,
  rows: Pick<ExportStore, 'firstSince'>,
  since: number,
  before: number,
): Promise<{ readonly logs: readonly ReadLog[]; readonly unsigned: readonly Unsigned[] }> {
  const { heads, unsigned } = await signedHeads(store, undefined)
  const logs: ReadLog[] = []
  for (const head of heads) {
    const { log, root, size, slot } = head
    logs.push({ log, root, size, slot, ...(await between(rows, head, since, before)) })
  }
  return { logs, unsigned }
}

async function storedHeads({ reader }: Store): Promise<readonly Head[]> {
  const keys = new Map((await reader.logs()).map(({ slot, verifierKey }) => [slot, verifierKey]))
  const heads = await reader.heads()
  return heads.map(({ slot, log, head }) => ({
    slot,
    log,
    verifierKey: keys.get(slot) ?? '',
    size: head.size,
    root: head.root.toString('base64'),
  }))
}

/** Milliseconds: a log that rests has its last checkpoint stored within two seconds. */
const waitAtMost = 4_000

/** Entries of one log state heads of others: those are waited for, so that no log ends before what another says of it. */
async function signedHeads(
  { reader }: Store,
  slots: ExportAsked['slots'],
): Promise<{ readonly heads: readonly Head[]; readonly unsigned: readonly Unsigned[] }> {
  const wanted = (slot: string): boolean => slots?.includes(slot) ?? true
  const stated = new Map((await reader.heads()).filter(({ slot }) => wanted(slot)).map(({ slot, head }) => [slot, head.size]))
  for (const end = systemClock.monotonic() + waitAtMost; ; ) {
    const heads = (await reader.logs()).flatMap((stored) => signedHead(stored, wanted(stored.slot)))
    const sizeOf = (slot: string): number => heads.find((each) => each.slot === slot)?.size ?? 0
    const unsigned = [...stated].flatMap(([slot, size]) => (sizeOf(slot) < size ? [{ slot, entries: size - sizeOf(slot) }] : []))
    if (unsigned.length === 0 || systemClock.monotonic() > end) return { heads, unsigned }
    await systemClock.sleep(200)
  }
}

/** @param wanted whether it is to be exported: one that is spoilt is not left out of it unsaid, and keeps no other from it
 *  @throws UsageError */
function signedHead({ slot, log, verifierKey, checkpoint }: StoredLog, wanted: boolean): Head[] {
  if (checkpoint === undefined) return []
  try {
    const { size, root } = statedHead(checkpoint, log) // by which keys it is signed, the log's own entries say: that is for who verifies
    return [{ slot, log, verifierKey, size, root: root.toString('base64'), checkpoint }]
  } catch (error) {
    if (!(error instanceof NoteError)) throw error
    if (!wanted) return []
    throw new UsageError(
      `槽 ${slot}：資料庫所存之最新封存點不是此紀錄之封存點，無從匯出其整份紀錄；其他槽請以 --slot 指定。 What the database holds as the newest checkpoint of slot ${slot} is none of it: whole logs are exported of the other slots, named by --slot.`,
    )
  }
}
