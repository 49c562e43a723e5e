// growing-numbers.ts: many numbers in little memory, in order once all are there.

export class GrowingNumbers {
  #numbers = new Float64Array(1024)
  #count = 0

  add(number: number): void {
    if (this.#count === this.#numbers.length) {
      const grown = new Float64Array(this.#count * 2)
      grown.set(this.#numbers)
      this.#numbers = grown
    }
    this.#numbers[this.#count++] = number
  }

  sorted(): Float64Array {
    return this.#numbers.subarray(0, this.#count).sort()
  }
}

/** Where the first number stands that is no smaller; behind the last where there is none. */
export function firstAtLeast(sorted: Float64Array, least: number): number {
  let [low, high] = [0, sorted.length]
  while (low < high) {
    const middle = Math.floor((low + high) / 2)
    if ((sorted[middle] ?? least) < least) low = middle + 1
    else high = middle
  }
  return low
}
