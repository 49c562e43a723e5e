// queries-seen.ts: which query stood at which index, in twelve bytes each: millions of them must not fill a browser's memory.
import { firstAtLeast } from '../growing-numbers.ts'

/** Queries in order of their indexes. Of an id only its last eight hex digits are kept, which are drawn at random. */
export class QueriesSeen {
  #indexes = new Float64Array(1024)
  #ids = new Uint32Array(1024)
  #count = 0

  /** @param index above all before it */
  add(index: number, id: string): void {
    if (this.#count === this.#indexes.length) {
      const [indexes, ids] = [new Float64Array(2 * this.#count), new Uint32Array(2 * this.#count)]
      indexes.set(this.#indexes)
      ids.set(this.#ids)
      this.#indexes = indexes
      this.#ids = ids
    }
    this.#indexes[this.#count] = index
    this.#ids[this.#count] = tailOf(id)
    this.#count += 1
  }

  /** Whether the query at an index is another one, or an index between those that were seen is none.
   *  What stands before the first that was seen is not known here: false. */
  isOther(index: number, id: string): boolean {
    if (this.#count === 0 || index < (this.#indexes[0] ?? 0)) return false
    const at = firstAtLeast(this.#indexes.subarray(0, this.#count), index)
    return at === this.#count || this.#indexes[at] !== index || this.#ids[at] !== tailOf(id)
  }
}

const tailOf = (id: string): number => Number.parseInt(id.slice(-8), 16) >>> 0
