// coverage.ts: the draw of users beside the monthly one: the first half by ticket, those with records first, one record of each.
import type { Hash } from '../canonical.ts'
import type { Person } from './persons.ts'
import { ticketOf } from './persons.ts'

/** Who is audited, in the order in which the seed put them. */
export interface Covered {
  readonly withRecord: readonly Person[]
  /** Persons without a record that counts: reviewed by their accounts (帳號清查). */
  readonly reviewed: readonly Person[]
}

/** The first of the users by ticket, those with records before those without. Whatever the monthly draw took: filling up who is missing
 *  would be smaller, and an enlargement could then take records out again.
 *  @param users U
 *  @param having those with a record that counts; each is a user
 *  @param wanted how many: fewer where there are not as many */
export function coverUsers(seed: Hash, users: ReadonlySet<Person>, having: ReadonlySet<Person>, wanted: number): Covered {
  const inOrder = (persons: Iterable<Person>): readonly Person[] =>
    [...persons]
      .map((person) => ({ person, ticket: ticketOf(seed, person) }))
      .sort((one, other) => (one.ticket < other.ticket ? -1 : 1))
      .map(({ person }) => person)
  const withRecord = inOrder(having).slice(0, wanted)
  const others = inOrder([...users].filter((each) => !having.has(each)))
  return { withRecord, reviewed: others.slice(0, wanted - withRecord.length) }
}
