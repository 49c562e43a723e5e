// outcomes.ts: how queries ended, by index, in nine bytes each: completions are few beside queries, and come after them.

/** What a completion says of its query. */
export interface Outcome {
  /** Index of the query. */
  readonly of: number
  readonly outcome: string
}

/** Completions of one log. */
export class Outcomes {
  #of = new Float64Array(1024)
  #codes = new Uint8Array(1024)
  #count = 0
  readonly #names: string[] = []

  static async read(completions: AsyncIterable<Outcome>): Promise<Outcomes> {
    const all = new Outcomes()
    for await (const each of completions) all.add(each)
    return all
  }

  /** Takes the next completion. They come nearly in the order of their queries, so each is put in its place at once: nothing is left to be
   *  sorted while calls wait. */
  add({ of, outcome }: Outcome): void {
    if (this.#count === this.#of.length) {
      this.#of = grown(this.#of, new Float64Array(2 * this.#count))
      this.#codes = grown(this.#codes, new Uint8Array(2 * this.#count))
    }
    if (!this.#names.includes(outcome)) this.#names.push(outcome)
    const at = this.#firstFrom(of + 1) // behind one of the same query: the first that was said of it counts
    this.#of.copyWithin(at + 1, at, this.#count)
    this.#codes.copyWithin(at + 1, at, this.#count)
    this.#of[at] = of
    this.#codes[at] = this.#names.indexOf(outcome)
    this.#count += 1
  }

  /** How the query at an index ended; undefined where no completion speaks of it. */
  at(index: number): string | undefined {
    const place = this.#firstFrom(index)
    return place < this.#count && this.#of[place] === index ? this.#names[this.#codes[place] ?? 0] : undefined
  }

  /** The place of the first completion of a query at or behind an index. */
  #firstFrom(index: number): number {
    let [low, high] = [0, this.#count]
    if (high > 0 && (this.#of[high - 1] ?? 0) < index) return high
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#of[middle] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return low
  }
}

function grown<T extends Float64Array | Uint8Array>(from: T, into: T): T {
  into.set(from)
  return into
}
