// condition.ts: whether a slot's writer writes, and why not.
import { NotRecorded } from './refusal.ts'

/** Ready, or away while the database is; refused and closed are for good: nothing leads back from them. */
export class Condition {
  #now: 'ready' | 'away' | 'refused' | 'closed' = 'ready'
  #cause: unknown

  get isReady(): boolean {
    return this.#now === 'ready'
  }

  get isAway(): boolean {
    return this.#now === 'away'
  }

  /** What an entry is rejected with that is not written, since the writer does not write. */
  notRecorded(): NotRecorded {
    return new NotRecorded('query-log-unavailable', { cause: this.#cause })
  }

  /** The database is away, or the outcome unknown.
   *  @returns whether it was ready */
  goAway(cause: unknown): boolean {
    if (this.#now !== 'ready') return false
    this.#now = 'away'
    this.#cause = cause
    return true
  }

  /** It was tried to come back, and why that failed. */
  stayAway(cause: unknown): void {
    if (this.#now === 'away') this.#cause = cause
  }

  /** @returns whether it was away */
  comeBack(): boolean {
    if (this.#now !== 'away') return false
    this.#now = 'ready'
    this.#cause = undefined
    return true
  }

  /** Only a person can say what is right.
   *  @returns whether it was not closed */
  refuse(cause: unknown): boolean {
    if (this.#now === 'closed') return false
    this.#now = 'refused'
    this.#cause = cause
    return true
  }

  close(): void {
    this.#now = 'closed'
  }
}
