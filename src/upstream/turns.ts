// turns.ts: whose call an upstream takes next: so many at once, so many waiting, and no agency in everybody's way.
import { Refused } from '../problems.ts'

export interface TurnSettings {
  /** Calls in flight at once. */
  readonly atOnce: number
  /** Calls that may wait. */
  readonly waiting: number
  /** Of these how many may be one agency's; absent: half. */
  readonly waitingOfOne?: number
}

interface Waiter {
  readonly agency: string
  readonly go: () => void
}

/** Turns at one upstream. An agency may use all of it but a reserve, an eighth, which is there for the others whatever its own calls
 *  hang on; and of the places to wait one half, or as many as the settings say. Within an agency calls go in their order; between agencies in turn. */
export class Turns {
  readonly #settings: TurnSettings
  readonly #mostOfOne: number
  readonly #waitingOfOne: number
  readonly #running = new Map<string, number>()
  /** Agencies with calls that wait, the one whose turn is next first. */
  readonly #queues = new Map<string, Waiter[]>()
  #atOnce = 0
  #waiting = 0

  constructor(settings: TurnSettings) {
    this.#settings = settings
    this.#mostOfOne = Math.max(1, settings.atOnce - Math.ceil(settings.atOnce / 8))
    this.#waitingOfOne = settings.waitingOfOne ?? Math.ceil(settings.waiting / 2)
  }

  /** Whether a call of this agency could be sent or wait now.
   *  @throws Refused overloaded */
  check(agency: string): void {
    if (this.#mayGo(agency)) return
    const own = this.#queues.get(agency)?.length ?? 0
    if (this.#waiting >= this.#settings.waiting || own >= this.#waitingOfOne) throw new Refused('overloaded')
  }

  /** Takes a turn: `go` is called at once, or when its turn comes; then `leave` must follow, once.
   *  @returns takes a call that still waits out of the queue; nothing where it went at once */
  enter(agency: string, go: () => void): (() => void) | undefined {
    if (this.#mayGo(agency)) {
      this.#start(agency)
      go()
      return undefined
    }
    const waiter = { agency, go }
    const queue = this.#queues.get(agency)
    if (queue === undefined) this.#queues.set(agency, [waiter])
    else queue.push(waiter)
    this.#waiting += 1
    return () => this.#giveUp(waiter)
  }

  /** A call of this agency has ended: whoever may is next. */
  leave(agency: string): void {
    this.#atOnce -= 1
    const left = (this.#running.get(agency) ?? 1) - 1
    if (left === 0) this.#running.delete(agency)
    else this.#running.set(agency, left)
    if (this.#waiting > 0) this.#next()
  }

  #mayGo(agency: string): boolean {
    return this.#atOnce < this.#settings.atOnce && (this.#running.get(agency) ?? 0) < this.#mostOfOne
  }

  #start(agency: string): void {
    this.#atOnce += 1
    this.#running.set(agency, (this.#running.get(agency) ?? 0) + 1)
  }

  #next(): void {
    for (const [agency, queue] of this.#queues) {
      if (!this.#mayGo(agency)) continue
      const waiter = queue.shift()
      // Behind the others, or gone: a Map keeps the order of its insertions.
      this.#queues.delete(agency)
      if (queue.length > 0) this.#queues.set(agency, queue)
      if (waiter === undefined) continue
      this.#waiting -= 1
      this.#start(agency)
      waiter.go()
      return
    }
  }

  #giveUp(waiter: Waiter): void {
    const queue = this.#queues.get(waiter.agency)
    const at = queue?.indexOf(waiter) ?? -1
    if (queue === undefined || at < 0) return
    queue.splice(at, 1)
    if (queue.length === 0) this.#queues.delete(waiter.agency)
    this.#waiting -= 1
  }
}
