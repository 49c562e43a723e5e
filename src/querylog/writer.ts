// writer.ts: the one writer of a slot: queue → batch → commit → sign → mark → release.
import { buildBatch, type Draft, entryTime, type LogState, maxEntriesOfBatch, type Together, type Turn, turnIsDue } from './batch.ts'
import { checkpointText } from './checkpoint.ts'
import { Claims, type ClaimsOptions } from './claims.ts'
import { type Clock, ClockWatch } from './clock.ts'
import { Condition } from './condition.ts'
import type { EntryId } from './entry.ts'
import { otherHeads } from './heads.ts'
import type { LogEvent } from './log-event.ts'
import { lostStreams, type OpenQuery } from './lost-streams.ts'
import type { MarkFile } from './mark.ts'
import { type LogWriterStore, StoreError } from './ports.ts'
import { type Recovered, recoverAtStart } from './recovery.ts'
import { asRefusal, LogRefusal, NotRecorded } from './refusal.ts'
import { type CheckpointSigner, type Recorded, Releaser } from './releaser.ts'
import { repairsOf } from './repairs.ts'
import { committedOf, type Prepared, type Waiting, WaitingLine } from './waiting.ts'

export interface WriterOptions extends ClaimsOptions {
  readonly store: LogWriterStore
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

/** One slot's writer. `append` resolves only after commit, signature and durable mark. */
export class LogWriter {
  readonly #options: WriterOptions
  #state: LogState
  readonly #condition = new Condition()
  readonly #watch: ClockWatch
  readonly #line: WaitingLine
  #sending = false
  readonly #releaser: Releaser
  readonly #claims: Claims
  #lastCommit: number
  #asking = false

  private constructor(options: WriterOptions, state: LogState, watch: ClockWatch) {
    this.#options = options
    this.#claims = new Claims(options)
    this.#state = state
    this.#watch = watch
    this.#line = new WaitingLine(options.clock, watch)
    this.#releaser = new Releaser(options.mark, options.signer, (error) => this.#refuse(error))
    this.#lastCommit = options.clock.monotonic()
  }

  /** Takes the slot. What stood beyond the mark is marked not-released, and streams that were left behind lost, before this resolves.
   *  @throws LogRefusal · StoreError */
  static async open(options: WriterOptions): Promise<LogWriter> {
    const { clock, mark, reader, signer } = options
    const recovered = await recoverAtStart(options)
    const { state } = recovered
    const watch = new ClockWatch(clock, recovered.databaseTime, recovered.heardAt)
    if (watch.unsound) throw new LogRefusal('clock-unsound', `The clock differs from the database's by ${watch.difference} ms.`)
    // A process that claims again while it lives ends its own.
    const lost = await lostStreams(reader, state.slot, { marked: mark.current.head.size, size: state.tree.size, lastAt: state.lastAt })
    // Whoever cannot sign this head is told now, before anything is written.
    signer.sign(checkpointText(state.log, state.tree), state.keys)
    const writer = new LogWriter(options, state, watch)
    try {
      await Promise.all(writer.#adopt(recovered, lost))
      return writer
    } catch (error) {
      // Or it would claim the slot again in the background, and fence off whoever opens it next.
      await writer.close()
      throw error
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
    return this.#claims.stands(id)
  }

  /** Waits for what is queued, then lets go of the slot. */
  async close(): Promise<void> {
    const working = (): boolean => this.#condition.isReady && (this.#sending || this.#line.calls > 0 || this.#releaser.busy)
    while (working() || this.#line.awaitsAnswer) await this.#options.clock.sleep(5)
    this.#condition.close()
    this.#failAll(this.#line.takeAll())
    await this.#releaser.idle()
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
    if (!this.#condition.isReady) throw this.#condition.notRecorded()
    if (this.#line.calls >= this.#options.queueLimit) throw new NotRecorded('overloaded')
    if (this.#watch.unsound) {
      this.#askTheClock()
      throw new NotRecorded('clock-unsound')
    }
  }

  /** Whether the next append can be expected to succeed; asks the database where the last commit is older than a second.
   *  @param anew asks it however lately it was heard of */
  async ready(anew = false): Promise<{ readonly ready: boolean; readonly why?: string }> {
    try {
      // Where only the clock is in the way, the database is asked what time it is.
      const asksTheClock = this.#condition.isReady && this.#watch.unsound
      if (!asksTheClock) {
        this.check()
        if (!anew && (this.#options.clock.monotonic() - this.#lastCommit < 1_000 || this.#sending)) return { ready: true }
      }
      const { head, databaseTime } = await this.#options.store.probe(this.#state.slot)
      this.#watch.heard(databaseTime)
      if (this.#sending && !this.#watch.unsound) return { ready: true }
      if (!this.#sending && head.size !== this.#state.tree.size) return { ready: false, why: 'head-moved' }
      this.check()
      return { ready: true }
    } catch (error) {
      // Its question may be the first that finds another gateway's traces, where nobody calls.
      const found = asRefusal(error, 'other-instance')
      if (found instanceof LogRefusal && this.#condition.isReady) this.#refuse(found)
      const why = found instanceof NotRecorded && found.cause instanceof Error ? found.cause : found
      return { ready: false, why: why instanceof Error ? why.message : String(why) }
    }
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

  /** Queues a completion for each query beyond the mark, and for each stream left behind.
   *  @returns when each of them stands */
  #adopt(recovered: Recovered, lost: readonly OpenQuery[] = []): readonly Promise<unknown>[] {
    const repairs = repairsOf(recovered, lost, this.#options.newId)
    this.#line.adopt(repairs)
    if (repairs.length > 0) this.#send()
    return repairs.map(({ settled }) => settled)
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
      while (this.#condition.isReady && !this.#line.isEmpty) {
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

  /** Gathers the next batch: what was built ahead, or what is built now. */
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
      if (!this.#condition.isReady) return undefined
    }
    return this.#line.next((waiting, most) => buildBatch(this.#state, waiting, reading, most, turn))
  }

  async #commit(prepared: Prepared): Promise<void> {
    const { batch, state } = prepared.built
    const { store, clock, report } = this.#options
    const started = clock.monotonic()
    if (batch.entries.length > 0) {
      try {
        const appended = store.append({ ...batch, ...this.#marked() }, commitWithin)
        this.#line.sent(state)
        this.#watch.heard((await appended).databaseTime)
      } catch (error) {
        this.#failed(error, prepared)
        return
      } finally {
        this.#line.answered()
      }
      this.#line.succeeded()
      this.#lastCommit = clock.monotonic()
      report({ event: 'batch', entries: batch.entries.length, ms: this.#lastCommit - started })
    }
    const turned = state.month !== this.#state.month && this.#state.month !== undefined
    this.#state = state
    this.#release(prepared)
    if (turned) report({ event: 'month-turned' })
  }

  /** The checkpoint of the head that a batch extends, where its mark is durable: one that is not is let out nowhere, the database
   *  included (design §9 "Writing" 6). Where entries stand beyond the mark there is none. */
  #marked(): { readonly checkpoint?: string } {
    const { head, checkpoint } = this.#options.mark.current
    return checkpoint !== '' && head.size === this.#state.tree.size ? { checkpoint } : {}
  }

  /** Signs what is committed; once its mark is durable it is released (releaser.ts). */
  #release(prepared: Prepared): void {
    const { batch, state } = prepared.built
    const committed = committedOf(prepared)
    if (batch.entries.length === 0) return
    // The mark would pass queries whose not-released completions did not fit into this batch.
    if (this.#condition.isReady && this.#line.holdsMark)
      this.#refuse(new LogRefusal('mark-unwritable', 'More queries stand beyond the mark than one batch repairs.'))
    // Or a mark failed meanwhile.
    if (!this.#condition.isReady) {
      this.#failAll(committed)
      return
    }
    try {
      this.#releaser.release(state, committed)
    } catch (error) {
      this.#refuse(error)
      this.#failAll(committed)
    }
  }

  #failed(error: unknown, prepared: Prepared): void {
    const { repairs, taken } = prepared
    this.#line.putBack()
    // A mark failed meanwhile: this writer has stopped for good, whatever became of this batch.
    if (!this.#condition.isReady) {
      this.#failAll(taken)
      return
    }
    // A repair is never given up: where the database refuses one, nothing new is written.
    if (error instanceof StoreError && error.code === 'rejected' && repairs.length < taken.length) {
      // Of the calls whose entry it refuses only that one fails.
      this.#failAll(this.#line.halve(prepared), error)
      return
    }
    // Nobody waits for a recovery: the callers get their 503 now, and what turns out to be committed is marked not-released.
    this.#failAll(taken, new NotRecorded('query-log-unavailable', { cause: error }))
    this.#claims.doubt(taken)
    const found = asRefusal(error, 'other-instance', 'head-moved', 'database-not-durable')
    if (found instanceof LogRefusal && found.code === 'other-instance') this.#refuse(found)
    else this.#goAway(found)
  }

  #failAll(waiting: readonly Pick<Waiting, 'reject'>[], error: Error = this.#condition.notRecorded()): void {
    for (const each of waiting) each.reject(error)
  }

  /** Stops for good: only a person can say what is right. */
  #refuse(error: unknown): void {
    if (!this.#condition.refuse(error)) return
    this.#options.report({ event: 'log-refused', error })
    this.#failAll(this.#line.takeAll())
  }

  /** The database is away, or the outcome unknown: refuse calls, claim again in the background. */
  #goAway(error: unknown): void {
    if (!this.#condition.goAway(error)) return
    this.#options.report({ event: 'log-away', error })
    this.#failAll(this.#line.takeAll())
    this.#comeBack(error).catch((failure) => this.#refuse(failure))
  }

  async #comeBack(why: unknown): Promise<void> {
    await this.#releaser.idle()
    const recovered = await this.#claims.again(this.#condition, why, this.#state)
    if (recovered === undefined || !this.#condition.comeBack()) return
    this.#state = recovered.state
    this.#watch.heard(recovered.databaseTime, recovered.heardAt)
    this.#adopt(recovered)
    this.#options.report({ event: 'log-back' })
  }
}
