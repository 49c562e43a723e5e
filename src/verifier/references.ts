// references.ts: what entries say of entries before them: the policy, the data key, the query that a completion is of.
import type { Content, Sealed } from './entry.ts'
import type { Fault } from './finding.ts'

type Tell = (fault: Fault) => void

/** The names that came last, and something for each: bounded, so that memory does not grow with the log. */
class Recent<T> {
  readonly #most: number
  readonly #held = new Map<string, T>()
  /** What was asked for last is asked for again. */
  #last: { readonly name: string; readonly value: T } | undefined
  /** How many names were entered since entries could not be read; as many as are in use at once make up for those. */
  #since = Number.POSITIVE_INFINITY

  constructor(most: number) {
    this.#most = most
  }

  get(name: string): T | undefined {
    if (this.#last?.name === name) return this.#last.value
    const value = this.#held.get(name)
    this.#last = value === undefined ? undefined : { name, value }
    return value
  }

  enter(name: string, value: T): void {
    this.#last = undefined // it may be this one, or the one that gives way
    this.#held.delete(name)
    this.#held.set(name, value)
    this.#since += 1
    if (this.#held.size <= this.#most) return
    const [oldest] = this.#held.keys()
    if (oldest !== undefined) this.#held.delete(oldest)
  }

  skip(): void {
    this.#since = 0
  }

  /** Whether a name that is not held may have been entered where entries could not be read: one in use gives way to the next,
   *  and what was decided or sealed under it meanwhile is recorded before the one after that. */
  get unsure(): boolean {
    return this.#since < 2
  }
}

/** A process enters its policy when it starts and when rules change; queries name the newest or the one before it. */
const policiesInUse = 1024
/** A data key seals for an hour, and is forgotten when the next one takes over. */
const keysInUse = 64

/** What an entry says of a query that lies too far back to be remembered, or behind entries that could not be read: whoever holds the log
 *  can look there. */
export interface FarReference {
  readonly index: number
  /** What it is where there is no such query. */
  readonly code: 'completion-unknown' | 'subjects-unknown'
  readonly of: { readonly agency: string; readonly id: string; readonly index: number }
}

const idLength = 36
/** How far back queries are remembered. What was not released is known within moments; only streams end later. */
const remembered = 2 ** 18
/** Queries of a page, and pages: of 134 million queries it is remembered whether they have a completion, of more of those that were asked
 *  of last. No stream lasts for so many. */
const [pageBits, mostPages] = [2 ** 16, 2 ** 11]

/** Which queries have a completion: a bit for each, in pages. */
class CompletedQueries {
  readonly #pages = new Map<number, Uint8Array>()

  /** @returns whether it had a completion already */
  complete(index: number): boolean {
    const page = this.#page(Math.floor(index / pageBits))
    const [at, bit] = [(index % pageBits) >> 3, 1 << (index & 7)]
    const before = ((page[at] ?? 0) & bit) !== 0
    page[at] = (page[at] ?? 0) | bit
    return before
  }

  /** It becomes the one that was asked for last. */
  #page(number: number): Uint8Array {
    const page = this.#pages.get(number) ?? new Uint8Array(pageBits / 8)
    this.#pages.delete(number)
    this.#pages.set(number, page)
    const [oldest] = this.#pages.keys()
    if (this.#pages.size > mostPages && oldest !== undefined) this.#pages.delete(oldest)
    return page
  }
}

/** The queries of the last entries: id and agency by index, in place. */
class RecentQueries {
  readonly #ids = Buffer.allocUnsafeSlow(idLength * remembered) // read only where a query was put
  /** Ordinal of the agency plus one; 0 where the entry is no query. */
  readonly #agencies = new Uint32Array(remembered)

  put(index: number, id: string, agency: number): void {
    const place = index % remembered
    this.#ids.write(id, place * idLength, idLength, 'latin1')
    this.#agencies[place] = agency + 1
  }

  /** The entry at this index is no query. */
  clear(index: number): void {
    this.#agencies[index % remembered] = 0
  }

  isOf(index: number, id: string, agency: number | undefined): boolean {
    const place = index % remembered
    return (
      agency !== undefined &&
      this.#agencies[place] === agency + 1 &&
      this.#ids.toString('latin1', place * idLength, (place + 1) * idLength) === id
    )
  }
}

const unknownQuery = (code: FarReference['code'], { agency, id, index }: FarReference['of'], by: number): Fault => ({
  code,
  found: `${id} at ${index}`,
  expected: `a query of ${agency} before ${by}`,
})

/** A download takes hours at most, and an agency has one at a time. */
const downloadsAtOnce = 4096

/** References of one log to its own earlier entries. */
export class References {
  readonly #policies = new Recent<true>(policiesInUse)
  /** By key: the last counter under it. */
  readonly #keys = new Recent<{ last: number }>(keysInUse)
  readonly #queries = new RecentQueries()
  readonly #completed = new CompletedQueries()
  /** By index; of one that ended, that it did. */
  readonly #downloads = new Recent<{ readonly agency: string; readonly id: string; ended: boolean }>(downloadsAtOnce)
  /** Index behind the last entry that could not be read. */
  #readFrom = 0
  #far: FarReference[] = []

  /** Entries up to this index cannot be read. */
  skip(to: number): void {
    this.#policies.skip()
    this.#keys.skip()
    this.#readFrom = to
  }

  policy(digest: string): void {
    this.#policies.enter(digest, true)
  }

  key(id: string, tell: Tell): void {
    if (this.#keys.get(id) !== undefined) tell({ code: 'key-repeated', found: `key ${id} again`, expected: 'one entry for each key' })
    else this.#keys.enter(id, { last: -1 })
  }

  /** An unknown policy or key is told once. */
  decidedUnder(digest: string, tell: Tell): void {
    if (this.#policies.get(digest) !== undefined) return
    if (!this.#policies.unsure) tell({ code: 'policy-unknown', found: digest, expected: 'the digest of a policy entry before it' })
    this.#policies.enter(digest, true)
  }

  /** Counters under a key only grow: the writer seals in the order in which it appends. So none comes twice. */
  sealedUnder({ counter, key }: Sealed, tell: Tell): void {
    const known = this.#keys.get(key)
    if (known === undefined) {
      if (!this.#keys.unsure) tell({ code: 'key-unknown', found: key, expected: `one of the last ${keysInUse} key entries before it` })
      this.#keys.enter(key, { last: counter })
      return
    }
    if (counter <= known.last) {
      tell({ code: 'nonce-repeated', found: `counter ${counter} under key ${key}`, expected: `above ${known.last}` })
    } else known.last = counter
  }

  query(index: number, id: string, agency: number): void {
    this.#queries.put(index, id, agency)
  }

  noQuery(index: number): void {
    this.#queries.clear(index)
  }

  /** @param agency the ordinal of the agency that the completion names, where it has one */
  completion(index: number, content: Extract<Content, { kind: 'completion' }>, ordinal: number | undefined, tell: Tell): void {
    if (this.#isOf(index, content, ordinal, 'completion-unknown', tell)) this.#complete(content.of, tell)
  }

  #complete({ id, index }: { readonly id: string; readonly index: number }, tell: Tell): void {
    if (this.#completed.complete(index))
      tell({ code: 'completion-repeated', found: `${id} at ${index} again`, expected: 'one completion for each query' })
  }

  /** What waits for somebody to look, in order: to be answered before further entries are taken, so that memory stays the same. */
  takeFar(): readonly FarReference[] {
    const far = this.#far
    if (far.length > 0) this.#far = []
    return far
  }

  /** Somebody looked. @param there whether the query stands there, or stood there before its month was taken out */
  farAnswer({ code, index, of }: FarReference, there: boolean, tell: Tell): void {
    if (!there) tell(unknownQuery(code, of, index))
    else if (code === 'completion-unknown') this.#complete(of, tell)
  }

  download(index: number, id: string, agency: string): void {
    this.#downloads.enter(String(index), { agency, id, ended: false })
  }

  downloadEnd(index: number, { agency, of }: Extract<Content, { kind: 'download-end' }>, tell: Tell): void {
    const known = this.#downloads.get(String(of.index))
    const found = `${of.id} at ${of.index}`
    if (known === undefined && of.index < this.#readFrom) return
    if (known?.id !== of.id || known.agency !== agency)
      tell({ code: 'completion-unknown', found, expected: `a download of ${agency} before ${index}` })
    else if (known.ended) tell({ code: 'completion-repeated', found: `${found} again`, expected: 'one completion for each download' })
    else known.ended = true
  }

  /** @param ordinal as of a completion */
  subjects(index: number, content: Extract<Content, { kind: 'subjects' }>, ordinal: number | undefined, tell: Tell): void {
    this.#isOf(index, content, ordinal, 'subjects-unknown', tell)
  }

  /** @returns whether the entry speaks of a query that is remembered */
  #isOf(
    index: number,
    { agency, of }: Extract<Content, { kind: 'completion' | 'subjects' }>,
    ordinal: number | undefined,
    code: 'completion-unknown' | 'subjects-unknown',
    tell: Tell,
  ): boolean {
    const unknown = unknownQuery(code, { agency, ...of }, index)
    if (of.index < index && of.index > index - remembered && of.index >= this.#readFrom) {
      const known = this.#queries.isOf(of.index, of.id, ordinal)
      if (!known) tell(unknown)
      return known
    }
    if (of.index >= index) tell(unknown)
    else this.#far.push({ index, code, of: { agency, id: of.id, index: of.index } })
    return false
  }
}
