// persons.ts: the users of a period once more, from the roster that a freeze names: by other means than whoever drew.
import { readJson } from '../json.ts'
import { isObject, type Json, type JsonObject } from '../json-value.ts'
import { textTicket } from './month-draw.ts'

/** What of a roster's row tells a person and their days. */
interface Row {
  readonly account: string
  readonly person: string
  readonly from: string
  readonly until: string
}

const cell = (from: JsonObject, name: string): string => {
  const value = Object.hasOwn(from, name) ? from[name] : undefined
  return typeof value === 'string' ? value : ''
}

/** @returns undefined for what is no roster */
export function readRoster(bytes: Uint8Array): readonly Row[] | undefined {
  try {
    const { value } = readJson(bytes)
    const rows: readonly Json[] = Array.isArray(value) ? value : [null]
    return rows.every(isObject)
      ? rows.map((row) => ({
          account: cell(row, '帳號'),
          person: cell(row, '人員代號'),
          from: cell(row, '啟用日'),
          until: cell(row, '最後在職日'),
        }))
      : undefined
  } catch (error) {
    if (error instanceof SyntaxError || error instanceof RangeError) return undefined
    throw error
  }
}

/** Half-width, lower case: as accounts are searched. */
const folded = (account: string): string =>
  account
    .replaceAll('\u3000', ' ')
    .replace(/[\uff01-\uff5e]/g, (wide) => String.fromCharCode(wide.charCodeAt(0) - 0xfee0))
    .toLowerCase()

/** A person's name among those of a draw: 人員代號, or the account where the roster has no row of it. */
export type PersonName = `account ${string}` | `person ${string}`

/** Whose each account is, and who is a user by the roster alone. */
export class Roster {
  readonly #persons = new Map<string, PersonName>()
  /** On the roster on at least one day of the period. */
  readonly users: ReadonlySet<PersonName>

  /** @param period first and last month */
  constructor(rows: readonly Row[], period: { readonly from: string; readonly until: string }) {
    for (const { account, person } of rows) this.#persons.set(folded(account), `person ${person}`)
    // No day of a month is behind its 31st.
    const within = rows.filter(({ from, until }) => from <= `${period.until}-31` && (until === '' || until >= `${period.from}-01`))
    this.users = new Set(within.map(({ person }): PersonName => `person ${person}`))
  }

  of(account: string): PersonName {
    return this.#persons.get(folded(account)) ?? `account ${folded(account)}`
  }
}

/** Persons in the order in which a seed puts them. */
export function bySeed(seed: Uint8Array, persons: Iterable<PersonName>): readonly PersonName[] {
  const ticketed = [...persons].map((name) => {
    const isPerson = name.startsWith('person ')
    return { name, ticket: textTicket(seed, isPerson ? 'user' : 'account', name.slice(isPerson ? 7 : 8)) }
  })
  return ticketed.sort((one, other) => one.ticket.compare(other.ticket)).map(({ name }) => name)
}
