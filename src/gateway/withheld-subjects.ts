// withheld-subjects.ts: whom an answer is about without naming them to the caller: tagged for the sealed part of its record.
import type { Found, Identifiers } from '../projection/identifiers.ts'
import { AnswerMalformed } from '../projection/malformed.ts'
import { tagBytes } from '../querylog/hmac/layout.ts'
import { People } from '../querylog/people.ts'
import type { KindOfSubject, Tags } from './answer-subjects.ts'

/** Tags that one record holds. */
const mostTags = 24
/** Bytes between two looks at whether there are more people than that: behind it nothing is read. */
const readAtOnce = 2048
/** The tags of one record while they are spelled: buffers cost more than what stands in them. */
const spelled = Buffer.alloc(mostTags * tagBytes)

/** As it is sealed, always of one length: how many they are would show in that of the record, which the caller may see. */
export interface SealedSubjects {
  /** Names the tag key, a year: a stream may end in another than that in which it was asked for. */
  readonly key: string
  /** 1 where there are more, or the rest could not be read. */
  readonly more: 0 | 1
  /** One behind the other, standard base64; behind the last zeros. */
  readonly tags: string
}

/** Those of one kind. */
interface Withheld extends Pick<KindOfSubject, 'identifiers'> {
  readonly people: People
  readonly tags: Tags
}

/** Reads what the upstream sent, in pieces, as long as it holds fewer people than a record takes: memory does not grow. Kinds stand in the
 *  record one behind the other, each with its people in their order. */
export class WithheldSubjects {
  readonly #withheld: readonly Withheld[]
  #count = 0
  #more = false

  /** @param kinds finders of the places that are not released
   *  @param tagsOf gives what tags people of a kind */
  constructor(kinds: readonly KindOfSubject[], tagsOf: (kind: string) => Tags) {
    this.#withheld = kinds.map(({ kind, identifiers }) => ({ identifiers, people: new People(), tags: tagsOf(kind) }))
  }

  push(sent: Uint8Array): void {
    for (let at = 0; at < sent.length && !this.#more; at += readAtOnce) {
      const piece = sent.subarray(at, at + readAtOnce)
      this.#read((identifiers, found) => identifiers.push(piece, found))
    }
  }

  /** After the end of the answer. */
  end(): void {
    if (!this.#more) this.#read((identifiers, found) => identifiers.end(found))
    for (const { identifiers } of this.#withheld) identifiers.forget()
  }

  get sealed(): SealedSubjects {
    let end = 0
    for (const { people, tags } of this.#withheld) if (people.count > 0) end += tags.tags(people).copy(spelled, end)
    spelled.fill(0, end)
    return { key: this.#withheld[0]?.tags.year ?? '', more: this.#more ? 1 : 0, tags: spelled.toString('base64') }
  }

  #read(read: (identifiers: Identifiers, found: Found) => void): void {
    try {
      for (const { identifiers, people } of this.#withheld)
        read(identifiers, (bytes, from, to) => {
          if (this.#more || !people.add(bytes, from, to)) return
          if (this.#count === mostTags) {
            people.dropLast()
            this.#more = true
          } else this.#count += 1
        })
    } catch (error) {
      // What is wrong in a withheld place must not show: the answer goes out as if it were right there.
      if (!(error instanceof AnswerMalformed)) throw error
      this.#more = true
    }
  }
}
