// tag.ts: subject tags, by which an agency's queries about one person are found without naming the person.
import { hash } from 'node:crypto'
import { lengthPrefixed } from '../canonical.ts'
import type { SubjectTag } from './entry.ts'
import { blockBytes, tagBytes } from './hmac/layout.ts'
import { MacsOfMany } from './hmac/macs-of-many.ts'
import type { People } from './people.ts'

/** Tag keys by their year, `2026`. As good as a list of subjects: files of mode 0600, never in the database or its backups. */
export type TagKeys = ReadonlyMap<string, Uint8Array>

/** Bytes of an identifier that there is always room for. */
const usual = 64

/** @throws RangeError unless it is 32 bytes */
export function tagKey(bytes: Uint8Array): Uint8Array {
  if (bytes.length !== 32) throw new RangeError(`a tag key: expected 32 bytes, found ${bytes.length}`)
  return bytes
}

/** Tags subjects under these keys. An answer may be about many people: what their tags have in common is laid out once. */
export class SubjectTagger {
  readonly #keys: TagKeys
  readonly #tags = new Map<string, Map<string, Map<string, TagsOfKind>>>()

  constructor(keys: TagKeys) {
    this.#keys = keys
  }

  /** The first 16 bytes of HMAC-SHA-256(tag key of the year, LP(agency) LP(kind) LP(identifier)): two agencies cannot find each other's
   *  subjects.
   *  @param identifier folded to half-width upper case
   *  @throws RangeError where the year has no key: none is ever made in passing */
  tag(year: string, agency: string, kind: string, identifier: string): SubjectTag {
    return { key: year, kind, tag: this.ofKind(year, agency, kind).tag(identifier) }
  }

  /** What tags an agency's people of one kind.
   *  @throws RangeError where the year has no key */
  ofKind(year: string, agency: string, kind: string): TagsOfKind {
    return this.#tags.get(year)?.get(agency)?.get(kind) ?? this.#layOut(year, agency, kind)
  }

  #layOut(year: string, agency: string, kind: string): TagsOfKind {
    const key = this.#keys.get(year)
    if (key === undefined) throw new RangeError(`no tag key for ${year}`)
    const ofYear = this.#tags.get(year) ?? new Map<string, Map<string, TagsOfKind>>()
    const ofAgency = ofYear.get(agency) ?? new Map<string, TagsOfKind>()
    const tags = new TagsOfKind(year, key, lengthPrefixed(agency, kind))
    this.#tags.set(year, ofYear.set(agency, ofAgency.set(kind, tags)))
    return tags
  }
}

/** HMAC-SHA-256 of identifiers (RFC 2104), over messages that begin alike: of one by one-shot hashes, which is its definition; of many by the
 *  kernel, where two dozen cost a third. */
export class TagsOfKind {
  /** Names the key. */
  readonly year: string
  #inner: Buffer
  readonly #outer = Buffer.alloc(blockBytes + 32, 0x5c)
  readonly #many: MacsOfMany
  /** Where the identifier stands, behind its length. */
  readonly #from: number
  /** The message with the last identifier: most are of one length. */
  #message: Buffer

  /** @param key of at most 64 bytes */
  constructor(year: string, key: Uint8Array, beginning: Uint8Array) {
    this.year = year
    this.#from = blockBytes + beginning.length + 4
    this.#inner = Buffer.alloc(this.#from + usual, 0x36)
    for (const [at, byte] of key.entries()) {
      this.#inner[at] = byte ^ 0x36
      this.#outer[at] = byte ^ 0x5c
    }
    this.#inner.set(beginning, blockBytes)
    this.#message = this.#inner
    this.#many = new MacsOfMany(this.#inner.subarray(0, blockBytes), this.#outer.subarray(0, blockBytes), beginning)
  }

  /** @returns 32 lower-case hex digits */
  tag(identifier: string): string {
    const from = this.#from
    if (from + identifier.length * 3 > this.#inner.length) this.#inner = this.#message = this.#withRoom(identifier.length * 3)
    const length = this.#inner.write(identifier, from)
    this.#inner.writeUInt32BE(length, from - 4)
    if (this.#message.length !== from + length) this.#message = this.#inner.subarray(0, from + length)
    this.#outer.write(hash('sha256', this.#message, 'binary'), blockBytes, 'latin1')
    return hash('sha256', this.#outer, 'hex').slice(0, 2 * tagBytes)
  }

  /** @returns 16 bytes for each of them, in their order */
  tags(people: People): Buffer {
    return people.longest <= this.#many.longest ? this.#many.tags(people) : this.#oneByOne(people)
  }

  #oneByOne(people: People): Buffer {
    const tags = Array.from({ length: people.count }, (_, at) =>
      this.tag(Buffer.from(people.bytes.subarray(people.startOf(at), people.endOf(at))).toString()),
    )
    return Buffer.from(tags.join(''), 'hex')
  }

  #withRoom(bytes: number): Buffer {
    const larger = Buffer.alloc(this.#from + bytes)
    this.#inner.copy(larger)
    return larger
  }
}
