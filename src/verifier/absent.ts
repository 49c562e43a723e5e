// absent.ts: entries whose bytes are gone: accepted where a retire entry says so, and then no further than it says.
import type { Entry } from './entry.ts'
import type { Fault, Report } from './finding.ts'
import type { Retirement } from './slot-entries.ts'
import { monthAt, taipei } from './taipei.ts'

/** Rule 六(一)7: archived for at least five years, which begin no earlier than the month's end. Whatever is set, and whoever was archived
 *  later, no month goes before this instant, ms.
 *  @param month `2026-11` */
export function retirableSince(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return Date.UTC(year + 5, number, 1) - taipei
}

/** A retire entry that comes before its time, by its own date or by the clock of whoever verifies.
 *  @param ms its date
 *  @param now of whoever verifies, ms */
export function earlyFault({ month }: Retirement, ms: number, now: number): Fault | undefined {
  const due = retirableSince(month)
  if (Math.min(ms, now) >= due) return undefined
  const [at, when] = [Math.min(ms, now), now < ms ? ', when it was verified' : '']
  return {
    code: 'retire-early',
    found: `${month} at ${new Date(at).toISOString()}${when}`,
    expected: `${new Date(due).toISOString()} or later`,
  }
}

interface Run {
  readonly from: number
  to: number
  hashed: boolean
}

/** Runs of entries without bytes, in order of their indexes. */
export class AbsentEntries {
  /** By the index of the first entry, and by that behind the last. */
  readonly #from = new Map<number, Retirement>()
  readonly #to = new Map<number, Retirement>()
  #run: Run | undefined
  /** Time of the last entry that could be read, ms. */
  #last: number | undefined
  readonly accepted: Retirement[] = []

  /** What retire entries say of this log: of several that begin or end at one index the first counts. */
  set retirements(said: readonly Retirement[]) {
    this.#from.clear()
    this.#to.clear()
    for (const each of said) {
      if (each.to > each.from && !this.#from.has(each.from)) this.#from.set(each.from, each)
      if (!this.#to.has(each.to)) this.#to.set(each.to, each)
    }
  }

  /** @param hashed whether its leaf hash is left
   *  @returns whether a run begins */
  add(index: number, hashed: boolean): boolean {
    const begins = this.#run === undefined
    this.#run ??= { from: index, to: index, hashed }
    this.#run.to = index + 1
    this.#run.hashed &&= hashed
    return begins
  }

  /** The root that a retire entry states of so many entries, in base64; undefined where none ends there. */
  rootAt(size: number): string | undefined {
    return this.#to.get(size)?.root
  }

  /** An entry with bytes comes, or none.
   *  @param next undefined where it cannot be read, or does not come
   *  @returns the month that was retired right before it; undefined where none was */
  close(next: Entry | undefined, report: Report): Retirement | undefined {
    let ended: Retirement | undefined
    if (this.#run !== undefined) ended = this.#end(this.#run, next, report)
    if (next !== undefined) this.#last = next.ms
    return ended
  }

  #end(run: Run, next: Entry | undefined, report: Report): Retirement | undefined {
    this.#run = undefined
    const { retired, to } = this.#judge(run, report)
    this.#order(retired, next, report)
    const ended = to === run.to ? retired.at(-1) : undefined
    const { content } = next ?? {}
    if (ended !== undefined && content !== undefined && !(content.kind === 'month' && content.ended === ended.month))
      report(ended.to, { code: 'retire-mismatch', found: next?.kind ?? '', expected: `the month entry that ends ${ended.month}` })
    return ended
  }

  /** Whose time is said to be over lies between what is there before and behind it: no young month goes by the name of an old one. */
  #order(retired: readonly Retirement[], next: Entry | undefined, report: Report): void {
    const behind = next && monthAt(next.ms)
    let before = this.#last === undefined ? undefined : monthAt(this.#last)
    for (const { from, month } of retired) {
      const [early, late] = [before !== undefined && month <= before, behind !== undefined && month >= behind]
      if (early || late)
        report(from, { code: 'retire-mismatch', found: month, expected: early ? `a month behind ${before}` : `a month before ${behind}` })
      before = month
    }
  }

  /** @returns what retire entries say of it, and up to where */
  #judge({ from, to, hashed }: Run, report: Report): { readonly retired: readonly Retirement[]; readonly to: number } {
    const found: Retirement[] = []
    let at = from
    for (let retired = this.#from.get(at); hashed && retired !== undefined && retired.to <= to; retired = this.#from.get(at)) {
      found.push(retired)
      at = retired.to
    }
    for (const each of found) this.accepted.push(each) // as arguments of one call there may be too many
    if (at < to) {
      const left = `${hashed ? 'leaf hashes only' : 'nothing'} of ${at} to ${to - 1}`
      report(at, { code: 'entry-missing', found: left, expected: 'their bytes, or a retire entry of exactly these' })
    }
    return { retired: found, to: at }
  }
}
