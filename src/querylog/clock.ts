// clock.ts: time as the writer needs it, and whether it can be believed.

export interface Clock {
  /** Milliseconds since 1970 UTC. */
  wall(): number
  /** Milliseconds that only grow. */
  monotonic(): number
  sleep(ms: number): Promise<void>
}

/** What the clocks of this machine read at one moment. */
export type Reading = Readonly<Record<'wall' | 'monotonic', number>>

export const readingOf = (clock: Pick<Clock, 'wall' | 'monotonic'>): Reading => ({ wall: clock.wall(), monotonic: clock.monotonic() })

const maxDifference = 10_000
const maxAhead = 60_000

/** Holds the clock against the database's and against the monotonic one: an entry's time is evidence. */
export class ClockWatch {
  readonly #clock: Clock
  readonly #base: number
  /** How far this clock was from the database's when that was last heard, ms, and from the monotonic one at that moment. */
  #difference = 0
  #lead = 0

  constructor(clock: Clock, databaseTime: number, at = readingOf(clock)) {
    this.#clock = clock
    this.heard(databaseTime, at)
    this.#base = this.#lead
  }

  /** The database said what time it is.
   *  @param at when that was heard */
  heard(databaseTime: number, at = readingOf(this.#clock)): void {
    this.#difference = at.wall - databaseTime
    this.#lead = at.wall - at.monotonic
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
