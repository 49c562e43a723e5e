// waiting.ts: what waits for a batch, in its order: repairs, then calls; and the batch that is built of calls while another one commits.
import { type BuiltBatch, buildBatch, type LogState, maxEntriesOfBatch, type Together, turnIsDue } from './batch.ts'
import type { Clock, ClockWatch } from './clock.ts'
import type { Committed, Recorded } from './releaser.ts'

/** Calls of one batch beside which more are better off in the next: among so many its fixed cost hardly counts. */
const callsOfBatch = 128
/** Calls that wait for which a batch is built while another one commits. */
const worthABatch = 64

/** Entries that wait, and somebody who waits for them. */
export interface Waiting {
  readonly drafts: Together
  /** It speaks of a query beyond the mark: the mark passes that query only together with it. */
  readonly beyondMark?: true
  readonly resolve: (recorded: readonly Recorded[]) => void
  readonly reject: (error: Error) => void
}

/** A batch that can be sent once the one before it stands. */
export interface Prepared {
  readonly built: BuiltBatch
  readonly taken: readonly Waiting[]
  /** Of these the repairs, which are the first. */
  readonly repairs: readonly Waiting[]
}

/** Of a batch that stands, whoever waits for its release. What could not be built fails alone, here. */
export function committedOf({ built, taken }: Prepared): readonly Committed[] {
  const committed: Committed[] = []
  for (const [at, { reject, resolve }] of taken.entries()) {
    const outcome = built.outcomes[at]
    if (outcome === undefined || 'error' in outcome)
      reject(outcome?.error instanceof Error ? outcome.error : new Error('an entry could not be built'))
    else committed.push({ placed: outcome.placed, resolve, reject })
  }
  return committed
}

export class WaitingLine {
  #calls: Waiting[] = []
  /** Completions that come before anything new: not-released ones first, since the mark passes what they speak of only together with them. */
  #repairs: readonly Waiting[] = []
  /** Of calls that do not stand in `#calls` any more. */
  #prepared: Prepared | undefined
  #limit = maxEntriesOfBatch
  /** Head of the batch that is being committed: the next one will extend it. */
  #sent: LogState | undefined
  /** The next batch will be built in the next turn of the event loop. */
  #soon = false
  readonly #clock: Pick<Clock, 'wall'>
  readonly #watch: Pick<ClockWatch, 'unsound'>

  constructor(clock: Pick<Clock, 'wall'>, watch: Pick<ClockWatch, 'unsound'>) {
    this.#clock = clock
    this.#watch = watch
  }

  /** Calls that wait for a commit. */
  get calls(): number {
    return this.#calls.length + (this.#prepared?.taken.length ?? 0)
  }

  get isEmpty(): boolean {
    return this.#prepared === undefined && this.#calls.length + this.#repairs.length === 0
  }

  /** Whether queries stand beyond the mark whose repairs still wait. */
  get holdsMark(): boolean {
    return this.#repairs.some(({ beyondMark }) => beyondMark)
  }

  /** Entries of the batch that was built ahead. */
  get ahead(): number | undefined {
    return this.#prepared?.built.batch.entries.length
  }

  push(call: Waiting): void {
    this.#calls.push(call)
    this.#buildSoon()
  }

  /** What a claim found to repair: as much as stood beyond the mark goes in one batch, whatever was refused before. */
  adopt(repairs: readonly Waiting[]): void {
    this.#repairs = repairs
    this.#limit = maxEntriesOfBatch
  }

  /** The next batch: what was built ahead, or what is built now; nothing of it waits any more.
   *  @param build of the first of these, at most so many */
  next(build: (waiting: readonly Together[], most: number) => BuiltBatch): Prepared {
    const prepared = this.#prepared
    this.#prepared = undefined
    if (prepared !== undefined) return prepared
    const repairs = this.#repairs
    const waiting = [...repairs, ...this.#calls]
    const most = Math.min(this.#limit, repairs.length + callsOfBatch)
    const built = build(
      waiting.map(({ drafts }) => drafts),
      most,
    )
    this.#repairs = repairs.slice(built.taken)
    this.#calls.splice(0, Math.max(0, built.taken - repairs.length))
    return { built, taken: waiting.slice(0, built.taken), repairs: repairs.slice(0, built.taken) }
  }

  /** A batch is being committed.
   *  @param head that does not stand yet */
  sent(head: LogState): void {
    this.#sent = head
    this.#buildSoon()
  }

  /** It stands, or it failed. */
  answered(): void {
    this.#sent = undefined
  }

  get awaitsAnswer(): boolean {
    return this.#sent !== undefined
  }

  /** Builds the next batch while one commits, where enough wait for it: after this turn of the event loop, in which that one is sent. */
  #buildSoon(): void {
    if (this.#soon || this.#sent === undefined || !this.#isWorthABatch) return
    this.#soon = true
    setImmediate(() => {
      this.#soon = false
      if (this.#sent !== undefined && !this.#watch.unsound) this.#buildAhead(this.#sent, this.#clock.wall())
    })
  }

  /** After a failure batches are small until one succeeds, and repairs come first. */
  get #isWorthABatch(): boolean {
    return (
      this.#prepared === undefined && this.#calls.length >= worthABatch && this.#repairs.length === 0 && this.#limit === maxEntriesOfBatch
    )
  }

  #buildAhead(head: LogState, clock: number): void {
    if (!this.#isWorthABatch || turnIsDue(head, clock)) return
    const drafts = this.#calls.slice(0, callsOfBatch).map((each) => each.drafts)
    const built = buildBatch(head, drafts, clock)
    this.#prepared = { built, taken: this.#calls.splice(0, built.taken), repairs: [] }
  }

  /** Calls whose batch was built on a head that will not stand: nothing of them was sent. */
  putBack(): void {
    if (this.#prepared === undefined) return
    this.#calls.unshift(...this.#prepared.taken)
    this.#prepared = undefined
  }

  /** A batch stands. */
  succeeded(): void {
    this.#limit = Math.min(maxEntriesOfBatch, this.#limit * 2)
  }

  /** The database refused a batch: it is halved until the entry that it refuses is found.
   *  @returns the call of that entry, which waits no longer */
  halve({ repairs, taken }: Prepared): readonly Waiting[] {
    this.#repairs = [...repairs, ...this.#repairs]
    const calls = taken.slice(repairs.length)
    if (calls.length > 1) {
      this.#calls.unshift(...calls)
      this.#limit = repairs.length + Math.ceil(calls.length / 2)
      return []
    }
    this.#limit = maxEntriesOfBatch
    return calls
  }

  /** Of calls nothing can be written now. @returns all that waited */
  takeCalls(): readonly Waiting[] {
    this.putBack()
    return this.#calls.splice(0)
  }

  /** Nothing of it can be written any more. @returns all that waited */
  takeAll(): readonly Waiting[] {
    const all = [...this.#repairs, ...this.takeCalls()]
    this.#repairs = []
    return all
  }
}
