// months.ts: the turns of the month in Asia/Taipei, each of which has its entry.
import type { Entry } from './entry.ts'
import type { Fault } from './finding.ts'
import type { AgencyNumbers } from './numbers.ts'
import { monthAt } from './taipei.ts'

type Tell = (fault: Fault) => void

/** Follows the months of one log. */
export class Months {
  readonly #numbers: AgencyNumbers
  /** Month of the last entry; absent before the first, and behind entries that cannot be read. */
  #month: string | undefined
  #ms = Number.NaN
  #monthOfMs = ''

  constructor(numbers: AgencyNumbers) {
    this.#numbers = numbers
  }

  /** Entries stand here that cannot be read: any month may have turned. */
  skip(): void {
    this.#month = undefined
  }

  /** @param ms the entry's time; of one that steps back, that of the entry before it */
  entry({ content, kind }: Entry, ms: number, first: boolean, tell: Tell): void {
    if (ms !== this.#ms) {
      this.#ms = ms
      this.#monthOfMs = monthAt(ms)
    }
    const [before, now] = [this.#month, this.#monthOfMs]
    this.#month = now
    if (content.kind === 'month') {
      if (first || before === now) tell({ code: 'month-unexpected', found: `a month entry in ${now}`, expected: 'one where a month turns' })
      else this.#turn(content, before, now, tell)
    } else if (before !== undefined && before !== now) {
      tell({ code: 'month-missing', found: `${kind} in ${now}`, expected: `a month entry that ends ${before}` })
      this.#numbers.turn(undefined, tell)
    }
  }

  #turn(
    { agencies, begins, ended }: Extract<Entry['content'], { kind: 'month' }>,
    before: string | undefined,
    now: string,
    tell: Tell,
  ): void {
    const right = begins === now && (before === undefined ? ended < now : ended === before)
    if (!right)
      tell({
        code: 'month-mismatch',
        found: `ends ${ended}, begins ${begins}`,
        expected: `ends ${before ?? 'an earlier one'}, begins ${now}`,
      })
    this.#numbers.turn(agencies, tell)
  }
}
