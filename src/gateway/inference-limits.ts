// inference-limits.ts: what may be learned by asking often: whom the data does not hold, and more people than a case is about.
import { isInRow } from '../policy/row-fields.ts'
import type { Grant } from '../policy/snapshot.ts'
import { Refused } from '../problems.ts'

/** One call, as far as it is counted here. What it does not have is not counted. */
export interface Asking {
  readonly agency: string
  readonly grant: Grant
  readonly user: string | undefined
  readonly case: string | undefined
  /** The keyed tags of its subjects, never the identifiers; each once. */
  readonly tags: readonly string[]
}

/** The clear members of a `query` entry that are counted again at start. */
export interface Told {
  readonly at: string
  readonly agency: string
  readonly grant?: string
  readonly user?: string
  readonly case?: string
  readonly code: string
  readonly decision: string
  readonly batch?: { readonly at: number; readonly of: number }
  readonly fields_released?: readonly string[]
  readonly rows?: number
  readonly subject?: { readonly tag: string }
}

/** What memory may hold; see `InferenceLimits`. */
export interface Bounds {
  /** Users with an answer "not found" in this hour. */
  readonly users: number
  /** Pairs of case and subject of this day; of one agency half as many. */
  readonly pairs: number
}

const hour = 3_600_000
const day = 24 * hour
/** Taipei's distance from UTC is whole hours: clock hours are the same, civil days are not. */
const taipei = 8 * hour
const hourOf = (at: number): number => Math.floor(at / hour)
const dayOf = (at: number): number => Math.floor((at + taipei) / day)

/** How many of those whom a batch asked about count as not found: as many as its released rows fall short of them. Where no released field
 *  stands in a row, no row says who was found, but what stands beside the rows may (a total): then everybody counts.
 *  @param fields that were released
 *  @param rowArray path of the array whose elements are rows (`x-linkage.rows`); undefined for the root */
export function missingOf(subjects: number, rows: number, fields: readonly string[], rowArray: string | undefined): number {
  return fields.some((each) => isInRow(each, rowArray)) ? Math.max(0, subjects - rows) : subjects
}

/** Seconds until the clock hour ends. */
export const untilNextHour = (now: number): number => Math.ceil((hour - (now % hour)) / 1000)

// JSON keeps the members apart, whatever an account or a case number is made of.
const userOf = (agency: string, account: string): string => JSON.stringify([agency, account])
const caseOf = (agency: string, grant: string, number: string): string => JSON.stringify([agency, grant, number])

/** Answers "not found" by user and clock hour; distinct subjects by grant, case and civil day of Asia/Taipei.
 *  Memory is bounded. At the bound nothing is forgotten, since that would forgive: who is not held yet is refused until the window turns.
 *  One agency's day may be as wide as its grants are: it takes half of the pairs and no more, so that others are not refused for it.
 *  A user's calls that run at once are all admitted before the first is answered, and a batch is admitted before anybody knows whom it
 *  finds, so that "not found" may go beyond its limit by one subject less than those of the calls that a grant may run at once; subjects
 *  are counted before the call is sent, and never do. It stays so: to admit only what cannot go beyond the limit would refuse every list
 *  that is longer than it, and to refuse the answer would withhold it from whoever asks about many of whom few are on the rolls. */
export class InferenceLimits {
  readonly #now: () => number
  readonly #bounds: Bounds
  #hour = 0
  #day = 0
  #pairs = 0
  readonly #pairsOf = new Map<string, number>()
  readonly #notFound = new Map<string, number>()
  readonly #subjects = new Map<string, Set<string>>()

  constructor(now: () => number, bounds: Bounds) {
    this.#now = now
    this.#bounds = bounds
  }

  /** Lets a call pass, and counts its subjects against its case: all of them or none. One that the case asked about today passes
   *  uncounted.
   *  @returns the call, for `notFound`
   *  @throws Refused not-found-limit-reached, case-limit-reached */
  admit(asking: Asking): Asking {
    const { agency, grant, user, case: number, tags } = asking
    this.#turn()
    if (user !== undefined) this.#admitUser(userOf(agency, user), grant.limits.notFoundPerUserPerHour)
    if (number !== undefined && tags.length > 0)
      this.#admitSubjects(agency, caseOf(agency, grant.id, number), tags, grant.limits.subjectsPerCasePerDay)
    return asking
  }

  /** Counts an answer "not found", once for each subject that it says so of. */
  notFound({ agency, user }: Pick<Asking, 'agency' | 'user'>, subjects = 1): void {
    this.#turn()
    if (user === undefined || subjects === 0) return
    const key = userOf(agency, user)
    const count = this.#notFound.get(key)
    // Calls that run at once may find the last place taken: nobody new is admitted then, so the uncounted are one call each.
    if (count !== undefined || this.#notFound.size < this.#bounds.users) this.#notFound.set(key, (count ?? 0) + subjects)
  }

  /** Counts what the log holds of a call before this process.
   *  @param rowArray as `missingOf` takes it, of the operation that was called */
  recall(
    { agency, at, batch, case: number, code, decision, fields_released: fields, grant, rows, subject, user }: Told,
    rowArray?: string,
  ): void {
    this.#turn()
    const then = Date.parse(at)
    if (code === 'subject-not-found' && hourOf(then) === this.#hour) this.notFound({ agency, user })
    // Every entry of a batch tells of its whole answer. The rows of one that was released while it came stand elsewhere: not counted.
    if (batch?.at === 1 && fields !== undefined && rows !== undefined && hourOf(then) === this.#hour)
      this.notFound({ agency, user }, missingOf(batch.of, rows, fields, rowArray))
    // What was permitted was counted; what was refused was not.
    if (decision !== 'permit' || dayOf(then) !== this.#day || grant === undefined || number === undefined || subject === undefined) return
    if (this.#hasRoom(agency, 1)) this.#add(agency, caseOf(agency, grant, number), subject.tag)
  }

  #admitUser(key: string, max: number): void {
    const count = this.#notFound.get(key)
    if (count === undefined && this.#notFound.size >= this.#bounds.users)
      throw new Refused('not-found-limit-reached', 'as many users are counted in this hour as can be')
    if ((count ?? 0) >= max) throw new Refused('not-found-limit-reached')
  }

  #admitSubjects(agency: string, key: string, tags: readonly string[], max: number): void {
    const subjects = this.#subjects.get(key)
    const fresh = tags.filter((each) => subjects?.has(each) !== true)
    if (fresh.length === 0) return
    if ((subjects?.size ?? 0) + fresh.length > max) throw new Refused('case-limit-reached')
    if (!this.#hasRoom(agency, fresh.length)) throw new Refused('case-limit-reached', 'as many subjects are counted today as can be')
    for (const tag of fresh) this.#add(agency, key, tag)
  }

  #hasRoom(agency: string, pairs: number): boolean {
    return this.#pairs + pairs <= this.#bounds.pairs && (this.#pairsOf.get(agency) ?? 0) + pairs <= this.#bounds.pairs / 2
  }

  #add(agency: string, key: string, tag: string): void {
    const subjects = this.#subjects.get(key) ?? new Set()
    this.#subjects.set(key, subjects)
    if (subjects.has(tag)) return
    subjects.add(tag)
    this.#pairs += 1
    this.#pairsOf.set(agency, (this.#pairsOf.get(agency) ?? 0) + 1)
  }

  #turn(): void {
    const now = this.#now()
    if (hourOf(now) !== this.#hour) this.#notFound.clear()
    this.#hour = hourOf(now)
    if (dayOf(now) === this.#day) return
    this.#day = dayOf(now)
    this.#subjects.clear()
    this.#pairs = 0
    this.#pairsOf.clear()
  }
}
