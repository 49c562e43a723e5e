// account-signs.ts: which accounts show signs, each judged by its own records alone. Memory does not grow with how many there are.
import { type AccountCount, type Listed, mostListed } from './counts.ts'
import type { Thresholds } from './thresholds.ts'

/** Signs of one account. */
export const accountSignNames = ['bursts', 'subjects', 'addresses', 'at-once', 'not-found', 'idle'] as const
export type AccountSignName = (typeof accountSignNames)[number]

/** What a sign adds up to, over all accounts. */
export interface Found {
  /** Hours (`bursts`), days (`subjects`, `addresses`), else accounts. */
  readonly found: number
  /** Records of an hour, subjects or addresses of a day, changes of address, per cent, days without a query: the most of anybody. */
  readonly most: number
}

export interface AccountRow extends AccountCount {
  readonly signs: readonly AccountSignName[]
}

/** Also without any sign: who asked about the most people. */
const mostOfAll = 10
const day = 86_400_000

/** Per cent of an account's answers that found nobody, rounded down. */
export const notFoundPercent = ({ answered, notFound }: Pick<AccountCount, 'answered' | 'notFound'>): number =>
  answered === 0 ? 0 : Math.floor((100 * notFound) / answered)

/** Whole days between an account's first record of the month and the one before it; 0 where there was none. */
export const idleDays = ({ before, first }: Pick<AccountCount, 'before' | 'first'>): number =>
  before === undefined ? 0 : Math.floor((first - before) / day)

type Judged = Readonly<Record<AccountSignName, Found>>

function judge(row: AccountCount, thresholds: Thresholds): Judged {
  const isNotFound = row.answered >= thresholds.not_found_answers
  const percent = isNotFound ? notFoundPercent(row) : 0
  const idle = idleDays(row)
  return {
    bursts: { found: row.bursts, most: row.ofHour },
    subjects: { found: row.subjectDays, most: row.subjectsOfDay },
    addresses: { found: row.addressDays, most: row.addressesOfDay },
    'at-once': { found: row.switches > 0 ? 1 : 0, most: row.switches },
    'not-found': { found: isNotFound && percent >= thresholds.not_found_percent ? 1 : 0, most: percent },
    idle: { found: idle >= thresholds.idle_days ? 1 : 0, most: idle },
  }
}

/** The most subjects first. Accounts differ, so that no order is left open. */
const before = (one: AccountRow, other: AccountRow): number =>
  other.subjects - one.subjects || other.records - one.records || (one.account < other.account ? -1 : 1)

/** The first so many of what was added, in order. */
class First {
  readonly #most: number
  #rows: AccountRow[] = []

  constructor(most: number) {
    this.#most = most
  }

  add(row: AccountRow): void {
    if (this.#rows.push(row) >= 4 * this.#most) this.#rows = this.inOrder()
  }

  inOrder(): AccountRow[] {
    return this.#rows.toSorted(before).slice(0, this.#most)
  }
}

/** Takes accounts in any order, each once. */
export class AccountSigns {
  readonly #thresholds: Thresholds
  readonly #found: Record<AccountSignName, Found>
  readonly #signed = new First(mostListed)
  readonly #most = new First(mostOfAll)
  #withSigns = 0
  #accounts = 0

  constructor(thresholds: Thresholds) {
    this.#thresholds = thresholds
    const none: Found = { found: 0, most: 0 }
    this.#found = { bursts: none, subjects: none, addresses: none, 'at-once': none, 'not-found': none, idle: none }
  }

  add(row: AccountCount): void {
    const judged = judge(row, this.#thresholds)
    for (const sign of accountSignNames) {
      const { found, most } = this.#found[sign]
      this.#found[sign] = { found: found + judged[sign].found, most: Math.max(most, judged[sign].most) }
    }
    const signs = accountSignNames.filter((sign) => judged[sign].found > 0)
    this.#accounts += 1
    this.#most.add({ ...row, signs })
    if (signs.length === 0) return
    this.#withSigns += 1
    this.#signed.add({ ...row, signs })
  }

  /** How many accounts there were. */
  get accounts(): number {
    return this.#accounts
  }

  /** No account is named. */
  get found(): Judged {
    return { ...this.#found }
  }

  /** Accounts with signs, as far as the list goes, and those with the most subjects, whatever they show.
   *  `total`: how many have signs. */
  get listed(): Listed<AccountRow> {
    const signed = this.#signed.inOrder()
    const known = new Set(signed.map(({ account }) => account))
    const others = this.#most.inOrder().filter(({ account, signs }) => signs.length === 0 && !known.has(account))
    return { total: this.#withSigns, rows: [...signed, ...others].sort(before) }
  }
}
