// who-audits.ts: whether who audited an item is the person whose item it is: they never are the same (D-20, separation of duties).
import { foldAccount } from '../../identifier.ts'
import type { RoundAuditor } from '../../querylog/report-entry.ts'
import type { FrozenRow } from '../frozen-roster.ts'
import { Persons } from '../persons.ts'
import { foldName, halvesOf, personsIn } from './person-names.ts'

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

  /** Names and units of those whom the round names, as a cell may say them. */
  get names(): readonly string[] {
    return this.#auditors.map(({ name, unit }) => `${name}（${unit}）`)
  }

  /** Whether the round names everybody whom a cell names; so does a round that names nobody. */
  areNamed(text: string): boolean {
    return this.#auditors.length === 0 || personsIn(text).every((each) => this.#named(each).length > 0)
  }

  /** Whether who is named in a cell is the person of an account: alone, with a title, a unit, or beside others. Of two persons of one name it
   *  is not, where the round names the auditor with an account of their own, or from a unit in which the other never was; and not, where it
   *  names somebody whose longer name begins with theirs. */
  isOwn(text: string, account: string): boolean {
    return personsIn(text).some((each) => this.#isOwn(each, account))
  }

  /** D-20: whether the round names who is in a cell, from another unit. */
  isFromOutside(text: string, unit: string): boolean {
    return personsIn(text).every((each) => {
      const named = this.#named(each)
      return named.length > 0 && named.every((auditor) => foldName(auditor.unit) !== foldName(unit))
    })
  }

  #isOwn(text: string, account: string): boolean {
    const person = this.#persons.of(account)
    const own = this.#rows.filter((row) => this.#persons.of(row.account) === person)
    const codes = [account, ...person.accounts, ...(person.person === undefined ? [] : [person.person])]
    if (codes.some((each) => codeOf(each) === codeOf(text))) return true
    const named = this.#named(text)
    if (named.some((each) => each.account !== undefined && this.#persons.of(each.account) === person)) return true
    const names = [...new Set(own.flatMap(({ name }) => halvesOf(name)))]
    if (!names.some((name) => saysName(text, name))) return false
    const units = new Set(own.map(({ unit }) => foldName(unit)))
    const isAnother = ({ account, name, unit }: RoundAuditor): boolean =>
      this.#isOnRoster(account) || !halvesOf(name).some((half) => names.includes(half)) || !units.has(foldName(unit))
    return named.length === 0 || !named.every(isAnother)
  }

  /** An account that nobody has tells nobody apart. */
  #isOnRoster(account: string | undefined): boolean {
    return account !== undefined && this.#rows.some((row) => codeOf(row.account) === codeOf(account))
  }

  /** Auditors of the round that one name may mean: by name, by name and unit, or by their account. */
  #named(text: string): readonly RoundAuditor[] {
    const said = foldName(text)
    const spellings = ({ account = '', name, unit }: RoundAuditor): readonly string[] =>
      [name, `${name}${unit}`, `${unit}${name}`, `${name}${unit}${account}`, ...(account === '' ? [] : [account])].map(foldName)
    return this.#auditors.filter((auditor) => spellings(auditor).includes(said))
  }
}

const codeOf = (text: string): string => foldAccount(text.normalize('NFKC')).replaceAll(/\s/g, '')

/** Letters of which a name has so few may stand in any other: they are the name only by themselves. */
const fewLetters = 3

/** @param name folded: a whole name, or half of one that is written in two scripts */
function saysName(text: string, name: string): boolean {
  const halves = halvesOf(text)
  return (
    halves.includes(name) ||
    ((/[\p{Script=Han}\p{Co}]{2}/u.test(name) || name.length > fewLetters) && halves.some((half) => half.includes(name)))
  )
}
