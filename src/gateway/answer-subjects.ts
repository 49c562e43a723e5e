// answer-subjects.ts: whom an answer identifies, tagged from its released bytes for the record.

import type { Found, Identifiers } from '../projection/identifiers.ts'
import type { SubjectTag } from '../querylog/entry.ts'
import { mostMessages, tagBytes } from '../querylog/hmac/layout.ts'
import { People } from '../querylog/people.ts'
import type { TaggedSubjects } from '../querylog/subjects-entry.ts'
import type { TagsOfKind } from '../querylog/tag.ts'

/** Hex digits of a tag. */
const digits = 2 * tagBytes

/** What finds the identifiers of one kind. */
export interface KindOfSubject {
  readonly kind: string
  readonly identifiers: Identifiers
}

/** What tags people of one kind. */
export type Tags = Pick<TagsOfKind, 'tags' | 'year'>

/** Tags that wait for an entry. Who is named twice between two entries is held once; memory is that of the tags of one entry. */
export class AnswerSubjects {
  readonly #kinds: readonly KindOfSubject[]
  readonly #tagsOf: (kind: string) => Tags
  readonly #waiting = new Map<string, SubjectTag>()
  /** The entry that is being written, and how many tags it holds. */
  #next: { readonly id: string; readonly subjects: readonly TaggedSubjects[]; readonly count: number } | undefined

  /** @param tagsOf gives what tags people of a kind */
  constructor(kinds: readonly KindOfSubject[], tagsOf: (kind: string) => Tags) {
    this.#kinds = kinds
    this.#tagsOf = tagsOf
  }

  /** Tags that wait. */
  get count(): number {
    return this.#waiting.size + (this.#next?.count ?? 0)
  }

  /** @param released the next of the released bytes
   *  @throws AnswerMalformed where an identifier is longer than one can be */
  push(released: Uint8Array): void {
    for (const { kind, identifiers } of this.#kinds) this.#hold(kind, (found) => identifiers.push(released, found))
  }

  /** After the end of a whole answer. */
  end(): void {
    for (const { kind, identifiers } of this.#kinds) {
      this.#hold(kind, (found) => identifiers.end(found))
      identifiers.forget()
    }
  }

  /** After what was released of an answer that was cut. */
  cut(): void {
    for (const { kind, identifiers } of this.#kinds) this.#hold(kind, (found) => identifiers.cut(found))
  }

  /** At most so many of those that wait, the first first; they wait no longer. */
  take(most: number): TaggedSubjects[] {
    const groups = new Map<string, { key: string; kind: string; tags: string[] }>()
    for (const [name, { key, kind, tag }] of this.#waiting) {
      if (most === 0) break
      most -= 1
      this.#waiting.delete(name)
      const group = groups.get(`${key} ${kind}`) ?? { key, kind, tags: [] }
      groups.set(`${key} ${kind}`, group)
      group.tags.push(tag)
    }
    return [...groups.values()]
  }

  /** The next entry, of at most so many. It is the same one until it is `recorded`. */
  next(most: number, newId: () => string): { readonly id: string; readonly subjects: readonly TaggedSubjects[] } {
    if (this.#next !== undefined) return this.#next
    const before = this.#waiting.size
    const subjects = this.take(most)
    this.#next = { id: newId(), subjects, count: before - this.#waiting.size }
    return this.#next
  }

  recorded(): void {
    this.#next = undefined
  }

  #hold(kind: string, read: (found: Found) => void): void {
    const tags = this.#tagsOf(kind)
    let people = new People()
    read((bytes, from, to) => {
      people.add(bytes, from, to)
      // As many as the kernel takes at once; each is compared with those before.
      if (people.count < mostMessages) return
      this.#holdAll(kind, tags, people)
      people = new People()
    })
    this.#holdAll(kind, tags, people)
  }

  #holdAll(kind: string, tags: Tags, people: People): void {
    if (people.count === 0) return
    const spelled = tags.tags(people).toString('hex')
    for (let at = 0; at < spelled.length; at += digits) {
      const tag = spelled.slice(at, at + digits)
      this.#waiting.set(`${tags.year} ${kind} ${tag}`, { key: tags.year, kind, tag })
    }
  }
}
