// absent.ts: entries whose bytes are gone: accepted where a retire entry says so, and then no further than it says.
import type { Entry, Retirement } from './entry.ts'
import type { Report } from './finding.ts'
import { taipei } from './taipei.ts'

/** Rule 六(一)7: archived for at least five years, which begin no earlier than the month's end. Whatever is set, and whoever was archived
 *  later, no month goes before this instant, ms.
 *  @param month `2026-11` */
export function retirableSince(month: string): number {
  const [year = 0, number = 0] = month.split('-').map(Number)
  return Date.UTC(year + 5, number, 1) - taipei
}

/** Runs of entries without bytes, in order of their indexes. */
export class AbsentEntries {
  /** Of this log. */
  retirements: readonly Retirement[] = []
  #run: { readonly from: number; to: number; hashed: boolean } | undefined
  /** The month that was retired right before the next entry. */
  #ended: Retirement | undefined
  readonly accepted: Retirement[] = []

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
    return this.retirements.find(({ to }) => to === size)?.root
  }

  /** An entry with bytes comes, or none.
   *  @param next undefined where it cannot be read, or does not come
   *  @returns the month that was retired right before it; undefined where none was */
  close(next: Entry | undefined, report: Report): Retirement | undefined {
    if (this.#run !== undefined) this.#judge(this.#run, report)
    this.#run = undefined
    const ended = this.#ended
    this.#ended = undefined
    const { content } = next ?? {}
    if (ended !== undefined && content !== undefined && !(content.kind === 'month' && content.ended === ended.month))
      report(ended.to, { code: 'retire-mismatch', found: next?.kind ?? '', expected: `the month entry that ends ${ended.month}` })
    return ended
  }

  #judge({ from, to, hashed }: { from: number; to: number; hashed: boolean }, report: Report): void {
    let at = from
    for (let retired = this.#at(at); hashed && retired !== undefined && retired.to <= to; retired = this.#at(at)) {
      this.accepted.push(retired)
      this.#ended = retired
      at = retired.to
    }
    if (at === to) return
    this.#ended = undefined
    const found = `${hashed ? 'leaf hashes only' : 'nothing'} of ${at} to ${to - 1}`
    report(at, { code: 'entry-missing', found, expected: 'their bytes, or a retire entry of exactly these' })
  }

  #at(index: number): Retirement | undefined {
    return this.retirements.find(({ from, to }) => from === index && to > from)
  }
}
