// outcomes.ts: how queries ended, by index, in nine bytes each: completions are few beside queries, and come after them.

/** Completions of one log. */
export class Outcomes {
  #of: Float64Array
  #codes: Uint8Array
  readonly #names: readonly string[]

  private constructor(of: Float64Array, codes: Uint8Array, names: readonly string[]) {
    this.#of = of
    this.#codes = codes
    this.#names = names
  }

  static async read(completions: AsyncIterable<{ readonly of: number; readonly outcome: string }>): Promise<Outcomes> {
    const names: string[] = []
    let [of, codes, count] = [new Float64Array(1024), new Uint8Array(1024), 0]
    for await (const each of completions) {
      if (count === of.length) {
        of = grown(of, new Float64Array(2 * count))
        codes = grown(codes, new Uint8Array(2 * count))
      }
      if (!names.includes(each.outcome)) names.push(each.outcome)
      of[count] = each.of
      codes[count++] = names.indexOf(each.outcome)
    }
    const order = Array.from({ length: count }, (_, at) => at).sort((a, b) => (of[a] ?? 0) - (of[b] ?? 0))
    return new Outcomes(
      Float64Array.from(order, (at) => of[at] ?? 0),
      Uint8Array.from(order, (at) => codes[at] ?? 0),
      names,
    )
  }

  /** How the query at an index ended; undefined where no completion speaks of it. */
  at(index: number): string | undefined {
    let [low, high] = [0, this.#of.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      if ((this.#of[middle] ?? 0) < index) low = middle + 1
      else high = middle
    }
    return this.#of[low] === index ? this.#names[this.#codes[low] ?? 0] : undefined
  }
}

function grown<T extends Float64Array | Uint8Array>(from: T, into: T): T {
  into.set(from)
  return into
}
