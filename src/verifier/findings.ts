// findings.ts: what is found in one log: counted by code, and of one code told up to a number.
import { type Fault, type Finding, type FindingCode, type Report, shown } from './finding.ts'

export class Findings {
  readonly #slot: string
  readonly #mostOfACode: number
  readonly #counts = new Map<FindingCode, number>()
  #untold: Finding[] = []

  constructor(slot: string, mostOfACode: number) {
    this.#slot = slot
    this.#mostOfACode = mostOfACode
  }

  get counts(): ReadonlyMap<FindingCode, number> {
    return this.#counts
  }

  readonly report: Report = (index: number, fault: Fault): void => {
    const before = this.#counts.get(fault.code) ?? 0
    this.#counts.set(fault.code, before + 1)
    if (before >= this.#mostOfACode) return
    const [found, expected] = [shown(fault.found), shown(fault.expected)]
    this.#untold.push({ slot: this.#slot, index, code: fault.code, found, expected })
  }

  /** Those that were not taken yet. */
  take(): readonly Finding[] {
    if (this.#untold.length === 0) return this.#untold
    const untold = this.#untold
    this.#untold = []
    return untold
  }
}
