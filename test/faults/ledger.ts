// ledger.ts: what clients saw, held against what the log holds: it believes neither, and shares no code with the writer.
import { createHash, createHmac } from 'node:crypto'

/** An entry as it is stored: read, not believed. */
export interface Stored {
  readonly index: number
  readonly bytes: Buffer
  readonly leaf: Buffer
}

/** What a client saw of one call: a body with its receipt, a refusal, or a connection that ended without an answer. */
type Seen =
  | { readonly saw: 'body'; readonly body: Buffer; readonly receipt: string }
  | { readonly saw: 'refusal' }
  | { readonly saw: 'nothing' }

interface Query {
  readonly index: number
  readonly bytes: Buffer
  readonly code: string
  readonly status: number
  readonly releasedHmac: string | undefined
}

/** Where a query says that it stands among those of its call. */
interface Place {
  readonly at: number
  readonly first: string
  readonly of: number
}

interface Parts {
  readonly index: number
  readonly leaf: Buffer
  readonly salt: Buffer
}

/** The parts of a Linkage-Receipt that the ledger holds against the log; its checkpoint is the verifier's to judge. */
function partsOf(receipt: string): Parts | undefined {
  const [, index, leaf, salt] =
    /^slot=[\w]+, index=(\d+), leaf=:([A-Za-z0-9+/=]+):, salt=:([A-Za-z0-9+/=]+):, checkpoint=:[A-Za-z0-9+/=]+:$/.exec(receipt) ?? []
  if (index === undefined || leaf === undefined || salt === undefined) return undefined
  return { index: Number(index), leaf: Buffer.from(leaf, 'base64'), salt: Buffer.from(salt, 'base64') }
}

/** One log's clients. Each call is opened before it is sent and closed by what its client saw. */
export class Ledger {
  readonly #calls = new Map<string, Seen | 'open'>()
  /** Calls that came to nothing before their clients learnt a name. */
  #unnamed = 0

  /** Bodies that clients hold. */
  get served(): number {
    return [...this.#calls.values()].filter((seen) => seen !== 'open' && seen.saw === 'body').length
  }

  get calls(): number {
    return this.#calls.size
  }

  /** A call is about to be sent. @param id what its record will be named by (Request-Id) */
  opens(id: string): void {
    if (this.#calls.has(id)) throw new Error(`two calls are named ${id}`)
    this.#calls.set(id, 'open')
  }

  /** A 2xx came, whole. */
  gotBody(id: string, body: Buffer, receipt: string): void {
    this.#closes(id, { saw: 'body', body, receipt })
  }

  /** A 503 came: whatever is recorded of this call was not released. */
  gotRefusal(id: string): void {
    this.#closes(id, { saw: 'refusal' })
  }

  /** No whole answer came: the log cannot know whether one left. */
  gotNothing(id: string): void {
    this.#closes(id, { saw: 'nothing' })
  }

  /** No answer came at all, and with it no name: one entry more may stand that nobody else accounts for. */
  gotNothingUnnamed(): void {
    this.#unnamed += 1
  }

  #closes(id: string, seen: Seen): void {
    if (this.#calls.get(id) !== 'open') throw new Error(`call ${id}: a second answer`)
    this.#calls.set(id, seen)
  }

  /** Closes what is open: its process is dead. */
  closeOpen(): void {
    for (const [id, seen] of this.#calls) if (seen === 'open') this.gotNothing(id)
  }

  /** Receipts of every body that a client holds. */
  get receipts(): readonly string[] {
    return [...this.#calls.values()].flatMap((seen) => (seen !== 'open' && seen.saw === 'body' ? [seen.receipt] : []))
  }

  /** What is not as it must be, once the log's writer has settled: none of its calls is in hand, and a call was served since.
   *  @param stored the whole log, by index */
  complaints(stored: readonly Stored[]): readonly string[] {
    const said: string[] = []
    const { queries, unreleased } = readLog(stored, (complaint) => said.push(complaint))
    for (const [id, seen] of this.#calls) {
      const found = queries.get(id) ?? []
      if (found.length > 1) said.push(`call ${id}: ${found.length} entries`)
      const [query] = found
      if (seen === 'open') said.push(`call ${id}: nobody answered it`)
      else if (seen.saw === 'body') said.push(...serving(id, seen, query, unreleased.has(id)))
      else if (seen.saw === 'refusal' && query !== undefined && query.code === 'released' && !unreleased.has(id))
        said.push(`call ${id}: refused to its client, released by entry ${query.index}, and no completion says otherwise`)
    }
    const strangers = [...queries.keys()].filter((id) => !this.#calls.has(id))
    if (strangers.length > this.#unnamed)
      said.push(`entries of ${strangers.join(', ')}: nobody called, but for ${this.#unnamed} calls that came to nothing`)
    return said
  }
}

/** A client holds a body: exactly this body is what exactly one entry says was released. */
function serving(id: string, { body, receipt }: Extract<Seen, { saw: 'body' }>, query: Query | undefined, taken: boolean): string[] {
  if (query === undefined) return [`call ${id}: served without an entry`]
  const parts = partsOf(receipt)
  if (parts === undefined) return [`call ${id}: its receipt reads ${receipt}`]
  const said: string[] = []
  const complain = (what: string): void => void said.push(`call ${id}, entry ${query.index}: ${what}`)
  if (taken) complain('served, and a completion calls it not-released')
  if (query.status !== 200 || query.code !== 'released') complain(`served, recorded as ${query.code} ${query.status}`)
  if (parts.index !== query.index) complain(`its receipt says index ${parts.index}`)
  if (!parts.leaf.equals(leafOf(query.bytes))) complain('its receipt states another leaf')
  const digest = createHmac('sha256', parts.salt).update(body).digest('hex')
  if (query.releasedHmac !== digest) complain('it records the digest of another body')
  return said
}

const leafOf = (bytes: Buffer): Buffer => createHash('sha256').update(Buffer.of(0)).update(bytes).digest()

interface Read {
  readonly queries: ReadonlyMap<string, readonly Query[]>
  /** Ids of queries of which a completion says that nothing was released. */
  readonly unreleased: ReadonlySet<string>
}

/** Reads a log in order: indexes, hashes, times, numbers and completions as they must be. */
function readLog(stored: readonly Stored[], complain: (complaint: string) => void): Read {
  const queries = new Map<string, Query[]>()
  const unreleased = new Set<string>()
  const numbers = new Map<string, { records: number; counted: number }>()
  const together = new Together(complain)
  let last = ''
  for (const [at, { index, bytes, leaf }] of stored.entries()) {
    if (index !== at) complain(`index ${index} stands at ${at}`)
    if (!leaf.equals(leafOf(bytes))) complain(`entry ${index}: another leaf hash is stored`)
    const entry = JSON.parse(bytes.toString('utf8'))
    if (entry.at < last) complain(`entry ${index}: ${entry.at} after ${last}`)
    last = entry.at
    together.take(index, entry.batch)
    if (entry.kind === 'completion') {
      const query = queries.get(entry.of.id)?.[0]
      if (query?.index !== entry.of.index)
        complain(`entry ${index}: a completion of ${entry.of.id}, which does not stand at ${entry.of.index}`)
      if (unreleased.has(entry.of.id)) complain(`entry ${index}: a second completion of ${entry.of.id}`)
      unreleased.add(entry.of.id)
    }
    if (entry.kind !== 'query') continue
    const of = numbers.get(entry.agency) ?? { records: 0, counted: 0 }
    if (entry.agency_seq !== of.records + 1) complain(`entry ${index}: agency_seq ${entry.agency_seq} after ${of.records}`)
    if (entry.counted_seq !== undefined && entry.counted_seq !== of.counted + 1)
      complain(`entry ${index}: counted_seq ${entry.counted_seq} after ${of.counted}`)
    numbers.set(entry.agency, { records: entry.agency_seq, counted: entry.counted_seq ?? of.counted })
    const query = { index, bytes, code: entry.code, status: entry.status, releasedHmac: entry.released_hmac }
    queries.set(entry.id, [...(queries.get(entry.id) ?? []), query])
  }
  together.take(stored.length, undefined)
  return { queries, unreleased }
}

/** Entries of one call: all of them, in a row, or none. */
class Together {
  readonly #complain: (complaint: string) => void
  #due: Place | undefined

  constructor(complain: (complaint: string) => void) {
    this.#complain = complain
  }

  take(index: number, place: Place | undefined): void {
    const due = this.#due
    if (due !== undefined && (place?.at !== due.at || place.first !== due.first || place.of !== due.of))
      this.#complain(`entry ${index}: not the ${due.at}th of ${due.of} of ${due.first}`)
    if (due === undefined && place !== undefined && place.at !== 1) this.#complain(`entry ${index}: nothing before the ${place.at}th`)
    this.#due = place === undefined || place.at === place.of ? undefined : { ...place, at: place.at + 1 }
  }
}
