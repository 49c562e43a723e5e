// end-slot.ts: slots that cannot go on: a lost one is abandoned in a living log, a broken one is superseded by a new one.
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { OtherHead } from './entry.ts'
import { endedFile, markFile } from './key-directory.ts'
import { holdKeys, type LogOptions, QueryLog } from './log.ts'
import { type Mark, MarkFile } from './mark.ts'
import type { Supersedes } from './opening-entry.ts'
import type { LogReaderStore, Slot, SlotEndStore } from './ports.ts'
import { abandonEntry } from './slot-entries.ts'
import { SlotKeys } from './slot-keys.ts'
import { grownOver } from './tile.ts'

/** What was asked cannot be done: what was found, and what to do. */
export class CannotEnd extends Error {
  readonly code = 'cannot-end'
}

const lockWait = 20_000

/** A slot and its log. */
export interface SlotLog {
  readonly slot: Slot
  readonly log: string
}

/** What the database holds of a log, from the stored hashes: the row's own root is not believed.
 *  @param size as the row states it */
async function held(reader: LogReaderStore, { slot, log }: SlotLog, size: number): Promise<OtherHead> {
  const { tree } = await grownOver(reader.leafHashes(slot, 0, size))
  return { log, root: tree.root.toString('base64'), size: tree.size, slot }
}

export interface Abandoned {
  readonly head: OtherHead
  /** Index of its `abandon` entry. */
  readonly index: number
}

/** Ends a slot whose key directory is lost, and records its last head in a living log. Done again it changes nothing.
 *  @param document 文號 of the order
 *  @throws CannotEnd where there is no such slot, or it is the living one · NotRecorded, StoreError */
export async function abandonSlot(
  living: QueryLog,
  { reader, ends, newId }: { readonly reader: LogReaderStore; readonly ends: SlotEndStore; readonly newId: () => string },
  slot: Slot,
  document: string,
): Promise<Abandoned> {
  if (slot === living.slot) throw new CannotEnd(`寫入槽 ${slot} 仍在使用。 Slot ${slot} is the one that records this: it lives.`)
  const row = (await reader.heads()).find((each) => each.slot === slot)
  if (row === undefined) throw new CannotEnd(`資料庫沒有寫入槽 ${slot}。 The database knows no slot ${slot}.`)
  const { log } = row
  const { checkpoint, head: last } = await ends.endSlot(slot, log, undefined, `abandoned: ${document}`, lockWait)
  const recorded = await recordedEnd(reader, living.slot, log)
  if (recorded !== undefined) return recorded
  const head = await held(reader, { slot, log }, last.size)
  const facts = { id: newId(), checkpoint, document, head }
  const { index } = await living.append({ write: (given) => abandonEntry(facts, given) })
  return { head, index }
}

/** What the living log says of it already, however many others were abandoned since: never more than there are slots. */
async function recordedEnd(reader: LogReaderStore, living: Slot, log: string): Promise<Abandoned | undefined> {
  for (let below: number | undefined; ; ) {
    const found = await reader.lastOfKind(living, 'abandon', below)
    if (found === undefined) return undefined
    const { head } = JSON.parse(found.entry) // an entry that this slot's writer built
    if (head.log === log) return { head, index: found.index }
    below = found.index
  }
}

export interface Superseding {
  readonly old: SlotLog & { readonly keyDirectory: string }
  /** The new slot, whose keys are made and whose log is empty. */
  readonly next: LogOptions
  readonly ends: SlotEndStore
  /** 文號 of the order. */
  readonly document: string
}

/** Ends a slot that cannot go on, and opens a new one whose opening says what was signed of it and what the database still holds.
 *  Done again after it was cut off, it completes what is missing.
 *  @throws CannotEnd where the old slot can go on, or the new one is not new · LogRefusal, NotRecorded, StoreError */
export async function supersedeSlot({ document, ends, next, old }: Superseding): Promise<Supersedes> {
  if (next.slot === old.slot) throw new CannotEnd(`新舊寫入槽須不同。 Slot ${old.slot} cannot take its own place.`)
  const lock = holdKeys(old.keyDirectory)
  try {
    const mark = await markOf(old.keyDirectory)
    const { verifierKey } = await SlotKeys.read(old.keyDirectory, old.log)
    const why = await whyNot(next.reader, old, mark)
    const { head: last } = await ends.endSlot(old.slot, old.log, verifierKey, `superseded by slot ${next.slot}: ${document}`, lockWait)
    const signed = { epoch: mark.epoch, root: mark.head.root.toString('base64'), size: mark.head.size }
    const checkpoint = mark.checkpoint === '' ? undefined : mark.checkpoint
    const supersedes = { document, head: await held(next.reader, old, last.size), mark: { checkpoint, ...signed }, why }
    const log = await QueryLog.open({ ...next, supersedes })
    await log.close()
    // Also where another database, that knows nothing of this, is put in place of this one.
    await writeFile(join(old.keyDirectory, endedFile), `superseded by slot ${next.slot}: ${document}\n`, { mode: 0o600 })
    return supersedes
  } finally {
    lock.release()
  }
}

async function markOf(directory: string): Promise<Mark> {
  const file = await MarkFile.open(join(directory, markFile))
  await file.close()
  return file.current
}

/** Why a slot's writer would be refused.
 *  @throws CannotEnd where it would not be */
async function whyNot(reader: LogReaderStore, { slot, log }: SlotLog, { head }: Mark): Promise<Supersedes['why']> {
  const row = (await reader.heads()).find((each) => each.slot === slot)
  if (row !== undefined && row.log !== log)
    throw new CannotEnd(`寫入槽 ${slot} 屬於 ${row.log}。 Slot ${slot} of this database is ${row.log}, not ${log}.`)
  const { tree } = await grownOver(reader.leafHashes(slot, 0, head.size))
  if (row === undefined || row.head.size < head.size || tree.size < head.size) return 'database-behind'
  if (!tree.root.equals(head.root)) return 'other-history'
  throw new CannotEnd(
    `寫入槽 ${slot} 可以繼續：資料庫含有已簽章之全部紀錄，請直接啟動。 Slot ${slot} can go on: the database holds all that was signed. Start it.`,
  )
}
