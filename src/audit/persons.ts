// persons.ts: who the users of a period are: persons by 人員代號, whatever the number of their accounts.
import type { Hash } from '../canonical.ts'
import { foldAccount } from '../identifier.ts'
import type { UserRow } from './frozen-roster.ts'
import { daysOf, type Period } from './period.ts'
import { type Ticket, userTicket } from './tickets.ts'

export interface Person {
  /** 人員代號; absent where the roster has no row of the account. */
  readonly person?: string
  /** Spellings of the roster, sorted; of the log, where the roster has no row. */
  readonly accounts: readonly string[]
}

/** Everybody whom rows and records name. D-11: on the roster on at least one day of the period, those who left included, and who appears
 *  in the log. D-1: a system account is its responsible officer's, and counts as one user. */
export class Persons {
  readonly #byAccount = new Map<string, Person>()
  readonly #users = new Set<Person>()
  readonly #spellings = new Map<Person, Set<string>>()

  /** @param roster all rows of the agency: rows are never deleted, so those of the period are among them
   *  @param period whose users are meant; absent: only who appears */
  constructor(roster: Iterable<UserRow>, period: Period | undefined) {
    const days = period && daysOf(period)
    for (const [person, own] of Map.groupBy(roster, (row) => row.person)) {
      const known: Person = { person, accounts: [...new Set(own.map(({ account }) => account))].sort() }
      for (const { account } of own) this.#byAccount.set(foldAccount(account), known)
      if (days !== undefined && own.some(({ from, until }) => from <= days.last && (until ?? days.last) >= days.first))
        this.#users.add(known)
    }
  }

  /** Whose account it is, in any spelling. */
  of(account: string): Person {
    const folded = foldAccount(account)
    const known = this.#byAccount.get(folded)
    if (known !== undefined) return known
    const unknown: Person = { accounts: [account] }
    this.#byAccount.set(folded, unknown)
    return unknown
  }

  /** Whose account it is that has a counted record in the period: whoever appears in the log is a user. */
  appears(account: string): Person {
    const person = this.of(account)
    this.#users.add(person)
    const spellings = this.#spellings.get(person) ?? new Set()
    this.#spellings.set(person, spellings.add(account))
    return person
  }

  /** How a person's accounts are spelt in the log. */
  spellingsOf(person: Person): readonly string[] {
    return [...(this.#spellings.get(person) ?? [])]
  }

  /** U, so far. */
  get users(): ReadonlySet<Person> {
    return this.#users
  }
}

/** A person's ticket under a seed. */
export const ticketOf = (seed: Hash, { accounts: [account = ''], person }: Person): Ticket =>
  person === undefined ? userTicket(seed, 'account', foldAccount(account)) : userTicket(seed, 'user', person)
