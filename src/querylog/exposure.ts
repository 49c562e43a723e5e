// exposure.ts: what left through a credential, an account or in a span of time: calls, addresses, users, fields, rows and persons (R23).
import type { TaggedSubjects } from './subjects-entry.ts'

/** Members of a `query` entry that are read here. */
export interface ExposedCall {
  readonly address: string
  readonly agency: string
  readonly answer_subjects?: readonly TaggedSubjects[]
  readonly api?: string
  readonly at: string
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

/** How many of something, and when. */
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
  /** Where first: the entry that `log open` opens. */
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

/** Takes calls in order of their dates. Memory grows with what is told of them: addresses, users, fields, persons. */
export class Exposure {
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
  readonly #persons = new Map<string, Person>()

  /** @param end its completion, where it has one
   *  @returns whether its answer left: its `subjects` entries name further persons */
  add(slot: string, index: number, call: ExposedCall, end: ExposedEnd | undefined): boolean {
    const { address, agency, api, at, credential, operation, user } = call
    const released = call.fields_released !== undefined && end?.outcome !== 'not-released'
    this.calls += 1
    this.first ??= at
    this.last = at
    this.#tallies.credentials.add(`${agency} ${credential}`, at, released)
    this.#tallies.addresses.add(address, at, released)
    this.#tallies.users.add(user, at, released)
    this.#tallies.operations.add(operation === undefined ? undefined : `${api} ${operation}`, at, released)
    if (!released) return false
    this.released += 1
    this.rows += call.rows ?? end?.rows ?? 0
    for (const field of call.fields_released ?? []) this.#tallies.fields.add(field, at, true)
    const { subject } = call
    const asked = subject === undefined ? [] : [{ key: subject.key, kind: subject.kind, tags: [subject.tag] }]
    this.persons(slot, index, agency, [...asked, ...(call.answer_subjects ?? [])])
    return true
  }

  /** People whom one call named or its answer identified. */
  persons(slot: string, index: number, agency: string, subjects: readonly TaggedSubjects[]): void {
    for (const { key, kind, tags } of subjects) {
      for (const tag of tags) {
        const name = `${agency} ${key} ${kind} ${tag}`
        const before = this.#persons.get(name)
        if (before?.slot === slot && before.index === index) continue
        this.#persons.set(
          name,
          before === undefined ? { agency, key, kind, tag, calls: 1, slot, index } : { ...before, calls: before.calls + 1 },
        )
      }
    }
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
    return [...this.#persons.values()]
  }
}
