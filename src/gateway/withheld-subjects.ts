// withheld-subjects.ts: whom an answer is about without naming them to the caller: tagged for the sealed part of its record.
import { foldIdentifier } from '../identifier.ts'
import { AnswerMalformed } from '../projection/malformed.ts'
import type { KindOfSubject } from './answer-subjects.ts'

/** Tags that one record holds, and their bytes. */
const mostTags = 24
const tagBytes = 16
/** Bytes between two looks at whether there are more people than that: behind it nothing is read. */
const readAtOnce = 4096
/** The tags of one record while they are spelled: buffers cost more than what stands in them. */
const spelled = Buffer.alloc(mostTags * tagBytes)

/** As it is sealed, always of one length: how many they are would show in that of the record, which the caller may see. */
export interface SealedSubjects {
  /** 1 where there are more, or the rest could not be read. */
  readonly more: 0 | 1
  /** One behind the other, standard base64; behind the last zeros. */
  readonly tags: string
}

/** Reads what the upstream sent, in pieces, as long as it holds tags of fewer people than a record takes: memory does not grow. */
export class WithheldSubjects {
  readonly #kinds: readonly KindOfSubject[]
  readonly #tag: (kind: string, identifier: string) => string
  readonly #tags = new Set<string>()
  #more = false

  /** @param kinds finders of the places that are not released
   *  @param tag gives the tag of a folded identifier */
  constructor(kinds: readonly KindOfSubject[], tag: (kind: string, identifier: string) => string) {
    this.#kinds = kinds
    this.#tag = tag
  }

  push(sent: Uint8Array): void {
    for (let at = 0; at < sent.length && !this.#more; at += readAtOnce) {
      const piece = sent.subarray(at, at + readAtOnce)
      this.#read(({ identifiers }) => identifiers.push(piece))
    }
  }

  /** After the end of the answer. */
  end(): void {
    if (!this.#more) this.#read(({ identifiers }) => identifiers.end())
  }

  get sealed(): SealedSubjects {
    let end = 0
    for (const tag of this.#tags) end += spelled.write(tag, end, 'hex')
    spelled.fill(0, end)
    return { more: this.#more ? 1 : 0, tags: spelled.toString('base64') }
  }

  #read(found: (kind: KindOfSubject) => readonly string[]): void {
    try {
      for (const kind of this.#kinds) for (const identifier of found(kind)) this.#hold(kind.kind, identifier)
    } catch (error) {
      // What is wrong in a withheld place must not show: the answer goes out as if it were right there.
      if (!(error instanceof AnswerMalformed)) throw error
      this.#more = true
    }
  }

  #hold(kind: string, identifier: string): void {
    if (this.#more) return
    const tag = this.#tag(kind, foldIdentifier(identifier))
    if (this.#tags.size === mostTags && !this.#tags.has(tag)) this.#more = true
    else this.#tags.add(tag)
  }
}
