// random.ts: chance that can be had again: every draw of a run of faults follows from its seed.

/** What a run draws from. FAULTS_SEED sets it; every report of a failure names it. */
export const seed = Number(process.env.FAULTS_SEED ?? 1)

/** How many faults the whole suite makes; each file takes its share of them. FAULTS sets it. */
export const faults = Number(process.env.FAULTS ?? 1000)
if (!Number.isSafeInteger(seed) || !Number.isSafeInteger(faults)) throw new Error('FAULTS_SEED and FAULTS: expected whole numbers')

/** A share of the suite's faults, out of a thousand. */
export const share = (ofThousand: number): number => Math.max(1, Math.round((faults * ofThousand) / 1000))

/** Mulberry32 (Tommy Ettinger, public domain), one sequence for each name. */
export class Chance {
  #state: number

  constructor(name: string, from = seed) {
    this.#state = [...name].reduce((hash, each) => Math.imul(hash ^ each.charCodeAt(0), 0x01000193), from ^ 0x811c9dc5) >>> 0
  }

  /** 0 ≤ x < 1 */
  next(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0
    let x = this.#state
    x = Math.imul(x ^ (x >>> 15), x | 1)
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61)
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32
  }

  /** A whole number, 0 ≤ x < below. */
  below(below: number): number {
    return Math.floor(this.next() * below)
  }

  /** A whole number, from ≤ x ≤ to. */
  between(from: number, to: number): number {
    return from + this.below(to - from + 1)
  }

  one<T>(of: readonly T[]): T {
    return inTurn(of, this.below(of.length))
  }
}

/** One after the other, from the beginning again behind the last. */
export function inTurn<T>(all: readonly T[], at: number): T {
  const [next] = all.slice(at % all.length)
  if (next === undefined) throw new RangeError('nothing to choose from')
  return next
}
