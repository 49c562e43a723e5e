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
  #difference: number

  constructor(clock: Clock, databaseTime: number) {
    this.#clock = clock
    this.#base = clock.wall() - clock.monotonic()
    this.#difference = clock.wall() - databaseTime
  }

  /** The database said what time it is. */
  heard(databaseTime: number): void {
    this.#difference = this.#clock.wall() - databaseTime
  }

  /** How far this clock was from the database's when that was last heard, whole ms. */
  get difference(): number {
    return Math.round(this.#difference)
  }

  /** More than 10 s from the database's clock, or more than 60 s ahead of the monotonic one. */
  get unsound(): boolean {
    const ahead = this.#clock.wall() - this.#clock.monotonic() - this.#base
    return Math.abs(this.#difference) > maxDifference || ahead > maxAhead
  }
}
