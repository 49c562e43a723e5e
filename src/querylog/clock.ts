// clock.ts: time as the writer needs it, and whether it can be believed.

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  wall(): number
  /** Milliseconds that only grow. */
  monotonic(): number
  sleep(ms: number): Promise<void>
}

const maxDifference = 10_000
const maxAhead = 60_000

/** Holds the clock against the database's and against the monotonic one: an entry's time is evidence. */
export class ClockWatch {
  readonly #clock: Clock
  readonly #base: number
  /** How far this clock was from the database's when that was last heard, ms, and from the monotonic one at that moment. */
  #difference = 0
  #lead = 0

  constructor(clock: Clock, databaseTime: number) {
    this.#clock = clock
    this.heard(databaseTime)
    this.#base = this.#lead
  }

  /** The database said what time it is. */
  heard(databaseTime: number): void {
    this.#difference = this.#clock.wall() - databaseTime
    this.#lead = this.#leadNow()
  }

  /** How far this clock is from the database's, whole ms: as last heard, and by what it stepped forward since. Stepping back it dates
   *  nothing before the last entry, and the next answer tells of it. */
  get difference(): number {
    return Math.round(this.#difference + Math.max(0, this.#leadNow() - this.#lead))
  }

  /** More than 10 s from the database's clock, or more than 60 s ahead of the monotonic one. */
  get unsound(): boolean {
    return Math.abs(this.difference) > maxDifference || this.#leadNow() - this.#base > maxAhead
  }

  /** Of this clock before the monotonic one, from whatever that began. */
  #leadNow(): number {
    return this.#clock.wall() - this.#clock.monotonic()
  }
}
