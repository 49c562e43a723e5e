// who-audits.ts: whether who audited an item is the person whose item it is: they never are the same (D-20, separation of duties).
import { foldAccount } from '../../identifier.ts'
import type { RoundAuditor } from '../../querylog/report-entry.ts'
import type { FrozenRow } from '../frozen-roster.ts'
import { Persons } from '../persons.ts'

/** As people write one name: without spaces, in one width. */
const squeezed = (text: string): string => text.normalize('NFKC').replaceAll(/\s/g, '')

/** Whoever the roster and the round know. */
export class Auditing {
  readonly #persons: Persons
  readonly #rows: readonly FrozenRow[]
  readonly #auditors: readonly RoundAuditor[]

  /** @param roster of the freeze, all rows
   *  @param auditors whom the round names */
  constructor(roster: readonly FrozenRow[], auditors: readonly RoundAuditor[]) {
    this.#rows = roster
    this.#persons = new Persons(roster, undefined)
    this.#auditors = auditors
  }

  /** Auditors of the round that a cell may mean: by name, or by name and unit. */
  named(text: string): readonly RoundAuditor[] {
    const said = squeezed(text)
    const spellings = ({ account = '', name, unit }: RoundAuditor): readonly string[] =>
      [name, `${name}(${unit})`, `${name}/${unit}`, `${unit}${name}`, `${name}/${unit}/${account}`].map(squeezed)
    return this.#auditors.filter((auditor) => spellings(auditor).includes(said))
  }

  /** Whether who is named in a cell is the person of an account: alone, with a title, a unit, or beside others. Of two persons of one name it
   *  is not, where the round names the auditor with an account of their own, or from a unit in which the other never was; and not, where it
   *  names somebody whose longer name begins with theirs. */
  isOwn(text: string, account: string): boolean {
    const person = this.#persons.of(account)
    const own = this.#rows.filter((row) => this.#persons.of(row.account) === person)
    const isAccount = [account, ...person.accounts].some((each) => foldAccount(each) === foldAccount(squeezed(text)))
    if (isAccount || squeezed(text) === person.person) return true
    const named = this.named(text)
    if (named.some((each) => each.account !== undefined && this.#persons.of(each.account) === person)) return true
    const names = own.map(({ name }) => squeezed(name))
    if (!names.some((name) => name !== '' && squeezed(text).includes(name))) return false
    const isAnother = (each: RoundAuditor): boolean =>
      each.account !== undefined || !names.includes(squeezed(each.name)) || !own.some(({ unit }) => unit === each.unit)
    return named.length === 0 || !named.every(isAnother)
  }

  /** D-20: whether the round names who is in a cell, from another unit. */
  isFromOutside(text: string, unit: string): boolean {
    const named = this.named(text)
    return named.length > 0 && named.every((each) => each.unit !== unit)
  }
}
