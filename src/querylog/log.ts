// log.ts: a slot's query log as the gateway uses it: opened, with a data key, tags, counts of refusals, and its clock.
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { monthOf, yearOf } from '../calendar.ts'
import { type FolderLock, holdFolder } from '../lock.ts'
import type { Draft, Together } from './batch.ts'
import type { Clock } from './clock.ts'
import { completionEntry } from './completion-entry.ts'
import { DataKeys, lookedAfter, recipientsOf } from './data-keys.ts'
import type { EarlierEntry, EntryId, Given, Sealed, SubjectTag } from './entry.ts'
import { Heads, otherHeads } from './heads.ts'
import { endedFile, markFile, readTagKeys } from './key-directory.ts'
import type { LogEvent } from './log-event.ts'
import { MarkFile } from './mark.ts'
import { openingEntry, type Supersedes } from './opening-entry.ts'
import type { Head, LogReaderStore, LogWriterStore, Slot } from './ports.ts'
import { LogRefusal } from './refusal.ts'
import { RefusalCounts } from './refusals.ts'
import type { Recorded } from './releaser.ts'
import type { Recipient } from './seal.ts'
import { SlotKeys } from './slot-keys.ts'
import { SubjectTagger, type TagKeys, type TagsOfKind } from './tag.ts'
import { LogWriter } from './writer.ts'

export interface LogOptions {
  readonly slot: Slot
  /** The log is `<host>/log/<slot>`, for ever. */
  readonly host: string
  readonly keyDirectory: string
  /** Where the tag keys lie: with several slots they share them. Undefined for a log without subjects: it tags nobody. */
  readonly tagDirectory: string | undefined
  /** Who can open what is sealed, of every year; none of this one or before: the log is not opened. */
  readonly recipients: readonly Recipient[]
  readonly store: LogWriterStore
  readonly reader: LogReaderStore
  readonly clock: Clock
  readonly newId: () => EntryId
  readonly parameters: object
  readonly software: string
  readonly queueLimit: number
  /** Whose place this log takes; only in its opening. */
  readonly supersedes?: Supersedes
  readonly report: (event: LogEvent) => void
}

/** A draft that is tried again: `once` is the id of its entry. */
export type Lasting = Draft & Required<Pick<Draft, 'once'>>
/** Told why an entry could not be recorded. @returns whether it is to be tried again */
export type Again = (error: unknown) => boolean

const hour = 3_600_000
const betweenTries = 500

/** One slot's log, open for writing. */
export class QueryLog {
  readonly slot: Slot
  readonly log: string
  readonly refusals: RefusalCounts
  /** What this log states of the others. */
  readonly heads: Heads
  readonly #options: LogOptions
  readonly #lock: FolderLock
  readonly #mark: MarkFile
  readonly #writer: LogWriter
  #tagger: SubjectTagger
  readonly #dataKeys: DataKeys
  /** The checkpoint that was stored last. */
  #kept = ''
  readonly #timers: NodeJS.Timeout[] = []

  private constructor(
    options: LogOptions,
    parts: { lock: FolderLock; mark: MarkFile; writer: LogWriter; tagKeys: TagKeys; dataKeys: DataKeys },
  ) {
    this.#options = options
    this.slot = options.slot
    this.log = logName(options)
    this.#lock = parts.lock
    this.#mark = parts.mark
    this.#writer = parts.writer
    this.#tagger = new SubjectTagger(parts.tagKeys)
    this.#dataKeys = parts.dataKeys
    this.refusals = new RefusalCounts(this, options.newId)
    this.heads = new Heads({
      slot: options.slot,
      reader: options.reader,
      append: (draft) => this.append(draft),
      newId: options.newId,
      now: () => this.now(),
      fellBack: (log) => options.report({ event: 'other-log-fell-back', log }),
    })
    this.#every(60_000, () => this.refusals.flush())
    this.#every(60_000, () => this.heads.state())
    this.#every(2_000, () => this.keepCheckpoint())
    // Also where nobody asks: a connection that was lost in silence is found, and what commands wrote meanwhile is known to be theirs.
    this.#every(60_000, () => this.#writer.ready(true))
    this.#every(lookedAfter, () => this.#dataKeys.keep())
    this.#every(hour, () => this.#lookAhead())
  }

  /** Holds the key directory, claims the slot, repairs what was never released, and appends `opening` (once) and a data key.
   *  @throws LogRefusal with its remedy · StoreError when the database cannot be asked */
  static async open(options: LogOptions): Promise<QueryLog> {
    recipientsOf(options.recipients, yearOf(options.clock.wall()))
    const lock = holdKeys(options.keyDirectory)
    let mark: MarkFile | undefined
    let writer: LogWriter | undefined
    try {
      await refuseEnded(options.keyDirectory)
      const signer = await SlotKeys.read(options.keyDirectory, logName(options))
      const tagKeys = await tagKeysOf(options)
      mark = await MarkFile.open(join(options.keyDirectory, markFile))
      const { verifierKey, verifierKeys: keys } = signer
      const identity = { slot: options.slot, log: logName(options), verifierKey, keys }
      writer = await LogWriter.open({ ...options, identity, mark, signer })
      if (options.tagDirectory !== undefined) requireTagKey(tagKeys, writer.now())
      if (writer.size === 0) await appendOpening(writer, options, signer.verifierKey)
      else if (options.supersedes !== undefined) await requireOpening(options, options.supersedes)
      const dataKeys = await DataKeys.open(keysOptions(writer, options))
      return new QueryLog(options, { lock, mark, writer, tagKeys, dataKeys })
    } catch (error) {
      await writer?.close()
      await mark?.close()
      lock.release()
      throw error
    }
  }

  /** Decisions use this time: never before that of the last entry. Milliseconds since 1970 UTC. */
  now(): number {
    return this.#writer.now()
  }

  get size(): number {
    return this.#writer.size
  }

  /** Calls whose entries wait for the next commit. */
  get waiting(): number {
    return this.#writer.waiting
  }

  /** The newest checkpoint whose mark is durable: a signed note. */
  get checkpoint(): string {
    return this.#writer.checkpoint
  }

  /** The newest head whose mark is durable, and its checkpoint; of the empty log without one. */
  get signed(): { readonly head: Head; readonly checkpoint: string } {
    return this.#mark.current
  }

  /** @throws NotRecorded what an append would reject with now */
  check(): void {
    this.#writer.check()
  }

  ready(): Promise<{ readonly ready: boolean; readonly why?: string }> {
    return this.#writer.ready()
  }

  /** Resolves once nothing can take the entry back: committed, signed, marked.
   *  @throws NotRecorded; what `draft.write` threw */
  append(draft: Draft): Promise<Recorded> {
    return this.#writer.append(draft)
  }

  /** Records the entries of one call, in their order: all in one commit, or none. Resolves and throws as `append`. */
  appendTogether(drafts: Together): Promise<readonly Recorded[]> {
    return this.#writer.appendTogether(drafts)
  }

  /** Records entries of one call that must stand sooner or later, and for which no answer waits. What cannot be recorded is tried again;
   *  what turns out to stand, though nobody heard of its commit, is not written again.
   *  @throws NotRecorded where it is not to be tried again */
  async insist(drafts: readonly Lasting[], again: Again): Promise<void> {
    const [first] = drafts
    // All of them stand, or none does.
    while (first !== undefined && !this.#writer.stands(first.once)) {
      try {
        await this.appendTogether(drafts)
        return
      } catch (error) {
        if (!again(error)) throw error
        await this.#options.clock.sleep(betweenTries)
      }
    }
  }

  /** Says that the recorded queries of a call were never released: no byte of its answer left.
   *  @throws NotRecorded where it is not to be tried again */
  async neverReleased(agency: string, queries: readonly EarlierEntry[], again: Again): Promise<void> {
    const drafts = queries.map((of) => {
      const once = this.#options.newId()
      return { once, write: (given: Given) => completionEntry({ id: once, agency, of, outcome: 'not-released' }, given) }
    })
    await this.insist(drafts, again)
  }

  /** Seals a JSON text under the data key of the hour.
   *  @param at of the entry, ISO 8601: what it is sealed for opens with keys of its own year */
  seal(at: string, entry: EntryId, text: string): Sealed {
    return this.#dataKeys.seal(at, entry, text)
  }

  /** @throws RangeError where the year's tag key is missing */
  tag(now: number, agency: string, kind: string, identifier: string): SubjectTag {
    return this.#tagger.tag(yearOf(now), agency, kind, identifier)
  }

  /** What tags an agency's people of one kind, many at a time.
   *  @throws RangeError where the year's tag key is missing */
  tagsOf(now: number, agency: string, kind: string): TagsOfKind {
    return this.#tagger.ofKind(yearOf(now), agency, kind)
  }

  /** Stores the newest checkpoint, which a batch stores only of the one before it: of a log that nobody writes to, the last entries would
   *  stand unsigned in the database for as long as that lasts.
   *  @throws StoreError */
  async keepCheckpoint(): Promise<void> {
    const { checkpoint, head } = this.signed
    if (checkpoint === '' || checkpoint === this.#kept) return
    await this.#options.store.putCheckpoint(this.slot, head.size, checkpoint)
    this.#kept = checkpoint
  }

  /** Records what is counted and queued, then lets go of slot and key directory. */
  async close(): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer)
    try {
      await this.refusals.flush()
    } catch (error) {
      // The log is away: what is counted cannot be written, and the slot is let go all the same.
      this.#options.report({ event: 'log-task-failed', error })
    }
    try {
      await this.#writer.close()
      await this.keepCheckpoint().catch((error) => this.#options.report({ event: 'log-task-failed', error }))
    } finally {
      await this.#mark.close()
      this.#lock.release()
    }
  }

  async #lookAhead(): Promise<void> {
    // A year's tag key is made ahead of it, while this process runs.
    this.#tagger = new SubjectTagger(await tagKeysOf(this.#options))
    await this.#options.store.prepareMonth(monthOf(this.now()))
  }

  /** Repeats a task; what fails is reported and tried again the next time. */
  #every(ms: number, task: () => Promise<unknown>): void {
    const timer = setInterval(() => task().catch((error) => this.#options.report({ event: 'log-task-failed', error })), ms)
    timer.unref()
    this.#timers.push(timer)
  }
}

const logName = ({ host, slot }: LogOptions): string => `${host}/log/${slot}`

/** The key directory, for this process alone.
 *  @throws LogRefusal key-directory-locked: which process holds it */
export function holdKeys(directory: string): FolderLock {
  try {
    return holdFolder(directory)
  } catch (error) {
    throw new LogRefusal('key-directory-locked', error instanceof Error ? error.message : String(error), { cause: error })
  }
}

const tagKeysOf = async ({ tagDirectory }: LogOptions): Promise<TagKeys> =>
  tagDirectory === undefined ? new Map() : await readTagKeys(tagDirectory)

function requireTagKey(keys: TagKeys, now: number): void {
  if (!keys.has(yearOf(now))) throw new LogRefusal('keys-unreadable', `There is no tag key for ${yearOf(now)}.`)
}

async function appendOpening(writer: LogWriter, options: LogOptions, verifierKey: string): Promise<void> {
  const { newId, parameters, slot, software, supersedes } = options
  const facts = {
    id: newId(),
    heads: await otherHeads(options.reader, slot),
    log: logName(options),
    parameters,
    slot,
    software,
    supersedes,
    verifierKey,
  }
  await writer.append({ write: (given) => openingEntry(facts, given) })
}

/** @throws LogRefusal slot-ended */
async function refuseEnded(directory: string): Promise<void> {
  const order = await readFile(join(directory, endedFile), 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined
    throw new LogRefusal('keys-unreadable', `${join(directory, endedFile)}: ${error.message}.`, { cause: error })
  })
  if (order !== undefined) throw new LogRefusal('slot-ended', `${join(directory, endedFile)} says: ${order.trim()}.`)
}

/** A log that holds entries takes nobody's place, unless its opening said so already.
 *  @throws LogRefusal other-history */
async function requireOpening({ reader, slot }: LogOptions, { head }: Supersedes): Promise<void> {
  const opening = await reader.lastOfKind(slot, 'opening')
  const said = opening && JSON.parse(opening.entry).supersedes // an entry that this slot's writer built
  if (said?.head.log !== head.log) throw new LogRefusal('other-history', `Slot ${slot} is not new: it takes nobody's place.`)
}

const keysOptions = (writer: LogWriter, options: LogOptions) => ({
  ...options,
  log: logName(options),
  now: () => writer.now(),
  append: (draft: Draft) => writer.append(draft),
})
