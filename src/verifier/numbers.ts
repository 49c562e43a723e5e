// numbers.ts: each agency's running numbers, and what a month entry says of them.

import type { Fault } from './finding.ts'
import type { AgencyMonth } from './slot-entries.ts'

/** An agency's numbers so far. Behind entries that could not be read, each is taken over from what comes next: it is unsure until then. */
interface Agency {
  /** A small number of its own, in order of first appearance. */
  readonly ordinal: number
  /** The last number given. */
  records: number
  counted: number
  /** How many entries were seen since the month turned. */
  recordsOfMonth: number
  countedOfMonth: number
  unsureRecords: boolean
  unsureCounted: boolean
  unsureMonth: boolean
}

type Tell = (fault: Fault) => void

const monthOfAgency = (agency: string, now: Agency): AgencyMonth => ({
  agency,
  counted: now.countedOfMonth,
  countedTo: now.counted,
  records: now.recordsOfMonth,
  recordsTo: now.records,
})

const words = (of: AgencyMonth): string =>
  `${of.agency}: records ${of.records} (to ${of.recordsTo}), counted ${of.counted} (to ${of.countedTo})`

/** Numbers of all agencies of one log. Its memory grows with the number of agencies only. */
export class AgencyNumbers {
  readonly #agencies = new Map<string, Agency>()
  /** Agencies that appear for the first time may have had entries that could not be read. */
  #unsure = false
  /** Whether the entry before could not be read: all that is known is unsure already. */
  #isSkipping = false

  #of(agency: string): Agency {
    let known = this.#agencies.get(agency)
    if (known === undefined) {
      const unsure = { unsureRecords: this.#unsure, unsureCounted: this.#unsure, unsureMonth: this.#unsure }
      known = { ordinal: this.#agencies.size, records: 0, counted: 0, recordsOfMonth: 0, countedOfMonth: 0, ...unsure }
      this.#agencies.set(agency, known)
    }
    return known
  }

  /** Entries stand here that cannot be read. */
  skip(): void {
    if (this.#isSkipping) return
    this.#isSkipping = true
    this.#unsure = true
    for (const known of this.#agencies.values()) Object.assign(known, { unsureRecords: true, unsureCounted: true, unsureMonth: true })
  }

  /** A `query` entry's numbers. After a gap they are followed from where they stand, so that one gap is one finding.
   *  @returns the agency's ordinal */
  query(agency: string, agencySeq: number, countedSeq: number | undefined, tell: Tell): number {
    this.#isSkipping = false
    const known = this.#of(agency)
    if (agencySeq !== known.records + 1 && !known.unsureRecords)
      tell({ code: 'agency-seq', found: `${agency}: ${agencySeq}`, expected: String(known.records + 1) })
    known.records = agencySeq
    known.recordsOfMonth += 1
    known.unsureRecords = false
    if (countedSeq === undefined) return known.ordinal
    if (countedSeq !== known.counted + 1 && !known.unsureCounted)
      tell({ code: 'counted-seq', found: `${agency}: ${countedSeq}`, expected: String(known.counted + 1) })
    known.counted = countedSeq
    known.countedOfMonth += 1
    known.unsureCounted = false
    return known.ordinal
  }

  ordinalOf(agency: string): number | undefined {
    return this.#agencies.get(agency)?.ordinal
  }

  /** The month turns.
   *  @param stated what its `month` entry says; absent where it is missing */
  turn(stated: readonly AgencyMonth[] | undefined, tell: Tell): void {
    this.#isSkipping = false
    if (stated !== undefined) this.#compare(stated, tell)
    for (const known of this.#agencies.values()) {
      known.recordsOfMonth = 0
      known.countedOfMonth = 0
    }
  }

  #compare(stated: readonly AgencyMonth[], tell: Tell): void {
    const missing = new Set(this.#agencies.keys())
    for (const each of stated) {
      const known = this.#of(each.agency)
      const expected = words(monthOfAgency(each.agency, known))
      if (known.unsureMonth) takeOver(known, each)
      else if (!missing.has(each.agency) || words(each) !== expected) tell({ code: 'month-numbers', found: words(each), expected })
      missing.delete(each.agency)
    }
    for (const agency of missing)
      tell({ code: 'month-numbers', found: `nothing of ${agency}`, expected: words(monthOfAgency(agency, this.#of(agency))) })
    // A month entry names every agency of its log: none is unsure behind it.
    this.#unsure = false
  }
}

function takeOver(known: Agency, stated: AgencyMonth): void {
  known.records = stated.recordsTo
  known.counted = stated.countedTo
  Object.assign(known, { unsureRecords: false, unsureCounted: false, unsureMonth: false })
}
