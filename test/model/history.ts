// history.ts: what a log holds, as the model sees it: a chain of entries, and what is wrong with it.

/** A log's content. Equal contents have one number, which so stands for size and root; 0 is the empty log. */
export type Log = number

export interface Query {
  readonly kind: 'query'
  readonly at: number
  readonly call: number
  readonly agency: string
  readonly agencySeq: number
  readonly stream: boolean
}

export interface Completion {
  readonly kind: 'completion'
  readonly at: number
  readonly call: number
  readonly outcome: 'not-released' | 'lost' | 'ended'
}

/** `at` is a month: finer times decide nothing. `heads` of the other slots, by slot; `records` of the month that ended, by agency. */
export type Entry =
  | Query
  | Completion
  | { readonly kind: 'opening' | 'heads'; readonly at: number; readonly heads: Heads }
  | { readonly kind: 'month'; readonly at: number; readonly heads: Heads; readonly records: string }
  | { readonly kind: 'key'; readonly at: number }

export type Heads = readonly (readonly [slot: number, log: Log])[]

interface Known {
  readonly before: Log
  readonly entry: Entry | undefined
  readonly size: number
  /** Of the last entry, which is its month, too. */
  readonly at: number
  /** Running number of each agency. */
  readonly numbers: Readonly<Record<string, number>>
  /** Records of the running month. */
  readonly records: Readonly<Record<string, number>>
  readonly queries: readonly Query[]
  readonly completions: readonly Completion[]
  readonly heads: Heads
  /** Why this is no log: of the first entry that should not stand where it does. */
  readonly fault: string | undefined
}

const empty: Known = {
  before: -1,
  entry: undefined,
  size: 0,
  at: -1,
  numbers: {},
  records: {},
  queries: [],
  completions: [],
  heads: [],
  fault: undefined,
}
const logs: Known[] = [empty]
const numbers = new Map<string, Log>()

export function known(log: Log): Known {
  const found = logs[log]
  if (found === undefined) throw new RangeError(`there is no log ${log}`)
  return found
}

export const sizeOf = (log: Log): number => known(log).size
export const recordsOf = (log: Log): string => JSON.stringify(Object.entries(known(log).records).sort())

function faultOf(log: Log, entry: Entry): string | undefined {
  const { at, numbers, completions } = known(log)
  if ((entry.kind === 'opening') !== (log === 0)) return 'P4 the opening is not the first entry, or not the only one'
  if (entry.at < at) return 'P4 time steps back'
  if (entry.kind === 'month') return entry.records === recordsOf(log) ? undefined : 'P4 the numbers of a month are not those of its records'
  if (log !== 0 && entry.at !== at) return 'P4 an entry stands in a month that was not entered'
  if (entry.kind === 'query' && entry.agencySeq !== (numbers[entry.agency] ?? 0) + 1)
    return 'P4 an agency’s numbers have a gap or a duplicate'
  if (entry.kind === 'completion' && completions.some(({ call }) => call === entry.call)) return 'P4 two completions of one call'
  return undefined
}

function grown(log: Log, entry: Entry): Known {
  const old = known(log)
  const next = { ...old, before: log, entry, size: old.size + 1, at: entry.at, fault: old.fault ?? faultOf(log, entry) }
  if (entry.kind === 'completion') return { ...next, completions: [...old.completions, entry] }
  if (entry.kind === 'key') return next
  if (entry.kind !== 'query') return { ...next, heads: [...old.heads, ...entry.heads], records: entry.kind === 'month' ? {} : old.records }
  const { agency, agencySeq } = entry
  return {
    ...next,
    numbers: { ...old.numbers, [agency]: agencySeq },
    records: { ...old.records, [agency]: (old.records[agency] ?? 0) + 1 },
    queries: [...old.queries, entry],
  }
}

/** The log with one entry more, whether it may stand there or not: `known(…).fault` says. */
export function extend(log: Log, entry: Entry): Log {
  const name = `${log} ${JSON.stringify(entry)}`
  const found = numbers.get(name)
  if (found !== undefined) return found
  logs.push(grown(log, entry))
  numbers.set(name, logs.length - 1)
  return logs.length - 1
}

export function isPrefix(a: Log, b: Log): boolean {
  let log = b
  while (sizeOf(log) > sizeOf(a)) log = known(log).before
  return log === a
}

export const areConsistent = (a: Log, b: Log): boolean => (sizeOf(a) <= sizeOf(b) ? isPrefix(a, b) : isPrefix(b, a))

/** Entries of `log` behind `from`, the first of them first. */
export function entriesBehind(from: Log, log: Log): readonly Entry[] {
  const entries: Entry[] = []
  for (let each = known(log); each.size > sizeOf(from) && each.entry !== undefined; each = known(each.before)) entries.unshift(each.entry)
  return entries
}

const isCompleted = (log: Log, call: number): boolean => known(log).completions.some((each) => each.call === call)

/** Streams without a completion. */
export const openStreams = (log: Log): readonly Query[] =>
  known(log).queries.filter(({ stream, call }) => stream && !isCompleted(log, call))

/** The largest head of each slot that a checkpoint of this log vouches for, directly or through the heads that it states. */
export function vouchedFor(slot: number, log: Log): ReadonlyMap<number, Log> {
  const found = new Map<number, Log>()
  const open: (readonly [number, Log])[] = [[slot, log]]
  for (let next = open.pop(); next !== undefined; next = open.pop()) {
    const [of, head] = next
    const before = found.get(of)
    if (before !== undefined && sizeOf(before) >= sizeOf(head)) continue
    found.set(of, head)
    open.push(...known(head).heads)
  }
  return found
}
