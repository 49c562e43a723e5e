// sequence.ts: what the entries of a log say of each other: times, numbers, months, references, heads of other logs.
import { Batches } from './batches.ts'
import type { Entry } from './entry.ts'
import type { Fault } from './finding.ts'
import { Months } from './months.ts'
import { AgencyNumbers } from './numbers.ts'
import type { OtherHead } from './other-heads.ts'
import { type FarReference, References } from './references.ts'

type Tell = (fault: Fault) => void

/** By how much two sound clocks may differ, ms: that of whoever wrote an entry, and that of whoever verifies it. */
const skew = 300_000

/** Takes entries in order. Its memory grows with the number of agencies and of logs, not with the number of entries. */
export class EntrySequence {
  readonly #now: number
  #isAhead = false
  readonly #numbers = new AgencyNumbers()
  readonly #months = new Months(this.#numbers)
  readonly #references = new References()
  readonly #batches = new Batches()
  readonly #heads = new Map<string, OtherHead>()
  /** Of the last entry whose date did not step back. */
  #last: { readonly index: number; readonly at: string; readonly ms: number } | undefined
  #firstAt: string | undefined

  /** @param now when it is verified, ms */
  constructor(now: number) {
    this.#now = now
  }

  get firstAt(): string | undefined {
    return this.#firstAt
  }

  get lastAt(): string | undefined {
    return this.#last?.at
  }

  /** What could not be held against the query that it is of: somebody has to look, and to answer. */
  takeFar(): readonly FarReference[] {
    return this.#references.takeFar()
  }

  farAnswer(far: FarReference, there: boolean, tell: Tell): void {
    this.#references.farAnswer(far, there, tell)
  }

  /** An entry stands here whose bytes are not to be had. */
  skip(index: number): void {
    this.#numbers.skip()
    this.#months.skip()
    this.#references.skip(index + 1)
    this.#batches.skip()
  }

  /** No entry follows. */
  end(tell: Tell): void {
    this.#batches.end(tell)
  }

  /** @param entry undefined where its bytes cannot be read: that is told already */
  take(index: number, entry: Entry | undefined, tell: Tell): void {
    this.#references.noQuery(index)
    if (entry === undefined) {
      this.#batches.skip()
      return
    }
    this.#batches.entry(entry.id, entry.content.kind === 'query' ? entry.content.batch : undefined, tell)
    this.#time(index, entry, tell)
    this.#months.entry(entry, this.#last?.ms ?? entry.ms, index === 0, tell)
    this.#content(index, entry, tell)
    for (const head of entry.heads) this.#head(head, tell)
    if (entry.ended !== undefined) this.#head(entry.ended, tell)
  }

  /** `at` never steps back, nor lies ahead of whoever reads it. The clock read otherwise only where it was behind the entry before, whose date was then kept. */
  #time(index: number, { at, clock, ms }: Entry, tell: Tell): void {
    const last = this.#last
    this.#firstAt ??= at
    if (ms > this.#now + skew && !this.#isAhead) {
      this.#isAhead = true
      tell({ code: 'time-ahead', found: at, expected: `${new Date(this.#now).toISOString()}, when it was verified, or earlier` })
    }
    if (last !== undefined && ms < last.ms) {
      tell({ code: 'time-step-back', found: at, expected: `${last.at} or later` })
      return
    }
    const moved = last?.index === index - 1 && last.ms !== ms
    if (clock !== undefined && (clock >= ms || moved || index === 0))
      tell({ code: 'clock-mismatch', found: new Date(clock).toISOString(), expected: `absent, or earlier than a date that was kept` })
    this.#last = { index, at, ms }
  }

  #content(index: number, { content, id, sealed }: Entry, tell: Tell): void {
    if (content.kind === 'query') {
      this.#references.query(index, id, this.#numbers.query(content.agency, content.agencySeq, content.countedSeq, tell))
      this.#references.decidedUnder(content.policy, tell)
    } else if (content.kind === 'completion') {
      this.#references.completion(index, content, this.#numbers.ordinalOf(content.agency), tell)
      if (content.policy !== undefined) this.#references.decidedUnder(content.policy, tell)
    } else if (content.kind === 'subjects') {
      this.#references.subjects(index, content, this.#numbers.ordinalOf(content.agency), tell)
    } else if (content.kind === 'download-end') this.#references.downloadEnd(index, content, tell)
    else if (content.kind === 'act' && content.download !== undefined) this.#references.download(index, id, content.download.agency)
    else if (content.kind === 'policy') this.#references.policy(content.digest)
    else if (content.kind === 'key') this.#references.key(id, tell)
    if (sealed !== undefined) this.#references.sealedUnder(sealed, tell)
  }

  #head(head: OtherHead, tell: Tell): void {
    const before = this.#heads.get(head.log)
    this.#heads.set(head.log, head)
    if (before !== undefined && (head.size < before.size || (head.size === before.size && head.root !== before.root)))
      tell({
        code: 'head-step-back',
        found: `${head.log}: ${head.size} ${head.root}`,
        expected: `an extension of ${before.size} ${before.root}`,
      })
  }
}
