// writer.ts: the one writer of a slot: queue → batch → commit → sign → mark → release.
import {
  type BuiltBatch,
  buildBatch,
  type Draft,
  entryTime,
  type LogState,
  maxEntriesOfBatch,
  type Together,
  type Turn,
  turnIsDue,
} from './batch.ts'
import { checkpointText } from './checkpoint.ts'
import { Claims } from './claims.ts'
import { type Clock, ClockWatch } from './clock.ts'
import { type CompletionFacts, completionEntry } from './completion-entry.ts'
import type { EntryId } from './entry.ts'
import { otherHeads } from './heads.ts'
import type { LogEvent } from './log-event.ts'
import type { OpenQuery } from './lost-streams.ts'
import type { MarkFile } from './mark.ts'
import { type Head, type LogReaderStore, type LogWriterStore, StoreError } from './ports.ts'
import { type Recovered, recover, type SlotIdentity, streamsLeftBehind } from './recovery.ts'
import { LogRefusal, NotRecorded } from './refusal.ts'
import { type CheckpointSigner, type Committed, type Recorded, Releaser } from './releaser.ts'
import { type Prepared, type Waiting, WaitingLine } from './waiting.ts'

export interface WriterOptions {
  readonly identity: SlotIdentity
  readonly store: LogWriterStore
  readonly reader: LogReaderStore
  readonly mark: MarkFile
  readonly signer: CheckpointSigner
  readonly clock: Clock
  /** Ids of entries that the writer makes itself. */
  readonly newId: () => string
  /** Audit settings that `opening` and `month` entries commit to, members in RFC 8785 order. */
  readonly parameters: object
  /** How many calls may wait for their entries; beyond it `overloaded`. */
  readonly queueLimit: number
  /** Told what a person of operations should know. */
  readonly report: (event: LogEvent) => void
}

const nextTurn = (): Promise<void> => new Promise((turned) => setImmediate(turned))

const commitWithin = 5_000
const lockWait = 20_000

/** One slot's writer. `append` resolves only after commit, signature and durable mark. */
export class LogWriter {
  readonly #options: WriterOptions
  #state: LogState
  readonly #line: WaitingLine
  #sending = false
  #condition: 'ready' | 'away' | 'refused' | 'closed' = 'ready'
  #refusal: unknown
  readonly #watch: ClockWatch
  readonly #releaser: Releaser
  /** Entries that are tried again, of batches that were sent and not heard of; and of these, found by a later claim, those that stand. */
  readonly #doubted = new Set<EntryId>()
  readonly #standing = new Set<EntryId>()
  readonly #claims: Claims
  #lastCommit: number
  #asking = false

  private constructor(options: WriterOptions, recovered: Recovered) {
    this.#options = options
    this.#claims = new Claims(options.store, options.clock)
    this.#state = recovered.state
    this.#watch = new ClockWatch(options.clock, recovered.databaseTime)
    this.#line = new WaitingLine(options.clock, this.#watch)
    this.#releaser = new Releaser(options.mark, options.signer, (error) => this.#refuse(error))
    this.#lastCommit = options.clock.monotonic()
  }

  /** Takes the slot. What stood beyond the mark is marked not-released, and streams that were left behind lost, before this resolves.
   *  @throws LogRefusal · StoreError */
  static async open(options: WriterOptions): Promise<LogWriter> {
    const recovered = await recoverAtStart(options)
    const lost = await streamsLeftBehind(options.reader, recovered, options.mark.current.head.size)
    // Whoever cannot sign this head is told now, before anything is written.
    options.signer.sign(checkpointText(recovered.state.log, recovered.state.tree), recovered.state.keys)
    const writer = new LogWriter(options, recovered)
    try {
      await Promise.all(writer.#adopt(recovered, lost))
      return writer
    } catch (error) {
      // Or it would claim the slot again in the background, and fence off whoever opens it next.
      await writer.close()
      throw error
    }
  }

  /** Entries in the log. */
  get size(): number {
    return this.#state.tree.size
  }

  /** Calls whose entries wait for the next commit. */
  get waiting(): number {
    return this.#line.calls
  }

  /** The newest checkpoint whose mark is durable. */
  get checkpoint(): string {
    return this.#options.mark.current.checkpoint
  }

  /** The time that decisions use: never before the last entry's. */
  now(): number {
    return entryTime(this.#state, this.#options.clock.wall())
  }

  /** Throws what an append would reject with now: asked before anything is sent upstream.
   *  @throws NotRecorded */
  check(): void {
    if (this.#condition !== 'ready') throw new NotRecorded('query-log-unavailable', { cause: this.#refusal })
    if (this.#line.calls >= this.#options.queueLimit) throw new NotRecorded('overloaded')
    if (this.#watch.unsound) {
      this.#askTheClock()
      throw new NotRecorded('clock-unsound')
    }
  }

  /** Whether the next append can be expected to succeed; asks the database where the last commit is older than a second.
   *  @param anew asks it however lately it was heard of */
  async ready(anew = false): Promise<{ readonly ready: boolean; readonly why?: string }> {
    const why = (error: unknown) => ({ ready: false, why: error instanceof Error ? error.message : String(error) })
    try {
      if (this.#condition === 'ready' && !this.#watch.unsound) {
        this.check()
        if (!anew && (this.#options.clock.monotonic() - this.#lastCommit < 1_000 || this.#sending)) return { ready: true }
      } else if (this.#condition !== 'ready') this.check()
      const { head, databaseTime } = await this.#options.store.probe(this.#state.slot)
      this.#watch.heard(databaseTime)
      if (this.#sending && !this.#watch.unsound) return { ready: true }
      if (!this.#sending && head.size !== this.#state.tree.size) return { ready: false, why: 'head-moved' }
      this.check()
      return { ready: true }
    } catch (error) {
      // Its question may be the first that finds another gateway's traces, where nobody calls.
      if (error instanceof StoreError && error.code === 'other-instance' && this.#condition === 'ready') {
        this.#refuse(new LogRefusal(error.code, `${error.message}.`, { cause: error }))
        return why(this.#refusal)
      }
      return why(error instanceof NotRecorded && error.cause instanceof Error ? error.cause : error)
    }
  }

  /** Records an entry.
   *  @throws NotRecorded; what `draft.write` threw, where this entry cannot be built */
  async append(draft: Draft): Promise<Recorded> {
    const [recorded] = await this.appendTogether([draft])
    if (recorded === undefined) throw new Error('an entry was recorded, and stands nowhere')
    return recorded
  }

  /** Records the entries of one call, in their order: all in one commit, or none.
   *  @throws as `append` */
  appendTogether(drafts: Together): Promise<readonly Recorded[]> {
    return new Promise((resolve, reject) => {
      try {
        this.check()
      } catch (error) {
        reject(error)
        return
      }
      this.#line.push({ drafts, resolve, reject })
      this.#send()
    })
  }

  /** Whether an entry with `once`, the first of those of its call, stands though its append was rejected. It is told once. */
  stands(id: EntryId): boolean {
    return this.#standing.delete(id)
  }

  /** Waits for what is queued, then lets go of the slot. */
  async close(): Promise<void> {
    const working = (): boolean => this.#condition === 'ready' && (this.#sending || this.#line.calls > 0 || this.#releaser.busy)
    while (working() || this.#line.awaitsAnswer) await this.#options.clock.sleep(5)
    this.#condition = 'closed'
    this.#failAll(this.#line.takeAll())
    await this.#releaser.idle()
  }

  /** No append tells the database's time while the clock is unsound: it is asked in the background, one question at a time. */
  #askTheClock(): void {
    if (this.#asking) return
    this.#asking = true
    this.ready()
      .finally(() => this.#options.clock.sleep(1_000))
      .finally(() => {
        this.#asking = false
        // Repairs that waited for it are sent where it is right by now, or it is asked again.
        if (!this.#line.isEmpty) this.#send()
      })
  }

  #failAll(
    waiting: readonly Pick<Waiting, 'reject'>[],
    error: Error = new NotRecorded('query-log-unavailable', { cause: this.#refusal }),
  ): void {
    for (const each of waiting) each.reject(error)
  }

  /** Starts the loop where it does not run: group commit without a timer. What arrives during a commit goes with the next. */
  #send(): void {
    if (this.#sending) return
    this.#sending = true
    // One turn of the event loop lets calls that arrived together go together.
    setImmediate(() => this.#sendAll().catch((error) => this.#refuse(error)))
  }

  async #sendAll(): Promise<void> {
    try {
      while (this.#condition === 'ready' && !this.#line.isEmpty) {
        if (this.#watch.unsound) {
          // It stepped since these calls were let in: nothing is dated by it. Repairs are never given up, and wait.
          this.#failAll(this.#line.takeCalls(), new NotRecorded('clock-unsound'))
          this.#askTheClock()
          await this.#releaser.idle()
          if (this.#watch.unsound) return
          continue
        }
        const next = await this.#next()
        if (next !== undefined) await this.#commit(next)
        // Where many wait, the mark is written while the next batch commits. Where few do, what gathers meanwhile makes that one larger,
        // and a batch's fixed cost is what counts: 0.60 → 0.69 of a bare proxy. What arrived in this turn of the event loop goes along.
        const { ahead } = this.#line
        if (ahead !== undefined && this.#releaser.pending + ahead <= maxEntriesOfBatch) continue
        // Or more would stand beyond the mark than one batch can repair.
        await this.#releaser.idle()
        await nextTurn()
      }
    } finally {
      // In the same step as the last look at the queue, or what is queued in between would wait for ever.
      this.#sending = false
    }
  }

  async #next(): Promise<Prepared | undefined> {
    const { clock, newId, parameters, reader, signer } = this.#options
    const reading = clock.wall()
    let turn: Turn | undefined
    if (this.#line.ahead === undefined && turnIsDue(this.#state, reading)) {
      try {
        turn = { id: newId(), heads: await otherHeads(reader, this.#state.slot), nextKey: await signer.next?.(), parameters }
      } catch (error) {
        if (error instanceof LogRefusal) this.#refuse(error)
        else this.#goAway(error)
      }
      if (this.#condition !== 'ready') return undefined
    }
    return this.#line.next((waiting, most) => buildBatch(this.#state, waiting, reading, most, turn))
  }

  async #commit(prepared: Prepared): Promise<void> {
    const { built, taken } = prepared
    const { store, clock, report } = this.#options
    const started = clock.monotonic()
    if (built.batch.entries.length > 0) {
      try {
        const appended = store.append({ ...built.batch, ...this.#marked() }, commitWithin)
        this.#line.sent(built.state)
        this.#watch.heard((await appended).databaseTime)
      } catch (error) {
        this.#failed(error, prepared)
        return
      } finally {
        this.#line.answered()
      }
      this.#line.succeeded()
      this.#lastCommit = clock.monotonic()
      report({ event: 'batch', entries: built.batch.entries.length, ms: this.#lastCommit - started })
    }
    const turned = built.state.month !== this.#state.month && this.#state.month !== undefined
    this.#state = built.state
    this.#release(built, taken)
    if (turned) report({ event: 'month-turned' })
  }

  /** The checkpoint of the head that a batch extends, where its mark is durable: one that is not is let out nowhere, the database
   *  included (design §9 "Writing" 6). Where entries stand beyond the mark there is none. */
  #marked(): { readonly checkpoint?: string } {
    const { head, checkpoint } = this.#options.mark.current
    return checkpoint !== '' && head.size === this.#state.tree.size ? { checkpoint } : {}
  }

  /** Hands what is committed to its release; drafts that could not be built fail alone. */
  #release(built: BuiltBatch, taken: readonly Waiting[]): void {
    const committed: Committed[] = []
    for (const [at, waiting] of taken.entries()) {
      const outcome = built.outcomes[at]
      if (outcome === undefined || 'error' in outcome)
        waiting.reject(outcome?.error instanceof Error ? outcome.error : new Error('an entry could not be built'))
      else committed.push({ ...waiting, ...outcome })
    }
    if (built.batch.entries.length === 0) return
    if (this.#condition !== 'ready' || this.#line.holdsMark) {
      // A mark failed meanwhile, or would pass queries whose not-released completions did not fit into this batch.
      if (this.#condition === 'ready')
        this.#refuse(new LogRefusal('mark-unwritable', 'More queries stand beyond the mark than one batch repairs.'))
      this.#failAll(committed)
      return
    }
    try {
      this.#releaser.release(built.state, committed)
    } catch (error) {
      this.#refuse(error)
      this.#failAll(committed)
    }
  }

  #failed(error: unknown, prepared: Prepared): void {
    const { repairs, taken } = prepared
    const code = error instanceof StoreError ? error.code : 'ambiguous'
    this.#line.putBack()
    // A mark failed meanwhile: this writer has stopped for good, whatever became of this batch.
    if (this.#condition !== 'ready') {
      this.#failAll(taken)
      return
    }
    // A repair is never given up: where the database refuses one, nothing new is written.
    if (code === 'rejected' && repairs.length < taken.length) {
      // Of the calls whose entry it refuses only that one fails.
      this.#failAll(this.#line.halve(prepared), error instanceof Error ? error : undefined)
      return
    }
    // Nobody waits for a recovery: the callers get their 503 now, and what turns out to be committed is marked not-released.
    this.#refusal = error
    this.#failAll(taken)
    for (const { drafts } of taken) if (drafts[0]?.once !== undefined) this.#doubted.add(drafts[0].once)
    const found = error instanceof Error ? error.message : String(error)
    if (code === 'other-instance') this.#refuse(new LogRefusal(code, found, { cause: error }))
    else this.#goAway(code === 'database-not-durable' || code === 'head-moved' ? new LogRefusal(code, found, { cause: error }) : error)
  }

  /** Stops for good: only a person can say what is right. */
  #refuse(error: unknown): void {
    if (this.#condition === 'closed') return
    this.#condition = 'refused'
    this.#refusal = error
    this.#options.report({ event: 'log-refused', error })
    this.#failAll(this.#line.takeAll())
  }

  /** The database is away, or the outcome unknown: refuse calls, claim again in the background. */
  #goAway(error: unknown): void {
    if (this.#condition !== 'ready') return
    this.#condition = 'away'
    this.#refusal = error
    this.#options.report({ event: 'log-away', error })
    this.#failAll(this.#line.takeAll())
    this.#comeBack().catch((failure) => this.#refuse(failure))
  }

  async #comeBack(): Promise<void> {
    const { reader, identity, mark, clock, report } = this.#options
    const moved = this.#refusal instanceof LogRefusal && this.#refusal.code === 'head-moved' ? this.#refusal : undefined
    let asked = false
    await this.#releaser.idle()
    for (let pause = 100; this.#condition === 'away'; pause = Math.min(1_000, pause * 2)) {
      if (this.#claims.mayClaim) {
        try {
          // Once: behind a claim whose outcome is unknown nothing can be asked but another claim.
          if (moved !== undefined && !asked) await this.#requireOwnHead(moved)
          asked = true
          // Closed meanwhile, it would fence off whoever opens the slot next.
          if (this.#condition !== 'away') return
          const known = this.#state.tree.size === mark.current.head.size ? this.#state : undefined
          const recovered = await recover(this.#claims, reader, identity, mark.current, lockWait, known)
          if (this.#condition !== 'away') return
          if (moved !== undefined && !isHead(recovered.state.tree, this.#state.tree)) throw moved
          this.#state = recovered.state
          this.#watch.heard(recovered.databaseTime)
          this.#condition = 'ready'
          this.#adopt(recovered)
          report({ event: 'log-back' })
          return
        } catch (error) {
          if (error instanceof LogRefusal) throw error
          this.#refusal = error
        }
      }
      await clock.sleep(pause)
    }
  }

  /** Where nothing but the epoch moved, a claim of this slot came late: of a process that was killed, or on a connection that was lost. Where
   *  the head moved, too, somebody writes, and is not fenced off.
   *  @throws LogRefusal `moved` · StoreError when the database cannot be asked */
  async #requireOwnHead(moved: LogRefusal): Promise<void> {
    try {
      const { head } = await this.#options.store.probe(this.#state.slot)
      if (isHead(head, this.#state.tree)) return
    } catch (error) {
      if (error instanceof StoreError && error.code === 'other-instance')
        throw new LogRefusal(error.code, `${error.message}.`, { cause: error })
      if (!(error instanceof StoreError) || error.code !== 'head-moved') throw error
    }
    throw moved
  }

  /** Queues a completion for each query beyond the mark, and for each stream left behind. One that fails is found again by the next claim.
   *  @returns when each of them stands */
  #adopt({ beyond, neverReleased }: Recovered, lost: readonly OpenQuery[] = []): readonly Promise<unknown>[] {
    for (const id of this.#doubted) if (beyond.has(id)) this.#standing.add(id)
    this.#doubted.clear()
    const repairs = [
      ...neverReleased.map((each) => ({ ...this.#repair(each, 'not-released'), beyondMark: true as const })),
      ...lost.map((each) => this.#repair(each, 'lost')),
    ]
    this.#line.adopt(repairs)
    if (repairs.length > 0) this.#send()
    return repairs.map(({ settled }) => settled)
  }

  #repair({ agency, id, index }: OpenQuery, outcome: CompletionFacts['outcome']): Waiting & { readonly settled: Promise<unknown> } {
    const own = this.#options.newId()
    const draft: Draft = { write: (given) => completionEntry({ id: own, agency, of: { id, index }, outcome }, given) }
    const { promise: settled, resolve, reject } = Promise.withResolvers<unknown>()
    settled.catch(() => undefined)
    return { drafts: [draft], resolve, reject, settled }
  }
}

const isHead = (a: Head, b: Head): boolean => a.size === b.size && a.root.equals(b.root)

/** A start that cannot succeed says why by name; later, what a database forbids may pass, and is tried again. */
async function recoverAtStart({ clock, identity, mark, reader, store }: WriterOptions): Promise<Recovered> {
  try {
    const recovered = await recover(store, reader, identity, mark.current, lockWait)
    const watch = new ClockWatch(clock, recovered.databaseTime)
    if (watch.unsound) throw new LogRefusal('clock-unsound', `The clock differs from the database's by ${watch.difference} ms.`)
    return recovered
  } catch (error) {
    if (error instanceof StoreError && error.code === 'database-not-durable')
      throw new LogRefusal(error.code, `${error.message}.`, { cause: error })
    throw error
  }
}
