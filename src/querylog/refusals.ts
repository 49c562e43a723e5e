// refusals.ts: refusals that have no entry of their own, counted by the minute, so that nobody can flood the log.
import type { Draft } from './batch.ts'
import { type RefusalCount, refusalsEntry } from './refusals-entry.ts'
import type { Recorded } from './releaser.ts'

const keysAMinute = 1000
/** Keeps an entry well below its 65,535 bytes, whatever the names. */
const countsAnEntry = 250

export interface EntryLog {
  append(draft: Draft): Promise<Recorded>
}

const keyOf = (count: RefusalCount): string =>
  'address' in count ? `${count.address} ${count.code}` : `${count.agency} ${count.credential} ${count.code}`

/** Counts of one minute, and the `refusals` entries that they become. Constant memory: 1,000 keys, the rest as `other`. */
export class RefusalCounts {
  readonly #log: EntryLog
  readonly #newId: () => string
  #minute = 0
  #counts = new Map<string, RefusalCount>()
  #other = 0

  constructor(log: EntryLog, newId: () => string) {
    this.#log = log
    this.#newId = newId
  }

  /** Counts a refusal before identification.
   *  @param network the address; of IPv6 its /64 */
  countAddress(now: number, network: string, code: string): void {
    this.#count(now, { address: network, code, count: 1 })
  }

  /** Counts a refusal of an identified caller, beyond those that are recorded one by one.
   *  @param count of the records that it would have left */
  countCredential(now: number, agency: string, credential: string, code: string, count = 1): void {
    this.#count(now, { agency, code, count, credential })
  }

  #count(now: number, one: RefusalCount): void {
    if (this.#counts.size === 0 && this.#other === 0) this.#minute = Math.floor(now / 60_000)
    this.#add(one)
  }

  #add(more: RefusalCount): void {
    const key = keyOf(more)
    const found = this.#counts.get(key)
    if (found !== undefined) this.#counts.set(key, { ...found, count: found.count + more.count })
    else if (this.#counts.size < keysAMinute) this.#counts.set(key, more)
    else this.#other += more.count
  }

  /** Writes what was counted since the last time: called once a minute, and before the log closes.
   *  @throws NotRecorded; what could not be recorded stays counted */
  async flush(): Promise<void> {
    if (this.#counts.size === 0 && this.#other === 0) return
    const counts = [...this.#counts.values()]
    const minute = new Date(this.#minute * 60_000).toISOString()
    let other = this.#other
    this.#counts = new Map()
    this.#other = 0
    for (let at = 0; at < counts.length || other > 0; at += countsAnEntry) {
      const facts = { id: this.#newId(), minute, counts: counts.slice(at, at + countsAnEntry), other }
      try {
        await this.#log.append({ write: (given) => refusalsEntry(facts, given) })
      } catch (error) {
        for (const count of counts.slice(at)) this.#add(count)
        this.#other += other
        throw error
      }
      other = 0
    }
  }
}
