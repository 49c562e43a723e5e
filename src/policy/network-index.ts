// network-index.ts: whether an address stands in any network that a snapshot knows.
import type { Address, AddressRange } from './networks.ts'
import type { Snapshot } from './snapshot.ts'

const REMEMBERED = 4096

/** All networks of all agencies and delegates, for the check that comes before any cryptography. Days are left to the decision, which
 *  knows the caller: a caller whose range has ended is then told so. Safe for any number of callers; it keeps the last answers. */
export class NetworkIndex {
  readonly #ranges: Readonly<Record<4 | 6, readonly AddressRange[]>>
  readonly #answers = new Map<string, boolean>()

  constructor(ranges: readonly AddressRange[]) {
    this.#ranges = { 4: united(ranges, 4), 6: united(ranges, 6) }
  }

  knows(address: Address): boolean {
    const answer = this.#answers.get(address.text)
    if (answer !== undefined) return answer
    const found = this.#search(address)
    if (this.#answers.size >= REMEMBERED) this.#answers.clear() // bounded without bookkeeping: it only saves work
    this.#answers.set(address.text, found)
    return found
  }

  #search({ family, value }: Address): boolean {
    const ranges = this.#ranges[family]
    let low = 0
    let high = ranges.length
    while (low < high) {
      const middle = (low + high) >> 1
      const range = ranges[middle]
      if (range === undefined || value < range.first) high = middle
      else if (range.last < value) low = middle + 1
      else return true
    }
    return false
  }
}

/** Sorted and without overlaps, so that one binary search answers. */
function united(ranges: readonly AddressRange[], family: 4 | 6): readonly AddressRange[] {
  const out: { family: 4 | 6; first: bigint; last: bigint }[] = []
  const ofFamily = ranges.filter((each) => each.family === family).sort((one, other) => (one.first < other.first ? -1 : 1))
  for (const { first, last } of ofFamily) {
    const before = out.at(-1)
    if (before !== undefined && first <= before.last) before.last = before.last < last ? last : before.last
    else out.push({ family, first, last })
  }
  return out
}

/** The known networks of a snapshot. Build it once per snapshot. */
export function networkIndex({ agencies }: Pick<Snapshot, 'agencies'>): NetworkIndex {
  // Of a range on trial the caller is identified, so that the record can say what would have been.
  const known = [...agencies.values()].map((agency) => agency.onTrial ?? agency)
  return new NetworkIndex(known.flatMap((agency) => [agency, ...agency.delegates]).flatMap((holder) => holder.networks))
}
