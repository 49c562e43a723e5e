// exposure.ts: what left through a credential, an account or in a span of time: calls, addresses, users, fields, rows and persons (R23).
import type { TaggedSubjects } from './subjects-entry.ts'

/** Members of a `query` entry that are read here. */
export interface ExposedCall {
  readonly address: string
  readonly agency: string
  readonly answer_subjects?: readonly TaggedSubjects[]
  readonly api?: string
  readonly at: string
  readonly batch?: { readonly at: number }
  readonly credential: string
  readonly fields_released?: readonly string[]
  readonly operation?: string
  readonly rows?: number
  readonly subject?: { readonly key: string; readonly kind: string; readonly tag: string }
  readonly user?: string
}

/** … and of its completion. */
export interface ExposedEnd {
  readonly outcome: string
  readonly rows?: number
}

/** How many calls of something, and when: a call about several people is one, however many records it left. */
export interface Tally {
  readonly name: string
  readonly calls: number
  /** Of them those whose answer left. */
  readonly released: number
  /** ISO 8601. */
  readonly first: string
  readonly last: string
}

/** Somebody whose data left, by the tag of one agency and year: two agencies' tags of one person differ. */
export interface Person {
  readonly agency: string
  readonly key: string
  readonly kind: string
  readonly tag: string
  readonly calls: number
  /** Whether somebody asked about them: then the entry's sealed part holds who they are. Whom an answer alone named is known by tag. */
  readonly asked: boolean
  /** Where they were first asked about, else first named. */
  readonly slot: string
  readonly index: number
}

class Tallies {
  readonly #by = new Map<string, Tally>()

  add(name: string | undefined, at: string, released: boolean): void {
    if (name === undefined) return
    const before = this.#by.get(name)
    const { calls = 0, released: earlier = 0, first = at } = before ?? {}
    this.#by.set(name, { name, calls: calls + 1, released: earlier + (released ? 1 : 0), first, last: at })
  }

  /** The most calls first. */
  get sorted(): readonly Tally[] {
    return [...this.#by.values()].sort((a, b) => b.calls - a.calls || (a.name < b.name ? -1 : 1))
  }
}

/** What its records have in common, the first of a batch stands for: all hold the rows of the whole answer (docs/log-format.md). */
export const isFirst = ({ batch }: Pick<ExposedCall, 'batch'>): boolean => batch === undefined || batch.at === 1

/** Takes records in order of their dates. Memory grows with what is told of them: addresses, users, fields, persons. */
export class Exposure {
  /** Entries: of a call about several people one for each of them. */
  records = 0
  calls = 0
  /** Calls whose answer left, as far as it did. */
  released = 0
  rows = 0
  first: string | undefined
  last: string | undefined
  readonly #tallies = {
    credentials: new Tallies(),
    addresses: new Tallies(),
    users: new Tallies(),
    operations: new Tallies(),
    fields: new Tallies(),
  }
  /** And the call that named each last: the index of its first record. */
  readonly #persons = new Map<string, { readonly person: Person; readonly slot: string; readonly first: number }>()

  /** @param end its completion, where it has one
   *  @returns whether its answer left: its `subjects` entries name further persons */
  add(slot: string, index: number, call: ExposedCall, end: ExposedEnd | undefined): boolean {
    const { at, subject } = call
    const released = call.fields_released !== undefined && end?.outcome !== 'not-released'
    this.records += 1
    this.first ??= at
    this.last = at
    if (isFirst(call)) this.#count(call, end, released)
    if (!released) return false
    if (subject !== undefined) this.#name(slot, index, call, { ...subject, asked: true })
    this.persons(slot, index, call, call.answer_subjects ?? [])
    return true
  }

  #count(call: ExposedCall, end: ExposedEnd | undefined, released: boolean): void {
    const { address, agency, api, at, credential, operation, user } = call
    this.calls += 1
    this.#tallies.credentials.add(`${agency} ${credential}`, at, released)
    this.#tallies.addresses.add(address, at, released)
    this.#tallies.users.add(user, at, released)
    this.#tallies.operations.add(operation === undefined ? undefined : `${api} ${operation}`, at, released)
    if (!released) return
    this.released += 1
    this.rows += call.rows ?? end?.rows ?? 0
    for (const field of call.fields_released ?? []) this.#tallies.fields.add(field, at, true)
  }

  /** People whom the answer to a call identified. */
  persons(slot: string, index: number, call: Pick<ExposedCall, 'agency' | 'batch'>, subjects: readonly TaggedSubjects[]): void {
    for (const { key, kind, tags } of subjects) for (const tag of tags) this.#name(slot, index, call, { key, kind, tag, asked: false })
  }

  /** Of one call each counts once, whom it asked about and its answer named, too. */
  #name(
    slot: string,
    index: number,
    { agency, batch }: Pick<ExposedCall, 'agency' | 'batch'>,
    { asked, key, kind, tag }: Pick<Person, 'asked' | 'key' | 'kind' | 'tag'>,
  ): void {
    const first = index + 1 - (batch?.at ?? 1)
    const name = `${agency} ${key} ${kind} ${tag}`
    const before = this.#persons.get(name)
    const again = before?.slot === slot && before.first === first
    if (again && (!asked || before.person.asked)) return
    const known = before?.person ?? { agency, key, kind, tag, calls: 0, asked, slot, index }
    const at = asked && !known.asked ? { asked, slot, index } : {}
    this.#persons.set(name, { person: { ...known, ...at, calls: known.calls + (again ? 0 : 1) }, slot, first })
  }

  get tallies(): Readonly<Record<'credentials' | 'addresses' | 'users' | 'operations' | 'fields', readonly Tally[]>> {
    const { credentials, addresses, users, operations, fields } = this.#tallies
    return {
      credentials: credentials.sorted,
      addresses: addresses.sorted,
      users: users.sorted,
      operations: operations.sorted,
      fields: fields.sorted,
    }
  }

  /** In the order in which their data first left. */
  get people(): readonly Person[] {
    return [...this.#persons.values()].map(({ person }) => person)
  }
}
