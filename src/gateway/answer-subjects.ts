// answer-subjects.ts: whom an answer identifies, tagged from its released bytes for the record.

import { foldIdentifier } from '../identifier.ts'
import type { Identifiers } from '../projection/identifiers.ts'
import type { SubjectTag } from '../querylog/entry.ts'
import type { TaggedSubjects } from '../querylog/subjects-entry.ts'

/** What finds the identifiers of one kind. */
export interface KindOfSubject {
  readonly kind: string
  readonly identifiers: Identifiers
}

/** Tags that wait for an entry. Who is named twice between two entries is held once; memory is that of the tags of one entry. */
export class AnswerSubjects {
  readonly #kinds: readonly KindOfSubject[]
  readonly #tag: (kind: string, identifier: string) => SubjectTag
  readonly #waiting = new Map<string, SubjectTag>()
  /** The entry that is being written, and how many tags it holds. */
  #next: { readonly id: string; readonly subjects: readonly TaggedSubjects[]; readonly count: number } | undefined

  /** @param tag gives the tag of a folded identifier */
  constructor(kinds: readonly KindOfSubject[], tag: (kind: string, identifier: string) => SubjectTag) {
    this.#kinds = kinds
    this.#tag = tag
  }

  /** Tags that wait. */
  get count(): number {
    return this.#waiting.size + (this.#next?.count ?? 0)
  }

  /** @param released the next of the released bytes
   *  @throws AnswerMalformed where an identifier is longer than one can be */
  push(released: Uint8Array): void {
    for (const { kind, identifiers } of this.#kinds) this.#hold(kind, identifiers.push(released))
  }

  /** After the end of a whole answer. */
  end(): void {
    for (const { kind, identifiers } of this.#kinds) this.#hold(kind, identifiers.end())
  }

  /** After what was released of an answer that was cut. */
  cut(): void {
    for (const { kind, identifiers } of this.#kinds) this.#hold(kind, identifiers.cut())
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

  #hold(kind: string, identifiers: readonly string[]): void {
    for (const identifier of identifiers) {
      const tagged = this.#tag(kind, foldIdentifier(identifier))
      this.#waiting.set(`${tagged.key} ${tagged.kind} ${tagged.tag}`, tagged)
    }
  }
}
