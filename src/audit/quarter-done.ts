// quarter-done.ts: what an agency has downloaded of its own query records, and whether a quarter is done (R11c), by the entries of the log.
import { addDays, type CivilDate, startOfDay } from '../calendar.ts'
import type { StoredDownload } from '../querylog/own-records.ts'
import type { Quarter } from './due-dates.ts'

/** An `export` entry of the form `records`, and how it ended where a completion says so. */
export interface Download {
  readonly agency: string
  /** When what it gives was read: its entry was committed, or that of the download which it goes on with. Milliseconds since 1970 UTC. */
  readonly at: number
  /** First and last day of what was asked for. */
  readonly from: CivilDate
  readonly until: CivilDate
  /** `whole`, or `cut`; absent where it runs, or its process ended meanwhile. */
  readonly outcome?: string
}

/** Milliseconds behind the end of a day after which every log holds all that is dated in it: an entry is dated when it is sent, and a
 *  clock is at most 10 s from the database's. */
const settled = 60_000

/** The first instant at which a quarter can be downloaded to its last day, milliseconds since 1970 UTC. */
export const settledAfter = (day: CivilDate): number => startOfDay(addDays(day, 1)) + settled

/** When a quarter was done: every record up to its last day downloaded, without holes, by one download or several. Only what ended whole
 *  counts, and of a day only what was asked for once it was over.
 *  @param downloads of one agency
 *  @returns when the last of those that it took was asked for; undefined where days are missing */
export function doneAt({ from, until }: Pick<Quarter, 'from' | 'until'>, downloads: readonly Download[]): number | undefined {
  const whole = downloads.filter((each) => each.outcome === 'whole').sort((a, b) => a.at - b.at)
  for (const [nth, { at }] of whole.entries()) if (covers(whole.slice(0, nth + 1), from, until)) return at
  return undefined
}

const covers = (downloads: readonly Download[], from: CivilDate, until: CivilDate): boolean =>
  missingDays({ from, until }, downloads).length === 0

/** Days, both included. */
export interface Days {
  readonly from: CivilDate
  readonly until: CivilDate
}

/** Days of a quarter that no download holds: one that ended whole, and was asked for once the day was over.
 *  @param downloads of one agency */
export function missingDays({ from, until }: Days, downloads: readonly Download[]): readonly Days[] {
  const spans = downloads
    .filter(({ outcome }) => outcome === 'whole')
    .map((each) => ({ from: each.from, until: lastSettled(each) }))
    .filter((span) => span.from <= span.until)
    .sort((a, b) => (a.from < b.from ? -1 : a.from > b.from ? 1 : 0))
  const missing: Days[] = []
  let next = from
  for (const span of spans) {
    if (span.until < next || span.from > until) continue
    if (span.from > next) missing.push({ from: next, until: addDays(span.from, -1) })
    next = addDays(span.until, 1)
  }
  return next > until ? missing : [...missing, { from: next, until }]
}

/** The last of its days that was over when it was asked for. */
function lastSettled({ at, from, until }: Download): CivilDate {
  let last = until
  while (last >= from && at < settledAfter(last)) last = addDays(last, -1)
  return last
}

/** What of a download's entries decides whether it counts. */
export interface DownloadFacts extends Omit<Download, 'at'> {
  readonly id: string
  /** When its own entry was committed. */
  readonly at: number
  /** The download that began the file, where it goes on with one. */
  readonly continues?: string
}

/** Downloads as the log holds them. */
export function factsOf({ end, entry }: Pick<StoredDownload, 'end' | 'entry'>): DownloadFacts {
  const { asked, at, continues, id } = JSON.parse(entry) // of a slot's writer, as its end is
  const { agency, from, until } = asked
  const outcome: string | undefined = end && JSON.parse(end.entry).outcome
  return {
    agency,
    at: Date.parse(at),
    from,
    id,
    until,
    ...(continues !== undefined && { continues }),
    ...(outcome !== undefined && { outcome }),
  }
}

/** One that goes on with another gives what that one read: it counts from when that one was asked for, and where that one is not there, not
 *  as whole. */
export function asTheyCount(facts: readonly DownloadFacts[]): readonly Download[] {
  const nameOf = (agency: string, id: string): string => `${agency} ${id}`
  const askedAt = new Map(facts.map(({ agency, at, id }) => [nameOf(agency, id), at]))
  return facts.map(({ agency, at, continues, from, outcome, until }) => {
    const first = continues === undefined ? at : askedAt.get(nameOf(agency, continues))
    return { agency, at: first ?? at, from, until, ...(outcome !== undefined && first !== undefined && { outcome }) }
  })
}

export const downloadsOf = (stored: readonly Pick<StoredDownload, 'end' | 'entry'>[]): readonly Download[] =>
  asTheyCount(stored.map(factsOf))

/** What an `export` entry of a command handed over to an agency. What an auditor read of an agency otherwise is no download of that agency.
 *  @param whole ids of those whose completion says that the folder was whole; one that promises none, as earlier versions wrote it, counts */
export function handedOver(entry: string, whole: ReadonlySet<string>): Download | undefined {
  const { asked, at, completes, id } = JSON.parse(entry)
  const { agency, form, from, until } = asked ?? {}
  if (form !== 'package' || [agency, from, until].some((each) => typeof each !== 'string')) return undefined
  return { agency, at: Date.parse(at), from, until, ...((completes !== true || whole.has(id)) && { outcome: 'whole' }) }
}
