// transfers.ts: where each row of a file is an item (D-9), how many rows each has: from the records and their completions, whatever a list says.
import type { Fault } from '../finding.ts'
import type { SampleList } from './list.ts'
import type { Draw } from './sample.ts'
import type { Step } from './seen.ts'

const nameOf = ({ countedSeq, log, rows }: { countedSeq: number; log: string; rows: number }): string => `${log} ${countedSeq} of ${rows}`

/** Memory grows with transfers, as the list of a draw does. */
export class Transfers {
  /** By log, then by counted number. */
  readonly #rows = new Map<string, Map<number, number>>()
  /** Those whose completion says how many, by the index of their query. */
  readonly #open = new Map<string, Map<number, number>>()
  readonly #listed: ReadonlyMap<string, SampleList['transfers']>

  /** @param draws of the population under one seed, with their lists as far as they are to be had */
  constructor(draws: readonly { readonly draw: Step<Draw>; readonly list: SampleList | undefined }[]) {
    this.#listed = new Map(draws.flatMap(({ draw, list }) => (list === undefined ? [] : [[draw.id, list.transfers] as const])))
  }

  /** A transfer, in the order of its log.
   *  @param rows absent where only its completion says so */
  take(log: string, index: number, countedSeq: number, rows: number | undefined): void {
    ofLog(this.#rows, log).set(countedSeq, Math.max(1, rows ?? 0)) // an empty file was transferred all the same
    if (rows === undefined) ofLog(this.#open, log).set(index, countedSeq)
  }

  /** The completion of a query. */
  completed(log: string, index: number, rows: number | undefined): void {
    const open = this.#open.get(log)
    const countedSeq = open?.get(index)
    if (countedSeq === undefined) return
    open?.delete(index)
    if (rows !== undefined) ofLog(this.#rows, log).set(countedSeq, Math.max(1, rows))
  }

  /** How many rows all of them have. */
  get rows(): number {
    return [...this.#rows.values()].reduce((sum, own) => [...own.values()].reduce((all, rows) => all + rows, sum), 0)
  }

  /** By counted number. */
  of(log: string): ReadonlyMap<number, number> {
    return this.#rows.get(log) ?? new Map()
  }

  /** What the list of a draw says of them otherwise. */
  *faults({ id }: Step<Draw>): Generator<Fault> {
    const listed = this.#listed.get(id)
    if (listed === undefined) return
    const are = [...this.#rows].flatMap(([log, own]) => [...own].map(([countedSeq, rows]) => nameOf({ countedSeq, log, rows })))
    const [found, expected] = [new Set(listed.map(nameOf)), new Set(are)]
    const [more, less] = [[...found].filter((each) => !expected.has(each)), are.filter((each) => !found.has(each))]
    const some = (names: readonly string[]): string => names.slice(0, 3).join(', ') || 'none'
    if (more.length + less.length > 0)
      yield { code: 'sample-list', found: `transfers ${some(more)} rows`, expected: `${some(less)}, as the records say` }
  }
}

function ofLog(all: Map<string, Map<number, number>>, log: string): Map<number, number> {
  const own = all.get(log) ?? new Map<number, number>()
  all.set(log, own)
  return own
}
